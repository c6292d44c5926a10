/**
 * N workers and one queue; no DICOM words.
 *
 * Theory of operation: `run` puts a job at the queue's end; `#pump` gives waiting jobs to ready workers, a few each, so
 * that a worker reads the next files while it works on one. Where there is more work than two jobs for each worker and
 * fewer than N workers, it starts another. An aborted job that runs keeps its place until its answer or the grace time
 * is over, then its worker is replaced. The jobs of a worker that died, by whatever cause, are done again, once, each
 * with a worker for itself: if that dies too, it was this job. Only a job whose buffers were moved away cannot be done
 * again. A failed start rejects the waiting jobs only where no other worker is left to do them. A worker without work
 * is ended after a time.
 */

import { OverlayError } from "../errors.js";
import type { StartedInfo } from "../values/status.js";
import type { WorkerClient } from "./client.js";
import type { Job, Jobs, JobType } from "./protocol.js";
import { after, type Timer } from "./timers.js";

/** Jobs given to one worker at a time: while Python has one, the heads of the next ones are being read. */
const JOBS_PER_WORKER = 4;

/** Jobs for each worker beyond which another worker is started. */
const ENOUGH_WORK = 2;

/** Starts that may fail one after the other before waiting jobs go on without the missing workers. */
const START_ATTEMPTS = 2;

export interface PoolOptions {
  /** Largest number of workers, at least 1. */
  readonly size: number;
  /** Milliseconds that an aborted, running job may hold its worker. */
  readonly graceTime: number;
  /** Milliseconds after which a worker without work is ended. */
  readonly idleTimeout: number;
  /** Workers that are not ended although they have no work. */
  readonly kept: number;
  /** Make a client; `worker` numbers it, `onDeath` must be called when it dies after its start. */
  readonly spawn: (worker: number, onDeath: (error: OverlayError) => void) => StartingWorker;
}

/** A client and the promise of its start. */
export interface StartingWorker {
  readonly client: WorkerClient;
  readonly started: Promise<StartedInfo>;
  /** Told when the pool ends a worker itself: the error that its jobs got, `null` for one without work. */
  readonly onEnd?: (error: OverlayError | null) => void;
}

