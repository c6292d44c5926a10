/** Samples of three components, and palette indices, to RGBA (PS3.3 C.7.6.3.1). */
import { Fault } from "../workers/fault.js";
import { buffersOf, type Elements, numbersOf } from "./elements.js";
import { BIG_ENDIAN, type StoredValues, turn } from "./native.js";
import type { PixelFormat } from "./pixels.js";

/** RGBA of interleaved RGB bytes. */
export function rgbaOf(rgb: StoredValues, pixels: number): Uint8ClampedArray<ArrayBuffer> {
  if (rgb.length < pixels * 3) throw new Fault("pixels-missing");
  const rgba = new Uint8ClampedArray(pixels * 4).fill(255);
  for (let i = 0, from = 0, to = 0; i < pixels; i++, to += 4) {
    rgba[to] = rgb[from++] as number;
    rgba[to + 1] = rgb[from++] as number;
    rgba[to + 2] = rgb[from++] as number;
  }
  return rgba;
}

/**
 * Native colour samples as interleaved RGB bytes.
 *
 * @throws Fault `pixel-format` for a photometric interpretation that is not drawn here
 */
export function nativeRgb(samples: StoredValues, format: PixelFormat): Uint8Array {
  const bytes = toBytes(samples, format);
  const pixels = format.rows * format.columns;
  if (format.photometric === "YBR_FULL_422")
    return ybrToRgb(spreadChroma(bytes, pixels, format.columns), pixels);
  const even = format.planar ? interleave(bytes, pixels, format.samples) : bytes;
  if (format.photometric === "YBR_FULL") return ybrToRgb(even, pixels);
  if (format.photometric === "RGB" && format.samples === 3) return even;
  throw new Fault("pixel-format");
}

/** The eight bits from High Bit down, of samples of any depth. */
export function toBytes(samples: StoredValues, { stored, high, allocated }: PixelFormat): Uint8Array {
  if (samples instanceof Uint8Array && stored === 8 && allocated === 8) return samples;
  const down = Math.max(0, high - 7);
  const up = Math.max(0, 8 - stored);
  return Uint8Array.from(samples as ArrayLike<number>, (value) => ((value >>> down) << up) & 255);
}

function interleave(planes: Uint8Array, pixels: number, samples: number): Uint8Array {
  const mixed = new Uint8Array(pixels * samples);
  for (let s = 0, from = 0; s < samples; s++) {
    for (let i = 0; i < pixels; i++) mixed[i * samples + s] = planes[from++] as number;
  }
  return mixed;
}

/** Y Y Cb Cr for two pixels to Y Cb Cr for each. */
function spreadChroma(bytes: Uint8Array, pixels: number, columns: number): Uint8Array {
  const full = new Uint8Array(pixels * 3);
  if (columns % 2 === 1) throw new Fault("pixel-format");
  for (let i = 0, from = 0; i < pixels; i += 2, from += 4) {
    const [a = 0, b = 0, cb = 0, cr = 0] = bytes.subarray(from, from + 4);
    full.set([a, cb, cr, b, cb, cr], i * 3);
  }
  return full;
}

function ybrToRgb(ybr: Uint8Array, pixels: number): Uint8Array {
  const rgb = new Uint8ClampedArray(pixels * 3);
  for (let i = 0; i < pixels * 3; i += 3) {
    const y = ybr[i] as number;
    const cb = (ybr[i + 1] as number) - 128;
    const cr = (ybr[i + 2] as number) - 128;
    rgb[i] = y + 1.402 * cr;
    rgb[i + 1] = y - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587;
    rgb[i + 2] = y + 1.772 * cb;
  }
  return new Uint8Array(rgb.buffer);
}

/** RGBA of palette indices (PS3.3 C.7.6.3.1.5 and C.7.9.2, segmented ones too). */
export function applyPalette(
  indices: StoredValues,
  elements: Elements,
  syntax: string,
): Uint8ClampedArray<ArrayBuffer> {
  const tables = (["Red", "Green", "Blue"] as const).map((colour) => readTable(elements, colour, syntax));
  const rgba = new Uint8ClampedArray(indices.length * 4).fill(255);
  for (const [s, { values, start }] of tables.entries()) {
    const last = values.length - 1;
    for (let i = 0; i < indices.length; i++) {
      const at = (indices[i] as number) - start;
      rgba[i * 4 + s] = values[Math.min(Math.max(0, at), last)] as number;
    }
  }
  return rgba;
}

function readTable(
  elements: Elements,
  colour: string,
  syntax: string,
): { values: Uint8Array; start: number } {
  const [stated = 0, start = 0, bits = 16] =
    numbersOf(elements[`${colour}PaletteColorLookupTableDescriptor`]) ?? [];
  const count = stated === 0 ? 65536 : stated;
  const words = (keyword: string): Uint16Array | Uint8Array | null => {
    const [buffer] = buffersOf(elements[keyword]);
    if (buffer === undefined) return null;
    const bytes = buffer.slice(0, buffer.byteLength & ~1);
    if (syntax === BIG_ENDIAN) turn(bytes, 2);
    return new Uint16Array(bytes);
  };
  const whole = words(`${colour}PaletteColorLookupTableData`);
  const data = whole ?? expandSegments(words(`Segmented${colour}PaletteColorLookupTableData`), count, bits);
  if (data.length * 2 <= count + 1 && bits === 8) {
    // Two entries of 8 bits in a word.
    return { values: new Uint8Array(data.buffer).subarray(0, count), start };
  }
  // Entries of 8 bits may lie in words (then the high byte is empty); 16-bit ones count from their high byte.
  const down = data.every((value) => value < 256) && bits === 8 ? 0 : 8;
  return { values: Uint8Array.from(data.subarray(0, count), (value) => value >> down), start };
}

/** Discrete (0), linear (1) and indirect (2) segments to entries (PS3.3 C.7.9.2). */
function expandSegments(source: Uint16Array | Uint8Array | null, count: number, bits: number): Uint16Array {
  if (source === null) throw new Fault("palette-missing");
  const words = bits === 8 ? new Uint8Array(source.buffer) : source;
  const table: number[] = [];
  const segment = (at: number, left: number): number => {
    const [code = 9, length = 0] = words.subarray(at, at + 2);
    if (code === 0) {
      table.push(...words.subarray(at + 2, at + 2 + length));
      return at + 2 + length;
    }
    if (code === 1) {
      const from = table.at(-1) ?? 0;
      const to = words[at + 2] ?? 0;
      for (let i = 1; i <= length; i++) table.push(Math.round(from + ((to - from) * i) / length));
      return at + 3;
    }
    if (code !== 2 || left === 0) throw new Fault("palette-missing");
    const [low = 0, high = 0] = [words[at + 2] ?? 0, words[at + 3] ?? 0];
    // The offset counts bytes, stored as two of the table's entries.
    let begin = bits === 8 ? low | (high << 8) : (low | (high << 16)) / 2;
    for (let i = 0; i < length; i++) begin = segment(begin, 0);
    return at + 4;
  };
  for (let at = 0; at < words.length - 1 && table.length < count; ) at = segment(at, 1);
  return Uint16Array.from(table);
}
