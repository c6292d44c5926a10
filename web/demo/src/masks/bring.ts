/** Mask files into layers of the shown series: everything is read and placed first, and then applied as one step. */

import { BitMask } from "../model/bitmask.js";
import { addLayer, changeLayer, type Doc, MAX_LAYERS } from "../model/document.js";
import { orderSeries } from "../model/order.js";
import { withPanelsLater } from "../model/queue.js";
import type { Picture } from "../model/series.js";
import { current, history, index, type Said } from "../model/state.js";
import { words } from "../words/words.js";
import { WorkerFault, WorkerLink } from "../workers/link.js";
import { type Placement, placeVolume } from "./place.js";
import type { MaskAnswers, MaskRequest, NewLayer, ReadAnswer, Size } from "./protocol.js";

/** What was done, to be told on the page. */
export interface ImportReport {
  readonly said: Said;
  /** A picture that has marks now. */
  readonly picture: string | null;
}

/** Bring mask files in; rejects with a code and changes nothing when one does not fit, or when aborted. */
export async function bringMasks(
  files: readonly File[],
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<ImportReport | null> {
  const [opened, past] = [current.value, history.value];
  const shown = opened?.pictures[index.value];
  if (opened === null || past === null || shown === undefined) return null;
  const { rows, columns } = shown.source.facts;
  const { layers: before } = past.doc.value;
  const room = MAX_LAYERS - before.length + before.filter(isFree).length;
  // Ended with each import: what it read may be as large as memory allows.
  const worker = new WorkerLink<MaskRequest, MaskAnswers>(
    () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  );
  try {
    const pictures = opened.pictures.length;
    const request = { type: "read", files, rows, columns, pictures, room } as const;
    const read = await worker.ask<"read">(request, { signal, onProgress });
    // One PNG lies on what is seen; everything else needs the slices' order.
    if (files.length > 1 || read.volumes.length > 0) await orderSeries(signal);
    const series = current.value ?? opened;
    const at = series.pictures.findIndex(({ key }) => key === shown.key);
    const placements: Placement[] = [];
    for (const volume of read.volumes) placements.push(await placeVolume(volume, series, at, signal));
    const views = placements.map((one) => one.views);
    const layers =
      views.length === 0
        ? read.layers
        : await worker.ask<"cut">({ type: "cut", views, rows, columns }, { signal, onProgress });
    const seen = files.length === 1 && views.length === 0 ? [shown] : series.pictures;
    const masks = await masksOf(layers, seen, { rows, columns });
    const doc = applyLayers(past.doc.value, layers, masks);
    const picture = seen[layers[0]?.pictures[0] ?? -1]?.key ?? null;
    withPanelsLater(() => past.commit(doc, { picture: picture ?? "" }));
    return { said: () => describe(read, layers, placements), picture };
  } finally {
    worker.end();
  }
}

function isFree(layer: Doc["layers"][number]): boolean {
  return layer.masks.size === 0 && layer.origin === null;
}

/** The masks of each layer by picture, layer by layer: thousands at once would hold the page up. */
async function masksOf(
  layers: readonly NewLayer[],
  seen: readonly Picture[],
  { rows, columns }: Size,
): Promise<Map<string, BitMask>[]> {
  const all: Map<string, BitMask>[] = [];
  for (const { pictures, bits } of layers) {
    const bytes = bits.length / Math.max(1, pictures.length);
    const made = pictures.map((picture, k): [string, BitMask] => [
      seen[picture]?.key ?? "",
      new BitMask(rows, columns, bits.subarray(k * bytes, (k + 1) * bytes)),
    ]);
    all.push(new Map(made));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return all;
}

/** The active layer where it is still empty, else another empty one, else a new one; named after the file. */
function applyLayers(doc: Doc, layers: readonly NewLayer[], masks: readonly Map<string, BitMask>[]): Doc {
  let next = doc;
  for (const [k, { name }] of layers.entries()) {
    const active = next.layers.find(({ id }) => id === next.activeId);
    const free = active !== undefined && isFree(active) ? active : next.layers.find(isFree);
    const content = { masks: masks[k] ?? new Map<string, BitMask>() };
    if (free === undefined) {
      const added = addLayer(next, name || words.value.maskName, content);
      if (added === null) throw new WorkerFault("mask-too-many-labels");
      next = added;
      continue;
    }
    const named = words.value.isLayerName(free.name) && name !== "" ? { name: name.slice(0, 64) } : {};
    next = { ...changeLayer(next, free.id, { ...content, ...named }), activeId: free.id };
  }
  return next;
}

function describe(
  { pixels }: ReadAnswer,
  layers: readonly NewLayer[],
  placements: readonly Placement[],
): string {
  const w = words.value;
  if (placements.length === 0) return w.broughtPng(pixels, layers[0]?.pictures.length ?? 0);
  if (placements.some(({ method }) => method === "index")) return w.broughtByOrder(layers.length);
  const placed = placements.map(({ views }) => views.filter((view) => view !== null).length);
  return w.broughtBySpace(layers.length, Math.max(...placed));
}
