import { describe, expect, it } from "vitest";
import { applyPalette, nativeRgb } from "../src/image/colour.js";
import { markAsRgb, scansPlanes, streamOf } from "../src/image/compressed.js";
import { numbersOf } from "../src/image/elements.js";
import { drawGrey, fullWindow, greyOf, rangeOf, realValue } from "../src/image/grey.js";
import { BIG_ENDIAN, cutNative, requirePossible, trimBits } from "../src/image/native.js";
import { readFormat } from "../src/image/pixels.js";
import { aspectOf } from "../src/image/place.js";
import type { DecodedFrame } from "../src/image/protocol.js";
import { modalityOf, windowsOf } from "../src/image/units.js";

const EXPLICIT = "1.2.840.10008.1.2.1";
const JPEG = "1.2.840.10008.1.2.4.50";

function elements(rest: Record<string, unknown>): Record<string, unknown> {
  return { Rows: 2, Columns: 3, BitsAllocated: 16, PhotometricInterpretation: "MONOCHROME2", ...rest };
}

function cut(rest: Record<string, unknown>, syntax = EXPLICIT, frame = 0): number[] {
  const all = elements(rest);
  const format = readFormat(all);
  return [...trimBits(cutNative(all, format, syntax, frame), format)];
}

const words = (...values: number[]): ArrayBuffer => new Uint16Array(values).buffer;
const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;

