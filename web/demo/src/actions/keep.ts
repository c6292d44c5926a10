/** Unsaved work is kept in the browser while it is made, offered again with its files, and forgotten once it is saved. */
import { effect, type Signal, signal, untracked } from "@preact/signals";
import type { History } from "../model/document.js";
import {
  type FileHashes,
  hashFiles,
  hashOf,
  type KeptWork,
  packWork,
  unpackWork,
} from "../model/kept-work.js";
import { announce } from "../model/queue.js";
import type { Series } from "../model/series.js";
import * as state from "../model/state.js";
import { dropWork, findWork, type KeptRecord, putWork } from "../shell/work-store.js";
import { words } from "../words/words.js";

/** Milliseconds of rest after a change before it is written: a stroke follows another. */
const REST = 400;

/** Work of an earlier visit on the shown series. */
export interface Offer {
  readonly series: Series;
  readonly record: KeptRecord<KeptWork>;
}

export const offer: Signal<Offer | null> = signal(null);

interface Keeper {
  readonly hash: string;
  readonly hashes: FileHashes;
}

/** What each series is kept under, by its key. */
const keepers = new Map<string, Promise<Keeper | null>>();
/** What waits to be written, by series. */
const pending = new Map<string, { readonly write: () => void; readonly stop: () => void }>();
let isBlocked = false;

/** Begin to keep the work on every series that is shown. */
export function keepWork(): void {
  effect(() => {
    const series = state.current.value;
    if (series === null || !state.isInOrder.value) return;
    untracked(() => void lookFor(series));
  });
  effect(() => {
    const [series, past] = [state.current.value, state.history.value];
    if (series === null || past === null || !state.isInOrder.value) return;
    past.unsaved.value;
    untracked(() => later(series, past));
  });
  addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") for (const { write } of pending.values()) write();
  });
}

function keeperOf(series: Series): Promise<Keeper | null> {
  const key = `${series.uid} ${series.files.length}`;
  const known = keepers.get(key) ?? makeKeeper(series);
  keepers.set(key, known);
  return known;
}

async function makeKeeper({ uid, files }: Series): Promise<Keeper | null> {
  const hash = await hashOf(uid);
  return hash === null ? null : { hash, hashes: await hashFiles(files) };
}

async function lookFor(series: Series): Promise<void> {
  offer.value = null;
  await orBlocked(async () => {
    const keeper = await keeperOf(series);
    const record = keeper === null ? null : await findWork<KeptWork>(keeper.hash);
    if (record === null || state.current.peek()?.uid !== series.uid) return;
    offer.value = { series, record };
    announce(() => words.value.workFoundHere);
  });
}

/** Write once nothing has changed for a while; an older wish is dropped, as the new one holds all of it. */
function later(series: Series, past: History): void {
  pending.get(series.uid)?.stop();
  const write = (): void => {
    stop();
    void orBlocked(() => keep(series, past));
  };
  const timer = setTimeout(write, REST);
  const stop = (): void => {
    clearTimeout(timer);
    pending.delete(series.uid);
  };
  pending.set(series.uid, { write, stop });
}

async function keep(series: Series, past: History): Promise<void> {
  const keeper = await keeperOf(series);
  if (keeper === null) {
    tellBlocked();
    return;
  }
  const { layers, removed } = past.unsaved.peek();
  if (layers.length + removed.length === 0) await dropWork(keeper.hash);
  else await putWork(keeper.hash, packWork({ layers, removed }, keeper.hashes));
}

/** Without storage the page works as before; that is said once. */
async function orBlocked(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    tellBlocked();
  }
}

function tellBlocked(): void {
  if (isBlocked) return;
  isBlocked = true;
  announce(() => words.value.keepingBlocked);
}

/** Put the work of the earlier visit into the series' layers, as one step. */
export async function restoreWork({ series, record }: Offer): Promise<void> {
  const keeper = await keeperOf(series);
  const past = state.historyOf(series);
  offer.value = null;
  if (keeper === null) return;
  past.commit(unpackWork(past.doc.value, record.work, series, keeper.hashes));
  announce(() => words.value.workRestored(record.work.layers.length));
  await orBlocked(async () => {
    // Written under this tab's own name before the old record goes.
    await keep(series, past);
    await dropWork(record.series, record.tab);
  });
}

export async function forgetWork({ record }: Offer): Promise<void> {
  offer.value = null;
  await orBlocked(() => dropWork(record.series, record.tab));
}
