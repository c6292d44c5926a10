/**
 * PNG pixels exactly as stored.
 *
 * A canvas is no reader for masks: it scales 16-bit samples to 8 bits, so a label 1 of 65535 becomes black, and it
 * multiplies by alpha, so a faint pixel loses its colour. This reads every PNG form (8 colour and depth pairs, palette,
 * transparency, interlace) and answers one question a pixel: neither transparent nor black?
 */
import { unzlibSync } from "fflate";
import { CodedError } from "../app/worker-side.js";
import { BitMask } from "../mark/bitmask.js";

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
  const isSet = pixelTest(header, palette, transparency);
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
        if (isSet(line, c)) mask.setIndex((top + r * dy) * header.columns + left + c * dx, true);
      }
      previous = line;
      at += stride + 1;
    }
  }
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

function pixelTest(
  { depth, colour }: Header,
  palette: Uint8Array,
  transparency: Uint8Array | null,
): (line: Uint8Array, column: number) => boolean {
  const sample = (line: Uint8Array, i: number): number => {
    if (depth === 8) return line[i] ?? 0;
    if (depth === 16) return ((line[2 * i] ?? 0) << 8) | (line[2 * i + 1] ?? 0);
    const bit = i * depth;
    return ((line[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  /** The one colour that tRNS makes transparent in images without alpha: two bytes a sample. */
  const hidden = (i: number): number =>
    transparency === null ? -1 : ((transparency[2 * i] ?? 0) << 8) | (transparency[2 * i + 1] ?? 0);
  switch (colour) {
    case 0:
      return (line, c) => sample(line, c) !== 0 && sample(line, c) !== hidden(0);
    case 2:
      return (line, c) => {
        const rgb = [0, 1, 2].map((i) => sample(line, 3 * c + i));
        return rgb.some((v) => v !== 0) && !rgb.every((v, i) => v === hidden(i));
      };
    case 3:
      return (line, c) => {
        const entry = sample(line, c);
        const alpha = transparency?.[entry] ?? 255;
        return alpha !== 0 && [0, 1, 2].some((i) => (palette[3 * entry + i] ?? 0) !== 0);
      };
    case 4:
      return (line, c) => sample(line, 2 * c) !== 0 && sample(line, 2 * c + 1) !== 0;
    default:
      return (line, c) =>
        sample(line, 4 * c + 3) !== 0 && [0, 1, 2].some((i) => sample(line, 4 * c + i) !== 0);
  }
}
