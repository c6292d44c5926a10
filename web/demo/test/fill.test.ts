import { beforeEach, describe, expect, it } from "vitest";
import type { DecodedFrame } from "../src/image/protocol.js";
import { Fill } from "../src/mark/fill.js";
import { rangeOfTool } from "../src/mark/range.js";
import * as state from "../src/model/state.js";
import { words } from "../src/words/words.js";
import { opened } from "./opened.js";

/** 4 rows of 5 columns: a plateau around 100, a step to 140, and a far island of 1000. */
const VALUES = Float32Array.of(
  ...[100, 102, 140, 500, 1000],
  ...[101, 103, 141, 500, 1000],
  ...[100, 100, 142, 500, 500],
  ...[104, 100, 143, 500, 100],
);
const SPAN = 100; // the first click takes 5 to each side, a step of a drag is 1
const frame = (values: DecodedFrame["values"] = VALUES): DecodedFrame => ({
  rows: 4,
  columns: 5,
  values,
  rgba: null,
  inverted: false,
  modality: { slope: 1, intercept: 0, lut: null } as DecodedFrame["modality"],
  windows: [],
  padding: null,
  place: null,
});

const marked = (): number =>
  state.history.value?.doc.value.layers[0]?.masks.get(state.shownKey.value)?.countSet() ?? 0;
const said = (): string => state.status.value();
const click = (tool: Fill, x: number, y: number): void => {
  tool.press({ x, y });
  tool.release();
};

describe("the tool that fills", () => {
  let tool: Fill;
  let id = 1000;
  beforeEach(() => {
    tool = new Fill(() => SPAN);
    state.status.value = state.NOTHING_SAID;
    state.setTool({ fillBy: "click", tolerance: null, low: null, high: null });
    state.beginOpening();
    // A series of its own for each test: nothing is marked on it.
    state.takeFiles([{ ...opened("x", { seriesInstanceUid: `1.${++id}` }), id }], []);
    state.opening.value = false;
    state.shown.value = { key: state.shownKey.value, frame: frame() };
    state.drawnKey.value = state.shownKey.value;
  });

  it("takes values around the clicked one first, not the upper half of all", () => {
    click(tool, 0.5, 0.5);
    // Connected and within 95 to 105: the two left columns; not the 100 in the corner.
    expect(marked()).toBe(8);
    expect(state.tool.value).toMatchObject({ low: 95, high: 105, tolerance: 5 });
  });

  it("takes more values in when it is dragged to the right, and fewer again to the left", () => {
    tool.press({ x: 0.5, y: 0.5 });
    tool.move({ x: 90.5, y: 0.5 });
    expect(state.tool.value).toMatchObject({ low: 50, high: 150 });
    tool.release();
    expect(marked()).toBe(12);
    state.history.value?.undo();
    tool.press({ x: 0.5, y: 0.5 });
    tool.move({ x: 90.5, y: 0.5 });
    tool.move({ x: -199.5, y: 0.5 });
    tool.release();
    expect(state.tool.value.tolerance).toBe(0);
    expect(marked()).toBe(1);
  });

  it.each([
    ["outside the image", 7, 1, (): string => words.value.fillOutside],
    ["beside it to the left", -1, 1, (): string => words.value.fillOutside],
  ])("says why a click %s does nothing", (_, x, y, wanted) => {
    click(tool, x, y);
    expect([marked(), said()]).toEqual([0, wanted()]);
  });

  it("takes the window that the picture is seen with as its fixed range until one is set", () => {
    state.setTool({ fillBy: "range" });
    const seen = { ...frame(), windows: [{ width: 100, level: 100 }] };
    state.shown.value = { key: state.shownKey.value, frame: seen };
    expect(rangeOfTool()).toEqual({ low: 50, high: 150 });
    tool.markAll();
    expect(marked()).toBe(13);
  });

  it("says why a click on what is marked already, on colour, and out of a fixed range does nothing", () => {
    click(tool, 0.5, 0.5);
    click(tool, 0.5, 0.5);
    expect(said()).toBe(words.value.fillNothingNew);
    state.setTool({ fillBy: "range", low: 0, high: 0 });
    click(tool, 4.5, 0.5);
    expect(said()).toBe(words.value.fillNotInRange(1000, 0, 0));
    state.shown.value = { key: state.shownKey.value, frame: frame(null) };
    click(tool, 0.5, 0.5);
    expect(said()).toBe(words.value.toolHint.fillColour);
    expect(marked()).toBe(8);
  });
});
