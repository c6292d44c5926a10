/** Mask files into layers of the shown series: everything is read and placed first, and then applied as one step. */
import { current, history, index } from "../app/state.js";
import { words } from "../app/words.js";
import { WorkerLink } from "../app/worker-link.js";
import { BitMask } from "../mark/bitmask.js";
import { addLayer, changeLayer, type Doc, MAX_LAYERS } from "../mark/document.js";
import type { ImportAnswer, ImportRequest, MaskAnswers } from "./protocol.js";

const worker = new WorkerLink<ImportRequest, MaskAnswers>(
  () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
);

/** What was done, to be told on the page. */
export interface ImportReport {
  readonly text: string;
  /** A picture that has marks now. */
  readonly picture: string | null;
}

/** Bring mask files in; rejects with a code and changes nothing when one does not fit, or when aborted. */
export async function bringMasks(
  files: readonly File[],
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<ImportReport | null> {
  const [series, past] = [current.value, history.value];
  if (series === null || past === null) return null;
  const pictures = series.pictures.map(({ source: { facts } }) => ({
    rows: facts.rows,
    columns: facts.columns,
    // Frames of one file have places of their own, which its header does not tell.
    position: facts.frames === 1 ? facts.position : null,
    orientation: facts.orientation,
    spacing: facts.spacing,
  }));
  const empty = past.doc.value.layers.filter(isFree).length;
  const room = MAX_LAYERS - past.doc.value.layers.length + empty;
  const request: ImportRequest = { type: "import", files, pictures, shown: index.value, room };
  const answer = await worker.ask<"import">(request, { signal, onProgress });
  const keys = series.pictures.map(({ key }) => key);
  const doc = applyLayers(past.doc.value, answer, keys, pictures);
  const marked = answer.layers[0]?.masks[0]?.picture;
  const picture = marked === undefined ? null : (keys[marked] ?? null);
  past.commit(doc, { picture: picture ?? "" });
  return { text: describe(answer), picture };
}

function isFree(layer: Doc["layers"][number]): boolean {
  return layer.masks.size === 0 && layer.origin === null;
}

/** The active layer where it is still empty, else another empty one, else a new one; named after the file. */
function applyLayers(
  doc: Doc,
  { layers }: ImportAnswer,
  keys: readonly string[],
  pictures: readonly { rows: number; columns: number }[],
): Doc {
  let next = doc;
  for (const { name, masks } of layers) {
    const made = masks.map(({ picture, bits }): [string, BitMask] => {
      const { rows, columns } = pictures[picture] as { rows: number; columns: number };
      return [keys[picture] as string, new BitMask(rows, columns, bits)];
    });
    const active = next.layers.find(({ id }) => id === next.activeId);
    const free = active !== undefined && isFree(active) ? active : next.layers.find(isFree);
    const content = { masks: new Map(made) };
    if (free === undefined) {
      next = addLayer(next, name || words.value.maskName, content) ?? next;
      continue;
    }
    const named = words.value.isLayerName(free.name) && name !== "" ? { name: name.slice(0, 64) } : {};
    next = { ...changeLayer(next, free.id, { ...content, ...named }), activeId: free.id };
  }
  return next;
}

function describe({ method, layers, placed, pixels }: ImportAnswer): string {
  const w = words.value;
  if (method === "pictures") return w.broughtPng(pixels, placed);
  return method === "geometry" ? w.broughtBySpace(layers.length, placed) : w.broughtByOrder(layers.length);
}
