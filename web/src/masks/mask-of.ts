/** Packed bits → one byte for each pixel, of planes and of volumes. */
import { bitsOf } from "../values/bits.js";
import { isObject, requireWhole, wrong } from "../values/check.js";
import { requireBits, unpackPixels } from "./packing.js";

/** Bits of a plane, `numberOfFrames` of them one after the other, or of a volume. */
export interface PackedMask {
  readonly packed: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly numberOfFrames?: number | null | undefined;
  readonly slices?: number | undefined;
}

/**
 * Return the pixels of a plane or of a volume, one byte each, 0 or 1, in memory of their own.
 *
 * @returns frames (or slices) × rows × columns items, columns fastest, as ITK holds a volume.
 */
export function maskOf(packed: PackedMask): Uint8Array {
  const { bits, pixels, slices } = requirePacked(packed);
  return unpackPixels(bits, pixels * slices);
}

/** Return slice `k` of a volume, or frame `k` of a plane, from 0: rows × columns items, 0 or 1. */
export function sliceOf(packed: PackedMask, k: number): Uint8Array {
  const { bits, pixels, slices } = requirePacked(packed);
  if (requireWhole(k, "k", 0) >= slices) throw wrong("the number of a slice, from 0", "k");
  return unpackPixels(bitsOf(bits, k * pixels, pixels), pixels);
}

/** The bits, and the pixels of each of their slices. */
function requirePacked(given: PackedMask): { bits: Uint8Array; pixels: number; slices: number } {
  if (!isObject(given)) throw wrong("a plane or a volume with packed bits", "packed");
  const pixels = requireWhole(given.rows, "rows", 1) * requireWhole(given.columns, "columns", 1);
  const field = given.slices === undefined ? "numberOfFrames" : "slices";
  const slices = requireWhole(given.slices ?? given.numberOfFrames ?? 1, field, 1);
  return { bits: requireBits(given.packed, pixels * slices, "packed"), pixels, slices };
}
