/**
 * A worker as promises, with one way to die: whatever ends it, every waiting call is rejected, and the next call starts
 * a new worker. A worker that is killed sends no event, so it holds a Web Lock that the page queues behind.
 */

/** A failure that a worker reported, or its death, by code. */
export class WorkerFault extends Error {
  readonly code: string;
  readonly detail: Readonly<Record<string, number>>;

  constructor(code: string, detail: Readonly<Record<string, number>> = {}) {
    super(code);
    this.name = "WorkerFault";
    this.code = code;
    this.detail = detail;
  }
}

interface Request {
  readonly type: string;
}

/** What a worker's side answers with. */
export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly code: string; readonly detail: Readonly<Record<string, number>> }
  | { readonly id: number; readonly progress: number };

/** First message of the page: the name of the lock that the worker shall hold while it lives. */
export interface Hello {
  readonly lock: string;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((share: number) => void) | undefined;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

export class WorkerLink<Req extends Request, Answers extends object> {
  private readonly make: () => Worker;
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;

  constructor(make: () => Worker) {
    this.make = make;
  }

  /**
   * Ask and wait. Aborting ends the worker where it works on nothing else: what it does cannot be interrupted.
   *
   * @throws WorkerFault with the worker's code, or `image-worker-died`; the signal's reason when aborted
   */
  ask<T extends Req["type"] & keyof Answers>(
    request: Extract<Req, { type: T }>,
    { signal, onProgress }: AskOptions = {},
  ): Promise<Answers[T]> {
    signal?.throwIfAborted();
    const id = this.nextId++;
    return new Promise<Answers[T]>((resolve, reject) => {
      const leave = (): void => signal?.removeEventListener("abort", abort);
      const abort = (): void => {
        this.waiting.delete(id);
        if (this.waiting.size === 0) this.end();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort);
      this.waiting.set(id, {
        resolve: (answer) => {
          leave();
          resolve(answer as Answers[T]);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
        onProgress,
      });
      try {
        this.start().postMessage({ id, request });
      } catch (error) {
        this.waiting.delete(id);
        leave();
        reject(error);
      }
    });
  }

  /** End the worker; what waits is rejected. */
  end(code = "image-worker-died"): void {
    this.worker?.terminate();
    this.worker = null;
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(new WorkerFault(code));
  }

  private start(): Worker {
    if (this.worker !== null) return this.worker;
    const worker = this.make();
    this.worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Reply | "locked">) => {
      if (data === "locked") this.watch(worker, lock);
      else this.settle(data);
    };
    const died = (): void => {
      if (this.worker === worker) this.end();
    };
    worker.onerror = died;
    worker.onmessageerror = died;
    const lock = `overlay page worker ${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    worker.postMessage({ lock } satisfies Hello);
    return worker;
  }

  /** Getting the lock means that the worker has let go of it: it is dead. */
  private watch(worker: Worker, lock: string): void {
    navigator.locks
      .request(lock, () => {
        if (this.worker === worker) this.end();
      })
      .catch(() => undefined);
  }

  private settle(reply: Reply): void {
    const one = this.waiting.get(reply.id);
    if ("progress" in reply) {
      one?.onProgress?.(reply.progress);
      return;
    }
    this.waiting.delete(reply.id);
    if ("code" in reply) one?.reject(new WorkerFault(reply.code, reply.detail));
    else one?.resolve(reply.answer);
  }
}
