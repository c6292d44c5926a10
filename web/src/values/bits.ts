/** Runs of packed bits, first bit lowest (PS3.5 section 8.1.2). A leaf. */

import { requireWhole, wrong } from "./check.js";
import { kindOf } from "./kinds.js";

/**
 * Copy `count` bits, from bit `from` of `source` to bit `to` of `target`; the two must not share memory.
 *
 * Bits of `target` around the run stay as they are. Bits beyond the end of `source` count as 0.
 */
export function copyBits(
  target: Uint8Array,
  to: number,
  source: Uint8Array,
  from: number,
  count: number,
): void {
  requireBytes(target, "target");
  requireBytes(source, "source");
  requireWhole(to, "to", 0);
  requireWhole(from, "from", 0);
  requireWhole(count, "count", 0);
  if (to + count > target.length * 8) throw wrong("room for count bits after to", "target");
  let done = 0;
  if (to % 8 === 0 && from % 8 === 0) {
    const bytes = Math.floor(count / 8);
    // A subclass may do otherwise where it says `subarray`.
    const plain = new Uint8Array(source.buffer, source.byteOffset, source.length);
    target.set(plain.subarray(from / 8, from / 8 + bytes), to / 8);
    done = bytes * 8;
  } else {
    // Up to the next whole byte of the target, then byte by byte out of two of the source.
    for (; done < count && (to + done) % 8 !== 0; done++) copyBit(target, to + done, source, from + done);
    for (const shift = (from + done) % 8; done + 8 <= count; done += 8) {
      const at = Math.floor((from + done) / 8);
      const pair = (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8);
      target[(to + done) / 8] = (pair >>> shift) & 0xff;
    }
  }
  for (; done < count; done++) copyBit(target, to + done, source, from + done);
}

/**
 * Return bits `[start, start + count)` as a run of their own, of an even number of bytes as Overlay Data has.
 *
 * @internal
 */
export function bitsOf(source: Uint8Array, start: number, count: number): Uint8Array<ArrayBuffer> {
  const bytes = Math.ceil(count / 8);
  const run = new Uint8Array(bytes + (bytes % 2));
  copyBits(run, 0, source, start, count);
  return run;
}

function copyBit(target: Uint8Array, to: number, source: Uint8Array, from: number): void {
  const at = Math.floor(to / 8);
  const bit = ((source[Math.floor(from / 8)] ?? 0) >> (from % 8)) & 1;
  target[at] = ((target[at] ?? 0) & ~(1 << (to % 8))) | (bit << (to % 8));
}

function requireBytes(value: unknown, field: string): void {
  if (kindOf(value) !== "Uint8Array") throw wrong("a Uint8Array", field);
}
