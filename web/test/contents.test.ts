import { describe, expect, it } from "vitest";
import { Contents, contentsOf, type Piece, withContents } from "../src/values/contents.js";

/** A file that counts how often it was sliced. */
class CountedFile extends Blob {
  slices = 0;

  override slice(start?: number, end?: number): Blob {
    this.slices++;
    return super.slice(start, end);
  }
}

const PIECES: readonly Piece[] = [Uint8Array.of(0x41), [2, 4], Uint8Array.of(0x42, 0x43), [6, 9]];

function made() {
  const file = new CountedFile(["abcdefghi"]);
  const contents = new Contents(file, PIECES);
  return { file, contents, result: withContents({ groups: [0x6000] }, contents) };
}

describe("a result's contents", () => {
  it("are sliced and put together only when somebody asks, and once", async () => {
    const { file, contents, result } = made();
    expect([contents.size, file.slices]).toEqual([8, 0]);
    const { blob } = result;
    expect([await blob.text(), blob.type, blob.size]).toEqual(["AcdBCghi", "application/dicom", 8]);
    expect(result.blob).toBe(blob);
    expect(file.slices).toBe(2);
  });

  it("are the same as pieces", async () => {
    const { result } = made();
    const { pieces } = result;
    expect(pieces).toHaveLength(4);
    expect(await new Blob([...pieces]).text()).toBe("AcdBCghi");
  });

  it("are held by the Blob alone once that is made", async () => {
    const { contents, result } = made();
    const { blob } = result;
    expect(contents.pieces).toBeNull();
    expect(result.pieces).toEqual([blob]);
  });

  it("are those of the file itself where nothing changed", () => {
    const file = new File(["abc"], "a.dcm", { type: "x/y" });
    const contents = new Contents(file, null);
    const result = withContents({}, contents);
    expect([result.blob, contents.size, contents.type]).toEqual([file, 3, "x/y"]);
  });

  it("go along as plain values with every copy of the result", async () => {
    const { result } = made();
    const spread = { ...result };
    const cloned = structuredClone(result);
    for (const copy of [spread, cloned]) {
      expect(Object.getOwnPropertyDescriptor(copy, "blob")).toHaveProperty("value");
      expect([copy.groups, await copy.blob.text()]).toEqual([[0x6000], "AcdBCghi"]);
      expect(await new Blob([...copy.pieces]).text()).toBe("AcdBCghi");
    }
    expect(contentsOf(result)).not.toBeNull();
    expect(contentsOf(spread)).toBeNull();
  });
});
