/** How finely this browser's clock tells time. */

/**
 * Whether `performance.now` tells whole milliseconds only, as Firefox's does unless told otherwise. A median of rounded
 * times says little; their mean is right.
 *
 * Takes a few ticks of the clock: at most some 10 ms.
 */
export function tellsWholeMilliseconds(): boolean {
  for (let ticks = 0, last = performance.now(); ticks < 8; ) {
    const time = performance.now();
    if (time === last) continue;
    // A fine clock may tell a whole millisecond by chance; not eight in a row.
    if (!Number.isInteger(time)) return false;
    last = time;
    ticks += 1;
  }
  return true;
}
