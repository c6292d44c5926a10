/** The page's canvas, which follows the state. */
import { effect, signal } from "@preact/signals";
import { pixelsOf } from "../image/grey.js";
import { guide } from "../mark/drawing.js";
import { draft } from "../mark/stroke.js";
import { preview } from "../masks/threshold.js";
import type { BitMask } from "../model/bitmask.js";
import { activeLayer, type Doc, type Layer } from "../model/document.js";
import { planeMask, removalOf, type SeriesPlane, seriesPlanes, styleOf } from "../model/planes.js";
import type { Picture } from "../model/series.js";
import * as state from "../model/state.js";
import { setUpInput } from "./input.js";
import { draftCanvas, isPainted, sheetCanvas } from "./sheet-canvas.js";
import { type Sheet, Viewport } from "./viewport.js";

/** Milliseconds of painting masks before a frame is shown; sixteen layers take more than one. */
const PAINT_TIME = 6;

/** Increases when masks are still to be painted. */
const unpainted = signal(0);

/** Null until the workspace is on the page. */
export let viewport: Viewport | null = null;

/** Start drawing on `canvas`; returns a function that stops it. */
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
  port.setPicture(pixelsOf(shown.frame, chosen), columns, rows, pixelAspect, key);
}

/** Put the visible planes and layers of the shown picture on the canvas, the active layer on top. */
function showSheets(port: Viewport): void {
  const [picture, past] = [state.picture.value, state.history.value];
  if (picture === null || past === null) {
    port.setSheets([]);
    return;
  }
  unpainted.value;
  const late = performance.now() + PAINT_TIME;
  let left = false;
  const paint = (mask: BitMask, colour: string): OffscreenCanvas[] => {
    if (isPainted(mask, colour) || performance.now() < late) return [sheetCanvas(mask, colour)];
    left = true;
    return [];
  };
  const doc = past.doc.value;
  const active = activeLayer(doc);
  const sheets = sheetsOf(picture, doc, seriesPlanes.value.planes, paint);
  const tried = preview.value;
  if (tried?.picture === picture.key)
    sheets.push({ canvas: sheetCanvas(tried.mask, active.colour), opacity: 0.6 });
  port.setSheets(sheets, draft.value?.touched ?? null);
  if (left)
    requestAnimationFrame(() => {
      unpainted.value += 1;
    });
}

/** The canvas of a mask, or nothing until its turn has come. */
type Paint = (mask: BitMask, colour: string) => readonly OffscreenCanvas[];

/** The visible planes and layers of a picture, the active layer on top. */
export function sheetsOf(
  picture: Picture,
  doc: Doc,
  planes: readonly SeriesPlane[],
  paint: Paint = (mask, colour) => [sheetCanvas(mask, colour)],
): Sheet[] {
  const active = activeLayer(doc);
  const order = [...doc.layers.filter((layer) => layer !== active), active];
  const left = planes.filter((plane) => !plane.isLayer && removalOf(plane, doc.removed) === undefined);
  return [
    ...planeSheets(picture, left, paint),
    ...order.flatMap((layer) => (layer.visible ? layerSheets(layer, picture, paint) : [])),
  ];
}

function layerSheets(layer: Layer, picture: Picture, paint: Paint): Sheet[] {
  const { colour, opacity } = layer;
  const drawn = draft.value;
  const mask = layer.masks.get(picture.key);
  const canvases =
    drawn !== null && drawn.layerId === layer.id && drawn.picture === picture.key
      ? [draftCanvas(drawn.mask, drawn.base, colour, drawn.touched)]
      : mask === undefined
        ? []
        : paint(mask, colour);
  return canvases.map((canvas) => ({ canvas, opacity }));
}

function planeSheets(picture: Picture, planes: readonly SeriesPlane[], paint: Paint): Sheet[] {
  return planes.flatMap(({ key, files, first }) => {
    const plane = files.get(picture.source.id);
    const { visible, colour, opacity } = styleOf(key, first.group);
    const found = plane === undefined || !visible ? null : planeMask(plane, picture);
    if (found === null) return [];
    return paint(found.mask, colour).map((canvas) => ({ canvas, opacity }));
  });
}
