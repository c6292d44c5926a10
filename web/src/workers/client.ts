/**
 * One Worker as promises. Every promise settles: by its answer, or by the worker's death.
 *
 * Death shows in four ways: an `error` event (the script did not load, or threw), `messageerror`, a `close` event
 * where ports have one, and the Web Lock that the worker holds becoming free, the only sign of a worker that was
 * killed (out of memory, `terminate()`, `close()`).
 */

import { fromErrorRecord, OverlayError } from "../errors.js";
import { after, type Timer } from "../values/timers.js";
import {
  PACKAGE_VERSION,
  type Requests,
  type RequestTable,
  requireWorkerResponse,
  type WorkerResponse,
} from "./protocol.js";
import { compareVersions } from "./versions.js";

/** What this module needs of a Worker; a `MessagePort` has it too. */
export interface WorkerPort {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  /** Absent on a MessagePort. */
  terminate?(): void;
  close?(): void;
}

export interface WorkerClientOptions {
  /** Called once, after every promise was rejected. */
  readonly onDeath: (error: OverlayError) => void;
  /** Milliseconds without a sign of life after which a starting worker is given up. */
  readonly startTimeout: number;
  /** The page's lock manager, absent outside secure contexts. */
  readonly locks: LockManager | undefined;
  /** Finds out why a worker's script did not even begin; the browser's `error` event does not say. */
  readonly explain?: ((event: Event) => Promise<OverlayError>) | undefined;
}

/** How one request is sent. */
export interface SendOptions<Status> {
  readonly transfer?: readonly Transferable[] | undefined;
  /** Called with the worker's progress on this request. */
  readonly onStatus?: ((status: Status) => void) | undefined;
  /** Once it aborts, the worker learns that the answer is not needed. The promise still settles with the answer. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onStatus: ((status: never) => void) | undefined;
  /** Stop listening for the abort of this request. */
  readonly leave: () => void;
}

/** One worker: requests out, answers in, in any order. */
export class WorkerClient<T extends RequestTable<T> = Requests> {
  readonly #port: WorkerPort;
  readonly #options: WorkerClientOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #lockWait = new AbortController();
  #nextId = 1;
  #dead: OverlayError | null = null;
  #startTimer: Timer;
  #started = false;
  #hasSpoken = false;
  #lockName: string | null = null;

