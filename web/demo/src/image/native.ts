/** Pixels that lie in the file as they are (PS3.5 section 8.1): one frame cut out, as stored values. */
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

export type StoredValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

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
