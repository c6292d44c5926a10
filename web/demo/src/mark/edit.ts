/** What the buttons do with layers; each is one step of the history. */

import type { BitMask } from "../model/bitmask.js";
import {
  activeLayer,
  addLayer,
  changeLayer,
  dropLayer,
  type History,
  type Layer,
  type MaskChange,
  putMasks,
} from "../model/document.js";
import { groupsOf, masksOf, originOf, removalOf, type SeriesPlane } from "../model/planes.js";
import { announce } from "../model/queue.js";
import * as state from "../model/state.js";
import { words } from "../words/words.js";
import { blend, boxAround, growMask, signedDistance } from "./shape.js";

export function newLayer(): void {
  const past = state.history.value;
  if (past === null) return;
  const doc = past.doc.value;
  const next = addLayer(doc, words.value.layerName(doc.nextId));
  if (next !== null) past.commit(next);
}

export function removeLayer(layer: Layer): void {
  const past = state.history.value;
  past?.commit(dropLayer(past.doc.value, layer.id, words.value.layerName(past.doc.value.nextId)));
}

export function editLayer(layer: Layer, change: Partial<Layer>, tag = ""): void {
  const past = state.history.value;
  past?.commit(changeLayer(past.doc.value, layer.id, change), {
    tag: tag === "" ? "" : `${tag} ${layer.id}`,
  });
}

/** Put masks into a layer, or the active one, as one step. */
export function commitMasks(
  changes: readonly Omit<MaskChange, "layerId">[],
  layerId?: number,
  past: History | null = state.history.value,
): void {
  if (past === null) return;
  const doc = past.doc.value;
  const id = layerId ?? activeLayer(doc).id;
  const next = putMasks(
    doc,
    changes.map((change) => ({ ...change, layerId: id })),
  );
  past.commit(next, { picture: changes[0]?.picture ?? "" });
}

/** The active layer's mask on the shown picture. */
function activeMask(): { key: string; mask: BitMask } | null {
  const [past, picture] = [state.history.value, state.picture.value];
  const mask =
    past === null || picture === null ? undefined : activeLayer(past.doc.value).masks.get(picture.key);
  return picture === null || mask === undefined ? null : { key: picture.key, mask };
}

export function clearPicture(): void {
  const active = activeMask();
  if (active !== null) commitMasks([{ picture: active.key, mask: null }]);
}

/** Copy the active layer's mask to the next picture, where it fits, and show that. */
export function copyToNext(): void {
  const active = state.isInOrder.value ? activeMask() : null;
  const at = state.index.value + 1;
  const next = state.current.value?.pictures[at];
  if (active === null || next === undefined) return;
  const { rows, columns } = next.source.facts;
  if (active.mask.rows !== rows || active.mask.columns !== columns) return;
  commitMasks([{ picture: next.key, mask: active.mask.copy() }]);
  state.showPicture(at);
  announce(() => words.value.copied);
}

/** Grow, or below 0 shrink, the active layer on the shown picture. */
export function growActive(pixels: number): void {
  const active = activeMask();
  if (active !== null) commitMasks([{ picture: active.key, mask: growMask(active.mask, pixels) }]);
}

/** Set what is clear and clear what is set, in the active layer on the shown picture. */
export function invertActive(): void {
  const active = activeMask();
  if (active !== null) commitMasks([{ picture: active.key, mask: active.mask.inverted() }]);
}

/** Fill the slices between marked ones of the active layer with shapes in between, and say how many. */
export async function fillBetween(): Promise<void> {
  const [past, series] = [state.history.value, state.current.value];
  if (past === null || series === null || !state.isInOrder.value) return;
  const layer = activeLayer(past.doc.value);
  const marked = series.pictures.flatMap(({ key }, k) => {
    const mask = layer.masks.get(key);
    return mask === undefined ? [] : [{ k, mask }];
  });
  const changes: { picture: string; mask: BitMask }[] = [];
  for (const [n, { k: from, mask: a }] of marked.entries()) {
    const next = marked[n + 1];
    if (next === undefined || next.k === from + 1) continue;
    const { k: to, mask: b } = next;
    const box = boxAround([a, b], 2);
    if (box === null || a.rows !== b.rows || a.columns !== b.columns) continue;
    const [begin, end] = [signedDistance(a, box), signedDistance(b, box)];
    for (let k = from + 1; k < to; k++) {
      const picture = series.pictures[k];
      if (picture === undefined) continue;
      changes.push({ picture: picture.key, mask: blend(a, box, begin, end, (k - from) / (to - from)) });
    }
    // A long series must not block the page.
    await new Promise((resolve) => setTimeout(resolve));
  }
  // By now another series may be shown, and some of these images be marked.
  const masks = past.doc.value.layers.find(({ id }) => id === layer.id)?.masks;
  const free = changes.filter(({ picture }) => masks?.has(picture) === false);
  commitMasks(free, layer.id, past);
  announce(() => words.value.filledBetween(free.length));
}

/** Take a step of the history back or forth, and show where it was. */
export function step(direction: "undo" | "redo"): void {
  const picture = state.history.value?.[direction]() ?? "";
  if (picture !== "") state.showKey(picture);
}

/** Make a layer of a plane of the files; what a person should know of it, or an empty text. */
export function editPlane(plane: SeriesPlane): state.Said {
  const [past, series] = [state.history.value, state.current.value];
  if (past === null || series === null) return state.NOTHING_SAID;
  const { masks, cropped } = masksOf(plane, series);
  const name = plane.label === "" ? words.value.planeName(plane.groups) : plane.label;
  const doc = past.doc.value;
  // The empty first layer makes way.
  const [only] = doc.layers;
  const base =
    doc.layers.length === 1 && only?.masks.size === 0 && only.origin === null ? { ...doc, layers: [] } : doc;
  const next = addLayer(base, name, { masks, origin: originOf(plane, name) });
  if (next === null) return () => words.value.faults["no-free-layer"];
  past.commit(next);
  return () => (cropped ? words.value.cropped : words.value.editsPlane(name));
}

/** Mark a plane for removal, or take that back. */
export function toggleRemoved(plane: SeriesPlane): void {
  const past = state.history.value;
  if (past === null) return;
  const { removed } = past.doc.value;
  const known = removalOf(plane, removed);
  const { label, first } = plane;
  const next =
    known === undefined
      ? [...removed, { groups: groupsOf(plane), label, overlayType: first.overlayType }]
      : removed.filter((one) => one !== known);
  past.commit({ ...past.doc.value, removed: next });
}
