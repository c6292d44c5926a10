/** `setTimeout` for any number of milliseconds: beyond its limit, `Infinity` above all, it would fire at once. */

const LONGEST = 2 ** 31 - 1;

export type Timer = ReturnType<typeof setTimeout> | undefined;

/** Call `run` after so many milliseconds; never where they are more than 24 days. */
export function after(milliseconds: number, run: () => void): Timer {
  return milliseconds > LONGEST ? undefined : setTimeout(run, milliseconds);
}
