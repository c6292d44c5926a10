/** The rules that a series and its volumes must keep before anything is written; each error says which breaks. */
import { OverlayError } from "../errors.js";
import { labelsOf, pixelRule } from "../masks/wire-planes.js";
import { isObject, requireList, wrong } from "../values/check.js";
import type { SliceOrder } from "../values/options.js";
import type { InstanceFacts, OverlaySource } from "../values/plane.js";
import { kindOf } from "../values/typed-array.js";
import type { Volume } from "../values/volume.js";
import { hasGeometry, wireGeometry } from "./geometry.js";

/** A file whose header could be read. */
export interface ReadableInstance {
  /** Position in the list of files, from 0. */
  readonly index: number;
  readonly file: OverlaySource;
  readonly facts: InstanceFacts;
}

/**
 * Check everything of volumes that needs no file.
 *
 * @throws OverlayError `invalid-series` without files or volumes, `invalid-mask` for an array of the wrong size,
 *   `invalid-plane` or `invalid-request` for an attribute.
 */
export function requireVolumes(volumes: readonly Volume[], files: number): void {
  if (files === 0) throw invalid("Expected at least one file.", { field: "files", expected: 1, found: 0 });
  if (requireList(volumes, "volumes").length === 0)
    throw invalid("Expected at least one volume.", { field: "volumes", expected: 1, found: 0 });
  volumes.forEach(requireVolume);
}

function requireVolume(given: Volume, volume: number): void {
  if (!isObject(given)) {
    throw invalid("Expected a volume with mask, columns, rows and slices.", { field: "volumes", volume });
  }
  for (const field of ["columns", "rows", "slices"] as const) {
    if (Number.isSafeInteger(given[field]) && given[field] > 0) continue;
    throw invalid("Expected a whole number above 0.", { field, volume });
  }
  if (hasGeometry(given)) wireGeometry(given);
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
    throw new OverlayError("invalid-mask", "Expected a typed array of one item for each pixel.", {
      field: "mask",
      volume,
    });
  }
  if (given.labels !== undefined) labelsOf(given.labels);
  else pixelRule(given.mask, given);
  if (given.mask.length === pixels) return;
  const message = "Expected columns × rows × slices items in the volume (0: its buffer may be detached).";
  throw new OverlayError("invalid-mask", message, {
    field: "mask",
    volume,
    expected: pixels,
    found: given.mask.length,
  });
}

/**
 * Check that the files are one series.
 *
 * @returns `"frames"` for one multi-frame image whose frames are the slices, else `"files"`.
 */
export function requireInstances(
  found: readonly {
    readonly facts: InstanceFacts | OverlayError;
    readonly index: number;
    readonly file: OverlaySource;
  }[],
): "files" | "frames" {
  const good = found.flatMap(({ facts, index, file }) =>
    facts instanceof OverlayError ? [] : [{ facts, index, file }],
  );
  return layoutOf(
    good,
    found.map(({ facts }) => facts),
  );
}

function layoutOf(
  good: readonly ReadableInstance[],
  found: readonly (InstanceFacts | OverlayError)[],
): "files" | "frames" {
  const first = good[0];
  if (first === undefined) {
    const error = found.find((facts) => facts instanceof OverlayError);
    throw invalid("No file of the series could be read.", { field: "files", found: 0 }, error);
  }
  requireSame(good, "seriesInstanceUid", "Series Instance UID");
  requireSame(good, "frameOfReferenceUid", "Frame of Reference UID");
  requireSame(good, "rows", "Rows");
  requireSame(good, "columns", "Columns");
  const layout = found.length === 1 && (first.facts.numberOfFrames ?? 1) > 1 ? "frames" : "files";
  if (layout === "files") requireSingleFrames(good);
  return layout;
}

/**
 * Check that the files are one series of the volumes' shape.
 *
 * @returns `"frames"` for one multi-frame image whose frames are the slices, else `"files"`.
 */
