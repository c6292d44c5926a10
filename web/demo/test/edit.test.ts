/** Marks that are finished after something else was done: another series shown, a step undone. */
import { beforeEach, expect, it } from "vitest";
import * as edit from "../src/mark/edit.js";
import { beginStroke, commitStroke, touchStroke } from "../src/mark/stroke.js";
import type { BitMask } from "../src/model/bitmask.js";
import type { History } from "../src/model/document.js";
import { makeSeries } from "../src/model/series.js";
import * as state from "../src/model/state.js";
import { words } from "../src/words/words.js";
import { opened } from "./opened.js";

let id = 0;

/** Open a series of three images in their order, and show it. */
function open(): History {
  const seriesInstanceUid = `1.${id}`;
  const files = [0, 1, 2].map(() => ({ ...opened("x", { seriesInstanceUid }), id: ++id }));
  state.beginOpening();
  state.takeFiles(files, []);
  state.opening.value = false;
  const series = state.current.value;
  const past = state.history.value;
  if (series === null || past === null) throw new Error("nothing is open");
  state.reorder(series, makeSeries(series.uid, series.files, "position"));
  return past;
}

/** Set a pixel of the shown picture, and do something before the stroke is finished. */
function stroke(pixel: number, meanwhile: () => void = () => undefined): void {
  beginStroke()?.mask.setIndex(pixel, true);
  touchStroke({ top: 0, left: 0, bottom: 4, right: 5 });
  meanwhile();
  commitStroke();
}

const masksOf = (past: History): ReadonlyMap<string, BitMask> => past.doc.value.layers[0]?.masks ?? new Map();
const pixels = (past: History): number[] => {
  const mask = masksOf(past).get(state.shownKey.value);
  return Array.from({ length: 20 }, (_, i) => i).filter((i) => mask?.get(Math.floor(i / 5), i % 5));
};

let past: History;
beforeEach(() => {
  past = open();
});

it("fills between the images of its own series although another one is shown by now", async () => {
  for (const at of [0, 2]) {
    state.showPicture(at);
    stroke(7);
  }
  const filled = edit.fillBetween();
  const other = open();
  await filled;
  expect([masksOf(past).size, masksOf(other).size]).toEqual([3, 0]);
});

it("fills no image between that was marked meanwhile", async () => {
  for (const at of [0, 2]) {
    state.showPicture(at);
    stroke(7);
  }
  const filled = edit.fillBetween();
  state.showPicture(1);
  stroke(0);
  await filled;
  expect(pixels(past)).toEqual([0]);
});

it("does not bring back what was undone during a stroke", () => {
  stroke(1);
  stroke(2);
  stroke(3, () => edit.step("undo"));
  expect(pixels(past)).toEqual([1, 3]);
});

it("draws nothing on a layer that is hidden, and says so", () => {
  const [layer] = past.doc.value.layers;
  if (layer !== undefined) edit.editLayer(layer, { visible: false });
  stroke(1);
  expect([pixels(past), state.status.value()]).toEqual([[], words.value.layerHidden]);
});
