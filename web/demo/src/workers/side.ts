/** The worker's end of a `WorkerLink`. */
import { serve } from "../../../src/worker/serve.js";
import { Fault } from "./fault.js";
import type { Talk } from "./talk.js";

/** What a handler gives back: the answer, and the buffers that move with it. */
export interface Answer {
  readonly answer: unknown;
  readonly transfer?: Transferable[];
}

/** Answer every request with `handle`; `codeOf` names the code of an error that is not a Fault. */
export function answerAll<Req extends { readonly type: string }>(
  handle: (request: Req, onProgress: (share: number) => void) => Promise<Answer>,
  codeOf: (type: Req["type"]) => string,
): void {
  serve<Talk>({
    start: async () => ({ result: null }),
    ask: async ({ request }, { tell }) => {
      try {
        const { answer, transfer } = await handle(request as Req, tell);
        return { result: { answer }, transfer };
      } catch (error) {
        const isUnreadable = error instanceof DOMException && error.name === "NotReadableError";
        const plain = isUnreadable ? "file-access" : codeOf(request.type);
        const { code, detail } = error instanceof Fault ? error : new Fault(plain);
        return { result: { code, detail } };
      }
    },
  });
}