describe("native pixels", () => {
  const tag = [0xe0, 0x7f, 0x10, 0];
  it.each([
    ["explicit", [...tag, 0x4f, 0x57, 0, 0], 0xc0000000, true],
    ["implicit", tag, 0xc0000000, true],
    ["cut", [...tag, 0x4f, 0x42, 0, 0], 1000, false],
    ["whole", [...tag, 0x4f, 0x57, 0, 0], 4, false],
    ["compressed", [...tag, 0x4f, 0x42, 0, 0], 0xffffffff, false],
  ])(
    "that cannot be in the file are refused before room is made for them: %s",
    (_, head, length, isRefused) => {
      const count = [0, 8, 16, 24].map((shift) => (length >>> shift) & 255);
      const file = bytes(0xe0, 1, ...head, ...count, 0, 0, 0, 0);
      if (isRefused) expect(() => requirePossible(file)).toThrow("pixels-missing");
      else expect(() => requirePossible(file)).not.toThrow();
    },
  );

  it("keep the bits from High Bit down, with their sign", () => {
    const pixels = { BitsStored: 12, HighBit: 11, PixelRepresentation: 1 };
    expect(cut({ ...pixels, PixelData: [words(0xf001, 0x0fff, 0x0800, 0x07ff, 0, 1)] })).toEqual([
      1, -1, -2048, 2047, 0, 1,
    ]);
    const high = { BitsStored: 8, HighBit: 15, PixelRepresentation: 0 };
    expect(cut({ ...high, PixelData: [words(0x12ff, 0xff00, 0x0100, 0, 0, 0)] })).toEqual([
      0x12, 255, 1, 0, 0, 0,
    ]);
  });

  it("of signed bytes and of short ones are extended", () => {
    const base = { BitsAllocated: 8, PixelRepresentation: 1 };
    expect(cut({ ...base, BitsStored: 8, PixelData: [bytes(255, 128, 127, 0, 1, 2)] })).toEqual([
      -1, -128, 127, 0, 1, 2,
    ]);
    expect(cut({ ...base, BitsStored: 4, HighBit: 3, PixelData: [bytes(15, 8, 7, 0xf1, 0, 0)] })).toEqual([
      -1, -8, 7, 1, 0, 0,
    ]);
  });

  it("of one bit begin inside a byte from the second frame on", () => {
    const pixels = {
      BitsAllocated: 1,
      BitsStored: 1,
      NumberOfFrames: 2,
      PixelData: [bytes(0b01_010101, 0b1110)],
    };
    expect(cut(pixels)).toEqual([1, 0, 1, 0, 1, 0]);
    expect(cut(pixels, EXPLICIT, 1)).toEqual([1, 0, 0, 1, 1, 1]);
  });

  it("in big endian are turned by their width, bytes in words too", () => {
    expect(cut({ PixelData: [bytes(0, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 9)] }, BIG_ENDIAN)).toEqual([
      1, 2, 256, 0, 0, 9,
    ]);
    const odd = { BitsAllocated: 8, _vrMap: { PixelData: "OW" }, PixelData: [bytes(2, 1, 4, 3, 6, 5)] };
    expect(cut(odd, BIG_ENDIAN)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each([
    ["too few", [words(1, 2, 3)], {}],
    ["none", [], {}],
    ["too few for 46,341² pixels", [words(1)], { Rows: 46341, Columns: 46341 }],
  ])("that are %s are refused before anything is decoded", (_, PixelData, size) => {
    expect(() => cut({ PixelData, ...size })).toThrow("pixels-missing");
  });
});

describe("colour", () => {
  it("of 16 bits is reduced from its High Bit", () => {
    const format = readFormat(
      elements({
        Rows: 1,
        Columns: 1,
        SamplesPerPixel: 3,
        PhotometricInterpretation: "RGB",
        BitsStored: 12,
        HighBit: 11,
      }),
    );
    expect([...nativeRgb(new Uint16Array([0xfff, 0x800, 0x010]), format)]).toEqual([255, 128, 1]);
  });

  it("of a segmented palette is expanded: discrete, linear, indirect", () => {
    const segment = words(0, 2, 0, 0xff00, 1, 2, 0x0100);
    const palette = Object.fromEntries(
      ["Red", "Green", "Blue"].flatMap((name) => [
        [`${name}PaletteColorLookupTableDescriptor`, [4, 0, 16]],
        [`Segmented${name}PaletteColorLookupTableData`, [segment]],
      ]),
    );
    const rgba = applyPalette(new Uint8Array([0, 1, 2, 3]), palette, EXPLICIT);
    expect([0, 4, 8, 12].map((at) => rgba[at])).toEqual([0, 255, 128, 1]);
    expect(() => applyPalette(new Uint8Array([0]), {}, EXPLICIT)).toThrow("palette-missing");
  });
});

describe("the numbers of an element", () => {
  it.each([
    [undefined, null],
    ["", null],
    [null, null],
    ["1\\2", [1, 2]],
    [
      [1, 2, 3],
      [1, 2],
    ],
    [[1, ""], null],
    [7, null],
  ])("of %j are %j where two are wanted", (value, wanted) => {
    expect(numbersOf(value, 2)).toEqual(wanted);
  });
});

describe("compressed streams", () => {
  it("of several fragments for a frame are told apart by how they begin", () => {
    const parts = [bytes(0xff, 0xd8, 1), bytes(2, 3), bytes(0xff, 0xd8, 4), bytes(5)];
    expect([...streamOf(parts, 2, 0, JPEG)]).toEqual([0xff, 0xd8, 1, 2, 3]);
    expect([...streamOf(parts, 2, 1, JPEG)]).toEqual([0xff, 0xd8, 4, 5]);
    expect(() => streamOf(parts, 3, 1, JPEG)).toThrow("fragments-unclear");
  });

  it.each([
    ["cut off after a marker", [0xff, 0xd8, 0xff, 0xda]],
    ["with a length of nothing", [0xff, 0xd8, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["empty", []],
  ])("of JPEG-LS that are %s come to an end", (_, stream) => {
    expect(scansPlanes(new Uint8Array(stream))).toBe(false);
  });

  it("of RGB are marked as such, once", () => {
    const marked = new Uint8Array(markAsRgb(new Uint8Array([0xff, 0xd8, 0xff, 0xda, 0, 4, 3, 0])));
    expect(String.fromCharCode(...marked.subarray(6, 11))).toBe("Adobe");
    expect(markAsRgb(marked)).toBe(marked.buffer);
  });
});

describe("units", () => {
  const frame = (rest: Partial<DecodedFrame>): DecodedFrame => ({
    rows: 1,
    columns: 3,
    values: new Int16Array([-1000, 0, 1000]),
    rgba: null,
    inverted: false,
    modality: { slope: 1, intercept: 0, lut: null, unit: "HU" },
    windows: [],
    padding: null,
    place: null,
    ...rest,
  });
  const greys = (one: DecodedFrame): number[] => {
    const rgba = drawGrey(one, fullWindow(one));
    return [0, 4, 8].map((at) => rgba[at] as number);
  };

  it("of a small slope keep all greys, and a negative slope does not turn dark into bright", () => {
    const modality = { slope: 0.001, intercept: 0, lut: null, unit: "" };
    expect(greys(frame({ modality }))).toEqual([0, 128, 255]);
    expect(greys(frame({ modality: { ...modality, slope: -1 } }))).toEqual([255, 128, 0]);
    expect(greys(frame({ inverted: true }))).toEqual([255, 127, 0]);
  });

  it("come from the frame's own groups before the shared ones and the top level", () => {
    const transformation = (slope: number): object => ({
      PixelValueTransformationSequence: [{ RescaleSlope: slope, RescaleIntercept: 5, RescaleType: "HU" }],
    });
    const all = {
      RescaleSlope: 9,
      SharedFunctionalGroupsSequence: [transformation(2)],
      PerFrameFunctionalGroupsSequence: [transformation(3), {}],
    };
    expect(modalityOf(all, 0, EXPLICIT)).toMatchObject({ slope: 3, intercept: 5, unit: "HU" });
    expect(modalityOf(all, 1, EXPLICIT)).toMatchObject({ slope: 2 });
    expect(modalityOf({ RescaleSlope: 9 }, 0, EXPLICIT)).toMatchObject({ slope: 9, intercept: 0, unit: "" });
    expect(modalityOf({ RescaleSlope: 1, RescaleIntercept: -1024, Modality: "CT" }, 0, EXPLICIT).unit).toBe(
      "HU",
    );
  });

  it("of a Modality LUT are its entries, and beyond its ends the outer ones", () => {
    const lut = { LUTDescriptor: [3, 10, 16], LUTData: [words(100, 200, 300)] };
    const modality = modalityOf({ ModalityLUTSequence: [lut] }, 0, EXPLICIT);
    expect([5, 10, 11, 12, 99].map((value) => realValue(modality, value))).toEqual([100, 100, 200, 300, 300]);
  });

  it("leave padding out of the range", () => {
    const one = frame({ values: new Int16Array([-2000, 0, 10]), padding: -2000 });
    expect(rangeOf(one)).toEqual({ low: 0, high: 10 });
  });

  it("map a window as the standard says", () => {
    const window = { width: 100, level: 50 };
    expect(greyOf(0, window)).toBeCloseTo(0, 5);
    expect(greyOf(99, window)).toBeCloseTo(255, 5);
    expect(greyOf(50, { ...window, shape: "exact" })).toBeCloseTo(127.5, 5);
    expect(greyOf(50, { ...window, shape: "sigmoid" })).toBeCloseTo(127.5, 5);
    expect(windowsOf({ WindowCenter: ["40", "300"], WindowWidth: ["80", "0"] }, 0, EXPLICIT)).toHaveLength(1);
  });
});

it.each([
  [null, 1],
  [[2, 0.8], 2.5],
  [[0.5, 1], 0.5],
  [[0, 1], 1],
  [[1, 0], 1],
  [[-1, 1], 1],
  [[1e9, 1e-9], 1],
])("takes %j for pixels %d times as tall as wide", (shape, aspect) => {
  expect(aspectOf(shape)).toBe(aspect);
});
