/**
 * PNG pixels exactly as stored, decoded by fast-png. A canvas cannot read masks: it scales 16-bit samples to 8 bits,
 * so a label 1 of 65535 becomes black, and it multiplies by alpha, so a faint pixel loses its colour.
 */
import { type DecodedPng, decode } from "fast-png";
import { Fault } from "../workers/fault.js";
import type { LabelVolume } from "./volume.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** True when `bytes` begin as a PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((value, i) => bytes[i] === value);
}

/** The most values that samples of 16 bits can have. */
const MOST_VALUES = 65536;

/**
 * Read a PNG by the rule that the command has. A picture of two values is a drawing: what is neither black nor transparent
 * is set. More grey values, or more opacities of one colour, need a threshold. The
 * entries of a palette of several colours are labels, if entry 0, the background, is black.
 *
 * @throws Fault `mask-damaged`; `mask-black` for what is drawn in black on nothing; `mask-colours` for several colours,
 * no ground, or colours of 16 bits; `mask-turned` for an animation, or a picture that is shown rotated
 */
export function readPng(bytes: Uint8Array): LabelVolume {
  const chunks = chunksOf(bytes);
  if (chunks.has("acTL") || isTurned(chunks.get("eXIf"))) throw new Fault("mask-turned");
  const image = decodeOrRefuse(bytes);
  const { width: columns, height: rows } = image;
  if (image.depth === 16 && image.channels > 1) throw new Fault("mask-colours");
  const { sample, stored, channels, alphaOf } = pixelsOf(image);
  const [values, alphas] = [new Uint16Array(rows * columns), new Uint16Array(rows * columns)];
  /** Colours that are visible. */
  const colours = new Set<number>();
  let [isGrey, isSolid, isSomeHidden] = [true, true, false];
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i++) {
      const alpha = alphaOf(r, c);
      alphas[i] = alpha;
      if (alpha === 0) {
        isSomeHidden = true;
        continue;
      }
      const [red = 0, green = red, blue = red] = channels.map((k) => sample(r, c, k));
      isGrey &&= red === green && red === blue;
      isSolid &&= alpha === 255;
      values[i] = Math.max(red, green, blue);
      if (colours.size <= MOST_VALUES) colours.add((red * 65536 + green) * 65536 + blue);
    }
  }
  const size = { rows, columns, slices: 1 };
  const isSomeSet = [...colours].some((colour) => colour !== 0);
  if (isSomeHidden && colours.size > 0 && !isSomeSet) throw new Fault("mask-black");
  // One colour on a transparent ground: how much of it covers a pixel is its value.
  if (isSomeHidden && colours.size === 1) return { ...size, ...drawingOf(alphas) };
  if (isSolid && isGrey) return { ...size, ...drawingOf(values) };
  const isBlack = image.palette?.[0]?.every((part) => part === 0) === true;
  if (isBlack && !isSomeHidden && isSolid && colours.size > 2)
    return { ...size, data: values.map((_, i) => stored(Math.floor(i / columns), i % columns)) };
  const set = colours.size - (colours.has(0) ? 1 : 0);
  if (!isSolid || set > 1 || !(colours.has(0) || isSomeHidden)) throw new Fault("mask-colours");
  return { ...size, ...drawingOf(values) };
}

/** A drawing, whose one value besides 0 is set, or a picture that needs a threshold. */
function drawingOf(values: Uint16Array): Pick<LabelVolume, "data" | "isGrey"> {
  const found = new Set(values);
  if (found.size > 2 || (found.size === 2 && !found.has(0))) return { data: values, isGrey: true };
  return { data: values.map((value) => (value === 0 ? 0 : 1)) };
}

/** The parts of a PNG by their names. */
function chunksOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, Uint8Array>();
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.set(name, bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return chunks;
}

const ORIENTATION = 0x0112;

/** Whether Exif data name an orientation other than the stored one. */
function isTurned(exif: Uint8Array | undefined): boolean {
  if (exif === undefined || exif.length < 10) return false;
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const isLittle = exif[0] === 0x49;
  const start = view.getUint32(4, isLittle);
  for (let at = start + 2; at + 12 <= exif.length; at += 12)
    if (view.getUint16(at, isLittle) === ORIENTATION) return view.getUint16(at + 8, isLittle) !== 1;
  return false;
}

function decodeOrRefuse(bytes: Uint8Array): DecodedPng {
  try {
    return decode(bytes);
  } catch (error) {
    throw new Fault("mask-damaged", {}, { cause: error });
  }
}

interface Pixels {
  /** The channels of colour, without alpha. */
  readonly channels: readonly number[];
  /** Value of a channel. */
  readonly sample: (row: number, column: number, channel: number) => number;
  /** The stored sample: with a palette, its index. */
  readonly stored: (row: number, column: number, channel?: number) => number;
  /** 0 is transparent, 255 solid. */
  readonly alphaOf: (row: number, column: number) => number;
}

function pixelsOf({ data, width, depth, channels: all, palette, transparency }: DecodedPng): Pixels {
  // Shades of 1 to 4 bits reach from black to white as others do.
  const shade = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const raw = (row: number, column: number, channel = 0): number => {
    if (depth >= 8) return data[(row * width + column) * all + channel] ?? 0;
    // Rows of packed samples begin at whole bytes.
    const bit = column * depth;
    const byte = data[row * Math.ceil((width * depth) / 8) + (bit >> 3)] ?? 0;
    return (byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  if (palette !== undefined) {
    const entry = (row: number, column: number): readonly number[] => palette[raw(row, column)] ?? [];
    const colour = (row: number, column: number, channel: number): number => entry(row, column)[channel] ?? 0;
    return {
      channels: [0, 1, 2],
      sample: colour,
      stored: raw,
      alphaOf: (row, column) => entry(row, column)[3] ?? 255,
    };
  }
  const hasAlpha = all === 2 || all === 4;
  const channels = Array.from({ length: hasAlpha ? all - 1 : all }, (_, k) => k);
  // tRNS names one colour that is transparent, in images without alpha.
  const hidden = transparency === undefined || transparency.length === 0 ? null : transparency;
  const isHidden = (row: number, column: number): boolean =>
    hidden !== null && channels.every((k) => raw(row, column, k) === hidden[k]);
  return {
    channels,
    sample: (row, column, channel) => raw(row, column, channel) * shade,
    stored: raw,
    alphaOf: (row, column) => (hasAlpha ? raw(row, column, all - 1) : isHidden(row, column) ? 0 : 255),
  };
}
