/**
 * PNG pixels exactly as stored.
 *
 * A canvas is no reader for masks: it scales 16-bit samples to 8 bits, so a label 1 of 65535 becomes black, and it
 * multiplies by alpha, so a faint pixel loses its colour. This reads every PNG form (8 colour and depth pairs, palette,
 * transparency, interlace) and answers one question a pixel: neither transparent nor black?
 */
import { unzlibSync } from "fflate";
import { BitMask } from "../model/bitmask.js";
import { CodedError } from "../workers/side.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;
const PIXEL_LIMIT = 65535 * 65535;
/** Adam7: first column, first row, column step, row step of each pass. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

interface Header {
  readonly columns: number;
  readonly rows: number;
  readonly depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha */
  readonly colour: number;
  readonly interlaced: boolean;
}

interface Chunks {
  readonly header: Header;
  readonly palette: Uint8Array;
  readonly transparency: Uint8Array | null;
  readonly data: Uint8Array;
}

/** True when `bytes` begin as a PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((value, i) => bytes[i] === value);
}

/** Decode a PNG to the mask of its pixels that are neither transparent nor black. */
export function readPngMask(bytes: Uint8Array): BitMask {
  const { header, palette, transparency, data } = readChunks(bytes);
  const mask = new BitMask(header.rows, header.columns);
  const { isSeen, isColoured } = pixelTests(header, palette, transparency);
  let isSomeSet = false;
  let isSomeSeen = false;
  let isSomeHidden = false;
  const samples = samplesOf(header);
  const passes = header.interlaced ? PASSES : ([[0, 0, 1, 1]] as const);
  let at = 0;
  for (const [left, top, dx, dy] of passes) {
    const columns = Math.ceil((header.columns - left) / dx);
    const rows = Math.ceil((header.rows - top) / dy);
    if (columns <= 0 || rows <= 0) continue;
    const stride = Math.ceil((columns * samples * header.depth) / 8);
    let previous = new Uint8Array(stride);
    for (let r = 0; r < rows; r++) {
      const line = unfilter(data, at, stride, previous, Math.max(1, (samples * header.depth) >> 3));
      for (let c = 0; c < columns; c++) {
        if (!isSeen(line, c)) isSomeHidden = true;
        else if (!isColoured(line, c)) isSomeSeen = true;
        else {
          isSomeSet = true;
          mask.setIndex((top + r * dy) * header.columns + left + c * dx, true);
        }
      }
      previous = line;
      at += stride + 1;
    }
  }
  // Drawn in black on nothing: an empty mask is not what was meant.
  if (!isSomeSet && isSomeSeen && isSomeHidden) throw new CodedError("mask-black");
  return mask;
}

function readChunks(bytes: Uint8Array): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | null = null;
  let palette: Uint8Array = new Uint8Array();
  let transparency: Uint8Array | null = null;
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (body.length !== length) throw new CodedError("mask-damaged");
    if (type === "IHDR") header = readHeader(body);
    else if (type === "PLTE") palette = body;
    else if (type === "tRNS") transparency = body;
    else if (type === "IDAT") parts.push(body);
    else if (type === "IEND") break;
    at += 12 + length;
  }
  if (header === null) throw new CodedError("mask-damaged");
  return { header, palette, transparency, data: inflate(parts, header) };
}

function readHeader(body: Uint8Array): Header {
  if (body.length < 13) throw new CodedError("mask-damaged");
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [depth, colour] = [body[8] ?? 0, body[9] ?? 0];
  const header = {
    columns: view.getUint32(0),
    rows: view.getUint32(4),
    depth,
    colour,
    interlaced: body[12] === 1,
  };
  const known = [1, 2, 4, 8, 16].includes(depth) && [0, 2, 3, 4, 6].includes(colour);
  const pixels = header.columns * header.rows;
  if (!known || pixels === 0 || pixels > PIXEL_LIMIT) throw new CodedError("mask-damaged");
  return header;
}

function inflate(
  parts: readonly Uint8Array[],
  { rows, columns, depth, colour, interlaced }: Header,
): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  const line = Math.ceil((columns * samplesOf({ colour }) * depth) / 8) + 1;
  // Seven interlaced passes add at most one filter byte and one part byte a line and pass.
  const size = interlaced ? (line + 14) * rows * 2 : line * rows;
  try {
    return unzlibSync(joined, { out: new Uint8Array(size) });
  } catch {
    throw new CodedError("mask-damaged");
  }
}

function samplesOf({ colour }: Pick<Header, "colour">): number {
  return { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour] ?? 1;
}

/** Undo the filter of one scan line (PNG specification, section 9). */
function unfilter(
  data: Uint8Array,
  at: number,
  stride: number,
  above: Uint8Array,
  bpp: number,
): Uint8Array<ArrayBuffer> {
  if (at + stride >= data.length + 0 && at + stride + 1 > data.length) throw new CodedError("mask-damaged");
  const filter = data[at];
  const line = data.slice(at + 1, at + 1 + stride);
  for (let i = 0; i < stride; i++) {
    const left = i >= bpp ? (line[i - bpp] ?? 0) : 0;
    const up = above[i] ?? 0;
    const corner = i >= bpp ? (above[i - bpp] ?? 0) : 0;
    const raw = line[i] ?? 0;
    if (filter === 1) line[i] = raw + left;
    else if (filter === 2) line[i] = raw + up;
    else if (filter === 3) line[i] = raw + ((left + up) >> 1);
    else if (filter === 4) line[i] = raw + paeth(left, up, corner);
  }
  return line;
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

type PixelTest = (line: Uint8Array, column: number) => boolean;

/** Whether a pixel is not transparent, and whether it is not black. */
function pixelTests(
  { depth, colour }: Header,
  palette: Uint8Array,
  transparency: Uint8Array | null,
): { readonly isSeen: PixelTest; readonly isColoured: PixelTest } {
  const sample = (line: Uint8Array, i: number): number => {
    if (depth === 8) return line[i] ?? 0;
    if (depth === 16) return ((line[2 * i] ?? 0) << 8) | (line[2 * i + 1] ?? 0);
    const bit = i * depth;
    return ((line[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  if (colour === 3) {
    const isOpaque = (entry: number): boolean => (transparency?.[entry] ?? 255) !== 0;
    const isBlack = (entry: number): boolean => [0, 1, 2].every((i) => (palette[3 * entry + i] ?? 0) === 0);
    return {
      isSeen: (line, c) => isOpaque(sample(line, c)),
      isColoured: (line, c) => !isBlack(sample(line, c)),
    };
  }
  const samples = samplesOf({ colour });
  const hasAlpha = colour === 4 || colour === 6;
  const colours = Array.from({ length: hasAlpha ? samples - 1 : samples }, (_, i) => i);
  /** The one colour that tRNS makes transparent in images without alpha: two bytes a sample. */
  const hidden = colours.map((i) => ((transparency?.[2 * i] ?? 0) << 8) | (transparency?.[2 * i + 1] ?? 0));
  return {
    isSeen: (line, c) =>
      hasAlpha
        ? sample(line, samples * c + samples - 1) !== 0
        : transparency === null || colours.some((i) => sample(line, samples * c + i) !== hidden[i]),
    isColoured: (line, c) => colours.some((i) => sample(line, samples * c + i) !== 0),
  };
}
