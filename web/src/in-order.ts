/**
 * Run `run` on every item, at most `limit` at a time, and yield the results in the items' order.
 *
 * Nothing is started that is not taken: a slow reader slows the work down. The first rejection ends the iteration;
 * promises still running then are left to settle without being reported as unhandled.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  limit: number,
  run: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const ahead: Promise<R>[] = [];
  let next = 0;
  while (next < items.length || ahead.length > 0) {
    while (next < items.length && ahead.length < limit) {
      const promise = run(items[next] as T, next);
      promise.catch(() => undefined);
      ahead.push(promise);
      next++;
    }
    yield await (ahead.shift() as Promise<R>);
  }
}
