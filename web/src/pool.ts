/**
 * N workers and one queue; no DICOM words.
 *
 * Theory of operation: `run` puts a job at the queue's end; `#pump` gives waiting jobs to ready workers, at most two
 * each (one being done, one behind it, so that no worker idles while an answer travels). Where jobs wait and fewer
 * than N workers exist, it starts another. A worker that dies rejects the jobs it holds and leaves its slot; the next
 * pump fills the slot again. A failed start rejects the waiting jobs only where no other worker is left to do them.
 * An aborted job that runs keeps its place until its answer or the grace time is over, then its worker is replaced.
 */
import { OverlayError } from "./errors.js";
import type { Job, Jobs, JobType, StartedInfo } from "./protocol.js";
import type { WorkerClient } from "./worker-client.js";

/** Jobs given to one worker at a time. */
const JOBS_PER_WORKER = 2;

/** Starts that may fail one after the other before waiting jobs go on without the missing workers. */
const START_ATTEMPTS = 2;

export interface PoolOptions {
  /** Largest number of workers, at least 1. */
  readonly size: number;
  /** Milliseconds that an aborted, running job may hold its worker. */
  readonly graceTime: number;
  /** Make a client; `worker` numbers it, `onDeath` must be called when it dies after its start. */
  readonly spawn: (worker: number, onDeath: (error: OverlayError) => void) => StartingWorker;
}

/** A client and the promise of its start. */
export interface StartingWorker {
  readonly client: WorkerClient;
  readonly started: Promise<StartedInfo>;
}

export interface RunOptions {
  readonly transfer?: readonly Transferable[];
  readonly signal?: AbortSignal | undefined;
}

interface Slot {
  readonly client: WorkerClient;
  state: "starting" | "ready";
  held: number;
}

interface QueuedJob {
  readonly job: Job;
  readonly transfer: readonly Transferable[];
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  slot: Slot | null;
  state: "waiting" | "running" | "aborted" | "settled";
  graceTimer?: ReturnType<typeof setTimeout>;
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
  get capacity(): number {
    return this.#options.size * JOBS_PER_WORKER;
  }

  /** Start the first worker, so that the first job finds it warm; rejects when it cannot start. */
  async warm(): Promise<StartedInfo> {
    this.#requireAlive();
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
    for (const { client } of this.#slots) client.terminate(error);
    this.#slots.clear();
    this.#rejectWaiting(error);
  }

  #requireAlive(): void {
    if (this.#disposed !== null) throw this.#disposed;
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      const slot = this.#freeSlot();
      if (slot === null) break;
      this.#give(this.#queue.shift() as QueuedJob, slot);
    }
    const starting = [...this.#slots].filter(({ state }) => state === "starting").length;
    const wanted = Math.ceil(this.#queue.length / JOBS_PER_WORKER);
    const mayStart = this.#slots.size === 0 || this.#failedStarts < START_ATTEMPTS;
    if (starting < wanted && this.#slots.size < this.#options.size && mayStart) {
      // Its failure is told to the jobs and by onStatus; there is nobody else to reject.
      this.#spawn().catch(() => undefined);
      this.#pump();
    }
  }

  #freeSlot(): Slot | null {
    let best: Slot | null = null;
    for (const slot of this.#slots) {
      if (slot.state !== "ready" || slot.held >= JOBS_PER_WORKER) continue;
      if (best === null || slot.held < best.held) best = slot;
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
      const { client, started } = this.#options.spawn(this.#spawned++, onDeath);
      slot = { client, state: "starting", held: 0 };
      this.#slots.add(slot);
      return await this.#awaitStart(slot, started);
    } catch (error) {
      this.#failedStarts++;
      if (this.#slots.size === 0) this.#rejectWaiting(error);
      else this.#pump();
      throw error;
    }
  }

  async #awaitStart(slot: Slot, started: Promise<StartedInfo>): Promise<StartedInfo> {
    try {
      const info = await started;
      slot.state = "ready";
      this.#failedStarts = 0;
      this.#pump();
      return info;
    } catch (error) {
      this.#slots.delete(slot);
      throw error;
    }
  }

  #give(queued: QueuedJob, slot: Slot): void {
    queued.slot = slot;
    queued.state = "running";
    slot.held++;
    const finish = (settle: () => void): void => {
      slot.held--;
      clearTimeout(queued.graceTimer);
      const wasAborted = queued.state === "aborted";
      queued.state = "settled";
      if (!wasAborted) settle();
      this.#pump();
    };
    slot.client.request(queued.job, queued.transfer).then(
      (result) => finish(() => queued.resolve(result as never)),
      (error: unknown) => finish(() => queued.reject(error)),
    );
  }

  #abort(queued: QueuedJob, reason: unknown): void {
    if (queued.state === "waiting") {
      this.#queue.splice(this.#queue.indexOf(queued), 1);
      queued.state = "settled";
    } else {
      queued.state = "aborted";
      queued.graceTimer = setTimeout(() => this.#endStuck(queued), this.#options.graceTime);
    }
    queued.reject(reason);
  }

  /** Replace the worker of an aborted job that is still not done. */
  #endStuck(queued: QueuedJob): void {
    const { slot } = queued;
    if (queued.state !== "aborted" || slot === null || !this.#slots.has(slot)) return;
    slot.client.terminate(
      new OverlayError("worker-died", "The worker was stuck on an aborted job.", { cause: "stuck" }),
    );
    this.#leave(slot);
  }

  #leave(slot: Slot): void {
    this.#slots.delete(slot);
    this.#pump();
  }

  #rejectWaiting(error: unknown): void {
    const waiting = this.#queue.splice(0);
    for (const queued of waiting) {
      queued.state = "settled";
      queued.reject(error);
    }
  }
}
