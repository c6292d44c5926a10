/** A mask in any form that a page has → a typed array of its pixels. Arrays of other realms (frames) are arrays too. */
import { OverlayError } from "../errors.js";
import type { Mask, MaskArray } from "../values/plane.js";
import { kindOf } from "../values/typed-array.js";

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
  switch (Object.prototype.toString.call(mask)) {
    case "[object ArrayBuffer]":
    case "[object SharedArrayBuffer]":
      return { owner: mask, pixels: requireFilled(bytesOf(mask as ArrayBuffer)), size: {} };
    case "[object ImageData]": {
      const { data, width, height } = mask as ImageData;
      if (kindOf(data) !== "Uint8ClampedArray") throw wrongMask("ImageData of 8 bits a channel");
      return { owner: data, pixels: requireFilled(data), size: { rows: height, columns: width } };
    }
    default:
      throw wrongMask("a typed array, an ArrayBuffer or ImageData");
  }
}

/** Return the array if it has items. A detached array has none. @throws OverlayError `invalid-mask` */
export function requireFilled(pixels: Pixels): Pixels {
  if (pixels.length > 0) return pixels;
  const message = "The mask is empty, or its buffer was transferred away (detached).";
  throw new OverlayError("invalid-mask", message, { field: "mask", found: 0 });
}

function bytesOf(buffer: ArrayBuffer): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch {
    return new Uint8Array(0); // detached
  }
}

function wrongMask(expected: string): OverlayError {
  return new OverlayError("invalid-mask", `Expected ${expected}.`, { field: "mask", expected });
}
