/** Mask arrays of any realm and any kind of memory → views of this realm that can be copied to a worker. */
import { arrayKind, isArrayBuffer, isSharedBuffer } from "../values/kinds.js";
import type { MaskArray } from "../values/plane.js";

type Pixels = MaskArray | Uint8ClampedArray;
type ViewClass = new (buffer: ArrayBufferLike, offset: number, length: number) => Pixels;

/**
 * Return the items of a mask as a view of this realm over the same memory; an `ArrayBuffer` is one byte for each pixel.
 *
 * @returns `null` for anything that is not an array. An array whose buffer was transferred away, or has shrunk under it, has length 0.
 */
export function ownPixels(mask: unknown): Pixels | null {
  // A detached buffer allows no view.
  if (isArrayBuffer(mask) || isSharedBuffer(mask))
    return mask.byteLength === 0 ? new Uint8Array(0) : new Uint8Array(mask);
  const kind = arrayKind(mask);
  if (kind === null) return null;
  const view = mask as Pixels;
  const View = (globalThis as unknown as Partial<Record<string, ViewClass>>)[kind];
  if (View === undefined) return null;
  if (view instanceof View) return view;
  // A detached array has no bytes to look at; an empty one of this realm says the same.
  return view.length === 0
    ? (new Uint8Array(0) as Pixels)
    : new View(view.buffer, view.byteOffset, view.length);
}
