/** Where a plane lies on an image: on which frames, and with which part. The only place in TypeScript with this rule. */
import { copyBits } from "../values/bits.js";
import { isObject, requireWhole, wrong } from "../values/check.js";
import type { OverlayPlane } from "../values/plane.js";
import { packedSize, requireBits } from "./packing.js";

/** What the rule needs of a plane. */
export type PlacedPlane = Pick<
  OverlayPlane,
  "packed" | "rows" | "columns" | "planeOrigin" | "numberOfFrames" | "imageFrameOrigin"
>;

/** A plane's pixels on one image frame; `maskOf` spreads them. */
export interface PlaneOnImage {
  /** Rows × columns bits of the image, first pixel in the lowest bit. */
  readonly packed: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  /** The frame of the plane that lies here, from 0. */
  readonly frame: number;
  /** Whether the plane has just the image's size and place, is smaller, or reaches beyond the image, where it is cut off. */
  readonly fit: "exact" | "enlarged" | "cropped";
}

/**
 * Return the pixels of a plane on an image frame.
 *
 * @param rows - of the image, as `columns`.
 * @param frame - of the image, from 1.
 * @returns `null` where no frame of the plane lies on it.
 *
 * Standard: PS3.3 sections C.9.2 and C.9.3; a bitmap with neither Number of Frames in Overlay nor Image Frame Origin lies
 * on every frame (CP-1974).
 */
export function planeOnImage(
  plane: PlacedPlane,
  rows: number,
  columns: number,
  frame = 1,
): PlaneOnImage | null {
  requirePlane(plane);
  const image = { rows: requireWhole(rows, "rows", 1), columns: requireWhole(columns, "columns", 1) };
  const at = frameOn(plane, requireWhole(frame, "frame", 1));
  if (at === null) return null;
  const fit = fitOf(plane, image);
  const packed = new Uint8Array(packedSize(rows * columns));
  const source = at * plane.rows * plane.columns;
  if (fit === "exact") copyBits(packed, 0, plane.packed, source, rows * columns);
  else copyRows(packed, image, plane, source);
  return { packed, ...image, frame: at, fit };
}

/** Which frame of the plane, from 0, lies on an image frame, from 1. */
function frameOn({ numberOfFrames, imageFrameOrigin }: PlacedPlane, frame: number): number | null {
  if (numberOfFrames === null && imageFrameOrigin === null) return 0;
  const at = frame - (imageFrameOrigin ?? 1);
  return at >= 0 && at < (numberOfFrames ?? 1) ? at : null;
}

interface Size {
  readonly rows: number;
  readonly columns: number;
}

function fitOf({ rows, columns, planeOrigin: [top, left] }: PlacedPlane, image: Size): PlaneOnImage["fit"] {
  if (rows === image.rows && columns === image.columns && top === 1 && left === 1) return "exact";
  const isInside =
    top >= 1 && left >= 1 && top - 1 + rows <= image.rows && left - 1 + columns <= image.columns;
  return isInside ? "enlarged" : "cropped";
}

function copyRows(packed: Uint8Array, image: Size, plane: PlacedPlane, source: number): void {
  const [top, left] = [plane.planeOrigin[0] - 1, plane.planeOrigin[1] - 1];
  const first = Math.max(0, -left);
  const count = Math.min(plane.columns, image.columns - left) - first;
  if (count <= 0) return;
  for (let row = Math.max(0, -top); row < plane.rows && row + top < image.rows; row++) {
    const to = (row + top) * image.columns + left + first;
    copyBits(packed, to, plane.packed, source + row * plane.columns + first, count);
  }
}

function requirePlane(plane: PlacedPlane): void {
  if (!isObject(plane)) throw wrong("a plane as it was read", "plane");
  requireWhole(plane.rows, "plane.rows", 1);
  requireWhole(plane.columns, "plane.columns", 1);
  const origin: unknown = plane.planeOrigin;
  const isPlace = Array.isArray(origin) && origin.length === 2 && origin.every(Number.isSafeInteger);
  if (!isPlace) throw wrong("[row, column], from 1,", "plane.planeOrigin");
  for (const field of ["numberOfFrames", "imageFrameOrigin"] as const) {
    if (plane[field] !== null) requireWhole(plane[field], `plane.${field}`, 1);
  }
  requireBits(plane.packed, plane.rows * plane.columns * (plane.numberOfFrames ?? 1), "plane.packed");
}
