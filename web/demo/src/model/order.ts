/** The slices' order, asked of the package once a series is open: the one that its export and every ITK program uses. */
import { type Signal, signal } from "@preact/signals";
import { isOverlayError } from "dicom-overlay";
import { getExporter } from "./exporter.js";
import { makeSeries, type Series } from "./series.js";
import { reorder, seriesList } from "./state.js";

/** An order is being asked for: the pictures may still change places. */
export const isOrdering: Signal<boolean> = signal(false);

let asking: Promise<void> = Promise.resolve();

/** Put every series that grew into its order; rejects where Python does not start. */
export async function orderSeries(signal?: AbortSignal): Promise<void> {
  const asked = asking.catch(() => undefined).then(() => askAll(signal));
  asking = asked;
  isOrdering.value = true;
  try {
    await asked;
  } finally {
    if (asking === asked) isOrdering.value = false;
  }
}

async function askAll(signal?: AbortSignal): Promise<void> {
  for (const series of seriesList.peek()) {
    if (series.orderedBy === "arrival") reorder(series, await ordered(series, signal));
  }
}

async function ordered({ uid, files }: Series, signal?: AbortSignal): Promise<Series> {
  if (files.length === 1) return makeSeries(uid, files, "position");
  const exporter = await getExporter(signal);
  const images = files.map(({ facts, path }) => ({ ...facts, name: path }));
  try {
    const { order, notices } = await exporter.orderImages(images, { signal });
    const sorted = order.flatMap((at) => files[at] ?? []);
    return makeSeries(uid, sorted, notices.length === 0 ? "position" : "number");
  } catch (error) {
    // Images of several frames of reference have no order in space; they stay as they came.
    if (isOverlayError(error, "invalid-series")) return makeSeries(uid, files, "number");
    throw error;
  }
}
