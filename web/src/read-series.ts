/** The way back: the planes of a series as volumes, in the slice order of an export. */
import { OverlayError } from "./errors.js";
import type { ReadSeriesOptions } from "./options.js";
import type { OverlaySource } from "./plane.js";
import type { WorkerPool } from "./pool.js";
import type { SeriesOverlays } from "./results.js";

/** See `OverlayExporter.readSeries`. */
export async function readSeries(
  _pool: WorkerPool,
  _files: Iterable<OverlaySource>,
  _options: ReadSeriesOptions,
): Promise<SeriesOverlays> {
  throw new OverlayError("internal", "Reading a series is not there yet.");
}
