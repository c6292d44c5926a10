/** Mask files into layers of the shown series: everything is read and placed first, and then applied as one step. */
import { BitMask } from "../model/bitmask.js";
import { addLayer, changeLayer, type Doc, MAX_LAYERS } from "../model/document.js";
import { orderSeries } from "../model/order.js";
import { ask } from "../model/question.js";
import { withPanelsLater } from "../model/queue.js";
import type { Picture } from "../model/series.js";
import { current, history, index, type Said, seriesList } from "../model/state.js";
import { words } from "../words/words.js";
import { Fault } from "../workers/fault.js";
import { WorkerLink } from "../workers/link.js";
import { type Contradiction, type Placement, placeVolume } from "./place.js";
import type { Choice, FoundVolume, MaskAnswers, MaskRequest, NewLayer, Size } from "./protocol.js";
import { askThreshold } from "./threshold.js";

/** Share of a picture above which a notice says that a mask covers most of it. */
const MOSTLY = 0.5;

/** What was done, for the page to report. */
export interface ImportReport {
  readonly said: Said;
  /** A picture that has marks as a result. */
  readonly picture: string | null;
}

/**
 * Bring mask files in.
 *
 * @returns null where the user decided against it
 * @throws Fault where one of them does not fit; nothing is changed then, nor when aborted
 */
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
  // Ends after each import, because what it read may be as large as memory allows.
  const worker = new WorkerLink<MaskRequest, MaskAnswers>(
    () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  );
  try {
    const read = { type: "read", files, rows, columns } as const;
    const volumes = await worker.ask<"read">(read, { signal, onProgress });
    // One picture without a place lies on what is seen; everything else needs the images' order.
    if (volumes.some(({ slices, origin }) => slices > 1 || origin !== undefined)) await orderSeries(signal);
    // In its order, and whichever series is shown by now.
    const series = seriesList.value.find(({ uid }) => uid === opened.uid) ?? opened;
    const at = series.pictures.findIndex(({ key }) => key === shown.key);
    const placements: Placement[] = [];
    const choices: Choice[] = [];
    for (const [v, volume] of volumes.entries()) {
      const placement = await placeVolume(volume, series, at, signal, (found) =>
        askAgainst(volume, found, signal),
      );
      if (placement === null) return null;
      const choice = await choose(volume, v, placement, series.pictures, worker, signal);
      if (choice === null) return null;
      placements.push(placement);
      choices.push(choice);
    }
    const views = placements.map((one) => one.views);
    const cut = { type: "cut", views, choices, room, rows, columns } as const;
    const layers = await worker.ask<"cut">(cut, { signal, onProgress });
    const masks = await masksOf(layers, series.pictures, { rows, columns });
    const doc = applyLayers(past.doc.value, layers, masks, placements);
    const first = Math.min(...layers.map(({ pictures }) => pictures[0] ?? 0));
    const picture = series.pictures[first]?.key ?? null;
    withPanelsLater(() => past.commit(doc, { picture: picture ?? "" }));
    return { said: () => describe(layers, placements), picture };
  } finally {
    worker.end();
  }
}

/** Both places are named; laying in order against the position must be meant. */
async function askAgainst(
  { name }: FoundVolume,
  { mask, images, fitsByOrder }: Contradiction,
  signal: AbortSignal,
): Promise<boolean> {
  return await ask(
    {
      title: () => words.value.maskElsewhere,
      text: () => words.value.maskLiesElsewhere(name, mask, images, fitsByOrder),
      yes: fitsByOrder ? () => words.value.layByOrder : null,
    },
    signal,
  );
}

async function choose(
  volume: FoundVolume,
  v: number,
  { views }: Placement,
  pictures: readonly Picture[],
  worker: WorkerLink<MaskRequest, MaskAnswers>,
  signal: AbortSignal,
): Promise<Choice | null> {
  if (!volume.values.needsThreshold) return "labels";
  const viewOf = (key: string): Placement["views"][number] =>
    views[pictures.findIndex((picture) => picture.key === key)] ?? null;
  const { rows, columns } = pictures[0]?.source.facts ?? volume;
  return await askThreshold(
    { ...volume, rows, columns },
    viewOf,
    async (view, threshold) =>
      await worker.ask<"try">({ type: "try", volume: v, view, threshold, rows, columns }, { signal }),
    signal,
  );
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

/** The active layer where it is still empty, else another empty one, else a new one; named after the file or its label. */
function applyLayers(
  doc: Doc,
  layers: readonly NewLayer[],
  masks: readonly Map<string, BitMask>[],
  placements: readonly Placement[],
): Doc {
  let next = doc;
  for (const [k, { name, volume }] of layers.entries()) {
    const active = next.layers.find(({ id }) => id === next.activeId);
    const free = active !== undefined && isFree(active) ? active : next.layers.find(isFree);
    const againstPosition = placements[volume]?.method === "order-against-position";
    const content = { masks: masks[k] ?? new Map<string, BitMask>(), againstPosition };
    if (free === undefined) {
      const added = addLayer(next, name || words.value.maskName, content);
      if (added === null) throw new Fault("mask-too-many-labels");
      next = added;
      continue;
    }
    const named = words.value.isLayerName(free.name) && name !== "" ? { name: name.slice(0, 64) } : {};
    next = { ...changeLayer(next, free.id, { ...content, ...named }), activeId: free.id };
  }
  return next;
}

function describe(layers: readonly NewLayer[], placements: readonly Placement[]): string {
  const w = words.value;
  const images = new Set(layers.flatMap(({ pictures }) => pictures)).size;
  const pixels = layers.reduce((sum, layer) => sum + layer.pixels, 0);
  const parts = [w.brought(layers.length, pixels, images)];
  const methods = new Set(placements.map(({ method }) => method));
  if (methods.has("position")) parts.push(w.placedByPosition);
  if (
    methods.has("order") &&
    placements.some(({ views }) => views.filter((view) => view !== null).length > 1)
  )
    parts.push(w.placedByOrder);
  if (methods.has("order-against-position")) parts.push(w.placedAgainst);
  const mostly = layers.filter(({ most }) => most > MOSTLY).map(({ name }) => name);
  if (mostly.length > 0) parts.push(w.mostlySet(mostly));
  return parts.join(" ");
}
