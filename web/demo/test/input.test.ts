/** Several pointers on one canvas: what one of them draws, the others must not move, end or outlive. */
import { setMaxListeners } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { draft } from "../src/mark/stroke.js";
import { makeSeries } from "../src/model/series.js";
import * as state from "../src/model/state.js";
import { setUpInput } from "../src/view/input.js";
import type { Viewport } from "../src/view/viewport.js";
import { opened } from "./opened.js";

const canvas = Object.assign(new EventTarget(), {
  focus: () => undefined,
  setPointerCapture: () => undefined,
});
/** One pixel of the window for each of the image. */
const viewport = {
  canvas,
  toImage: (x: number, y: number) => ({ x, y }),
  panBy: () => undefined,
  zoomBy: () => undefined,
} as unknown as Viewport;

// The canvas has more listeners, which end with one signal, than Node expects.
setMaxListeners(20);

let id = 0;
let stop: () => void;
beforeEach(() => {
  const seriesInstanceUid = `1.${id}`;
  const files = [0, 1].map(() => ({ ...opened("x", { seriesInstanceUid, columns: 64 }), id: ++id }));
  state.beginOpening();
  state.takeFiles(files, []);
  state.opening.value = false;
  const series = state.current.value;
  if (series !== null) state.reorder(series, makeSeries(series.uid, series.files, "position"));
  state.drawnKey.value = state.shownKey.value;
  state.setTool({ name: "brush", brushSize: 1 });
  stop = setUpInput(viewport);
});
afterEach(() => stop());

function send(type: string, pointerId: number, x: number, y = 1.5): void {
  const at = { pointerId, clientX: x, clientY: y, button: 0 };
  canvas.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), at));
}

/** Columns of row 1 that are marked on the shown picture. */
function columns(): number[] {
  const mask = state.history.value?.doc.value.layers[0]?.masks.get(state.shownKey.value);
  return Array.from({ length: 64 }, (_, c) => c).filter((c) => mask?.get(1, c));
}

it("draws no line to a pointer that hovers or was pressed elsewhere", () => {
  send("pointerdown", 1, 2.5);
  send("pointermove", 2, 40.5);
  send("pointerup", 2, 50.5);
  send("pointermove", 1, 4.5);
  send("pointerup", 1, 4.5);
  expect(columns()).toEqual([2, 3, 4]);
});

it("takes a single finger for one again after a pointer was lost without being let go", () => {
  send("pointerdown", 1, 2.5);
  send("pointerdown", 2, 9.5);
  send("lostpointercapture", 2, 9.5);
  send("pointerup", 1, 2.5);
  send("pointerdown", 3, 5.5);
  send("pointerup", 3, 5.5);
  expect(columns()).toEqual([5]);
});

it("drops a stroke whose pointer was lost", () => {
  send("pointerdown", 1, 2.5);
  send("lostpointercapture", 1, 2.5);
  expect([columns(), draft.value]).toEqual([[], null]);
});

it("sets no corner with the release of a press that was meant for another tool", () => {
  send("pointerdown", 1, 2.5);
  state.setTool({ name: "polygon" });
  send("pointerup", 1, 2.5);
  for (const y of [0, 4]) {
    send("pointerdown", 1, 30.5, y);
    send("pointerup", 1, 30.5, y);
  }
  canvas.dispatchEvent(new Event("dblclick"));
  expect(state.history.value?.canUndo.value).toBe(false);
});
