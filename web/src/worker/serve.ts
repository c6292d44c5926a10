/** The worker's end of a `WorkerClient`: sign of life, answers, and errors as records. Knows no DICOM. */
import { toErrorRecord } from "../errors.js";
import {
  PACKAGE_VERSION,
  type RequestTable,
  type WorkerRequest,
  type WorkerResponse,
} from "../workers/protocol.js";

/** An answer, and the buffers that move with it. */
export interface Served<R> {
  readonly result: R;
  readonly transfer?: Transferable[] | undefined;
}

/** What a handler knows of its call. */
export interface Call<Status> {
  /** Aborts when the page no longer waits for the answer. */
  readonly signal: AbortSignal;
  readonly tell: (status: Status) => void;
}

/** For each type of request, what answers it. */
export type Handlers<T> = {
  readonly [K in keyof T]: T[K] extends { request: infer Q; result: infer R; status: infer S }
    ? (request: Q, call: Call<S>) => Promise<Served<R>>
    : never;
};

/** The part of a worker's global scope that this module uses. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null;
  postMessage(message: WorkerResponse, transfer: Transferable[]): void;
}

/**
 * Answer every request of the page.
 *
 * @param isFatal - tells whether this worker can answer nothing after an error: it then ends, and the page makes another.
 */
export function serve<T extends RequestTable<T>>(
  handlers: Handlers<T>,
  isFatal: (error: unknown) => boolean = () => false,
): void {
  const scope = globalThis as unknown as WorkerScope;
  const running = new Map<number, AbortController>();
  const post = (response: WorkerResponse, transfer: Transferable[] = []): void =>
    scope.postMessage(response, transfer);
  // The handler is set before anything is awaited: messages posted meanwhile would be lost otherwise.
  scope.onmessage = async ({ data }): Promise<void> => {
    const { id, type } = data;
    if (type === "cancel") {
      running.get(id)?.abort();
      return;
    }
    const control = new AbortController();
    running.set(id, control);
    if (type === "start") {
      post({ type: "hello", version: PACKAGE_VERSION });
      holdLock((data as WorkerRequest & T["start"]["request"]).config.lockName, post);
    }
    try {
      const handler = handlers[type as keyof T] as (
        request: object,
        call: Call<unknown>,
      ) => Promise<Served<unknown>>;
      const tell = (status: unknown): void => post({ type: "status", id, status });
      const { result, transfer } = await handler(data, { signal: control.signal, tell });
      post({ type: "done", id, result }, transfer);
    } catch (error) {
      post({ type: "failed", id, error: toErrorRecord(error) });
      if (isFatal(error)) reportError(error);
    } finally {
      running.delete(id);
    }
  };
}

/** Hold the lock until this worker ends, however it ends; the page waits behind it. */
function holdLock(name: string | null, post: (response: WorkerResponse) => void): void {
  if (name === null) return;
  const held = navigator.locks.request(name, () => {
    post({ type: "alive" });
    return new Promise<never>(() => undefined);
  });
  // Refused where the user blocks all storage: the page then does without the sign of life.
  held.catch(() => undefined);
}
