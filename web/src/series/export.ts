/** 3-D masks onto a series: which file gets which slice, then one result for each file, in the files' order. */

import { OverlayError } from "../errors.js";
import { multiFramePlane, slicePlane, viewPlane } from "../masks/volume-planes.js";
import { namesOf } from "../masks/wire-planes.js";
import type { SeriesOptions } from "../values/options.js";
import type { Existing, OverlaySource, PlaneInput } from "../values/plane.js";
import type { SeriesResult } from "../values/results.js";
import type { Volume } from "../values/volume.js";
import type { WorkerPool } from "../workers/pool.js";
import type { ClearedLayer } from "../workers/protocol.js";
import { requireOneSeries, requireVolumes, requireVoxels } from "./check.js";
import { endable } from "./endable.js";
import { type LazyItem, writeFiles } from "./export-files.js";
import { type Inspected, inspectFiles, seriesFiles } from "./files.js";
import { hasGeometry } from "./geometry.js";
import { orderOf, placeVolume } from "./order.js";
import { progressOf } from "./progress.js";

/** See `OverlayExporter.exportSeries`. */
export function exportSeries(
  pool: WorkerPool,
  given: Iterable<OverlaySource>,
  asked: readonly Volume[],
  options: SeriesOptions,
): AsyncIterableIterator<SeriesResult> {
  return endable(options.signal, async function* (ended) {
    const files = seriesFiles(given);
    const volumes = requireVolumes(asked, files.length);
    const progress = progressOf(files.length * 2, options.onProgress);
    const found = await inspectFiles(pool, files, options.instance !== "derived", ended, (file) =>
      progress(file, "inspect"),
    );
    const plans = await planVolumes(pool, found, volumes, options, ended);
    const items = found.map((inspected) => lazyItem(inspected, plans));
    const { onProgress: _told, sliceOrder: _order, onNotice: _notice, ...rules } = options;
    for await (const result of writeFiles(pool, items, rules, ended)) {
      progress(result.file, "write");
      yield result;
    }
  });
}

/** For a file's index, the volume's plane on it; `null` where the volume does not reach it. */
type PlaneOf = (index: number) => PlaneInput | null;

/** A volume's planes, and what it replaces on images that get none. */
interface VolumePlan {
  readonly planeOf: PlaneOf;
  /** `null` where it replaces nothing. */
  readonly layer: ClearedLayer | null;
}

function lazyItem(inspected: Inspected, plans: readonly VolumePlan[]): LazyItem {
  const { file, name, index, source } = inspected;
  return {
    file,
    name,
    source: () => {
      if (source instanceof OverlayError) throw source;
      return source;
    },
    prepare: () => {
      if (inspected.facts instanceof OverlayError) throw inspected.facts;
      const planes = plans.map(({ planeOf }) => planeOf(index));
      const cleared = plans.filter((_, at) => planes[at] === null).flatMap(({ layer }) => layer ?? []);
      return { planes: planes.filter((plane) => plane !== null), kept: inspected.kept, cleared };
    },
  };
}

async function planVolumes(
  pool: WorkerPool,
  found: readonly Inspected[],
  volumes: readonly Volume[],
  options: SeriesOptions,
  signal: AbortSignal,
): Promise<readonly VolumePlan[]> {
  const counted = volumes.filter((volume) => !hasGeometry(volume));
  const layout = requireOneSeries(found, counted, options.sliceOrder);
  const slices =
    layout === "frames" || counted.length === 0
      ? new Map<number, number>()
      : await orderOf(pool, found, counted[0]?.slices ?? 0, options, signal);
  const plans: PlaneOf[] = [];
  for (const volume of volumes) {
    if (hasGeometry(volume)) {
      const places = await placeVolume(pool, found, volume, options, signal);
      plans.push((index) => {
        const views = places.get(index);
        const of = found[index]?.facts;
        return views === undefined || of === undefined || of instanceof OverlayError
          ? null
          : viewPlane(volume, views, of.rows ?? 0, of.columns ?? 0);
      });
    } else if (layout === "frames") plans.push(() => multiFramePlane(volume));
    else {
      plans.push((index) => {
        const slice = slices.get(index);
        // A readable file without a slice is one that the caller's own order leaves out.
        return slice === undefined ? null : slicePlane(volume, slice);
      });
    }
  }
  return volumes.map((volume, at) => ({
    planeOf: (index) => {
      requireVoxels(volume, at);
      return plans[at]?.(index) ?? null;
    },
    layer: layerOf(volume, options.existing),
  }));
}

/** Writing a layer onto a series makes the series hold exactly that layer: what it replaces goes from every image. */
function layerOf(
  { labels, label, group, existing }: Volume,
  otherwise: Existing = "refuse",
): ClearedLayer | null {
  const rule = existing ?? otherwise;
  if (rule === "refuse") return null;
  const names = labels === undefined ? [label] : Object.values(labels);
  return { labels: names.flatMap(namesOf), existing: rule, group: group ?? null };
}
