import { describe, expect, it } from "vitest";
import { compareFiles } from "../src/image/compare.js";
import { fileIn } from "./lettered.js";

const MB = 1024 * 1024;

/** A file of zeros with one byte set, of any size and in no memory. */
class SparseFile extends Blob {
  readonly #size: number;
  readonly #at: number;

  constructor(size: number, at = -1) {
    super([]);
    this.#size = size;
    this.#at = at;
  }

  override get size(): number {
    return this.#size;
  }

  override slice(start = 0, end = this.#size): Blob {
    const bytes = new Uint8Array(end - start);
    if (this.#at >= start && this.#at < end) bytes[this.#at - start] = 1;
    return new Blob([bytes]);
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.reject(new RangeError("does not fit into memory"));
  }
}

describe("the comparison of two files", () => {
  it.each([0, 32 * MB - 1, 32 * MB, 33 * MB - 1])("finds the first differing byte, at %d", async (at) => {
    const { sameBytes, firstDifference } = await compareFiles(
      new SparseFile(33 * MB),
      new SparseFile(33 * MB, at),
    );
    expect([sameBytes, firstDifference]).toEqual([false, at]);
  });

  it("tells a longer file from its beginning", async () => {
    const { firstDifference } = await compareFiles(new SparseFile(100), new SparseFile(101));
    expect(firstDifference).toBe(100);
  });

  it("compares files that do not fit into memory by their bytes alone", async () => {
    const same = await compareFiles(new SparseFile(257 * MB, 7), new SparseFile(257 * MB, 7));
    expect(same).toMatchObject({ sameBytes: true, pixelsEqual: true });
    expect(same.listingError).toBe("too-large");
    const other = await compareFiles(new SparseFile(257 * MB, 7), new SparseFile(257 * MB, 8));
    expect(other).toMatchObject({ sameBytes: false, firstDifference: 7, pixelsEqual: null });
  });

  it("lists the elements of files in several character sets", async () => {
    const make = (description: string): Blob =>
      fileIn("\\ISO 2022 IR 87", "Yamada^Tarou=\x1b$B;3ED\x1b(B", description, [1, 2, 3, 4]);
    const found = await compareFiles(make("T1"), make("T2"));
    expect(found).toMatchObject({ pixelsEqual: true, listingError: null });
    expect(found.differences).toEqual([{ tag: "(0008,103E)", change: "changed" }]);
  });

  it("claims nothing of Pixel Data where the elements cannot be listed", async () => {
    const other = await compareFiles(new Blob(["no DICOM"]), new Blob(["no dicom"]));
    expect(other).toMatchObject({ pixelsEqual: null, differences: [] });
    expect(other.listingError).not.toBeNull();
  });
});
