/** 3-D masks onto a series: which file gets which slice, then one result for each file, in the files' order. */
import { endable } from "./endable.js";
import { OverlayError } from "./errors.js";
import { type LazyItem, sizeOf, writeFiles } from "./export-files.js";
import type { SeriesOptions, SeriesProgress } from "./options.js";
import type { OverlaySource, PlaneInput } from "./plane.js";
import type { WorkerPool } from "./pool.js";
import type { SeriesResult } from "./results.js";
import { requireOneSeries, requireVolumes, slicesByOrder } from "./series-check.js";
import { type Inspected, inspectFiles, type SeriesFile, seriesFiles } from "./series-files.js";
import type { Volume } from "./volume.js";
import { multiFramePlane, slicePlane } from "./volume-planes.js";

/** See `OverlayExporter.exportSeries`. */
export function exportSeries(
  pool: WorkerPool,
  given: Iterable<OverlaySource>,
  volumes: readonly Volume[],
  options: SeriesOptions,
): AsyncIterableIterator<SeriesResult> {
  return endable(options.signal, async function* (ended) {
    const files = seriesFiles(given);
    requireVolumes(volumes, files.length);
    const progress = progressOf(files.length * 2, options.onProgress);
    const found = await inspectFiles(pool, files, ended, (file) => progress(file, "inspect"));
    const slices = await findSlices(pool, found, volumes, options, ended);
    const items = found.map((inspected) => lazyItem(inspected, volumes, slices));
    const { onProgress: _told, order: _order, onNotice: _notice, ...rules } = options;
    for await (const result of writeFiles(pool, items, rules, ended)) {
      progress(result.file, "write");
      yield result;
    }
  });
}

function lazyItem(
  inspected: Inspected,
  volumes: readonly Volume[],
  slices: ReadonlyMap<number, number> | "frames",
): LazyItem {
  const { file, name, index, source } = inspected;
  const planesOf = (): PlaneInput[] => {
    if (slices === "frames") return volumes.map(multiFramePlane);
    const slice = slices.get(index);
    // A readable file without a slice is one that the caller's own order leaves out.
    return slice === undefined ? [] : volumes.map((volume) => slicePlane(volume, slice));
  };
  return {
    file,
    name,
    source: () => {
      if (source instanceof OverlayError) throw source;
      return source;
    },
    prepare: () => {
      if (inspected.facts instanceof OverlayError) throw inspected.facts;
      const { parts } = inspected;
      inspected.parts = [];
      return { planes: planesOf(), parts };
    },
  };
}

/** Return the slice of each file by its index, or `"frames"` for one multi-frame image, whose frames are the slices. */
async function findSlices(
  pool: WorkerPool,
  found: readonly Inspected[],
  volumes: readonly Volume[],
  options: SeriesOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number> | "frames"> {
  const good = found.flatMap(({ index, name, file, facts }) =>
    facts instanceof OverlayError ? [] : [{ index, name, file, facts }],
  );
  const layout = requireOneSeries(
    good,
    volumes,
    found.map(({ facts }) => facts),
    options.order,
  );
  if (layout === "frames") return "frames";
  if (options.order !== undefined) {
    const files = found.map(({ file }) => file);
    return slicesByOrder(options.order, files, good, volumes[0]?.slices ?? 0);
  }
  const instances = good.map(({ facts, name }) => ({ ...facts, name }));
  const { order, notices } = await pool.run({ type: "order", instances }, { signal });
  for (const notice of notices) options.onNotice?.(notice);
  return new Map(order.map((at, slice) => [good[at]?.index ?? -1, slice]));
}

/** Return what counts one step of a file. */
export function progressOf(
  total: number,
  onProgress: SeriesOptions["onProgress"],
): (file: OverlaySource | SeriesFile, phase: SeriesProgress["phase"]) => void {
  let done = 0;
  let bytes = 0;
  return (given, phase) => {
    const file = "index" in given ? given.file : given;
    done++;
    if (phase !== "inspect") bytes += sizeOf(file);
    onProgress?.({ done, total, file, phase, bytes });
  };
}
