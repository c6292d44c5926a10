/** A mask in any form that a page has → a typed array of its pixels. Arrays of other realms (frames) are arrays too. */
import { OverlayError } from "../errors.js";
import { wrong } from "../values/check.js";
import { isArrayBuffer, isSharedBuffer, kindOf } from "../values/kinds.js";
import type { Mask, MaskArray } from "../values/plane.js";

/** Masks as arrays; clamped bytes are RGBA. */
export type Pixels = MaskArray | Uint8ClampedArray;

/** The caller's own object, its pixels, and its size where it knows one. */
export interface MaskPixels {
  readonly owner: object;
  readonly pixels: Pixels;
  readonly size: { readonly rows?: number | undefined; readonly columns?: number | undefined };
}

/**
 * Return the pixels of a mask.
 *
 * @throws OverlayError `invalid-mask` for anything that is not a mask, or is empty or detached.
 */
export function toPixels(mask: Mask): MaskPixels {
  if (kindOf(mask) !== null) return { owner: mask, pixels: requireFilled(mask as Pixels), size: {} };
  if (isArrayBuffer(mask) || isSharedBuffer(mask))
    return { owner: mask, pixels: requireFilled(bytesOf(mask)), size: {} };
  if (Object.prototype.toString.call(mask) !== "[object ImageData]")
    throw wrong("a typed array, an ArrayBuffer or ImageData", "mask", "invalid-mask");
  const { data, width, height } = mask as ImageData;
  if (kindOf(data) !== "Uint8ClampedArray")
    throw wrong("ImageData of 8 bits a channel", "mask", "invalid-mask");
  return { owner: data, pixels: requireFilled(data), size: { rows: height, columns: width } };
}

/** Return the array if it has items. A detached array has none. @throws OverlayError `invalid-mask` */
export function requireFilled(pixels: Pixels): Pixels {
  if (pixels.length > 0) return pixels;
  const message = "The mask is empty, or its buffer was transferred away (detached).";
  throw new OverlayError("invalid-mask", message, { field: "mask", found: 0 });
}

function bytesOf(buffer: ArrayBufferLike): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch {
    return new Uint8Array(0); // detached
  }
}
