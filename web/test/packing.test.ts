import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { OverlayError } from "../src/errors.js";
import { type PixelRule, packedSize, packPixels, unpackPixels } from "../src/masks/packing.js";
import { python } from "./python.js";

/** The rule in its plainest form, as the oracle: pixel i is bit i % 8 of byte i / 8. */
function packSlowly(
  pixels: ArrayLike<number | bigint>,
  isSet: (pixel: number | bigint) => boolean,
): Uint8Array {
  const packed = new Uint8Array(packedSize(pixels.length));
  Array.from(pixels).forEach((pixel, at) => {
    if (isSet(pixel)) packed[Math.floor(at / 8)] = (packed[Math.floor(at / 8)] ?? 0) + 2 ** (at % 8);
  });
  return packed;
}

/** Numbers that look random and are the same in each run (the generator of Numerical Recipes). */
function pseudoRandom(count: number, seed: number): Uint32Array {
  let state = seed;
  return Uint32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  });
}

const nonzero = { type: "nonzero" } as const;

describe("packPixels", () => {
  it.each([1, 7, 8, 9, 15, 16, 17, 31, 64, 65, 1000, 4099])(
    "packs %i bytes of any value as nonzero",
    (count) => {
      const pixels = Uint8Array.from(pseudoRandom(count, count), (value) => (value % 3 === 0 ? 0 : value));
      expect(packPixels(pixels, nonzero)).toEqual(packSlowly(pixels, (pixel) => pixel !== 0));
    },
  );

  it("sees each single bit of each byte in a word", () => {
    for (let at = 0; at < 16; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const pixels = new Uint8Array(16);
        pixels[at] = 1 << bit;
        expect([...packPixels(pixels, nonzero)]).toEqual(at < 8 ? [1 << at, 0] : [0, 1 << (at - 8)]);
      }
    }
  });

  it("packs a view that begins at an odd byte of its buffer", () => {
    const pixels = new Uint8Array(40).fill(1).subarray(3, 22);
    expect(packPixels(pixels, nonzero)).toEqual(packSlowly(pixels, (pixel) => pixel !== 0));
  });

  it.each([
    ["Int8Array", Int8Array.of(0, -1, 5, 0, -128)],
    ["Uint16Array", Uint16Array.of(0, 256, 1, 0, 65535)],
    ["Int16Array", Int16Array.of(0, -256, 1, 0, 3)],
    ["Uint32Array", Uint32Array.of(0, 2 ** 31, 1, 0, 9)],
    ["Int32Array", Int32Array.of(0, -(2 ** 31), 1, 0, 9)],
    ["Float32Array", Float32Array.of(0, 7, -1, -0, 2 ** 30)],
    ["Float64Array", Float64Array.of(0, 2 ** 60, -1, -0, 2)],
    ["BigInt64Array", BigInt64Array.of(0n, -1n, 5n, 0n, 2n ** 40n)],
    ["BigUint64Array", BigUint64Array.of(0n, 1n, 5n, 0n, 2n ** 63n)],
  ])("packs the nonzero items of a %s", (_name, pixels) => {
    expect([...packPixels(pixels, nonzero)]).toEqual([...packSlowly(pixels, (pixel) => Number(pixel) !== 0)]);
  });

  const rules: readonly PixelRule[] = [
    { type: "nonzero" },
    { type: "equals", value: 1 },
    { type: "at-least", threshold: 0.5 },
  ];
  const unusable = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const both = rules.flatMap((rule) => unusable.map((item) => ({ rule, item })));

  it.each(both)("refuses $item under the rule $rule.type, and says where it is", ({ rule, item }) => {
    const pack = () => packPixels(Float32Array.of(0, 1, item), rule);
    expect(pack).toThrow(
      expect.objectContaining({ code: "invalid-mask", detail: { field: "mask", offset: 2 } }),
    );
    expect(pack).toThrow(OverlayError);
  });

  it.each([nonzero, { type: "equals", value: 1 } as const])("refuses fractions under $type", (rule) => {
    for (const items of [Float32Array.of(1, 1.0000001), Float64Array.of(1, 0.25)]) {
      expect(() => packPixels(items, rule)).toThrow(expect.objectContaining({ code: "invalid-mask" }));
    }
  });

  it("sets what is at least the threshold", () => {
    const items = Float32Array.of(0, 0.25, 0.5, 1, -1, 0.49, 7);
    expect([...packPixels(items, { type: "at-least", threshold: 0.5 })]).toEqual([0b1001100, 0]);
    expect([...packPixels(Uint8Array.of(1, 2, 3), { type: "at-least", threshold: 2 })]).toEqual([0b110, 0]);
  });

  it("takes as set the items equal to a label", () => {
    const labels = Uint16Array.of(0, 300, 2, 300, 44);
    expect([...packPixels(labels, { type: "equals", value: 300 })]).toEqual([0b01010, 0]);
    expect([...packPixels(BigInt64Array.of(0n, 3n), { type: "equals", value: 3 })]).toEqual([0b10, 0]);
  });

  it("takes as set the RGBA pixels that are neither transparent nor black", () => {
    const black = [0, 0, 0, 255];
    const red = [1, 0, 0, 255];
    const blue = [0, 0, 9, 1];
    const transparent = [255, 255, 255, 0];
    const pixels = Uint8ClampedArray.from([black, red, transparent, blue].flat());
    expect([...packPixels(pixels, { type: "rgba" })]).toEqual([0b1010, 0]);
    const shifted = Uint8ClampedArray.from([7, ...pixels]).subarray(1);
    expect([...packPixels(shifted, { type: "rgba" })]).toEqual([0b1010, 0]);
  });

  it("refuses RGBA bytes that are not whole pixels", () => {
    expect(() => packPixels(new Uint8ClampedArray(6), { type: "rgba" })).toThrow(
      expect.objectContaining({ code: "invalid-mask" }),
    );
  });

  it("gives the bytes that the wheel's own packing gives", () => {
    const pixels = Uint8Array.from(pseudoRandom(5003, 7), (value) => value % 5);
    const program = [
      "import sys",
      "from dicom_overlay.planes.packing import pack_bytes",
      "sys.stdout.buffer.write(pack_bytes(sys.stdin.buffer.read()))",
    ].join("\n");
    const packed = execFileSync(python, ["-c", program], { input: pixels });
    expect([...packPixels(pixels, nonzero)]).toEqual([...packed]);
  });
});

describe("unpackPixels", () => {
  it("spreads what packPixels packed", () => {
    const pixels = Uint8Array.from(pseudoRandom(1013, 3), (value) => value & 1);
    expect(unpackPixels(packPixels(pixels, nonzero), pixels.length)).toEqual(pixels);
  });

  it("cuts the padding bits off", () => {
    expect([...unpackPixels(Uint8Array.of(0xff, 0xff), 3)]).toEqual([1, 1, 1]);
  });
});
