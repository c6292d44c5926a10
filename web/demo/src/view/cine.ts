/** Cine: the pictures of a series one after the other, each as long as its speed says, and none before it is seen. */
import { effect, type Signal, signal, untracked } from "@preact/signals";
import * as state from "../model/state.js";

/** Pictures a second. */
export const SPEEDS = { least: 1, most: 60 } as const;
const USUAL_SPEED = 10;

export const playing: Signal<boolean> = signal(false);
/** What the user chose; null takes the file's own rate. */
const chosen: Signal<number | null> = signal(null);

/** Pictures a second: the user's choice, the file's own rate, or ten. */
export function speed(): number {
  const own = state.picture.value?.source.facts.frameRate ?? USUAL_SPEED;
  return chosen.value ?? Math.min(SPEEDS.most, Math.max(SPEEDS.least, Math.round(own)));
}

export function setSpeed(next: number): void {
  chosen.value = Math.min(SPEEDS.most, Math.max(SPEEDS.least, Math.round(next)));
}

export function togglePlaying(): void {
  playing.value = !playing.value && state.isInOrder.value && (state.current.value?.pictures.length ?? 1) > 1;
}

/** Start following the button: whoever steps to another picture, or to another series, stops the cine. */
export function followCine(): void {
  let expected = "";
  let timer = 0;
  effect(() => {
    const { value: on } = playing;
    const key = state.shownKey.value;
    const isSeen = state.pictureIsSeen.value;
    clearTimeout(timer);
    if (!on) {
      expected = "";
      return;
    }
    if (expected !== "" && key !== expected) {
      playing.value = false;
      return;
    }
    expected = key;
    if (!isSeen) return;
    timer = window.setTimeout(() => {
      const total = state.current.peek()?.pictures.length ?? 1;
      const next = (state.index.peek() + 1) % total;
      expected = state.current.peek()?.pictures[next]?.key ?? "";
      state.showPicture(next);
    }, 1000 / untracked(speed));
  });
}
