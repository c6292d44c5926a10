/** The one canvas of the page, kept up with the state. */
import { effect } from "@preact/signals";
import * as state from "../app/state.js";
import { drawGrey } from "../image/grey.js";
import { activeLayer, type Layer } from "../mark/document.js";
import { type Draft, draft, guide } from "../mark/drawing.js";
import { planeMask, seriesPlanes, styleOf } from "../open/planes.js";
import type { Picture } from "../open/series.js";
import { setUpInput } from "./input.js";
import { draftCanvas, sheetCanvas } from "./sheet-canvas.js";
import { type Sheet, Viewport } from "./viewport.js";
import { windowOf } from "./windowing.js";

/** Null until the workspace is on the page. */
export let viewport: Viewport | null = null;

/** Begin to draw on `canvas`; the function that ends it. */
export function setUpCanvas(canvas: HTMLCanvasElement): () => void {
  const port = new Viewport(canvas);
  viewport = port;
  port.onView = () => {
    state.view.value = port.scale;
  };
  port.onDrawn = (key) => {
    state.drawnKey.value = key;
  };
  const stops = [
    effect(() => showPicture(port)),
    effect(() => showSheets(port)),
    effect(() => port.setGuide(guide.value)),
    setUpInput(port),
  ];
  return () => {
    for (const stop of stops) stop();
    port.stop();
    viewport = null;
  };
}

function showPicture(port: Viewport): void {
  const { value: shown } = state.shown;
  const picture = state.picture.value;
  const chosen = state.userWindow.value;
  if (picture === null) return;
  const { columns, rows, pixelAspect } = picture.source.facts;
  const { key } = picture;
  if (shown === null && state.pictureFault.value !== "")
    port.setPicture(null, columns, rows, pixelAspect, key);
  if (shown?.key !== key) return;
  const { frame } = shown;
  const window = frame.rgba === null ? windowOf(frame, chosen) : null;
  const rgba = window === null ? frame.rgba : drawGrey(frame, window);
  port.setPicture(rgba, columns, rows, pixelAspect, key);
}

/** Put the visible planes and layers of the shown picture on the canvas, the active layer on top. */
function showSheets(port: Viewport): void {
  const [picture, past] = [state.picture.value, state.history.value];
  if (picture === null || past === null) {
    port.setSheets([]);
    return;
  }
  const doc = past.doc.value;
  const active = activeLayer(doc);
  const order = [...doc.layers.filter((layer) => layer !== active), active];
  const edited = new Set(doc.layers.flatMap(({ origin }) => origin?.key ?? []));
  const sheets = planeSheets(picture, (key) => !edited.has(key) && !doc.removed.has(key));
  for (const layer of order) {
    if (!layer.visible) continue;
    const sheet = layerSheet(layer, picture, draft.value);
    if (sheet !== null) sheets.push(sheet);
  }
  port.setSheets(sheets);
}

function layerSheet(layer: Layer, picture: Picture, drawn: Draft | null): Sheet | null {
  const { colour, opacity } = layer;
  const at = { opacity, row: 0, column: 0 };
  if (drawn !== null && drawn.layerId === layer.id && drawn.picture === picture.key) {
    const { mask, base, touched } = drawn;
    return { canvas: draftCanvas(mask, base, colour, touched), ...at };
  }
  const mask = layer.masks.get(picture.key);
  return mask === undefined ? null : { canvas: sheetCanvas(mask, colour), ...at };
}

function planeSheets(picture: Picture, isShown: (key: string) => boolean): Sheet[] {
  return seriesPlanes.value.planes.flatMap(({ key, files, first }) => {
    const plane = files.get(picture.source.id);
    const { visible, colour, opacity } = styleOf(key, first.group);
    if (plane === undefined || !visible || !isShown(key)) return [];
    const mask = planeMask(plane, picture);
    if (mask === null) return [];
    const [row, column] = plane.origin;
    return [{ canvas: sheetCanvas(mask, colour), opacity, row: row - 1, column: column - 1 }];
  });
}
