/** Unsaved work is kept in the browser while it is made, offered again with its files, and forgotten once it is saved. */
import { effect, type Signal, signal, untracked } from "@preact/signals";
import { checkClaims, countClaims, findClaimed } from "../model/claims.js";
import type { History } from "../model/document.js";
import {
  type FileHashes,
  hashFiles,
  hashOf,
  type KeptWork,
  packWork,
  unpackWork,
} from "../model/kept-work.js";
import { announce, enqueue } from "../model/queue.js";
import type { Series } from "../model/series.js";
import * as state from "../model/state.js";
import { dropWork, findWork, type KeptRecord, putWork } from "../shell/work-store.js";
import { words } from "../words/words.js";

/** Milliseconds from a change until it is written, with all that follows meanwhile: one stroke often follows another. */
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

/** The storage key of each series, by its own key. */
const keepers = new Map<string, Promise<Keeper | null>>();
/** Work that is waiting to be written, by series. */
const pending = new Map<string, () => void>();
/** Series whose work is followed, shown or not: an export or a mask may end after another one was chosen. */
const followed = new Set<string>();
let isBlocked = false;

/** Start keeping the work on every series that is shown. */
export function keepWork(): void {
  effect(() => {
    const series = state.current.value;
    if (series === null || !state.isInOrder.value) return;
    untracked(() => {
      follow(series);
      void lookFor(series);
    });
  });
  const writeAll = (): void => {
    for (const write of pending.values()) write();
  };
  addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") writeAll();
  });
  // Before the question whether to leave: afterwards the page may be gone before anything is written.
  addEventListener("beforeunload", writeAll);
}

function follow(series: Series): void {
  if (followed.has(series.uid)) return;
  followed.add(series.uid);
  const past = state.historyOf(series);
  effect(() => {
    past.unsaved.value;
    untracked(() => later(series.uid, past));
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
  if (state.current.peek() !== series) return;
  offer.value = null;
  await orBlocked(async () => {
    const keeper = await keeperOf(series);
    const record = keeper === null ? null : await findWork<KeptWork>(keeper.hash);
    if (record === null || state.current.peek() !== series) return;
    offer.value = { series, record };
    announce(() => words.value.workFoundHere);
  });
}

/** Write soon. A change does not put off the writing of the one before: who draws without a rest would lose it all. */
function later(uid: string, past: History): void {
  if (pending.has(uid)) return;
  const write = (): void => {
    clearTimeout(timer);
    pending.delete(uid);
    const series = seriesOf(uid);
    if (series !== undefined) void orBlocked(() => keep(series, past));
  };
  const timer = setTimeout(write, REST);
  pending.set(uid, write);
}

function seriesOf(uid: string): Series | undefined {
  return state.seriesList.peek().find((one) => one.uid === uid);
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

/**
 * Put the work of the earlier visit into the series' layers, as one step. Planes that it replaces or removes are looked for
 * in the files as they are now. What finds no place stays kept.
 */
export function restoreWork({ series: { uid }, record }: Offer): void {
  // At once: a second click must not restore it a second time.
  takeAway(record);
  void enqueue(async (signal) => {
    // The series may have grown while this waited for its turn.
    const series = seriesOf(uid);
    if (series === undefined) return;
    try {
      await restore(series, record, signal);
    } catch (error) {
      void lookFor(series);
      throw error;
    }
  });
}

async function restore(series: Series, record: Offer["record"], signal: AbortSignal): Promise<void> {
  const keeper = await keeperOf(series);
  if (keeper === null) return;
  takeAway(record);
  const past = state.historyOf(series);
  const { doc: back, leftOut } = unpackWork(past.doc.value, record.work, series, keeper.hashes);
  const doc = checkClaims(back, await findClaimed(series, back, signal));
  const lost = countClaims(back) - countClaims(doc);
  past.commit(doc);
  announce(() => words.value.workRestored(record.work.layers.length, leftOut, lost));
  // Not waited for: a database that does not answer must not hold up what the user does next.
  void orBlocked(async () => {
    // Written under this tab's own name before the old record goes.
    await keep(series, past);
    if (leftOut > 0) return;
    await dropWork(record.series, record.tab);
    takeAway(record);
  });
}

/** Offer this work no longer. */
function takeAway({ series, tab }: Offer["record"]): void {
  const now = offer.peek()?.record;
  if (now?.series === series && now.tab === tab) offer.value = null;
}

export async function forgetWork({ series, record }: Offer): Promise<void> {
  offer.value = null;
  await orBlocked(() => dropWork(record.series, record.tab));
  // An older crash may have left some as well.
  await lookFor(series);
}
