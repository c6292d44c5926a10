/**
 * N workers and one queue; no DICOM words.
 *
 * Theory of operation: `run` puts a job at the queue's end; `#pump` gives waiting jobs to ready workers, many in one
 * message, because a message costs as much as a small job. What is there goes to a worker without work at once; a worker
 * that works gets further messages only if they are full, so that it can read ahead. Few jobs are shared out: each worker, also one
 * that is still starting, finds some left. Where there is more work than two jobs for each worker and fewer than N
 * workers, another is started.
 *
 * An aborted job that runs keeps its place until its answer or the grace time is over, then its worker is replaced. The
 * jobs of a worker that died, by whatever cause, are done again, once, each with a worker for itself: if that dies too, it
 * was this job. A message that failed as a whole is done again job by job. Only a job whose buffers were moved away cannot
 * be done again. A failed start rejects the waiting jobs only where no other worker is left to do them. A worker without
 * work is ended after a time.
 */
import { fromErrorRecord, OverlayError } from "../errors.js";
import type { StartedInfo } from "../values/status.js";
import { after, type Timer } from "../values/timers.js";
import type { WorkerClient } from "./client.js";
import type { Job, JobOutcome, Jobs, JobType } from "./protocol.js";
import { abortedWith, BATCH, JobQueue, type QueuedJob, queuedJob, type RunOptions } from "./queue.js";

/**
 * Messages given to one worker at a time: while Python has one, the heads of the next one's files are being read, and the
 * third is on its way.
 */
const MESSAGES_PER_WORKER = 3;

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
  /** Workers that are kept although they have no work. */
  readonly kept: number;
  /** Make a client; `worker` numbers it, `onDeath` must be called when it dies after its start. */
  readonly spawn: (worker: number, onDeath: (error: OverlayError) => void) => StartingWorker;
}

/** A client and the promise of its start. */
export interface StartingWorker {
  readonly client: WorkerClient;
  readonly started: Promise<StartedInfo>;
  /** Told when the pool ends a worker itself: the error that its jobs got, `null` for one without work. */
  readonly onEnd?: ((error: OverlayError | null) => void) | undefined;
}

interface Slot extends StartingWorker {
  state: "starting" | "ready";
  readonly jobs: Set<QueuedJob<Slot>>;
  messages: number;
  idleTimer?: Timer;
}

