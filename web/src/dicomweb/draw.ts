/** Results one by one from a list or a generator, without waiting for it after an abort. */

/**
 * Yield the results until their end; after an abort, those that come within `patience` milliseconds.
 *
 * A list is always drawn to its end; a generator that waits for something is left alone, and told to return.
 */
export async function* draw<T>(
  results: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
  patience: number,
): AsyncGenerator<T> {
  const iterator =
    Symbol.asyncIterator in results ? results[Symbol.asyncIterator]() : results[Symbol.iterator]();
  const late = after(signal, patience);
  let isDone = false;
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), late.reached]);
      if (next === null) return;
      isDone = next.done === true;
      if (isDone) return;
      yield next.value;
    }
  } catch (error) {
    isDone = true;
    throw error;
  } finally {
    late.stop();
    // Not awaited: a generator that hangs would never come to it.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

interface Late {
  readonly reached: Promise<null>;
  stop(): void;
}

function after(signal: AbortSignal | undefined, milliseconds: number): Late {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort = (): void => undefined;
  const reached = new Promise<null>((resolve) => {
    onAbort = () => {
      timer = setTimeout(() => resolve(null), milliseconds);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
  return {
    reached,
    stop: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}
