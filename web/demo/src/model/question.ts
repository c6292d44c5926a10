/** Questions that must be answered before the work goes on. */
import { type Signal, signal } from "@preact/signals";
import type { Said } from "./state.js";

export interface Question {
  readonly title: Said;
  readonly text: Said;
  /** The label of the button that agrees; null if there is only a way out. */
  readonly yes: Said | null;
  readonly answer: (yes: boolean) => void;
}

export const question: Signal<Question | null> = signal(null);

let last: Promise<unknown> = Promise.resolve();

/** Ask once all that was asked before is answered, and wait for the answer; an abort counts as a no. */
export function ask(about: Omit<Question, "answer">, abort?: AbortSignal): Promise<boolean> {
  const answer = last.then(() => show(about, abort));
  last = answer;
  return answer;
}

async function show(about: Omit<Question, "answer">, abort?: AbortSignal): Promise<boolean> {
  if (abort?.aborted === true) return false;
  const asked = new AbortController();
  const answer = await new Promise<boolean>((resolve) => {
    abort?.addEventListener("abort", () => resolve(false), { signal: asked.signal });
    question.value = { ...about, answer: resolve };
  });
  asked.abort();
  question.value = null;
  return answer;
}
