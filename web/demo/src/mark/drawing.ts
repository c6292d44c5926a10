/** One stroke of a tool, from press to release, on a draft of the active layer's mask. */
import { type Signal, signal } from "@preact/signals";
import { realValue } from "../image/grey.js";
import type { DecodedFrame } from "../image/protocol.js";
import { BitMask } from "../model/bitmask.js";
import { activeLayer } from "../model/document.js";
import {
  type Area,
  fillPolygon,
  fillRectangle,
  fillRegion,
  fillThreshold,
  type Point,
  paintLine,
} from "../model/raster.js";
import * as state from "../model/state.js";
import { commitMasks } from "./edit.js";

/** What is being drawn right now: an outline in image pixels, or a round cursor. */
export interface Guide {
  readonly outline: readonly Point[];
  readonly closed: boolean;
  readonly cursor: { readonly at: Point; readonly diameter: number } | null;
}

/** The draft that is shown instead of the layer's mask while a stroke goes on. */
export interface Draft {
  readonly layerId: number;
  readonly picture: string;
  readonly mask: BitMask;
  /** The mask that it began with; null where there was none. */
  readonly base: BitMask | null;
  /** What the last movement touched. */
  readonly touched: Area | null;
}

export const draft: Signal<Draft | null> = signal(null);
export const guide: Signal<Guide> = signal({ outline: [], closed: false, cursor: null });

let last: Point | null = null;
let corner: Point | null = null;
/** Corners of a polygon, and the picture that they were set on. */
let corners: readonly Point[] = [];
let cornersOn = "";
let pointer: Point | null = null;

/** Diameter of the brush in image pixels: what is chosen, in pixels or mm. */
export function brushPixels(): number {
  const { brushSize, brushUnit } = state.tool.value;
  if (brushUnit === "px") return brushSize;
  const spacing = state.shown.value?.frame.place?.spacing ?? state.picture.value?.source.facts.pixelSpacing;
  return spacing ? Math.max(1, brushSize / (spacing[1] || 1)) : brushSize;
}

/** Begin or go on at an image point. */
export function press(at: Point): void {
  pointer = at;
  if (!state.pictureIsSeen.value) return;
  const { name } = state.tool.value;
  if (name === "brush" || name === "eraser") {
    begin();
    last = at;
    paintTo(at);
  } else if (name === "rectangle") {
    begin();
    corner = at;
  } else if (name === "polygon") addCorner(at);
  else if (name === "fill") fillAt(at);
  refreshGuide();
}

export function move(at: Point | null): void {
  pointer = at;
  if (at !== null && last !== null) paintTo(at);
  refreshGuide();
}

export function release(at: Point): void {
  if (last !== null) {
    last = null;
    commit();
  } else if (corner !== null && draft.value !== null) {
    fillRectangle(draft.value.mask, corner, at, true);
    corner = null;
    commit();
  }
  refreshGuide();
}

/** Fill the polygon that has been set point by point. */
export function closePolygon(): void {
  const here = cornersOn === state.picture.value?.key;
  if (here && corners.length >= 3 && state.pictureIsSeen.value) {
    begin();
    if (draft.value !== null) fillPolygon(draft.value.mask, corners, true);
    commit();
  }
  corners = [];
  refreshGuide();
}

/** Drop the stroke that is not finished; corners of a polygon stay, unless `all` is meant. */
export function cancelStroke({ all }: { all: boolean }): void {
  draft.value = null;
  last = null;
  corner = null;
  if (all) corners = [];
  refreshGuide();
}

/** Mark every pixel of the chosen values, wherever it lies. */
export function markThreshold(): void {
  const frame = fillable();
  if (frame === null) return;
  begin();
  if (draft.value !== null) fillThreshold(draft.value.mask, insideOf(frame));
  commit();
}

/** Show the tool's outline and cursor. */
export function refreshGuide(): void {
  const at = pointer;
  const { name } = state.tool.value;
  if (corner !== null && at !== null) {
    const [a, b] = [corner, at];
    guide.value = { outline: [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }], closed: true, cursor: null };
  } else if (corners.length > 0 && cornersOn === state.picture.value?.key) {
    const outline = at === null || name !== "polygon" ? corners : [...corners, at];
    guide.value = { outline, closed: false, cursor: cursorAt(at, 0) };
  } else if (name === "brush" || name === "eraser") {
    guide.value = { outline: [], closed: false, cursor: cursorAt(at, brushPixels()) };
  } else {
    const cursor = name === "window" || name === "move" ? null : cursorAt(at, 0);
    guide.value = { outline: [], closed: false, cursor };
  }
}

function cursorAt(at: Point | null, diameter: number): Guide["cursor"] {
  return at === null ? null : { at, diameter };
}

function addCorner(at: Point): void {
  const key = state.picture.value?.key ?? "";
  if (cornersOn !== key) corners = [];
  cornersOn = key;
  const [first] = corners;
  const near = first !== undefined && Math.hypot(at.x - first.x, at.y - first.y) < 4;
  if (near && corners.length >= 3) closePolygon();
  else corners = [...corners, at];
}

/** The frame whose values fill and threshold take; null for colour, or where nothing is seen. */
function fillable(): DecodedFrame | null {
  const frame = state.shown.value?.frame ?? null;
  return frame?.values && state.pictureIsSeen.value ? frame : null;
}

/** Whether a pixel's real value lies within the chosen ones. */
function insideOf({ values, modality }: DecodedFrame): (i: number) => boolean {
  const { low, high } = state.tool.value;
  const [from, to] = [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY];
  return (i) => {
    const value = realValue(modality, values?.[i] as number);
    return value >= from && value <= to;
  };
}

function fillAt(at: Point): void {
  const frame = fillable();
  if (frame === null) return;
  begin();
  if (draft.value !== null) fillRegion(draft.value.mask, insideOf(frame), at);
  commit();
}

function begin(): void {
  const [picture, past] = [state.picture.value, state.history.value];
  if (picture === null || past === null) return;
  const layer = activeLayer(past.doc.value);
  const { rows, columns } = picture.source.facts;
  const base = layer.masks.get(picture.key) ?? null;
  const mask = base?.copy() ?? new BitMask(rows, columns);
  draft.value = { layerId: layer.id, picture: picture.key, mask, base, touched: null };
}

function paintTo(at: Point): void {
  if (draft.value === null || last === null) return;
  const touched = paintLine(draft.value.mask, last, at, brushPixels(), state.tool.value.name === "brush");
  last = at;
  draft.value = { ...draft.value, touched };
}

function commit(): void {
  const done = draft.value;
  if (done === null) return;
  const { rows, columns } = done.mask;
  // A stroke told what it touched; a filled shape may lie anywhere.
  if (done.touched === null)
    draft.value = { ...done, touched: { top: 0, left: 0, bottom: rows, right: columns } };
  commitMasks([{ picture: done.picture, mask: done.mask }], done.layerId);
  draft.value = null;
}
