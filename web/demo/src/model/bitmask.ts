import { copyBits } from "dicom-overlay";
import { packedSize } from "../../../src/masks/packing.js";

/** How many bits of each byte are set. */
const BITS_SET = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length);

/** One bit a pixel, first pixel in the lowest bit: the order of Overlay Data, so a mask is written as it is stored. */
export class BitMask {
  readonly rows: number;
  readonly columns: number;
  /** An even number of bytes, as Overlay Data wants (PS3.5 section 8.1.2). */
  readonly bits: Uint8Array;

  constructor(rows: number, columns: number, bits?: Uint8Array) {
    this.rows = rows;
    this.columns = columns;
    const bytes = packedSize(rows * columns);
    if (bits !== undefined && bits.length !== bytes) throw new RangeError("wrong number of packed bytes");
    this.bits = bits ?? new Uint8Array(bytes);
  }

  /** Pack `pixels`, one item for each pixel, first row first; set where `isSet` says so. */
  static fromPixels<T>(
    rows: number,
    columns: number,
    pixels: ArrayLike<T>,
    isSet: (value: T) => boolean,
    offset = 0,
  ): BitMask {
    const mask = new BitMask(rows, columns);
    const count = rows * columns;
    for (let i = 0; i < count; i++) {
      if (isSet(pixels[offset + i] as T)) mask.setIndex(i, true);
    }
    return mask;
  }

  copy(): BitMask {
    return new BitMask(this.rows, this.columns, this.bits.slice());
  }

  /** The inverse: what is clear becomes set; padding stays 0. */
  inverted(): BitMask {
    const other = this.copy();
    const pixels = this.rows * this.columns;
    for (let byte = 0; byte < pixels >> 3; byte++) other.bits[byte] = ~(this.bits[byte] ?? 0);
    for (let i = (pixels >> 3) * 8; i < pixels; i++) {
      const bit = 1 << (i & 7);
      other.bits[i >> 3] = (other.bits[i >> 3] ?? 0) ^ bit;
    }
    return other;
  }

  /** What this mask sets and clears of `before`, done to `now`; null is an empty mask. */
  onto(now: BitMask | null, before: BitMask | null): BitMask {
    const made = now?.copy() ?? new BitMask(this.rows, this.columns);
    for (const [byte, bits] of this.bits.entries()) {
      const changed = bits ^ (before?.bits[byte] ?? 0);
      made.bits[byte] = ((made.bits[byte] ?? 0) & ~changed) | (bits & changed);
    }
    return made;
  }

  /** Row and column from 0; nothing is set outside the mask. */
  get(row: number, column: number): boolean {
    if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) return false;
    const i = row * this.columns + column;
    return ((this.bits[i >> 3] ?? 0) & (1 << (i & 7))) !== 0;
  }

  /** Set or clear pixel `i`, counted along the rows from 0. */
  setIndex(i: number, value: boolean): void {
    const byte = this.bits[i >> 3] ?? 0;
    this.bits[i >> 3] = value ? byte | (1 << (i & 7)) : byte & ~(1 << (i & 7));
  }

  /** Set or clear the columns `first` to `last`, inclusive, of one row; what lies outside is ignored. */
  setSpan(row: number, first: number, last: number, value: boolean): void {
    if (row < 0 || row >= this.rows) return;
    const start = row * this.columns + Math.max(0, first);
    const end = row * this.columns + Math.min(this.columns - 1, last);
    for (let i = start; i <= end; ) {
      // Whole bytes at once: a wide brush on a large image must follow the pointer.
      if ((i & 7) === 0 && i + 7 <= end) {
        this.bits[i >> 3] = value ? 255 : 0;
        i += 8;
      } else this.setIndex(i++, value);
    }
  }

  /** Set or clear those of the columns `first` to `last`, inclusive, of one row whose pixel `i` lies inside. */
  setWhere(row: number, first: number, last: number, value: boolean, isInside: (i: number) => boolean): void {
    if (row < 0 || row >= this.rows) return;
    const end = row * this.columns + Math.min(this.columns - 1, last);
    for (let i = row * this.columns + Math.max(0, first); i <= end; i++)
      if (isInside(i)) this.setIndex(i, value);
  }

  isEmpty(): boolean {
    return this.bits.every((byte) => byte === 0);
  }

  equals(other: BitMask): boolean {
    return (
      this.rows === other.rows &&
      this.columns === other.columns &&
      this.bits.every((byte, i) => byte === other.bits[i])
    );
  }

  countSet(): number {
    return countBits(this.bits);
  }
}

/** How many bits of packed masks are set. */
export function countBits(bits: Uint8Array): number {
  let count = 0;
  for (const byte of bits) if (byte !== 0) count += BITS_SET[byte] as number;
  return count;
}

/** Lay masks of the same size one after the other, without padding between frames (PS3.3 section C.9.3). */
export function joinFrames(frames: readonly (BitMask | null)[], rows: number, columns: number): Uint8Array {
  const size = rows * columns;
  const joined = new Uint8Array(packedSize(size * frames.length));
  for (const [index, frame] of frames.entries()) {
    if (frame !== null) copyBits(joined, index * size, frame.bits, 0, size);
  }
  return joined;
}
