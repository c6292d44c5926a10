/**
 * PNG pixels exactly as stored, decoded by fast-png. A canvas cannot read masks: it scales 16-bit samples to 8 bits,
 * so a label 1 of 65535 becomes black, and it multiplies by alpha, so a faint pixel loses its colour.
 */
import { type DecodedPng, decode } from "fast-png";
import { CodedError } from "../workers/side.js";
import type { LabelVolume } from "./volume.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** True when `bytes` begin as a PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((value, i) => bytes[i] === value);
}

/**
 * Read a PNG. A drawing, whose pixels have one value besides black and transparent ones, is set where it is neither; so
 * are colours. A picture of more grey values keeps them, and needs a threshold.
 *
 * @throws CodedError `mask-damaged`; `mask-black` for what is drawn in black on nothing
 */
export function readPng(bytes: Uint8Array): LabelVolume {
  const image = decodeOrRefuse(bytes);
  const { width: columns, height: rows } = image;
  const { isSeen, channels, sample } = pixelsOf(image);
  const values = new Uint16Array(rows * columns);
  const shades = new Set<number>();
  let [isGrey, isSomeSet, isBlackSeen, isSomeHidden] = [true, false, false, false];
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i++) {
      if (!isSeen(r, c)) {
        isSomeHidden = true;
        continue;
      }
      const [red, green = red, blue = red] = channels.map((k) => sample(r, c, k));
      isGrey &&= red === green && red === blue;
      const value = Math.max(red ?? 0, green ?? 0, blue ?? 0);
      values[i] = value;
      if (value === 0) isBlackSeen = true;
      else {
        isSomeSet = true;
        if (shades.size < 3) shades.add(value);
      }
    }
  }
  // Drawn in black on nothing: an empty mask is not what was meant.
  if (!isSomeSet && isBlackSeen && isSomeHidden) throw new CodedError("mask-black");
  if (isGrey && shades.size > 1) return { data: values, rows, columns, slices: 1, isGrey: true };
  return { data: values.map((value) => (value === 0 ? 0 : 1)), rows, columns, slices: 1 };
}

function decodeOrRefuse(bytes: Uint8Array): DecodedPng {
  try {
    return decode(bytes);
  } catch (error) {
    throw new CodedError("mask-damaged", {}, { cause: error });
  }
}

interface Pixels {
  readonly isSeen: (row: number, column: number) => boolean;
  /** The channels of colour, without alpha. */
  readonly channels: readonly number[];
  readonly sample: (row: number, column: number, channel: number) => number;
}

function pixelsOf({ data, width, depth, channels: all, palette, transparency }: DecodedPng): Pixels {
  const raw = (row: number, column: number, channel: number): number => {
    if (depth >= 8) return data[(row * width + column) * all + channel] ?? 0;
    // Rows of packed samples begin at whole bytes.
    const bit = column * depth;
    const byte = data[row * Math.ceil((width * depth) / 8) + (bit >> 3)] ?? 0;
    return (byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  if (palette !== undefined) {
    const entry = (row: number, column: number): readonly number[] => palette[raw(row, column, 0)] ?? [];
    return {
      isSeen: (row, column) => (entry(row, column)[3] ?? 255) !== 0,
      channels: [0, 1, 2],
      sample: (row, column, channel) => entry(row, column)[channel] ?? 0,
    };
  }
  const hasAlpha = all === 2 || all === 4;
  const channels = Array.from({ length: hasAlpha ? all - 1 : all }, (_, k) => k);
  // tRNS names one colour that is transparent, in images without alpha.
  const hidden = transparency === undefined || transparency.length === 0 ? null : transparency;
  return {
    isSeen: (row, column) =>
      hasAlpha
        ? raw(row, column, all - 1) !== 0
        : hidden === null || channels.some((k) => raw(row, column, k) !== hidden[k]),
    channels,
    sample: raw,
  };
}
