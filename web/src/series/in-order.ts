import { isAsyncIterable } from "../values/check.js";

/** Bytes that the items ahead carry, at most; one item alone may carry more. */

const MOST_WEIGHT = 32 * 1024 * 1024;

/** An item's work under way, and how many bytes it holds until its result is taken. */
export interface Running<R> {
  readonly result: Promise<R>;
  readonly weight: number;
}

/**
 * Run `run` on every item, at most `limit` at a time, and yield the results in the items' order.
 *
 * Work is started only as results are taken: a slow reader slows it down. Items may come one by one; a result that is
 * there is not kept back until the next item comes. The first rejection ends the iteration; promises still running then
 * are left to settle without being reported as unhandled.
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  run: (item: T, index: number) => Running<R>,
): AsyncGenerator<R, void, undefined> {
  const source = iteratorOf(items);
  const ahead: Running<R>[] = [];
  let weight = 0;
  let coming: Promise<IteratorResult<T>> | null = null;
  let isOver = false;
  let index = 0;
  try {
    while (!isOver || ahead.length > 0) {
      const hasRoom = ahead.length < limit && weight < MOST_WEIGHT;
      if (!isOver && coming === null && hasRoom) coming = watched(source.next());
      const oldest = ahead[0];
      // The item first where both are there: what can run should run.
      const first = await Promise.race([...when(coming, "item"), ...when(oldest?.result, "result")]);
      if (first === "result" && oldest !== undefined) {
        ahead.shift();
        weight -= oldest.weight;
        yield await oldest.result;
        continue;
      }
      const { done, value } = await (coming as Promise<IteratorResult<T>>);
      coming = null;
      if (done) isOver = true;
      else {
        const running = run(value, index++);
        watched(running.result);
        weight += running.weight;
        ahead.push(running);
      }
    }
  } finally {
    // Left early: the caller's own generator must not be left hanging in its `try`.
    if (!isOver) void Promise.resolve(source.return?.()).catch(() => undefined);
  }
}

interface AnyIterator<T> {
  next(): Promise<IteratorResult<T>>;
  return?(): unknown;
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): AnyIterator<T> {
  if (isAsyncIterable(items)) {
    const iterator = items[Symbol.asyncIterator]();
    return { next: async () => await iterator.next(), return: () => iterator.return?.() };
  }
  const iterator = items[Symbol.iterator]();
  return { next: async () => iterator.next(), return: () => iterator.return?.() };
}

/** One entry that resolves with `word` once the promise has settled, however it did; none without a promise. */
function when<W extends string>(promise: Promise<unknown> | null | undefined, word: W): Promise<W>[] {
  if (promise === null || promise === undefined) return [];
  const tell = (): W => word;
  return [promise.then(tell, tell)];
}

function watched<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
