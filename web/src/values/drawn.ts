/** Results one by one, and promises, for a caller who may stop waiting for them. */
import { isAsyncIterable } from "./check.js";

/**
 * Yield the items of a list or a generator; rejects with `signal.reason` on abort, whatever the generator waits for.
 *
 * Abort, or an end of the loop before theirs, ends their source.
 */
export async function* drawn<T>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  signal?.throwIfAborted();
  const source: AsyncIterator<T> | Iterator<T> = isAsyncIterable(items)
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await unlessAborted(source.next(), signal);
      isOver = done === true;
      if (isOver) return;
      yield value;
      // Before the source is asked again: nobody would take its answer.
      signal?.throwIfAborted();
    }
  } catch (error) {
    isOver ||= signal?.aborted !== true;
    throw error;
  } finally {
    // Not awaited: a busy source ends when it can, and its last answer is not needed.
    if (!isOver) void Promise.resolve(source.return?.()).catch(() => undefined);
  }
}

/** Wait for a promise, but no longer than until the signal aborts. */
export async function unlessAborted<T>(promise: Promise<T> | T, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  if (signal.aborted) {
    // Nobody waits for it any more, so nobody else would take its error.
    void Promise.resolve(promise).catch(() => undefined);
    throw signal.reason;
  }
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
    aborted.catch(() => undefined);
  }
}
