/** One stroke, from press to release, on a draft of the active layer's mask; released, it is one step of the history. */
import { type Signal, signal } from "@preact/signals";
import { BitMask } from "../model/bitmask.js";
import { activeLayer } from "../model/document.js";
import { announce } from "../model/queue.js";
import type { Area } from "../model/raster.js";
import * as state from "../model/state.js";
import { words } from "../words/words.js";
import { commitMasks } from "./edit.js";

/** The draft that is shown instead of the layer's mask during a stroke. */
export interface Draft {
  readonly layerId: number;
  readonly picture: string;
  readonly mask: BitMask;
  /** The mask at the start of the stroke; null if there was none. */
  readonly base: BitMask | null;
  /** The area that the last movement changed. */
  readonly touched: Area | null;
}

export const draft: Signal<Draft | null> = signal(null);

/** Begin a stroke on the shown picture; null if nothing can be drawn there, which is said where it can be helped. */
export function beginStroke(): Draft | null {
  const [picture, past] = [state.picture.value, state.history.value];
  if (picture === null || past === null) return null;
  const layer = activeLayer(past.doc.value);
  if (!layer.visible) {
    // Nobody would see the marks, and no export would write them.
    announce(() => words.value.layerHidden);
    return null;
  }
  const { rows, columns } = picture.source.facts;
  const base = layer.masks.get(picture.key) ?? null;
  const mask = base?.copy() ?? new BitMask(rows, columns);
  draft.value = { layerId: layer.id, picture: picture.key, mask, base, touched: null };
  return draft.value;
}

/** The mask of the draft was changed within `touched`. */
export function touchStroke(touched: Area): void {
  if (draft.value !== null) draft.value = { ...draft.value, touched };
}

/** The draft's mask as it was when the stroke began. */
export function restartStroke(): Draft | null {
  const { value: now } = draft;
  if (now === null) return null;
  const mask = now.base?.copy() ?? new BitMask(now.mask.rows, now.mask.columns);
  draft.value = { ...now, mask, touched: wholeOf(mask) };
  return draft.value;
}

export function commitStroke(): void {
  const done = draft.value;
  if (done === null) return;
  // A stroke says what it changed; a filled shape may be anywhere.
  if (done.touched === null) draft.value = { ...done, touched: wholeOf(done.mask) };
  const layer = state.history.value?.doc.value.layers.find(({ id }) => id === done.layerId);
  const now = layer?.masks.get(done.picture) ?? null;
  // What was undone or cleared during the stroke does not come back with it.
  const mask = now === done.base ? done.mask : done.mask.onto(now, done.base);
  commitMasks([{ picture: done.picture, mask }], done.layerId);
  draft.value = null;
}

export function cancelStroke(): void {
  draft.value = null;
}

function wholeOf({ rows, columns }: BitMask): Area {
  return { top: 0, left: 0, bottom: rows, right: columns };
}
