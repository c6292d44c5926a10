/** Stored values to grey on the page: one table where values are short, so that a window follows the pointer. */
import type { StoredValues } from "./native.js";
import type { DecodedFrame, Modality, Window } from "./protocol.js";

/** The real value of a stored one. */
export function realValue({ slope, intercept, lut }: Modality, stored: number): number {
  if (lut === null) return stored * slope + intercept;
  const at = Math.min(Math.max(0, stored - lut.first), lut.values.length - 1);
  return lut.values[at] ?? 0;
}

/** The stored sample of a pixel (from 0) as a real value; null outside the image, or for colour. */
export function valueAt(
  { values, modality, rows, columns }: DecodedFrame,
  row: number,
  column: number,
): number | null {
  if (values === null || row < 0 || column < 0 || row >= rows || column >= columns) return null;
  return realValue(modality, values[row * columns + column] as number);
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Each frame is looked through once. */
const ranges = new WeakMap<DecodedFrame, Range>();

/** Smallest and largest real value of a frame, padding left out. */
export function rangeOf(frame: DecodedFrame): Range {
  const range = ranges.get(frame) ?? findRange(frame);
  ranges.set(frame, range);
  return range;
}

function findRange({ values, modality, padding }: DecodedFrame): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values ?? []) {
    if (value === padding || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return { low: 0, high: 1 };
  const ends = [realValue(modality, low), realValue(modality, high)];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** The window that shows the whole range. */
export function fullWindow(frame: DecodedFrame): Window {
  const { low, high } = rangeOf(frame);
  return { width: Math.max(high - low, Number.MIN_VALUE), level: (high + low) / 2, shape: "exact" };
}

/** The window that a frame is shown with: the user's, the file's first window or VOI LUT, or one over everything. */
export function windowOf(frame: DecodedFrame, chosen: Window | null): Window {
  return chosen ?? frame.windows[0] ?? fullWindow(frame);
}

/** The pixels of a frame as they are seen with a window. */
export function pixelsOf(frame: DecodedFrame, chosen: Window | null): Uint8ClampedArray<ArrayBuffer> {
  return frame.rgba ?? drawGrey(frame, windowOf(frame, chosen));
}

/** Grey 0 to 255 of a real value (PS3.3 C.11.2.1.1, C.11.2.1.2.1, C.11.2.1.3). */
export function greyOf(value: number, { width, level, shape, greys }: Window): number {
  if (greys !== undefined) {
    // A table counts whole values.
    const at = Math.floor(((Math.trunc(value) - (level - width / 2)) * greys.length) / width);
    return greys[Math.min(Math.max(0, at), greys.length - 1)] as number;
  }
  if (shape === "sigmoid") return 255 / (1 + Math.exp((-4 * (value - level)) / width));
  // The linear function counts whole values; a window of one or less is a threshold, a fraction of one is exact.
  const exact = shape === "exact" || width <= 1;
  const span = exact ? width : width - 1;
  const centre = exact ? level : level - 0.5;
  return ((value - centre) / span + 0.5) * 255;
}

/** Draw grey values into RGBA. */
export function drawGrey(
  { values, modality, inverted, rows, columns }: DecodedFrame,
  window: Window,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(rows * columns * 4);
  if (values === null) return rgba;
  const pixels = new Uint32Array(rgba.buffer);
  const paint = (stored: number): number => {
    const grey = Math.min(255, Math.max(0, Math.round(greyOf(realValue(modality, stored), window))));
    const shown = inverted ? 255 - grey : grey;
    // Opaque grey, little endian.
    return (0xff000000 | (shown << 16) | (shown << 8) | shown) >>> 0;
  };
  const low = lowestOf(values);
  if (low === null) {
    for (let i = 0; i < pixels.length; i++) pixels[i] = paint(values[i] as number);
    return rgba;
  }
  const table = new Uint32Array(values.BYTES_PER_ELEMENT === 1 ? 256 : 65536);
  for (let i = 0; i < table.length; i++) table[i] = paint(i + low);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[(values[i] as number) - low] as number;
  return rgba;
}

/** Lowest value of a short integer type; null for types that no table covers. */
function lowestOf(values: StoredValues): number | null {
  if (values instanceof Uint8Array || values instanceof Uint16Array) return 0;
  if (values instanceof Int8Array) return -128;
  return values instanceof Int16Array ? -32768 : null;
}
