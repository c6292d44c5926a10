/** Pixels that lie in the file as they are (PS3.5 section 8.1): one frame cut out, as stored values. */
import type { MaskArray } from "../../../src/values/plane.js";
import { Fault } from "../workers/fault.js";
import { buffersOf, type Elements } from "./elements.js";
import { floatKeyword, type PixelFormat } from "./pixels.js";

/** Explicit VR Big Endian (PS3.5 2016b A.3; retired). */
export const BIG_ENDIAN = "1.2.840.10008.1.2.2";

/** Implicit, explicit, deflated (PS3.5 A.1, A.2, A.5) and big endian. */
export const NATIVE: readonly string[] = [
  "1.2.840.10008.1.2",
  "1.2.840.10008.1.2.1",
  "1.2.840.10008.1.2.1.99",
  BIG_ENDIAN,
];

/** Bytes by which Pixel Data may be longer than its file: what is missing of a cut file is filled with zeros. */
const MOST_MISSING = 256 * 1024 * 1024;

/**
 * Refuse a file whose Pixel Data claims far more bytes than the file has: dcmjs would make room for all of them, which
 * ends the worker, or keeps it busy for minutes.
 *
 * @throws Fault `pixels-missing`
 */
export function requirePossible(buffer: ArrayBuffer): void {
  const bytes = new Uint8Array(buffer);
  // The tag (7FE0,0010) in little endian; compressed pixels have no length of their own.
  let at = bytes.indexOf(0xe0);
  while (at >= 0 && !(bytes[at + 1] === 0x7f && bytes[at + 2] === 0x10 && bytes[at + 3] === 0))
    at = bytes.indexOf(0xe0, at + 1);
  if (at < 0 || at + 12 > bytes.length) return;
  const isExplicit = bytes[at + 4] === 0x4f && (bytes[at + 5] === 0x42 || bytes[at + 5] === 0x57);
  const start = at + (isExplicit ? 12 : 8);
  const length = new DataView(buffer).getUint32(start - 4, true);
  if (length !== 0xffffffff && length > bytes.length - start + MOST_MISSING)
    throw new Fault("pixels-missing");
}

/** Samples of any type but the 64-bit integers, which no file has. */
export type StoredValues = Exclude<MaskArray, BigInt64Array | BigUint64Array>;

/**
 * Cut frame `index` (from 0) out and return its samples in the order of the file.
 *
 * @throws Fault `pixels-missing` where Pixel Data is shorter than the header says: nothing is allocated for it.
 */
export function cutNative(
  elements: Elements,
  format: PixelFormat,
  syntax: string,
  index: number,
): StoredValues {
  const float = floatKeyword(elements);
  const [buffer] = buffersOf(elements[float ?? "PixelData"]);
  const { rows, columns, allocated } = format;
  const count = rows * columns * samplesInFile(format);
  const begin = index * count * allocated;
  // A frame of single bits begins inside a byte.
  const [from, to] = [begin >> 3, Math.ceil((begin + count * allocated) / 8)];
  if (buffer === undefined || !Number.isSafeInteger(begin) || to > buffer.byteLength)
    throw new Fault("pixels-missing");
  const swapped = syntax === BIG_ENDIAN;
  if (allocated === 1) {
    const bytes =
      swapped && isWords(elements) ? turn(buffer.slice(from & ~1, (to + 1) & ~1), 2) : buffer.slice(from, to);
    return expandBits(new Uint8Array(bytes), (begin & 7) + (swapped ? (from & 1) * 8 : 0), count);
  }
  const width = allocated <= 8 ? 1 : allocated / 8;
  if (width === 1) {
    if (!swapped || !isWords(elements)) return new Uint8Array(buffer.slice(from, to));
    const whole = turn(buffer.slice(from & ~1, (to + 1) & ~1), 2);
    return new Uint8Array(whole).subarray(from & 1, (from & 1) + count);
  }
  const bytes = buffer.slice(from, to);
  if (swapped) turn(bytes, width);
  if (float !== null) return width === 4 ? new Float32Array(bytes) : new Float64Array(bytes);
  if (width === 2) return new Uint16Array(bytes);
  if (width === 4) return new Uint32Array(bytes);
  throw new Fault("pixel-format");
}

/** Samples that Pixel Data holds for a pixel: chroma of YBR_FULL_422 is stored for every second one. */
function samplesInFile({ photometric, samples }: PixelFormat): number {
  return photometric === "YBR_FULL_422" && samples === 3 ? 2 : samples;
}

/** dcmjs-naturalized elements keep the value representations aside. */
function isWords({ _vrMap }: Elements): boolean {
  return (_vrMap as Record<string, string> | undefined)?.["PixelData"] === "OW";
}

function expandBits(bytes: Uint8Array, start: number, count: number): Uint8Array {
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = start + i;
    values[i] = ((bytes[at >> 3] ?? 0) >> (at & 7)) & 1;
  }
  return values;
}

/** Turn every `width` bytes around, in place. */
export function turn(buffer: ArrayBuffer, width: number): ArrayBuffer {
  const bytes = new Uint8Array(buffer);
  for (let at = 0; at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return buffer;
}

/** Keep the bits of a sample from High Bit down, with its sign; what lies beside them does not belong to the pixel. */
export function trimBits(
  values: StoredValues,
  { allocated, stored, high, signed }: PixelFormat,
): StoredValues {
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  const width = values.BYTES_PER_ELEMENT * 8;
  if (stored >= width && !signed) return values;
  if (allocated === 1) return values;
  const up = Math.max(0, width - 1 - high);
  const down = Math.max(0, width - stored);
  const shift = 32 - width;
  const target = signed
    ? width === 8
      ? new Int8Array(values.length)
      : width === 16
        ? new Int16Array(values.length)
        : new Int32Array(values.length)
    : width === 8
      ? new Uint8Array(values.length)
      : width === 16
        ? new Uint16Array(values.length)
        : new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const top = (values[i] as number) << (shift + up);
    target[i] = signed ? top >> (shift + down) : top >>> (shift + down);
  }
  return target;
}
