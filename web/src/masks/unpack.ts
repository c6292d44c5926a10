import type { OverlayPlane } from "../values/plane.js";
import { unpackPixels } from "./packing.js";

/** Return the pixels of a plane, one byte each, 0 or 1: frames, rows, columns, without padding. */
export function unpackMask(
  plane: Pick<OverlayPlane, "packed" | "rows" | "columns" | "numberOfFrames">,
): Uint8Array {
  return unpackPixels(plane.packed, plane.rows * plane.columns * (plane.numberOfFrames ?? 1));
}
