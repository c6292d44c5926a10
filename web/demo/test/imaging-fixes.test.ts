import { expect, it } from "vitest";
import { prepareElements } from "../src/imaging-fixes.js";
import { aspectOf } from "../src/pixel-aspect.js";

const EXPLICIT = "1.2.840.10008.1.2.1";

it("refuses colours of more than 8 bits, and nothing else of that depth", () => {
  expect(() => prepareElements({ SamplesPerPixel: 3, BitsAllocated: 16 }, EXPLICIT)).toThrow(/8 bits/);
  prepareElements({ SamplesPerPixel: 3, BitsAllocated: 8 }, EXPLICIT);
  prepareElements({ SamplesPerPixel: 1, BitsAllocated: 16 }, EXPLICIT);
});

it.each([
  ["cut off after a marker", [0xff, 0xd8, 0xff, 0xda]],
  ["with a length of nothing", [0xff, 0xd8, 0, 0, 0, 0, 0, 0, 0, 0]],
  ["empty", []],
])("ends in a JPEG-LS stream that is %s", (_, bytes) => {
  const elements = { SamplesPerPixel: 3, BitsAllocated: 8, PixelData: [new Uint8Array(bytes).buffer] };
  prepareElements(elements, "1.2.840.10008.1.2.4.80");
  expect(elements).toMatchObject({ PlanarConfiguration: 0 });
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
