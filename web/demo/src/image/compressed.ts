/**
 * Compressed pixels: one frame's stream is cut out and put into the plain form that dcmjs-imaging reads rightly; its
 * decoder gives the stored values back, and its drawing is not used.
 *
 * `pixelPipelineCache` is not documented, so its version is pinned and a test holds it.
 */
import { DicomImage, NativePixelDecoder } from "dcmjs-imaging";
import { Fault } from "../workers/fault.js";
import { buffersOf, type Elements } from "./elements.js";
import type { StoredValues } from "./native.js";
import type { PixelFormat } from "./pixels.js";

const RLE = "1.2.840.10008.1.2.5";
const JPEG = ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"];
const JPEG_LS = ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"];
const JPEG_XL = ["1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112"];
/**
 * Neither interleaved (0) nor planar (1). dcmjs-imaging's RLE decoder takes what is not 0 for interleaved, its drawing
 * what is not 1: with either of the two real values they misunderstand each other.
 */
const INTERLEAVED_FOR_BOTH = 2;

let codecs: Promise<void> | null = null;

/** Start the codecs from `url`; without them uncompressed images still show, and the compressed ones fail by themselves. */
export function startCodecs(url: string): Promise<void> {
  codecs ??= NativePixelDecoder.initializeAsync({ webAssemblyModulePathOrUrl: url }).catch(() => undefined);
  return codecs;
}

/** A codec that stops half-way in a damaged image keeps its memory; after about fifty, good images fail as well. */
export function forgetCodecs(): void {
  codecs = null;
}

/** Decode frame `index`, from 0: samples interleaved, colour as RGB. */
export function decodeFrame(
  elements: Elements,
  format: PixelFormat,
  syntax: string,
  index: number,
): StoredValues {
  const stream = streamOf(elements["PixelData"], format.frames, index, syntax);
  const image = new DicomImage(plainForm(stream, format, syntax), syntax);
  image.render({ frame: 0, renderOverlays: false });
  const { pixelPipelineCache } = image as unknown as {
    pixelPipelineCache: { get(frame: number): { data: StoredValues } | undefined };
  };
  const data = pixelPipelineCache.get(0)?.data;
  if (data === undefined) throw new Fault("render-failed");
  return data;
}

/** The elements of an image of one frame. */
function plainForm(stream: Uint8Array<ArrayBuffer>, format: PixelFormat, syntax: string): Elements {
  const { rows, columns, samples, allocated, stored, high, signed, planar, photometric } = format;
  const colour = samples > 1;
  const deep = colour && allocated > 8;
  if (deep && (syntax !== RLE || high !== allocated - 1)) throw new Fault("pixel-format");
  // Short and signed 8-bit values are widened by `trimBits`: as whole bytes they come through untouched.
  const bytes = allocated <= 8 || deep;
  const plain = deep ? topBytes(stream, samples, allocated / 8) : stream;
  const marked = colour && photometric === "RGB" && JPEG.includes(syntax);
  return {
    Rows: rows,
    Columns: columns,
    NumberOfFrames: 1,
    SamplesPerPixel: samples,
    BitsAllocated: bytes ? 8 : allocated,
    BitsStored: bytes ? 8 : stored,
    HighBit: bytes ? 7 : high,
    PixelRepresentation: signed && !bytes ? 1 : 0,
    PlanarConfiguration: colour ? planarOf(stream, syntax, planar) : 0,
    PhotometricInterpretation: !colour ? "MONOCHROME2" : JPEG_XL.includes(syntax) ? "RGB" : photometric,
    PixelData: [marked ? markAsRgb(plain) : plain.buffer],
    WindowCenter: 128,
    WindowWidth: 256,
  };
}

function planarOf(stream: Uint8Array, syntax: string, planar: boolean): number {
  if (syntax === RLE) return INTERLEAVED_FOR_BOTH;
  if (JPEG_LS.includes(syntax)) return scansPlanes(stream) ? 1 : 0;
  return planar && !JPEG_XL.includes(syntax) && !syntax.startsWith("1.2.840.10008.1.2.4") ? 1 : 0;
}