export function requireOneSeries(
  good: readonly ReadableInstance[],
  volumes: readonly Volume[],
  found: readonly (InstanceFacts | OverlayError)[],
  order: SliceOrder | undefined,
): "files" | "frames" {
  const layout = layoutOf(good, found);
  const first = good[0] as ReadableInstance;
  const frames = first.facts.numberOfFrames ?? 1;
  requireShape(first, volumes);
  const expected = layout === "frames" ? frames : good.length;
  volumes.forEach(({ slices }, volume) => {
    // An explicit order gives a slice to a file that cannot be read, too: the others keep theirs.
    if (slices === expected || (order !== undefined && slices === found.length)) return;
    const what = layout === "frames" ? "frames" : "readable files";
    const failures = found.filter((facts) => facts instanceof OverlayError);
    throw invalid(
      `The volume's number of slices is not the series' number of ${what}.`,
      { field: "slices", volume, expected, found: slices, unreadable: failures.length },
      failures[0],
    );
  });
  return layout;
}

/** Return the slice of each file, by the file's index, in the order that the caller gave. */
export function slicesByOrder(
  order: SliceOrder,
  files: readonly OverlaySource[],
  good: readonly ReadableInstance[],
  slices: number,
): ReadonlyMap<number, number> {
  if (typeof order === "string" && order !== "given") throw wrong('"given" or a list', "sliceOrder");
  if (order === "given") {
    return new Map(good.map(({ index }, at) => [index, slices === files.length ? index : at]));
  }
  if (requireList(order, "sliceOrder").length !== slices) {
    throw invalid("sliceOrder must name every slice once.", {
      field: "sliceOrder",
      expected: slices,
      found: order.length,
    });
  }
  const indices = new Map<OverlaySource | string, number>();
  for (const { index, facts } of good) {
    if (facts.sopInstanceUid !== null) indices.set(facts.sopInstanceUid, index);
  }
  files.forEach((file, index) => {
    indices.set(file, index);
  });
  const result = new Map<number, number>();
  order.forEach((entry, slice) => {
    const index = indices.get(entry);
    if (index === undefined)
      throw invalid("sliceOrder names a file that is not there.", { field: "sliceOrder", slice });
    if (result.has(index))
      throw invalid("sliceOrder names a file twice.", { field: "sliceOrder", slice, index });
    result.set(index, slice);
  });
  return result;
}

function requireSame(
  good: readonly ReadableInstance[],
  field: "seriesInstanceUid" | "frameOfReferenceUid" | "rows" | "columns",
  name: string,
): void {
  const expected = good[0]?.facts[field];
  const other = good.find(({ facts }) => facts[field] !== expected);
  if (other === undefined) return;
  throw invalid(`The files differ in ${name}: they are not one series of one shape.`, {
    field,
    index: other.index,
  });
}

/** A volume may differ in size from the image only where its `planeOrigin` says that this is meant. */
function requireShape({ facts, index }: ReadableInstance, volumes: readonly Volume[]): void {
  volumes.forEach(({ rows, columns, planeOrigin }, volume) => {
    if (planeOrigin !== undefined || (rows === facts.rows && columns === facts.columns)) return;
    const field = rows === facts.rows ? "columns" : "rows";
    const found = field === "rows" ? rows : columns;
    throw invalid("The volume and the images have different shapes.", {
      field,
      volume,
      index,
      expected: facts[field],
      found,
    });
  });
}

function requireSingleFrames(good: readonly ReadableInstance[]): void {
  const other = good.find(({ facts }) => (facts.numberOfFrames ?? 1) > 1);
  if (other === undefined) return;
  throw invalid("A multi-frame image must be exported alone.", {
    field: "numberOfFrames",
    index: other.index,
  });
}

function invalid(message: string, detail: OverlayError["detail"], cause?: unknown): OverlayError {
  return new OverlayError("invalid-series", message, detail, cause);
}
