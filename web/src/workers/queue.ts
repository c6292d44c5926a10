/** Jobs that wait for a worker, and which of them make one message. */

import type { Timer } from "../values/timers.js";
import type { Job } from "./protocol.js";

/** Jobs in one message, at most. */
export const BATCH = 16;

/** Bytes that the jobs of one message carry, at most; one job alone may carry more. */
const BATCH_WEIGHT = 4 * 1024 * 1024;

/** One job on its way, by whatever name the pool knows its worker. */
export interface QueuedJob<Slot> {
  readonly job: Job;
  readonly transfer: readonly Transferable[];
  readonly weight: number;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  slot: Slot | null;
  state: "waiting" | "running" | "aborted" | "settled";
  /** Tell its message that the caller no longer waits for it. */
  cancel: () => void;
  /** Its first message failed as a whole: it gets one for itself. */
  isSingle: boolean;
  /** Its first worker died: it gets one for itself. */
  isSecondTry: boolean;
  graceTimer?: Timer | undefined;
}

export interface RunOptions {
  /** Bytes that the job carries; default 0. */
  readonly weight?: number | undefined;
  /** What is moved to the worker: the job cannot be done again. */
  readonly transfer?: readonly Transferable[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Make a job that waits; `abort` is called when its signal aborts before it is done. */
export function queuedJob<Slot>(
  job: Job,
  { transfer = [], weight = 0, signal }: RunOptions,
  resolve: (result: unknown) => void,
  reject: (error: unknown) => void,
  abort: () => void,
): QueuedJob<Slot> {
  signal?.addEventListener("abort", abort);
  const settled = (): void => signal?.removeEventListener("abort", abort);
  return {
    job,
    transfer,
    weight,
    resolve: (result) => {
      settled();
      resolve(result);
    },
    reject: (error) => {
      settled();
      reject(error);
    },
    slot: null,
    state: "waiting",
    cancel: () => undefined,
    isSingle: false,
    isSecondTry: false,
  };
}

/** Return what aborts once every job of a message is aborted: the worker need not do it then. */
export function abortedWith<Slot>(batch: readonly QueuedJob<Slot>[]): AbortSignal {
  const control = new AbortController();
  let wanted = batch.length;
  for (const queued of batch) {
    queued.cancel = () => {
      if (--wanted === 0) control.abort();
    };
  }
  return control.signal;
}

/** What waits, first come first served; jobs that are done again go before the others. */
export class JobQueue<Slot> {
  readonly #jobs: QueuedJob<Slot>[] = [];

  get length(): number {
    return this.#jobs.length;
  }

  get first(): QueuedJob<Slot> | undefined {
    return this.#jobs[0];
  }

  add(queued: QueuedJob<Slot>): void {
    this.#jobs.push(queued);
  }

  /** Put a job that has to be done again before those that are new. */
  addAgain(queued: QueuedJob<Slot>): void {
    const at = this.#jobs.findIndex(({ isSingle, isSecondTry }) => !isSingle && !isSecondTry);
    this.#jobs.splice(at === -1 ? this.#jobs.length : at, 0, queued);
  }

  remove(queued: QueuedJob<Slot>): void {
    this.#jobs.splice(this.#jobs.indexOf(queued), 1);
  }

  /** Take the jobs of one message, at most so many. */
  takeMessage(share: number): readonly QueuedJob<Slot>[] {
    let count = 0;
    let weight = 0;
    for (const { isSingle, isSecondTry, weight: more } of this.#jobs) {
      const isLone = isSingle || isSecondTry;
      if (count > 0 && (isLone || count >= Math.min(share, BATCH) || weight + more > BATCH_WEIGHT)) break;
      count++;
      weight += more;
      if (isLone) break;
    }
    return this.#jobs.splice(0, count);
  }

  takeAll(): readonly QueuedJob<Slot>[] {
    return this.#jobs.splice(0);
  }
}
