import { unlessAborted } from "../values/drawn.js";

/** Tells the generator that its caller has stopped; never seen outside. */
const RETURNED = new Error("returned");

/**
 * Make an iterator that ends at once, by `signal` or by `return`, whatever it is waiting for.
 *
 * A plain generator notices `return` only when what it awaits has settled: one stuck file would hold up the caller.
 *
 * @param make - called with the first `next`; its signal aborts when the iterator ends, so that nothing runs on.
 */
export function endable<T>(
  signal: AbortSignal | undefined,
  make: (ended: AbortSignal) => AsyncIterator<T, void, undefined>,
): AsyncIterableIterator<T> {
  const ended = new AbortController();
  let generator: AsyncIterator<T, void, undefined> | null = null;
  let isOver = false;
  const onAbort = (): void => ended.abort(signal?.reason);
  const finish = (): void => {
    isOver = true;
    signal?.removeEventListener("abort", onAbort);
    ended.abort(RETURNED);
  };
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined };
  const start = (): AsyncIterator<T, void, undefined> => {
    if (generator !== null) return generator;
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    generator = make(ended.signal);
    return generator;
  };
  return {
    async next() {
      if (isOver) return over;
      try {
        const running = start().next();
        running.catch(() => undefined);
        // Results that were made ahead are not returned once the caller has stopped. This is not a race against one promise
        // of the whole iterator: such a promise holds every result that it ever raced with.
        const result = await unlessAborted(running, ended.signal);
        if (result.done !== true) return result;
        finish();
        return over;
      } catch (error) {
        finish();
        if (error === RETURNED) return over;
        throw error;
      }
    },
    async return() {
      const running = generator;
      finish();
      // It notices when what it awaits settles, and the signal makes that happen.
      running?.return?.().catch(() => undefined);
      return over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
