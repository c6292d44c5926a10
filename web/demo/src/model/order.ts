/** The slices' order, asked of the package once a series is open: the one that its export and every ITK program uses. */
import { isOverlayError, type SeriesImage } from "dicom-overlay";
import { getExporter } from "./exporter.js";
import { makeSeries, type OpenedFile, type Series } from "./series.js";
import { reorder, seriesList } from "./state.js";

let asking: Promise<void> = Promise.resolve();

/** Put every series that grew into order; rejects if Python does not start, and then the paths decide. */
export async function orderSeries(signal?: AbortSignal): Promise<void> {
  const asked = asking.catch(() => undefined).then(() => askAll(signal));
  asking = asked;
  await asked;
}

async function askAll(signal?: AbortSignal): Promise<void> {
  for (const series of seriesList.peek()) {
    if (series.orderedBy !== "arrival" && series.orderedBy !== "path") continue;
    try {
      reorder(series, await ordered(series, signal));
    } catch (error) {
      if (signal?.aborted !== true) reorder(series, makeSeries(series.uid, series.files, "path"));
      throw error;
    }
  }
}

async function ordered({ uid, files }: Series, signal?: AbortSignal): Promise<Series> {
  if (files.length === 1) return makeSeries(uid, files, "position");
  const exporter = await getExporter(signal);
  const images = files.map(imageOf);
  try {
    const { order, notices } = await exporter.orderImages(images, { signal });
    const sorted = order.flatMap((at) => files[at] ?? []);
    return makeSeries(uid, sorted, notices.length === 0 ? "position" : "number");
  } catch (error) {
    // Images of several frames of reference have no order in space; they stay in the order in which they came.
    if (isOverlayError(error, "invalid-series")) return makeSeries(uid, files, "number");
    throw error;
  }
}

/** The facts of a file as the package's own `inspect` gives them. */
function imageOf({ facts, path }: OpenedFile): SeriesImage {
  const frames = facts.frames?.map(({ position, orientation, spacing }) => [position, orientation, spacing]);
  return { ...facts, name: path, frames: frames ?? null } as SeriesImage;
}
