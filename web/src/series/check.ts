/** The rules for a series and its volumes, checked before anything is written; each error says which rule is broken. */
import { OverlayError } from "../errors.js";
import { labelsOf, pixelRule, requireOneRule } from "../masks/wire-planes.js";
import { isObject, requireList, unknownWord } from "../values/check.js";
import { kindOf } from "../values/kinds.js";
import type { SliceOrder } from "../values/options.js";
import type { InstanceFacts, OverlaySource } from "../values/plane.js";
import { VOLUME } from "../values/rules.js";
import type { Volume } from "../values/volume.js";
import { hasGeometry, wireGeometry } from "./geometry.js";

/** A file of a series with its header's facts, or why it cannot be read. */
export interface Examined {
  /** Position in the list of files, from 0. */
  readonly index: number;
  readonly file: OverlaySource;
  readonly name: string;
  readonly facts: InstanceFacts | OverlayError;
}

/** A file whose header could be read. */
export type Readable = Omit<Examined, "facts"> & { readonly facts: InstanceFacts };

/** Return the files whose header could be read. */
export function readable(found: readonly Examined[]): readonly Readable[] {
  return found.filter((one): one is Readable => !(one.facts instanceof OverlayError));
}

/**
 * Check everything of volumes that needs no file.
 *
 * @throws OverlayError `invalid-series` without files or volumes, `invalid-mask` for an array of the wrong size,
 *   `invalid-plane` or `invalid-request` for an attribute.
 */
export function requireVolumes(given: readonly Volume[], files: number): readonly Volume[] {
  const volumes = requireList<Volume>(given, "volumes");
  const empty = files === 0 ? "files" : volumes.length === 0 ? "volumes" : null;
  if (empty !== null) {
    const message = `Expected at least one item in ${empty}.`;
    throw new OverlayError("invalid-series", message, { field: empty, expected: 1, found: 0 });
  }
  volumes.forEach(requireVolume);
  return volumes;
}

function requireVolume(given: Volume, volume: number): void {
  if (!isObject(given)) {
    const message = "Expected a volume with mask, columns, rows and slices.";
    throw new OverlayError("invalid-series", message, { field: "volumes", volume });
  }
  const unknown = unknownWord(given, VOLUME);
  if (unknown !== undefined) {
    const message = `A volume has no attribute "${unknown}".`;
    throw new OverlayError("invalid-request", message, { field: unknown, volume });
  }
  for (const field of ["columns", "rows", "slices"] as const) {
    if (Number.isSafeInteger(given[field]) && given[field] > 0) continue;
    throw new OverlayError("invalid-series", "Expected a whole number above 0.", { field, volume });
  }
  if (hasGeometry(given)) {
    wireGeometry(given);
    if (given.planeOrigin !== undefined) {
      const message = "planeOrigin cannot be combined with origin, spacing and direction.";
      throw new OverlayError("invalid-request", message, { field: "planeOrigin", volume });
    }
  }
  requireOneRule(given);
  requireVoxels(given, volume);
  if (given.packed !== undefined) return;
  if (given.labels !== undefined) labelsOf(given.labels, given.mask);
  else pixelRule(given.mask, given);
}

/**
 * Check that a volume has its voxels: at the start, and again whenever a slice is taken, since the caller may transfer
 * the array away in between.
 *
 * @throws OverlayError `invalid-mask`
 */
export function requireVoxels(given: Volume, volume: number): void {
  const pixels = given.columns * given.rows * given.slices;
  if (given.packed !== undefined) {
    const bytes = Math.ceil(pixels / 8);
    const found = kindOf(given.packed) === "Uint8Array" ? given.packed.length : 0;
    if (found === bytes || found === bytes + 1) return;
    const message = "Expected columns × rows × slices bits in a Uint8Array (0: its buffer may be detached).";
    throw new OverlayError("invalid-mask", message, { field: "packed", volume, expected: bytes, found });
  }
  const kind = kindOf(given.mask);
  if (kind === null || kind === "Uint8ClampedArray") {
    const message = "Expected a typed array of one item for each pixel.";
    throw new OverlayError("invalid-mask", message, { field: "mask", volume });
  }
  const found = given.mask.length;
  if (found === pixels) return;
  const message = "Expected columns × rows × slices items in the volume (0: its buffer may be detached).";
  throw new OverlayError("invalid-mask", message, { field: "mask", volume, expected: pixels, found });
}

