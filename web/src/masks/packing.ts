/**
 * Pixels to packed bits and back (PS3.5 section 8.1.2: first pixel in the lowest bit, rows and frames not padded).
 *
 * A leaf that both sides use: the worker packs, the page unpacks what was read. Results equal `packing.py`.
 */
import { OverlayError } from "../errors.js";
import { wrong } from "../values/check.js";
import { kindOf } from "../values/kinds.js";
import type { MaskArray } from "../values/plane.js";

/** How the items of an array become pixels. */
export type PixelRule =
  | { readonly type: "nonzero" }
  | { readonly type: "equals"; readonly value: number }
  /** Items of at least this number are set: the only rule that accepts fractions. */
  | { readonly type: "at-least"; readonly threshold: number }
  /** Four bytes for each pixel; set where alpha > 0 and the colour is not black. */
  | { readonly type: "rgba" };

/** Bytes that hold so many bits, made even as Overlay Data must be. */
export function packedSize(pixels: number): number {
  const bytes = Math.ceil(pixels / 8);
  return bytes + (bytes % 2);
}

/** Return packed bits. @throws OverlayError `invalid-mask` for anything but a Uint8Array with a bit for each pixel. */
export function requireBits(packed: unknown, pixels: number, field: string): Uint8Array {
  if (kindOf(packed) === "Uint8Array" && (packed as Uint8Array).length * 8 >= pixels)
    return packed as Uint8Array;
  throw wrong("a Uint8Array with a bit for each pixel", field, "invalid-mask");
}

/**
 * Pack an array of pixels.
 *
 * @returns ceil(pixels / 8) bytes, plus a zero byte where that is odd.
 * @throws OverlayError `invalid-mask` for NaN or infinity, for fractions without a threshold, and for RGBA bytes that are
 *   not a multiple of four.
 */
export function packPixels(pixels: MaskArray | Uint8ClampedArray, rule: PixelRule): Uint8Array<ArrayBuffer> {
  if (rule.type === "rgba") return packRgba(pixels);
  if (rule.type === "nonzero" && pixels.BYTES_PER_ELEMENT === 1)
    return packBytes(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  return packItems(pixels, setBy(pixels, rule), rule.type);
}

/** Spread packed bits to one byte for each pixel, 0 or 1; `pixels` is rows × columns × frames. */
export function unpackPixels(packed: Uint8Array, pixels: number): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(pixels);
  for (let index = 0, at = 0; at < pixels; index++) {
    let byte = packed[index] ?? 0;
    if (byte === 0) {
      at += 8;
      continue;
    }
    for (const end = Math.min(at + 8, pixels); at < end; at++, byte >>= 1) mask[at] = byte & 1;
  }
  return mask;
}

/** Eight pixels at a time; the words that hold nothing, most of a usual mask, cost one comparison. */
function packBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(packedSize(bytes.length));
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  const pairs = words.length >> 1;
  for (let index = 0; index < pairs; index++) {
    const low = words[2 * index] as number;
    const high = words[2 * index + 1] as number;
    if ((low | high) !== 0) packed[index] = nibble(low) | (nibble(high) << 4);
  }
  for (let at = pairs * 8; at < bytes.length; at++) {
    if (bytes[at] !== 0) setBit(packed, at);
  }
  return packed;
}

/** Four bits, one for each nonzero byte of a little-endian word (every engine that runs WebAssembly is one). */
function nibble(word: number): number {
  // Fold each byte onto its lowest bit; what leaks in from the next byte never reaches that bit.
  let folded = word | (word >>> 4);
  folded |= folded >>> 2;
  folded |= folded >>> 1;
  // The product puts bits 0, 8, 16, 24 side by side at 24 … 27, without carries.
  return (Math.imul(folded & 0x01010101, 0x01020408) >>> 24) & 0xf;
}

type Item = number | bigint;

/** Which items of an array are set. */
function setBy(
  items: MaskArray | Uint8ClampedArray,
  rule: Exclude<PixelRule, { type: "rgba" }>,
): (item: Item) => boolean {
  if (rule.type === "at-least") return (item) => item >= rule.threshold;
  const wanted = numberFor(items, rule.type === "equals" ? rule.value : 0);
  return rule.type === "equals" ? (item) => item === wanted : (item) => item !== wanted;
}

/** A number in the type of this array's items. */
function numberFor(items: MaskArray | Uint8ClampedArray, value: number): Item {
  return kindOf(items)?.startsWith("Big") ? BigInt(value) : value;
}

function packItems(
  items: MaskArray | Uint8ClampedArray,
  isSet: (item: Item) => boolean,
  type: PixelRule["type"],
): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(packedSize(items.length));
  const isFloat = kindOf(items)?.startsWith("Float") === true;
  for (let at = 0; at < items.length; at++) {
    const item = items[at] as Item;
    if (isFloat && !Number.isInteger(item)) requireUsable(item as number, at, type);
    if (isSet(item)) setBit(packed, at);
  }
  return packed;
}

/** Fractions may be probabilities, and only the caller knows the threshold. */
function requireUsable(item: number, offset: number, rule: PixelRule["type"]): void {
  if (!Number.isFinite(item)) {
    throw new OverlayError("invalid-mask", "The mask holds NaN or infinity.", { field: "mask", offset });
  }
  if (rule === "at-least") return;
  const message = "The mask holds fractions: give a threshold, at and above which a pixel is set.";
  throw new OverlayError("invalid-mask", message, { field: "mask", offset });
}

function packRgba(items: MaskArray | Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  if (items.byteLength % 4 !== 0) {
    throw new OverlayError("invalid-mask", "RGBA pixels must be four bytes each.", {
      field: "mask",
      found: items.byteLength,
    });
  }
  const aligned = items.byteOffset % 4 === 0 ? items : items.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
  const packed = new Uint8Array(packedSize(words.length));
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    if (word >>> 24 !== 0 && (word & 0xffffff) !== 0) setBit(packed, at);
  }
  return packed;
}

function setBit(packed: Uint8Array, at: number): void {
  packed[at >> 3] = (packed[at >> 3] as number) | (1 << (at & 7));
}
