/** A worker of the page: the package's client, and a new worker for the next question once one has died. */
import { OverlayError } from "../../../src/errors.js";
import { unlessAborted } from "../../../src/values/drawn.js";
import { WorkerClient } from "../../../src/workers/client.js";
import { Fault } from "./fault.js";
import type { Talk } from "./talk.js";

/** Milliseconds that a worker's script may take to load. */
const START_TIMEOUT = 120_000;

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with a share, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export class WorkerLink<Req extends { readonly type: string }, Answers extends object> {
  private readonly make: () => Worker;
  private client: WorkerClient<Talk> | null = null;
  private waiting = 0;

  constructor(make: () => Worker) {
    this.make = make;
  }

  /**
   * Ask and wait. Aborting ends the worker where it works on nothing else: what it does cannot be interrupted.
   *
   * @throws Fault with the worker's code, or `image-worker-died`; the signal's reason when aborted
   */
  async ask<T extends Req["type"] & keyof Answers>(
    request: Extract<Req, { type: T }>,
    { signal, onProgress }: AskOptions = {},
  ): Promise<Answers[T]> {
    signal?.throwIfAborted();
    const client = this.ready();
    this.waiting += 1;
    const asked = client.request("ask", { request }, { onStatus: onProgress }).finally(() => {
      this.waiting -= 1;
    });
    try {
      const outcome = await unlessAborted(asked, signal);
      if ("code" in outcome) throw new Fault(outcome.code, outcome.detail);
      return outcome.answer as Answers[T];
    } catch (error) {
      if (signal?.aborted === true && this.waiting === 1) this.end();
      if (error instanceof OverlayError) throw new Fault("image-worker-died", {}, { cause: error });
      throw error;
    }
  }

  /** Start the worker where there is none, so that the first request does not wait for its script. */
  ready(): WorkerClient<Talk> {
    this.client ??= this.start();
    return this.client;
  }

  /** End the worker; pending requests are rejected. */
  end(): void {
    this.client?.terminate(new OverlayError("disposed", "The worker was ended.", {}));
    this.client = null;
  }

  private start(): WorkerClient<Talk> {
    const { locks } = navigator as { locks?: LockManager };
    const client = new WorkerClient<Talk>(this.make(), {
      onDeath: () => {
        if (this.client === client) this.client = null;
      },
      startTimeout: START_TIMEOUT,
      locks,
    });
    const lockName = `overlay page worker ${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    // A worker that does not start counts as dead: every request is rejected.
    client.start({ lockName: locks === undefined ? null : lockName }).catch(() => undefined);
    return client;
  }
}
