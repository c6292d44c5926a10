/** Which file gets which slice: by the caller's order, by position as ITK reads the series, or by a volume's geometry. */

import type { SeriesOptions } from "../values/options.js";
import type { SeriesImage } from "../values/plane.js";
import type { PlacedView } from "../values/results.js";
import type { Volume } from "../values/volume.js";
import type { WorkerPool } from "../workers/pool.js";
import { type Examined, type Readable, readable, slicesByOrder } from "./check.js";
import { wireGeometry } from "./geometry.js";

/** Return the slice of each file, by the file's index. */
export async function orderOf(
  pool: WorkerPool,
  found: readonly Examined[],
  slices: number,
  options: Pick<SeriesOptions, "sliceOrder" | "onNotice">,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  if (options.sliceOrder !== undefined) return slicesByOrder(options.sliceOrder, found, slices);
  const good = readable(found);
  const { order, notices } = await pool.run({ type: "order", instances: good.map(named) }, { signal });
  for (const notice of notices) options.onNotice?.(notice);
  return new Map(order.map((at, slice) => [good[at]?.index ?? -1, slice]));
}

/**
 * Return where each file's pixels are in a volume that has a geometry, by the file's index, with a view for each frame;
 * files that the volume does not reach are left out.
 *
 * @throws OverlayError `mask-not-placed`, with the distances found, where pixels and voxels do not meet.
 */
export async function placeVolume(
  pool: WorkerPool,
  found: readonly Examined[],
  volume: Volume,
  options: Pick<SeriesOptions, "onNotice">,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, readonly (PlacedView | null)[]>> {
  const good = readable(found);
  const job = { type: "place", instances: good.map(named), geometry: wireGeometry(volume) } as const;
  const { views, notices } = await pool.run(job, { signal });
  for (const notice of notices) options.onNotice?.(notice);
  let first = 0;
  const own = good.map(({ index, facts }) => {
    const end = first + (facts.numberOfFrames ?? 1);
    const some = [index, views.slice(first, end)] as const;
    first = end;
    return some;
  });
  return new Map(own.filter(([, some]) => some.some((view) => view !== null)));
}

function named({ facts, name }: Readable): SeriesImage {
  return { ...facts, name };
}