export interface RunOptions {
  /** What is moved to the worker: the job cannot be done again. */
  readonly transfer?: readonly Transferable[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Slot extends StartingWorker {
  state: "starting" | "ready";
  readonly jobs: Set<QueuedJob>;
  idleTimer?: Timer;
}

interface QueuedJob {
  readonly job: Job;
  readonly transfer: readonly Transferable[];
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  slot: Slot | null;
  state: "waiting" | "running" | "aborted" | "settled";
  /** Its first worker died. */
  isSecondTry: boolean;
  graceTimer?: Timer;
}

/** A pool of warm workers. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot>();
  readonly #queue: QueuedJob[] = [];
  #spawned = 0;
  #failedStarts = 0;
  #disposed: OverlayError | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Largest number of jobs that make sense in flight. */
  get ahead(): number {
    return this.#options.size * JOBS_PER_WORKER;
  }

  /** Start the first worker, so that the first job finds it warm; rejects when it cannot start. */
  async warm(): Promise<StartedInfo> {
    if (this.#disposed !== null) throw this.#disposed;
    return await this.#spawn();
  }

  /** Run one job on some worker. Rejects with the job's error, `worker-died`, `disposed`, or `signal.reason`. */
  run<K extends JobType>(
    job: Job<K>,
    { transfer = [], signal }: RunOptions = {},
  ): Promise<Jobs[K]["result"]> {
    return new Promise((resolve, reject) => {
      if (this.#disposed !== null) return reject(this.#disposed);
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = (): void => this.#abort(queued, signal?.reason);
      const settle = (): void => signal?.removeEventListener("abort", onAbort);
      const queued: QueuedJob = {
        job: job as Job,
        transfer,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        slot: null,
        state: "waiting",
        isSecondTry: false,
      };
      signal?.addEventListener("abort", onAbort);
      this.#queue.push(queued);
      this.#pump();
    });
  }

  /** End every worker; jobs reject with `disposed`. Safe to call twice. */
  dispose(): void {
    if (this.#disposed !== null) return;
    const error = new OverlayError("disposed", "The exporter was disposed.");
    this.#disposed = error;
    for (const slot of this.#slots) {
      clearTimeout(slot.idleTimer);
      slot.client.terminate(error);
    }
    this.#slots.clear();
    this.#rejectWaiting(error);
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      const slot = this.#freeSlot((this.#queue[0] as QueuedJob).isSecondTry);
      if (slot === null) break;
      this.#give(this.#queue.shift() as QueuedJob, slot);
    }
    const wanted = Math.ceil((this.#jobsHeld() + this.#queue.length) / ENOUGH_WORK);
    const mayStart = this.#slots.size === 0 || this.#failedStarts < START_ATTEMPTS;
    if (this.#slots.size < Math.min(wanted, this.#options.size) && mayStart) {
      // Its failure is told to the jobs and by onStatus; there is nobody else to reject.
      this.#spawn().catch(() => undefined);
      this.#pump();
    }
  }

  #jobsHeld(): number {
    let held = 0;
    for (const { jobs } of this.#slots) held += jobs.size;
    return held;
  }

  /** The ready worker with the fewest jobs; for a second try, one without any. */
  #freeSlot(isSecondTry: boolean): Slot | null {
    const most = isSecondTry ? 1 : JOBS_PER_WORKER;
    let best: Slot | null = null;
    for (const slot of this.#slots) {
      if (slot.state !== "ready" || slot.jobs.size >= most || isAlone(slot)) continue;
      if (best === null || slot.jobs.size < best.jobs.size) best = slot;
    }
    return best;
  }

  async #spawn(): Promise<StartedInfo> {
    const onDeath = (): void => {
      // A death during the start is told by the rejected start, below.
      if (slot.state === "ready") this.#leave(slot);
    };
    let slot: Slot;
    try {
      slot = { ...this.#options.spawn(this.#spawned++, onDeath), state: "starting", jobs: new Set() };
      this.#slots.add(slot);
      return await this.#awaitStart(slot);
    } catch (error) {
      this.#failedStarts++;
      if (this.#slots.size === 0) this.#rejectWaiting(error);
      else this.#pump();
      throw error;
    }
  }

  async #awaitStart(slot: Slot): Promise<StartedInfo> {
    try {
      const info = await slot.started;
      slot.state = "ready";
      this.#failedStarts = 0;
      this.#pump();
      this.#expectWork(slot);
      return info;
    } catch (error) {
      this.#slots.delete(slot);
      throw error;
    }
  }

  #give(queued: QueuedJob, slot: Slot): void {
    queued.slot = slot;
    queued.state = "running";
    slot.jobs.add(queued);
    clearTimeout(slot.idleTimer);
    const finish = (settle: () => void): void => {
      slot.jobs.delete(queued);
      clearTimeout(queued.graceTimer);
      const wasAborted = queued.state === "aborted";
      queued.state = "settled";
      if (!wasAborted) settle();
      this.#pump();
      this.#expectWork(slot);
    };
    slot.client.request(queued.job, queued.transfer).then(
      (result) => finish(() => queued.resolve(result as never)),
      (error: unknown) => finish(() => this.#fail(queued, slot, error)),
    );
  }

  /** Reject the job, or do it again where it was its worker that failed. */
  #fail(queued: QueuedJob, slot: Slot, error: unknown): void {
    const isInnocent = error === slot.client.death && this.#disposed === null;
    if (!isInnocent || queued.isSecondTry || queued.transfer.length > 0) {
      queued.reject(error);
      return;
    }
    queued.isSecondTry = true;
    queued.state = "waiting";
    const at = this.#queue.findIndex(({ isSecondTry }) => !isSecondTry);
    this.#queue.splice(at === -1 ? this.#queue.length : at, 0, queued);
  }

  #abort(queued: QueuedJob, reason: unknown): void {
    if (queued.state === "waiting") {
      this.#queue.splice(this.#queue.indexOf(queued), 1);
      queued.state = "settled";
    } else {
      queued.state = "aborted";
      queued.graceTimer = after(this.#options.graceTime, () => this.#endStuck(queued));
    }
    queued.reject(reason);
    this.#pump();
  }

  /** Replace the worker of an aborted job that is still not done. */
  #endStuck(queued: QueuedJob): void {
    const { slot } = queued;
    if (queued.state !== "aborted" || slot === null || !this.#slots.has(slot)) return;
    const message = "The worker was stuck on a file whose call was aborted, and was ended.";
    const error = new OverlayError("worker-died", message, { cause: "stuck" });
    slot.client.terminate(error);
    slot.onEnd?.(error);
    this.#leave(slot);
  }

  #leave(slot: Slot): void {
    clearTimeout(slot.idleTimer);
    this.#slots.delete(slot);
    this.#pump();
  }

  /** Let a worker that has no work wait for some, but not for ever. */
  #expectWork(slot: Slot): void {
    clearTimeout(slot.idleTimer);
    if (slot.jobs.size > 0 || !this.#slots.has(slot)) return;
    slot.idleTimer = after(this.#options.idleTimeout, () => {
      if (slot.jobs.size > 0 || this.#slots.size <= this.#options.kept) return;
      this.#slots.delete(slot);
      slot.client.terminate(new OverlayError("worker-died", "The worker had no work.", { cause: "idle" }));
      slot.onEnd?.(null);
    });
  }

  #rejectWaiting(error: unknown): void {
    const waiting = this.#queue.splice(0);
    for (const queued of waiting) {
      queued.state = "settled";
      queued.reject(error);
    }
  }
}

/** A job on its second try has its worker for itself. */
function isAlone({ jobs }: Slot): boolean {
  for (const { isSecondTry } of jobs) if (isSecondTry) return true;
  return false;
}