  constructor(port: WorkerPort, options: WorkerClientOptions) {
    this.#port = port;
    this.#options = options;
    port.addEventListener("message", (event) => this.#receive((event as MessageEvent).data));
    port.addEventListener("error", (event) => {
      event.preventDefault();
      this.#failed(event);
    });
    port.addEventListener("messageerror", () => this.#die("A message could not be read.", "messageerror"));
    port.addEventListener("close", () => this.#die("The worker closed itself.", "close"));
  }

  /** The error that the worker's jobs got when it died or was ended; `null` while it lives. */
  get death(): OverlayError | null {
    return this.#dead;
  }

  /** Start Python; rejects with `worker-start-failed` or one of the mismatches, the worker dead. */
  async start(
    config: T["start"]["request"]["config"],
    onStatus?: (status: T["start"]["status"]) => void,
  ): Promise<T["start"]["result"]> {
    this.#lockName = config.lockName;
    this.#expectLife();
    try {
      const info = await this.request("start", { config }, { onStatus });
      if (!this.#hasSpoken) throw otherWorker(null);
      this.#started = true;
      return info;
    } catch (error) {
      this.terminate(error as OverlayError);
      throw error;
    } finally {
      clearTimeout(this.#startTimer);
    }
  }

  /** Send one request; rejects with its own error, or with `worker-died`. */
  request<K extends keyof T & string>(
    type: K,
    request: T[K]["request"],
    { transfer = [], onStatus, signal }: SendOptions<T[K]["status"]> = {},
  ): Promise<T[K]["result"]> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#dead !== null) return reject(this.#dead);
      const cancel = (): void => this.#port.postMessage({ type: "cancel", id }, []);
      const leave = (): void => signal?.removeEventListener("abort", cancel);
      signal?.addEventListener("abort", cancel);
      this.#pending.set(id, { resolve, reject, onStatus, leave });
      try {
        this.#port.postMessage({ ...request, type, id }, [...transfer]);
      } catch (error) {
        // A detached buffer or an object that cannot be cloned: only this request fails, and the worker lives on.
        this.#take(id);
        reject(
          new OverlayError("invalid-request", "The request could not be sent to the worker.", {}, error),
        );
      }
    });
  }

  /** End the worker now; its promises reject with `reason`. No `onDeath` follows. */
  terminate(reason: OverlayError): void {
    if (this.#dead !== null) return;
    this.#dead = reason;
    clearTimeout(this.#startTimer);
    this.#lockWait.abort();
    if (this.#port.terminate !== undefined) this.#port.terminate();
    else this.#port.close?.();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, leave } of pending) {
      leave();
      reject(reason);
    }
  }

  #receive(data: unknown): void {
    if (this.#dead !== null) return;
    let response: WorkerResponse;
    try {
      response = requireWorkerResponse(data);
    } catch (error) {
      this.#end(error as OverlayError);
      return;
    }
    switch (response.type) {
      case "hello":
        this.#hasSpoken = true;
        if (response.version !== PACKAGE_VERSION) this.#end(otherWorker(response.version));
        return;
      case "alive":
        this.#watchLock();
        return;
      case "status":
        this.#expectLife();
        this.#pending.get(response.id)?.onStatus?.(response.status as never);
        return;
      case "done":
        this.#take(response.id)?.resolve(response.result as never);
        return;
      case "failed":
        this.#take(response.id)?.reject(fromErrorRecord(response.error));
        return;
      default:
        response satisfies never;
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.leave();
    return pending;
  }

  #expectLife(): void {
    clearTimeout(this.#startTimer);
    if (this.#started) return;
    const { startTimeout } = this.#options;
    this.#startTimer = after(startTimeout, () => {
      const message = `The worker gave no sign of life for ${startTimeout / 1000} s while starting: the network is slow or holds a file back. \`startTimeout\` sets how long to wait.`;
      this.#die(message, "timeout");
    });
  }

  #watchLock(): void {
    if (this.#lockName === null || this.#options.locks === undefined) return;
    const { signal } = this.#lockWait;
    this.#options.locks
      .request(this.#lockName, { signal }, () => this.#die("The worker was ended from outside.", "killed"))
      .catch(() => {
        // The wait was given up because the client ended the worker itself.
      });
  }

  /** An error that nobody caught: in a script that did not load or broke off, or in a worker that worked. */
  #failed(event: Event): void {
    const { explain } = this.#options;
    if (this.#started || this.#hasSpoken || explain === undefined) {
      this.#die("The worker's script threw an error.", "error");
      return;
    }
    // Whatever the reason is, it is known within the start's own time.
    explain(event).then(
      (error) => this.#end(error),
      () => this.#die("The worker's script did not load.", "error"),
    );
  }

  #die(message: string, cause: string): void {
    this.#end(new OverlayError(this.#started ? "worker-died" : "worker-start-failed", message, { cause }));
  }

  #end(error: OverlayError): void {
    if (this.#dead !== null) return;
    this.terminate(error);
    this.#options.onDeath(error);
  }
}

/** @param version - what the worker says that it is; `null` where it is too old to say. */
function otherWorker(version: string | null): OverlayError {
  const expected = PACKAGE_VERSION;
  const order = version === null ? -1 : compareVersions(version, expected);
  const found = version ?? "none";
  if (order === 0) {
    const message = "The worker's script and the page have different versions: serve both from one release.";
    return new OverlayError("worker-mismatch", message, { expected, found, old: null });
  }
  const [old, advice] =
    order < 0
      ? ["worker", "serve the worker's script of this release, and let browsers revalidate it"]
      : ["page", "reload the page; if that does not help, build it again with this release"];
  const message = `The ${old === "page" ? "page's script" : "worker's script"} is older than the other: ${advice}.`;
  return new OverlayError("worker-mismatch", message, { expected, found, old });
}
