/** Which voxel lies on which pixel: the package says that; without a place in space, slice k lies on the k-th picture. */
import type { PlacedView } from "dicom-overlay";
import { getExporter } from "../model/exporter.js";
import type { Series } from "../model/series.js";
import { codeOf } from "../words/faults.js";
import { WorkerFault } from "../workers/link.js";
import type { FoundVolume } from "./protocol.js";

export interface Placement {
  readonly method: "geometry" | "index";
  /** One for each picture; null where the volume does not reach it. */
  readonly views: readonly (PlacedView | null)[];
}

/**
 * Place a volume on a series. One that has a place in space but does not fit by it is laid slice by slice where its size
 * allows, and the page says so.
 *
 * @throws WorkerFault `mask-not-placed`, with both sizes, when neither way fits
 */
export async function placeVolume(
  volume: FoundVolume,
  { files, pictures }: Series,
  shown: number,
  signal: AbortSignal,
): Promise<Placement> {
  const { columns, rows, slices, origin } = volume;
  const byCounting = (k: number): PlacedView => [k * rows * columns, columns, 1, 0, rows, 0, columns];
  if (origin !== undefined) {
    try {
      const images = files.map(({ facts, path }) => ({ ...facts, name: path }));
      const { views } = await (await getExporter(signal)).placeImages(images, volume, { signal });
      return { method: "geometry", views };
    } catch (error) {
      // Whatever the package finds amiss with its place; without the package itself nothing is placed.
      if (!["mask-not-placed", "invalid-series", "invalid-mask"].includes(codeOf(error))) throw error;
    }
  }
  const facts = files[0]?.facts;
  const wanted = { wantedColumns: facts?.columns ?? 0, wantedRows: facts?.rows ?? 0 };
  const fits = columns === wanted.wantedColumns && rows === wanted.wantedRows;
  // A single mask without a place belongs to what is seen.
  if (slices === 1 && origin === undefined) {
    if (!fits) throw new WorkerFault("mask-size", { columns, rows, ...wanted });
    return { method: "index", views: pictures.map((_, k) => (k === shown ? byCounting(0) : null)) };
  }
  if (fits && slices === pictures.length) {
    return { method: "index", views: pictures.map((_, k) => byCounting(k)) };
  }
  const detail = { columns, rows, slices, ...wanted, wantedSlices: pictures.length };
  throw new WorkerFault("mask-not-placed", detail);
}
