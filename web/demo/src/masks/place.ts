/**
 * Which voxel lies on which pixel. A mask that says where it lies is placed by that alone, by the package; one that says
 * nothing is laid in the series' order, where the sizes agree.
 */
import type { PlacedView, SeriesImage } from "dicom-overlay";
import { getExporter } from "../model/exporter.js";
import { type Picture, placeOf, type Series } from "../model/series.js";
import { codeOf } from "../words/faults.js";
import { Fault } from "../workers/fault.js";
import type { FoundVolume } from "./protocol.js";

/** How a mask was assigned to its pictures. */
export type Method = "position" | "order" | "order-against-position";

export interface Placement {
  readonly method: Method;
  /** One for each picture; null where the volume does not reach it. */
  readonly views: readonly (PlacedView | null)[];
}

/** Where a mask that contradicts its series lies, and where the images lie: each its first and its last corner, in mm. */
export interface Contradiction {
  readonly mask: readonly (readonly number[])[];
  readonly images: readonly (readonly number[])[];
  /** Its size still allows laying it in the series' order. */
  readonly fitsByOrder: boolean;
}

/**
 * Place a volume on a series.
 *
 * @param ask - asked where the volume's position contradicts the series; true lays it in order all the same
 * @returns null where the user does not want it
 * @throws Fault `mask-size` or `mask-not-placed`, with both sizes, where neither way fits
 */
export async function placeVolume(
  volume: FoundVolume,
  { pictures }: Series,
  shown: number,
  signal: AbortSignal,
  ask: (found: Contradiction) => Promise<boolean>,
): Promise<Placement | null> {
  const { origin } = volume;
  if (origin === undefined) return { method: "order", views: byOrder(volume, pictures, shown) };
  const images = pictures.map(imageOf);
  try {
    requireOneSpace(volume, images);
    const { views } = await (await getExporter(signal)).placeImages(images, volume, { signal });
    return { method: "position", views };
  } catch (error) {
    // If the package objects to its place, the user is asked; without the package nothing is placed.
    if (!["mask-not-placed", "invalid-series", "invalid-mask"].includes(codeOf(error))) throw error;
    const fitsByOrder = fits(volume, pictures);
    const agreed = await ask({ mask: endsOf(volume), images: endsOfImages(pictures), fitsByOrder });
    if (!agreed || !fitsByOrder) return null;
    return { method: "order-against-position", views: byOrder(volume, pictures, shown) };
  }
}

/** Facts of one picture: a frame of an enhanced image lies where its own functional groups say. */
function imageOf({ source: { facts, path }, frame }: Picture): SeriesImage {
  const { frames, study: _study, ...image } = facts;
  const place = frames?.length === facts.numberOfFrames ? frames[frame] : undefined;
  const own = place && {
    imagePositionPatient: place.position,
    imageOrientationPatient: place.orientation,
    pixelSpacing: place.spacing,
    numberOfFrames: 1,
  };
  return { ...image, ...own, name: `${path} ${frame}` };
}

function requireOneSpace({ frameOfReferenceUid: own }: FoundVolume, images: readonly SeriesImage[]): void {
  const other = images.find(({ frameOfReferenceUid: uid }) => own && uid && uid !== own);
  if (other !== undefined) throw new Fault("mask-not-placed");
}

function fits({ columns, rows, slices }: FoundVolume, pictures: readonly Picture[]): boolean {
  const facts = pictures[0]?.source.facts;
  return columns === facts?.columns && rows === facts.rows && slices === pictures.length;
}

/** Slice k on the k-th picture; a single mask on what is seen. */
function byOrder(
  volume: FoundVolume,
  pictures: readonly Picture[],
  shown: number,
): readonly (PlacedView | null)[] {
  const { columns, rows, slices } = volume;
  const view = (k: number): PlacedView => [k * rows * columns, columns, 1, 0, rows, 0, columns];
  const facts = pictures[0]?.source.facts;
  const wanted = { wantedColumns: facts?.columns ?? 0, wantedRows: facts?.rows ?? 0 };
  if (slices === 1) {
    const seen = pictures[shown]?.source.facts;
    if (columns !== seen?.columns || rows !== seen.rows)
      throw new Fault("mask-size", { columns, rows, ...wanted });
    return pictures.map((_, k) => (k === shown ? view(0) : null));
  }
  if (fits(volume, pictures)) return pictures.map((_, k) => view(k));
  throw new Fault("mask-not-placed", {
    columns,
    rows,
    slices,
    ...wanted,
    wantedSlices: pictures.length,
  });
}

/** First and last voxel of a volume. */
function endsOf({ origin, spacing, direction, columns, rows, slices }: FoundVolume): number[][] {
  if (origin === undefined || spacing === undefined) return [];
  const steps = spacing.map((length, c) => [0, 1, 2].map((r) => (direction?.[3 * r + c] ?? 0) * length));
  return [[...origin], walked(origin, steps, [columns - 1, rows - 1, slices - 1])];
}

/** First pixel of the first picture, last pixel of the last one; nothing where they do not say. */
function endsOfImages(pictures: readonly Picture[]): number[][] {
  const [first, last] = [pictures[0], pictures.at(-1)];
  const [from, to] = [first && placeOf(first), last && placeOf(last)];
  if (!(first && last && from && to)) return [];
  const { rows, columns } = last.source.facts;
  const [down = 0, across = 0] = to.spacing;
  const steps = [
    to.orientation.slice(0, 3).map((v) => v * across),
    to.orientation.slice(3).map((v) => v * down),
  ];
  return [[...from.position], walked(to.position, steps, [columns - 1, rows - 1])];
}

/** Where some steps along each axis lead. */
function walked(
  start: readonly number[],
  axes: readonly (readonly number[])[],
  counts: readonly number[],
): number[] {
  return start.map((value, r) =>
    axes.reduce((sum, axis, c) => sum + (axis[r] ?? 0) * (counts[c] ?? 0), value),
  );
}
