import { describe, expect, it } from "vitest";
import { applyPatch, type Splice } from "../src/values/patch.js";

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);
const original = new Blob([bytes(10, 11, 12, 13, 14)]);

async function patched(splices: readonly Splice[]): Promise<number[]> {
  const blob = applyPatch(original, { sourceSize: 5, splices });
  return [...new Uint8Array(await blob.arrayBuffer())];
}

describe("applyPatch", () => {
  it("inserts, replaces and removes ranges and keeps every other byte", async () => {
    const splices = [
      { start: 0, end: 0, bytes: bytes(1, 2) },
      { start: 1, end: 3, bytes: bytes(3) },
      { start: 4, end: 5, bytes: bytes() },
    ];
    expect(await patched(splices)).toEqual([1, 2, 10, 3, 13]);
  });

  it("inserts at the file's end", async () => {
    expect(await patched([{ start: 5, end: 5, bytes: bytes(9) }])).toEqual([10, 11, 12, 13, 14, 9]);
  });

  it.each([
    [
      "overlap",
      [
        { start: 0, end: 3, bytes: bytes() },
        { start: 2, end: 4, bytes: bytes() },
      ],
    ],
    [
      "are out of order",
      [
        { start: 3, end: 4, bytes: bytes() },
        { start: 0, end: 1, bytes: bytes() },
      ],
    ],
    ["end before they start", [{ start: 3, end: 2, bytes: bytes() }]],
    ["pass the end", [{ start: 3, end: 6, bytes: bytes() }]],
  ])("refuses splices that %s", (_name, splices) => {
    expect(() => applyPatch(original, { sourceSize: 5, splices })).toThrow(
      expect.objectContaining({ code: "patch-mismatch" }),
    );
  });

  it("refuses a file of another size than the patch was planned for", () => {
    expect(() => applyPatch(original, { sourceSize: 6, splices: [] })).toThrow(
      expect.objectContaining({ code: "patch-mismatch", detail: { expected: 6, found: 5 } }),
    );
  });
});
