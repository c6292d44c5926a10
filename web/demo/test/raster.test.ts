import { describe, expect, it } from "vitest";
import { unpackPixels } from "../../src/masks/packing.js";
import { BitMask, joinFrames } from "../src/model/bitmask.js";
import { fillPolygon, fillRectangle, fillRegion, paintLine } from "../src/model/raster.js";

/** The mask as rows of `#` and `.`. */
function show(mask: BitMask): string[] {
  return Array.from({ length: mask.rows }, (_, r) =>
    Array.from({ length: mask.columns }, (_, c) => (mask.get(r, c) ? "#" : ".")).join(""),
  );
}

describe("drawing into a mask", () => {
  it("paints exactly one pixel with a brush of one", () => {
    const mask = new BitMask(3, 4);
    paintLine(mask, { x: 2.9, y: 1.1 }, { x: 2.9, y: 1.1 }, 1, (row, first, last) =>
      mask.setSpan(row, first, last, true),
    );
    expect(show(mask)).toEqual(["....", "..#.", "...."]);
  });

  it("says which part of the mask a stroke may have changed, and changes nothing outside it", () => {
    const mask = new BitMask(40, 50);
    const { top, left, bottom, right } = paintLine(
      mask,
      { x: 20, y: 10 },
      { x: 30, y: 25 },
      7,
      (row, first, last) => mask.setSpan(row, first, last, true),
    );
    let outside = 0;
    for (let r = 0; r < 40; r++) {
      for (let c = 0; c < 50; c++)
        if (mask.get(r, c) && (r < top || r >= bottom || c < left || c >= right)) outside += 1;
    }
    expect(outside).toBe(0);
    expect(mask.isEmpty()).toBe(false);
  });

  it("sets long spans as it sets single pixels", () => {
    for (const [first, last] of [
      [0, 30],
      [3, 5],
      [5, 29],
      [8, 15],
      [7, 8],
    ] as const) {
      const fast = new BitMask(3, 31);
      fast.setSpan(1, first, last, true);
      const slow = new BitMask(3, 31);
      for (let c = first; c <= last; c++) slow.setIndex(31 + c, true);
      expect(fast.equals(slow)).toBe(true);
      fast.setSpan(1, first, last, false);
      expect(fast.isEmpty()).toBe(true);
    }
  });

  it("paints a round brush that is the same on every side", () => {
    const mask = new BitMask(6, 6);
    paintLine(mask, { x: 3, y: 3 }, { x: 3, y: 3 }, 4, (row, first, last) =>
      mask.setSpan(row, first, last, true),
    );
    expect(show(mask)).toEqual(["......", "..##..", ".####.", ".####.", "..##..", "......"]);
  });

  it("ignores what lies outside the image, also beyond the end of a row", () => {
    const mask = new BitMask(3, 3);
    fillRectangle(mask, { x: 1.5, y: -4 }, { x: 9, y: 1.5 }, true);
    expect(show(mask)).toEqual([".##", ".##", "..."]);
    const other = new BitMask(3, 3);
    fillRectangle(other, { x: 5, y: 0 }, { x: 9, y: 2 }, true);
    expect(other.isEmpty()).toBe(true);
  });

  it("fills a polygon by pixel centres, with a hole where it crosses itself", () => {
    const square = new BitMask(5, 5);
    const corners = [
      { x: 1, y: 1 },
      { x: 4, y: 1 },
      { x: 4, y: 4 },
      { x: 1, y: 4 },
    ];
    fillPolygon(square, corners, true);
    expect(show(square)).toEqual([".....", ".###.", ".###.", ".###.", "....."]);
    const twice = new BitMask(5, 5);
    fillPolygon(twice, [...corners, ...corners], true);
    expect(twice.isEmpty()).toBe(true);
  });

  it("fills only what is connected and as bright as asked for, without running over the row's end", () => {
    const values = [9, 9, 0, 9, 0, 0, 9, 9, 9];
    const isInside = (i: number): boolean => values[i] === 9;
    const mask = new BitMask(3, 3);
    fillRegion(mask, isInside, { x: 0.5, y: 0.5 });
    expect(show(mask)).toEqual(["##.", "#..", "###"]);
    const none = new BitMask(3, 3);
    fillRegion(none, isInside, { x: 2.5, y: 0.5 });
    expect(none.isEmpty()).toBe(true);
  });
});

describe("packed frames", () => {
  it("joins frames without padding between them", () => {
    const first = BitMask.fromPixels(3, 3, [1, 0, 0, 0, 1, 0, 0, 0, 1], (value) => value !== 0);
    const third = BitMask.fromPixels(3, 3, [0, 1, 0, 1, 0, 1, 0, 1, 0], (value) => value !== 0);
    const joined = joinFrames([first, null, third], 3, 3);
    // 27 bits: one in the second byte comes from frame 1, frame 3 begins at bit 18.
    expect([...joined]).toEqual([0b00010001, 0b00000001, 0b10101000, 0b00000010]);
    const frames = unpackPixels(joined, 27);
    expect([...frames]).toEqual(
      [first, new BitMask(3, 3), third].flatMap(({ bits }) => [...unpackPixels(bits, 9)]),
    );
  });
});