/** A pool of warm workers. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot>();
  readonly #queue = new JobQueue<Slot>();
  #spawned = 0;
  #failedStarts = 0;
  #disposed: OverlayError | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Largest number of jobs that make sense in flight: for each worker its messages, and one more that fills up. */
  get ahead(): number {
    return this.#options.size * BATCH * (MESSAGES_PER_WORKER + 1);
  }

  /** Start the first worker, so that the first job finds it warm; rejects when it cannot start. */
  async warm(): Promise<StartedInfo> {
    if (this.#disposed !== null) throw this.#disposed;
    return await this.#spawn();
  }

  /** Run one job on some worker. Rejects with the job's error, `worker-died`, `disposed`, or `signal.reason`. */
  run<K extends JobType>(job: Job<K>, options: RunOptions = {}): Promise<Jobs[K]["result"]> {
    return new Promise((resolve, reject) => {
      if (this.#disposed !== null) return reject(this.#disposed);
      const { signal } = options;
      if (signal?.aborted) return reject(signal.reason);
      const queued = queuedJob<Slot>(job as Job, options, resolve as (result: unknown) => void, reject, () =>
        this.#abort(queued, signal?.reason),
      );
      this.#queue.add(queued);
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
    for (let next = this.#queue.first; next !== undefined; next = this.#queue.first) {
      const slot = this.#freeSlot(next.isSecondTry);
      if (slot === null) break;
      this.#give(this.#queue.takeMessage(this.#share()), slot);
    }
    const wanted = Math.ceil((this.#jobsHeld() + this.#queue.length) / ENOUGH_WORK);
    const mayStart = this.#slots.size === 0 || this.#failedStarts < START_ATTEMPTS;
    if (this.#slots.size < Math.min(wanted, this.#options.size) && mayStart) {
      // The jobs and onStatus learn of the failure; there is nothing else to reject.
      this.#spawn().catch(() => undefined);
      this.#pump();
    }
  }

  #jobsHeld(): number {
    let held = 0;
    for (const { jobs } of this.#slots) held += jobs.size;
    return held;
  }

  /** The ready worker with the fewest jobs that may have a further message; for a second try, one without any. */
  #freeSlot(isSecondTry: boolean): Slot | null {
    const most = isSecondTry || this.#queue.length < BATCH ? 1 : MESSAGES_PER_WORKER;
    let best: Slot | null = null;
    for (const slot of this.#slots) {
      if (slot.state !== "ready" || slot.messages >= most || isAlone(slot)) continue;
      if (best === null || slot.jobs.size < best.jobs.size) best = slot;
    }
    return best;
  }

  /** Jobs for one message: with several workers a share of what waits, so that each of them finds some. */
  #share(): number {
    const { size } = this.#options;
    return size === 1 ? BATCH : Math.ceil(this.#queue.length / (size * MESSAGES_PER_WORKER));
  }

  async #spawn(): Promise<StartedInfo> {
    const onDeath = (): void => {
      // A death during the start is told by the rejected start, below.
      if (slot.state === "ready") this.#leave(slot);
    };
    let slot: Slot;
    try {
      slot = {
        ...this.#options.spawn(this.#spawned++, onDeath),
        state: "starting",
        jobs: new Set(),
        messages: 0,
      };
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

  #give(batch: readonly QueuedJob<Slot>[], slot: Slot): void {
    for (const queued of batch) {
      queued.slot = slot;
      queued.state = "running";
      slot.jobs.add(queued);
    }
    slot.messages++;
    clearTimeout(slot.idleTimer);
    const jobs = batch.map(({ job }) => job);
    const transfer = [...new Set(batch.flatMap((queued) => queued.transfer))];
    const signal = abortedWith(batch);
    slot.client.request("run", { jobs }, { transfer, signal }).then(
      (outcomes) => this.#finish(batch, slot, (queued, at) => settle(queued, outcomes[at])),
      (error: unknown) =>
        this.#finish(batch, slot, (queued) => this.#fail(queued, slot, error, batch.length > 1)),
    );
  }

  #finish(
    batch: readonly QueuedJob<Slot>[],
    slot: Slot,
    end: (queued: QueuedJob<Slot>, at: number) => void,
  ): void {
    slot.messages--;
    for (const [at, queued] of batch.entries()) {
      slot.jobs.delete(queued);
      clearTimeout(queued.graceTimer);
      const wasAborted = queued.state === "aborted";
      queued.state = "settled";
      if (!wasAborted) end(queued, at);
    }
    this.#pump();
    this.#expectWork(slot);
  }

  /** Reject the job, or do it again where it may have been its worker, or another job of its message, that failed. */
  #fail(queued: QueuedJob<Slot>, slot: Slot, error: unknown, hadCompany: boolean): void {
    const isDeath = error === slot.client.death && this.#disposed === null;
    const mayRepeat = (isDeath && !queued.isSecondTry) || (!isDeath && hadCompany && this.#disposed === null);
    if (!mayRepeat || queued.transfer.length > 0) {
      queued.reject(error);
      return;
    }
    if (isDeath) queued.isSecondTry = true;
    else queued.isSingle = true;
    queued.state = "waiting";
    this.#queue.addAgain(queued);
  }

  #abort(queued: QueuedJob<Slot>, reason: unknown): void {
    if (queued.state === "waiting") {
      this.#queue.remove(queued);
      queued.state = "settled";
    } else {
      queued.state = "aborted";
      queued.cancel();
      queued.graceTimer = after(this.#options.graceTime, () => this.#endStuck(queued));
    }
    queued.reject(reason);
    this.#pump();
  }

  /** Replace the worker of an aborted job that is still not done. */
  #endStuck(queued: QueuedJob<Slot>): void {
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
    for (const queued of this.#queue.takeAll()) {
      queued.state = "settled";
      queued.reject(error);
    }
  }
}

function settle(queued: QueuedJob<Slot>, outcome: JobOutcome | undefined): void {
  if (outcome === undefined) queued.reject(new OverlayError("internal", "A job without an outcome."));
  else if ("error" in outcome) queued.reject(fromErrorRecord(outcome.error));
  else queued.resolve(outcome.result as never);
}

/** A job on its second try has its worker for itself. */
function isAlone({ jobs }: Slot): boolean {
  for (const { isSecondTry } of jobs) if (isSecondTry) return true;
  return false;
}
