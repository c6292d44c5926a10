/**
 * The choice of a threshold for a mask of fractions or shades: meanwhile its effect is drawn over the shown
 * picture.
 */
import { effect, type Signal, signal } from "@preact/signals";
import type { PlacedView } from "dicom-overlay";
import { BitMask } from "../model/bitmask.js";
import * as state from "../model/state.js";
import type { Choice, FoundVolume } from "./protocol.js";

export interface ThresholdQuestion {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Its values may be labels as well. */
  readonly labels: readonly number[] | null;
  readonly threshold: Signal<number>;
  /**
   * Number of pixels set on the shown picture; null while it is being computed, or if the mask does not reach the
   * picture.
   */
  readonly pixels: Signal<number | null>;
  readonly answer: (choice: Choice | null) => void;
}

export const thresholdAsked: Signal<ThresholdQuestion | null> = signal(null);

/** What the threshold would set on a picture, drawn over it. */
export interface Preview {
  readonly picture: string;
  readonly mask: BitMask;
}

export const preview: Signal<Preview | null> = signal(null);

type TryOne = (view: PlacedView, threshold: number) => Promise<{ bits: Uint8Array; pixels: number }>;

/** Ask for a threshold; null if the user changes their mind, or the work is cancelled. */
export async function askThreshold(
  { name, values, rows, columns }: FoundVolume,
  viewOf: (picture: string) => PlacedView | null,
  tryOne: TryOne,
  abort: AbortSignal,
): Promise<Choice | null> {
  const { low, high, labels } = values;
  const threshold = signal((low + high) / 2);
  const pixels = signal<number | null>(null);
  const asked = new AbortController();
  let stop = (): void => undefined;
  try {
    return await new Promise<Choice | null>((answer, reject) => {
      abort.addEventListener("abort", () => answer(null), { signal: asked.signal });
      thresholdAsked.value = { name, low, high, labels, threshold, pixels, answer };
      let busy = false;
      const follow = async (): Promise<void> => {
        if (busy) return;
        busy = true;
        // Only the newest request counts; those in between are skipped.
        for (let done = ""; done !== wish(); ) {
          done = wish();
          const [picture, value] = [state.shownKey.peek(), threshold.peek()];
          const view = viewOf(picture);
          const found = view === null ? null : await tryOne(view, value);
          if (asked.signal.aborted) return;
          pixels.value = found?.pixels ?? null;
          preview.value = found === null ? null : { picture, mask: new BitMask(rows, columns, found.bits) };
        }
        busy = false;
      };
      const wish = (): string => `${state.shownKey.peek()} ${threshold.peek()}`;
      stop = effect(() => {
        state.shownKey.value;
        threshold.value;
        follow().catch(reject);
      });
    });
  } finally {
    asked.abort();
    stop();
    thresholdAsked.value = null;
    preview.value = null;
  }
}
