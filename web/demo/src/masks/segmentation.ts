/**
 * DICOM Segmentations (PS3.3 A.51, C.8.20), read by dcmjs: each frame lies where it says, and a reference to an image
 * places nothing. Binary, fractional and label map ones, uncompressed.
 */
import {
  buffersOf,
  type Elements,
  groupOf,
  groupsOf,
  itemOf,
  numberOf,
  readElements,
  textOf,
} from "../image/elements.js";
import { normalOf, placeOf } from "../image/place.js";
import type { Place } from "../image/protocol.js";
import { Fault } from "../workers/fault.js";
import type { LabelVolume } from "./volume.js";

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
  /** The stored value of a fraction of 1; 0 if pixels are labels or bits. */
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
  let file: ReturnType<typeof readElements>;
  try {
    file = readElements(buffer);
  } catch (error) {
    throw new Fault("mask-damaged", {}, { cause: error });
  }
  const { elements, syntax } = file;
  const number = (keyword: string): number => numberOf(elements[keyword]) ?? 0;
  const kind = textOf(elements["SegmentationType"]);
  if (!SEGMENTATIONS.includes(textOf(elements["SOPClassUID"]))) throw new Fault("mask-no-segmentation");
  if (!NATIVE.includes(syntax)) throw new Fault("mask-compressed");
  const { frames, ...grid } = framesOf(elements, kind === "LABELMAP");
  const [pixels] = buffersOf(elements["PixelData"]);
  if (pixels === undefined) throw new Fault("mask-damaged");
  return {
    rows: number("Rows"),
    columns: number("Columns"),
    bits: bitsOf(number("BitsAllocated")),
    whole: kind === "FRACTIONAL" ? number("MaximumFractionalValue") : 0,
    pixels: new Uint8Array(pixels),
    frames,
    ...grid,
    frameOfReferenceUid: textOf(elements["FrameOfReferenceUID"]) || null,
    names: namesOf(elements["SegmentSequence"]),
  };
}

/** The frames, and what they must share: orientation, spacing and, where it is said, thickness. */
function framesOf(
  elements: Elements,
  isLabelMap: boolean,
): Pick<Segmentation, "frames" | "orientation" | "spacing" | "thickness"> {
  const groups = groupsOf(elements);
  const places: Place[] = [];
  for (let k = 0; itemOf(groups["PerFrameFunctionalGroupsSequence"], k) !== null; k++) {
    const place = placeOf(groups, k);
    if (place === null) throw new Fault("mask-no-place");
    places.push(place);
  }
  const orientation = same(places.map((place) => place.orientation));
  const spacing = same(places.map((place) => place.spacing));
  const normal = normalOf(orientation);
  const frames = places.map(({ position }, k): Frame => {
    const depth = position.reduce((sum, value, axis) => sum + value * (normal[axis] ?? 0), 0);
    const segment = groupOf(groups, k, "SegmentIdentificationSequence")?.["ReferencedSegmentNumber"];
    return { segment: isLabelMap ? 0 : (numberOf(segment) ?? 0), position, depth };
  });
  const measures = groupOf(groups, 0, "PixelMeasuresSequence");
  const thickness = numberOf(measures?.["SpacingBetweenSlices"]) ?? numberOf(measures?.["SliceThickness"]);
  return { frames, orientation, spacing, thickness: thickness ?? 1 };
}

function namesOf(sequence: unknown): Map<number, string> {
  const names = new Map<number, string>();
  for (let k = 0; ; k++) {
    const segment = itemOf(sequence, k);
    if (segment === null) return names;
    names.set(numberOf(segment["SegmentNumber"]) ?? 0, textOf(segment["SegmentLabel"]));
  }
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

/** The value that all frames share. */
function same(all: readonly (readonly number[])[]): readonly number[] {
  const [one] = all;
  if (one === undefined) throw new Fault("mask-no-place");
  const isSame = all.every((other) => other.every((value, k) => Math.abs(value - (one[k] ?? 0)) < 1e-4));
  if (!isSame) throw new Fault("mask-uneven");
  return one;
}
