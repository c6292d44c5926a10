/** The worker's end of `worker-link`. The handler is set before anything is awaited, or messages get lost. */
import type { Hello, Reply } from "./link.js";

interface WorkerScope {
  onmessage: ((event: MessageEvent<Hello | { id: number; request: unknown }>) => void) | null;
  postMessage(message: Reply | "locked", transfer?: Transferable[]): void;
}

/** An error that leaves the worker by its code. Library messages may quote attribute values, so nothing else does. */
export class CodedError extends Error {
  readonly code: string;
  readonly detail: Readonly<Record<string, number>>;

  constructor(code: string, detail: Readonly<Record<string, number>> = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.detail = detail;
  }
}

/** What a handler gives back: the answer, and the buffers that move with it. */
export interface Answer {
  readonly answer: unknown;
  readonly transfer?: Transferable[];
}

/** Answer every request with `handle`; `fallback` names the code of an error that has none. */
export function serve<Req extends { readonly type: string }>(
  handle: (request: Req, onProgress: (share: number) => void) => Promise<Answer>,
  codeOf: (error: unknown, type: Req["type"]) => string,
): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => {
    if ("lock" in data) {
      hold(data.lock, scope);
      return;
    }
    const { id } = data;
    const request = data.request as Req;
    handle(request, (progress) => scope.postMessage({ id, progress })).then(
      ({ answer, transfer }) => scope.postMessage({ id, answer }, transfer ?? []),
      (error: unknown) => {
        const coded = error instanceof CodedError ? error : new CodedError(codeOf(error, request.type));
        scope.postMessage({ id, code: coded.code, detail: coded.detail });
      },
    );
  };
}

/** Hold the lock for life; without locks (no secure context) the worker's error events remain. */
function hold(lock: string, scope: WorkerScope): void {
  const { locks } = navigator as { locks?: LockManager };
  locks
    ?.request(lock, () => {
      scope.postMessage("locked");
      return new Promise(() => undefined);
    })
    .catch(() => undefined);
}
