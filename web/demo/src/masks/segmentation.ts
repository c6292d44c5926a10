/**
 * DICOM Segmentations (PS3.3 A.51, C.8.20), read by dcmjs: each frame lies where it says, and a reference to an image
 * places nothing. Binary, fractional and label map ones, uncompressed.
 */
import dcmjs from "dcmjs";
import { Fault } from "../workers/fault.js";
import type { LabelVolume } from "./volume.js";

type Dict = ReturnType<typeof dcmjs.data.DicomMessage.readFile>["dict"];

const SEGMENTATIONS = ["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"];
/** Implicit and explicit VR, little endian; deflated is inflated by dcmjs. */
const NATIVE = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"];
/** Millimetres by which frames may lie off their grid. */
const TOLERANCE = 0.01;

/** One frame: the segment in it (0 in a label map), and where it lies. */
interface Frame {
  readonly segment: number;
  readonly position: readonly number[];
  /** Its place along the normal, in mm. */
  readonly depth: number;
}

interface Segmentation {
  readonly rows: number;
  readonly columns: number;
  readonly bits: 1 | 8 | 16;
  /** What a fraction of 1 is stored as; 0 where pixels are labels or bits. */
  readonly whole: number;
  readonly pixels: Uint8Array;
  readonly frames: readonly Frame[];
  readonly orientation: readonly number[];
  readonly spacing: readonly number[];
  readonly thickness: number;
  readonly frameOfReferenceUid: string | null;
  readonly names: ReadonlyMap<number, string>;
}

export function isDicom(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(128, 132)) === "DICM";
}

/** Read a segmentation: one volume for its segments or, where they overlap, for as many as go together. */
export function readSegmentation(buffer: ArrayBuffer): LabelVolume[] {
  const segmentation = parse(buffer);
  const { frames, thickness } = segmentation;
  const depths = [...new Set(frames.map(({ depth }) => Math.round(depth / TOLERANCE)))]
    .sort((a, b) => a - b)
    .map((depth) => depth * TOLERANCE);
  const step = stepOf(depths, thickness);
  const slices = Math.round(((depths.at(-1) ?? 0) - (depths[0] ?? 0)) / step) + 1;
  return stack(segmentation, depths[0] ?? 0, step, slices);
}

function parse(buffer: ArrayBuffer): Segmentation {
  let read: ReturnType<typeof dcmjs.data.DicomMessage.readFile>;
  try {
    read = dcmjs.data.DicomMessage.readFile(buffer);
  } catch (error) {
    throw new Fault("mask-damaged", {}, { cause: error });
  }
  const { dict, meta } = read;
  if (!SEGMENTATIONS.includes(text(dict, "00080016"))) throw new Fault("mask-no-segmentation");
  if (!NATIVE.includes(text(meta, "00020010"))) throw new Fault("mask-compressed");
  const [shared] = items(dict, "52009229");
  const frames = items(dict, "52009230").map((own) => [own, ...(shared === undefined ? [] : [shared])]);
  const orientation = same(frames.map((scopes) => inGroup(scopes, "00209116", "00200037", 6)));
  const measures = frames.map((scopes) => inGroup(scopes, "00289110", "00280030", 2));
  const thickness = frames.map(
    (scopes) => inGroup(scopes, "00289110", "00180088", 1) ?? inGroup(scopes, "00289110", "00180050", 1),
  );
  const normal = normalOf(orientation);
  const isLabelMap = text(dict, "00620001") === "LABELMAP";
  return {
    rows: number(dict, "00280010"),
    columns: number(dict, "00280011"),
    bits: bitsOf(number(dict, "00280100")),
    whole: text(dict, "00620001") === "FRACTIONAL" ? number(dict, "0062000E") : 0,
    pixels: pixelsOf(dict),
    frames: frames.map((scopes): Frame => {
      const position = inGroup(scopes, "00209113", "00200032", 3);
      if (position === null) throw new Fault("mask-no-place");
      const depth = position.reduce((sum, value, axis) => sum + value * (normal[axis] ?? 0), 0);
      const [segment = 0] = isLabelMap ? [0] : (inGroup(scopes, "0062000A", "0062000B", 1) ?? [0]);
      return { segment, position, depth };
    }),
    orientation,
    spacing: same(measures),
    thickness: thickness[0]?.[0] ?? 1,
    frameOfReferenceUid: text(dict, "00200052") || null,
    names: new Map(
      items(dict, "00620002").map((segment) => [number(segment, "00620004"), text(segment, "00620005")]),
    ),
  };
}

/** The least distance of two slices; the others must be whole multiples of it. */
function stepOf(depths: readonly number[], thickness: number): number {
  const gaps = depths.slice(1).map((depth, k) => depth - (depths[k] ?? 0));
  const step = Math.min(...gaps);
  if (gaps.length === 0) return thickness > 0 ? thickness : 1;
  const isEven = gaps.every((gap) => Math.abs(gap / step - Math.round(gap / step)) * step < 2 * TOLERANCE);
  if (!isEven) throw new Fault("mask-uneven");
  return step;
}

