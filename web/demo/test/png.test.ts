/** PNG masks as the page reads them: any depth and colour, exactly. */
import { zlibSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readPng } from "../src/masks/png.js";

/** A PNG of one row; `samples` are written with 1 or 2 bytes each. Its checksums are wrong, which the reader does not mind. */
function png(
  colour: number,
  depth: 8 | 16,
  columns: number,
  samples: readonly number[],
  hidden?: readonly number[],
) {
  const bytes = (values: readonly number[], wide: boolean): number[] =>
    values.flatMap((value) => (wide ? [value >> 8, value & 255] : [value]));
  const chunk = (type: string, body: readonly number[]): number[] => [
    ...bytes([body.length >> 16, body.length & 0xffff], true),
    ...[...type].map((letter) => letter.charCodeAt(0)),
    ...body,
    ...[0, 0, 0, 0],
  ];
  const header = [0, 0, 0, columns, 0, 0, 0, 1, depth, colour, 0, 0, 0];
  const line = zlibSync(Uint8Array.from([0, ...bytes(samples, depth === 16)]));
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", header),
    ...(hidden === undefined ? [] : chunk("tRNS", bytes(hidden, true))),
    ...chunk("IDAT", [...line]),
    ...chunk("IEND", []),
  ]);
}

function pixels(bytes: Uint8Array, columns: number): number[] {
  const { data } = readPng(bytes);
  return Array.from({ length: columns }, (_, c) => data[c] as number);
}

describe("a PNG mask", () => {
  it.each([
    ["grey", png(0, 8, 3, [0, 7, 7]), [0, 1, 1]],
    ["grey of 16 bits", png(0, 16, 3, [0, 300, 300]), [0, 1, 1]],
    ["grey with a hidden one", png(0, 8, 3, [0, 7, 9], [7]), [0, 0, 1]],
    ["colours with a hidden one", png(2, 8, 3, [1, 2, 3, 1, 2, 4, 0, 0, 0], [1, 2, 3]), [0, 1, 0]],
    ["grey and alpha", png(4, 8, 3, [50, 255, 50, 255, 50, 0]), [1, 1, 0]],
    ["one colour, hardly opaque", png(6, 8, 2, [9, 8, 7, 1, 0, 0, 0, 0]), [1, 0]],
    ["colours and alpha", png(6, 8, 2, [0, 0, 1, 255, 200, 0, 0, 0]), [1, 0]],
    ["black alone", png(6, 8, 2, [0, 0, 0, 255, 0, 0, 0, 255]), [0, 0]],
    ["nothing", png(6, 8, 2, [0, 0, 0, 0, 0, 0, 0, 0]), [0, 0]],
  ])("sets what is neither transparent nor black: %s", (_, bytes, wanted) => {
    expect(pixels(bytes, wanted.length)).toEqual(wanted);
  });

  it("keeps the values of a picture of several shades, which needs a threshold", () => {
    const { data, isGrey } = readPng(png(0, 16, 4, [0, 1, 65535, 300]));
    expect([...data]).toEqual([0, 1, 65535, 300]);
    expect(isGrey).toBe(true);
    expect(readPng(png(0, 8, 3, [0, 7, 7])).isGrey).toBeUndefined();
  });

  it("keeps the opacities of a drawing with soft edges, which needs a threshold", () => {
    const { data, isGrey } = readPng(png(6, 8, 3, [9, 8, 7, 255, 9, 8, 7, 100, 0, 0, 0, 0]));
    expect([[...data], isGrey]).toEqual([[255, 100, 0], true]);
  });

  it.each([
    ["several colours", png(2, 8, 3, [255, 0, 0, 0, 255, 0, 0, 0, 0])],
    ["one colour without a ground", png(2, 8, 2, [255, 0, 0, 255, 0, 0])],
    ["colours of 16 bits", png(2, 16, 2, [0, 1, 0, 0, 0, 0])],
    ["several colours on nothing", png(6, 8, 3, [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0])],
    ["a colour over black, half opaque", png(6, 8, 2, [200, 0, 0, 128, 0, 0, 0, 255])],
  ])("is refused as the command refuses it: %s", (_, bytes) => {
    expect(() => readPng(bytes)).toThrow(expect.objectContaining({ code: "mask-colours" }));
  });

  it.each([
    ["grey and alpha", png(4, 8, 2, [0, 255, 0, 0])],
    ["colours and alpha", png(6, 8, 2, [0, 0, 0, 9, 90, 0, 0, 0])],
  ])("is refused where it is drawn in black on nothing: %s", (_, bytes) => {
    expect(() => readPng(bytes)).toThrow(expect.objectContaining({ code: "mask-black" }));
  });
});