/**
 * The fragments of one frame as one stream. Without an offset table, several fragments for a frame are told apart by
 * what each format begins with.
 *
 * @throws Fault `fragments-unclear` where that does not give as many streams as there are frames.
 */
export function streamOf(
  value: unknown,
  frames: number,
  index: number,
  syntax: string,
): Uint8Array<ArrayBuffer> {
  const parts = [value].flat();
  if (frames === 1) return join(buffersOf(value));
  if (parts.length === frames) return join(buffersOf(parts[index]));
  const all = buffersOf(value);
  const starts = all.flatMap((part, k) => (beginsStream(new Uint8Array(part), syntax) ? [k] : []));
  const begin = starts[index];
  if (starts.length !== frames || starts[0] !== 0 || begin === undefined)
    throw new Fault("fragments-unclear");
  return join(all.slice(begin, starts[index + 1] ?? all.length));
}

function beginsStream(bytes: Uint8Array, syntax: string): boolean {
  const [a, b, c, d] = bytes;
  // A frame is one fragment in RLE (PS3.5 A.4.2), so there is nothing to tell apart.
  if (syntax === RLE) return true;
  if (JPEG_XL.includes(syntax))
    return (a === 0xff && b === 0x0a) || (a === 0 && b === 0 && c === 0 && d === 0x0c);
  // JPEG and JPEG-LS: SOI; JPEG 2000: SOC and SIZ.
  return a === 0xff && (b === 0xd8 || (b === 0x4f && c === 0xff && d === 0x51));
}

function join(parts: readonly ArrayBuffer[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  if (at === 0) throw new Fault("pixels-missing");
  return joined;
}

/** The RLE stream of the highest byte of each sample alone: its header names each byte's segment (PS3.5 G.5). */
function topBytes(stream: Uint8Array<ArrayBuffer>, samples: number, width: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(stream.buffer);
  const starts = Array.from({ length: samples }, (_, s) => view.getUint32(4 + s * width * 4, true));
  const picked = stream.slice();
  const header = new DataView(picked.buffer, 0, 64);
  for (let at = 0; at < 64; at += 4)
    header.setUint32(at, at === 0 ? samples : (starts[at / 4 - 1] ?? 0), true);
  return picked;
}

/**
 * Whether a JPEG-LS stream holds one plane a scan (ITU-T T.87, C.2.3): then its decoder gives planes, whatever the
 * element says, which the standard makes 0 for all of them.
 */
export function scansPlanes(stream: Uint8Array): boolean {
  for (const { marker, at } of segments(stream)) if (marker === 0xda) return stream[at + 4] === 1;
  return false;
}

/**
 * Mark a JPEG stream of RGB as such (Adobe's APP14, transform 0) where nothing in it says so: decoders take three
 * components without a mark for YCbCr and would convert them.
 */
export function markAsRgb(stream: Uint8Array<ArrayBuffer>): ArrayBuffer {
  for (const { marker } of segments(stream)) {
    if (marker === 0xee || marker === 0xe0) return stream.buffer;
    if (marker === 0xda) break;
  }
  const mark = [0xff, 0xee, 0, 14, 65, 100, 111, 98, 101, 0, 100, 0, 0, 0, 0, 0];
  const marked = new Uint8Array(stream.length + mark.length);
  marked.set(stream.subarray(0, 2));
  marked.set(mark, 2);
  marked.set(stream.subarray(2), 2 + mark.length);
  return marked.buffer;
}

/** The segments after the two bytes that start a JPEG or JPEG-LS stream; `at` is where the marker is. */
function* segments(stream: Uint8Array): Generator<{ marker: number; at: number }> {
  for (let at = 2; at + 4 <= stream.length; ) {
    if (stream[at] !== 0xff) return;
    yield { marker: stream[at + 1] ?? 0, at };
    const length = ((stream[at + 2] ?? 0) << 8) | (stream[at + 3] ?? 0);
    if (length < 2) return;
    at += 2 + length;
  }
}
