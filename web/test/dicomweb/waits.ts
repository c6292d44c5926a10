/** Waits between attempts pass at once; the watch for an answer without progress keeps its time. */
import { vi } from "vitest";

/** What `waitOf` gives for attempts without a Retry-After. */
const WAITS = [500, 1000, 2000, 4000, 8000, 16_000];

/** Skip the waits of this test; returns them in order. `vi.unstubAllGlobals()` ends it. */
export function passWaits(): readonly number[] {
  const passed: number[] = [];
  const real = globalThis.setTimeout;
  vi.stubGlobal(
    "setTimeout",
    (work: (...given: unknown[]) => void, milliseconds: number, ...given: unknown[]) => {
      const isWait = WAITS.includes(milliseconds);
      if (isWait) passed.push(milliseconds);
      return real(work, isWait ? 0 : milliseconds, ...given);
    },
  );
  return passed;
}
