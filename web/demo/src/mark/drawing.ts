/** The drawing tools, and the one in use. */
import { type Signal, signal } from "@preact/signals";
import { rangeOf, windowOf } from "../image/grey.js";
import type { DecodedFrame } from "../image/protocol.js";
import type { Point } from "../model/raster.js";
import * as state from "../model/state.js";
import { Brush } from "./brush.js";
import { Fill } from "./fill.js";
import { Polygon } from "./polygon.js";
import { Rectangle } from "./rectangle.js";
import { cursorGuide, type Guide, NO_GUIDE, type Tool } from "./tool.js";

/** Width of the window that the picture is seen with, or of all its values. */
function seenSpan(frame: DecodedFrame): number {
  const { low, high } = rangeOf(frame);
  return Math.min(windowOf(frame, state.userWindow.value).width, high - low) || 1;
}

export const polygon: Polygon = new Polygon();
export const fill: Fill = new Fill(seenSpan);

const TOOLS: Readonly<Record<Exclude<state.ToolName, "window" | "move">, Tool>> = {
  brush: new Brush(true),
  eraser: new Brush(false),
  rectangle: new Rectangle(),
  polygon,
  fill,
};

export const guide: Signal<Guide> = signal(NO_GUIDE);
/** Where the pointer is. */
const pointer: Signal<Point | null> = signal(null);

/** The drawing tool that is chosen; null while pictures are only looked at. */
function inHand(): Tool | null {
  const { name } = state.tool.value;
  return name === "window" || name === "move" ? null : TOOLS[name];
}

/** Begin a stroke, or set a point: only on a picture that is on the screen, and only once the series is in order. */
export function press(at: Point): void {
  pointer.value = at;
  if (state.pictureIsSeen.value && state.isInOrder.value) inHand()?.press(at);
  refreshGuide();
}

export function move(at: Point | null): void {
  pointer.value = at;
  if (at !== null) inHand()?.move(at);
  refreshGuide();
}

export function release(at: Point): void {
  inHand()?.release(at);
  refreshGuide();
}

/** Fill the polygon that has been set corner by corner. */
export function closePolygon(): void {
  polygon.close();
  refreshGuide();
}

/** Drop the stroke that is not finished; corners of a polygon stay, unless `all` is meant. */
export function cancel({ all }: { all: boolean }): void {
  for (const tool of Object.values(TOOLS)) tool.cancel();
  if (all) polygon.discard();
  refreshGuide();
}

/** Show the tool's outline and cursor. */
function refreshGuide(): void {
  const tool = inHand();
  const at = pointer.peek();
  // Corners of an unfinished polygon are shown with every tool.
  if (tool !== polygon && polygon.isOpen)
    guide.value = { ...polygon.guideAt(null), cursor: cursorOf(tool, at) };
  else guide.value = tool?.guideAt(at) ?? NO_GUIDE;
}

function cursorOf(tool: Tool | null, at: Point | null): Guide["cursor"] {
  return (tool?.guideAt(at) ?? cursorGuide(null)).cursor;
}