function stack(one: Segmentation, first: number, step: number, slices: number): LabelVolume[] {
  const { rows, columns, frames, orientation, spacing, names, frameOfReferenceUid, whole } = one;
  const normal = normalOf(orientation);
  const [start] = frames;
  if (start === undefined) throw new Fault("mask-empty");
  // The first voxel: the first frame's position, moved along the normal to the first slice.
  const origin = start.position.map((value, axis) => value + (first - start.depth) * (normal[axis] ?? 0));
  for (const { position, depth } of frames) {
    const off = position.map(
      (value, axis) => value - (origin[axis] ?? 0) - (depth - first) * (normal[axis] ?? 0),
    );
    if (Math.hypot(...off) > 2 * TOLERANCE) throw new Fault("mask-uneven");
  }
  const place = {
    origin: origin as [number, number, number],
    spacing: [spacing[1] ?? 1, spacing[0] ?? 1, step] as [number, number, number],
    direction: [0, 1, 2].flatMap((r) => [orientation[r] ?? 0, orientation[r + 3] ?? 0, normal[r] ?? 0]),
    frameOfReferenceUid,
    names,
  };
  const size = rows * columns;
  const offsetOf = ({ depth }: Frame): number => Math.round((depth - first) / step) * size;
  const made: (Uint16Array | Float32Array)[] = [];
  const segmentsOf: number[][] = [];
  for (const segment of new Set(frames.map((frame) => frame.segment))) {
    const own = frames.flatMap((frame, k) =>
      frame.segment === segment ? [{ offset: offsetOf(frame), values: frameValues(one, k, segment) }] : [],
    );
    const isFree = (data: Uint16Array | Float32Array): boolean =>
      own.every(({ offset, values }) => values.every((value, i) => value === 0 || data[offset + i] === 0));
    let at = whole > 0 ? -1 : made.findIndex(isFree);
    if (at < 0) {
      at = made.length;
      made.push(whole > 0 ? new Float32Array(size * slices) : new Uint16Array(size * slices));
    }
    segmentsOf[at] = [...(segmentsOf[at] ?? []), segment];
    const data = made[at] as Uint16Array | Float32Array;
    for (const { offset, values } of own)
      for (let i = 0; i < size; i++) if (values[i] !== 0) data[offset + i] = values[i] as number;
  }
  return made.map((data, at) => {
    const [only = 0] = segmentsOf[at] ?? [];
    // A fractional volume holds one segment, which is what a threshold makes label 1 of.
    const called = whole > 0 ? new Map([[1, names.get(only) ?? ""]]) : names;
    return { data, rows, columns, slices, ...place, names: called, isGrey: whole > 0 };
  });
}

/** The label of each pixel of frame `k`, or its fraction. */
function frameValues(
  { pixels, bits, rows, columns, whole }: Segmentation,
  k: number,
  segment: number,
): Uint16Array | Float32Array {
  const size = rows * columns;
  const values = whole > 0 ? new Float32Array(size) : new Uint16Array(size);
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  for (let i = 0; i < size; i++) {
    const at = k * size + i;
    if (bits === 1) values[i] = ((pixels[at >> 3] ?? 0) >> (at & 7)) & 1 ? segment : 0;
    else {
      const stored = bits === 8 ? (pixels[at] ?? 0) : view.getUint16(at * 2, true);
      values[i] = whole > 0 ? stored / whole : segment > 0 && stored > 0 ? segment : stored;
    }
  }
  return values;
}

function bitsOf(allocated: number): 1 | 8 | 16 {
  if (allocated === 1 || allocated === 8 || allocated === 16) return allocated;
  throw new Fault("mask-unsupported-type");
}

function pixelsOf(dict: Dict): Uint8Array {
  const [value] = [dict["7FE00010"]?.Value?.[0]].flat();
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw new Fault("mask-damaged");
}

function normalOf(orientation: readonly number[]): [number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

/** The value that all frames share. */
function same(all: readonly (readonly number[] | null)[]): readonly number[] {
  const [one] = all;
  if (one === undefined || one === null) throw new Fault("mask-no-place");
  const isSame = all.every((other) => other?.every((value, k) => Math.abs(value - (one[k] ?? 0)) < 1e-4));
  if (!isSame) throw new Fault("mask-uneven");
  return one;
}

/** Numbers of a functional group, from the frame's own groups or the shared ones. */
function inGroup(scopes: readonly Dict[], group: string, tag: string, count: number): number[] | null {
  for (const scope of scopes) {
    const [item] = items(scope, group);
    const values = (item?.[tag]?.Value ?? []).map(Number);
    if (values.length >= count && values.every(Number.isFinite)) return values.slice(0, count);
  }
  return null;
}

function items(dict: Dict, tag: string): Dict[] {
  return (dict[tag]?.Value ?? []).filter((item): item is Dict => typeof item === "object" && item !== null);
}

function text(dict: Dict, tag: string): string {
  const value = dict[tag]?.Value?.[0];
  return typeof value === "string" ? value.replaceAll("\0", "").trim() : "";
}

function number(dict: Dict, tag: string): number {
  return Number(dict[tag]?.Value?.[0] ?? 0);
}