/** Facts that the images of one series share. */
const SHARED = {
  seriesInstanceUid: "Series Instance UID",
  frameOfReferenceUid: "Frame of Reference UID",
  rows: "Rows",
  columns: "Columns",
} as const;

/**
 * Check that the files are one series.
 *
 * @returns `"frames"` for one multi-frame image whose frames are the slices, else `"files"`.
 */
export function requireInstances(found: readonly Examined[]): "files" | "frames" {
  const good = readable(found);
  const [first] = good;
  if (first === undefined) {
    const message = "No file of the series could be read.";
    throw new OverlayError("invalid-series", message, { field: "files", found: 0 }, found[0]?.facts);
  }
  for (const [field, name] of Object.entries(SHARED) as [keyof typeof SHARED, string][]) {
    const other = good.find(({ facts }) => facts[field] !== first.facts[field]);
    if (other === undefined) continue;
    const message = `The files differ in ${name}: they are not one series of one shape.`;
    throw new OverlayError("invalid-series", message, { field, index: other.index });
  }
  const many = good.find(({ facts }) => (facts.numberOfFrames ?? 1) > 1);
  if (many === undefined) return "files";
  if (found.length === 1) return "frames";
  const message = "A multi-frame image must be exported alone.";
  throw new OverlayError("invalid-series", message, { field: "numberOfFrames", index: many.index });
}

/**
 * Check that the files are one series of the volumes' shape.
 *
 * @returns as {@link requireInstances}.
 */
export function requireOneSeries(
  found: readonly Examined[],
  volumes: readonly Volume[],
  order: SliceOrder | undefined,
): "files" | "frames" {
  const layout = requireInstances(found);
  const good = readable(found);
  const first = good[0] as Readable;
  const failures = found.filter(({ facts }) => facts instanceof OverlayError);
  const expected = layout === "frames" ? (first.facts.numberOfFrames ?? 1) : good.length;
  volumes.forEach((given, volume) => {
    requireShape(first, given, volume);
    const { slices } = given;
    // An explicit order gives a slice to a file that cannot be read, too: the others keep theirs.
    const isWhole = slices === expected || (order !== undefined && slices === found.length);
    const wanted = isWhole ? (volumes[0]?.slices ?? slices) : expected;
    if (slices === wanted && isWhole) return;
    const what = layout === "frames" ? "frames" : "readable files";
    const message = isWhole
      ? "The volumes differ in their number of slices, so that a file has two places."
      : `The volume's number of slices is not the series' number of ${what}.`;
    const detail = {
      field: "slices",
      volume,
      expected: wanted,
      found: slices,
      unreadable: failures.length,
    };
    throw new OverlayError("invalid-series", message, detail, failures[0]?.facts);
  });
  return layout;
}

/** A volume may differ in size from the image only where its `planeOrigin` says that this is meant. */
function requireShape({ facts, index }: Readable, volume: Volume, at: number): void {
  const field = (["rows", "columns"] as const).find((side) => volume[side] !== facts[side]);
  if (volume.planeOrigin !== undefined || field === undefined) return;
  const message = "The volume and the images have different shapes.";
  const detail = { field, volume: at, index, expected: facts[field], found: volume[field] };
  throw new OverlayError("invalid-series", message, detail);
}

/** Return the slice of each file, by the file's index, in the order that the caller gave. */
export function slicesByOrder(
  given: SliceOrder,
  found: readonly Examined[],
  slices: number,
): ReadonlyMap<number, number> {
  const good = readable(found);
  if (given === "given") {
    return new Map(good.map(({ index }, at) => [index, slices === found.length ? index : at]));
  }
  const field = "sliceOrder";
  const order = requireList<OverlaySource | string>(given, field);
  if (order.length !== slices) {
    const message = "sliceOrder must name every slice once.";
    throw new OverlayError("invalid-series", message, { field, expected: slices, found: order.length });
  }
  const indices = new Map<OverlaySource | string, number>();
  for (const { index, facts } of good)
    if (facts.sopInstanceUid !== null) indices.set(facts.sopInstanceUid, index);
  for (const { index, file } of found) indices.set(file, index);
  const result = new Map<number, number>();
  order.forEach((entry, slice) => {
    const index = indices.get(entry);
    if (index === undefined) {
      const message = "sliceOrder names a file that is not there.";
      throw new OverlayError("invalid-series", message, { field, slice });
    }
    if (result.has(index)) {
      throw new OverlayError("invalid-series", "sliceOrder names a file twice.", { field, slice, index });
    }
    result.set(index, slice);
  });
  return result;
}
