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

/** Ask, and wait for the answer; an abort counts as a no. */
export async function ask(about: Omit<Question, "answer">, abort?: AbortSignal): Promise<boolean> {
  const asked = new AbortController();
  try {
    return await new Promise<boolean>((answer) => {
      abort?.addEventListener("abort", () => answer(false), { signal: asked.signal });
      question.value = { ...about, answer };
    });
  } finally {
    asked.abort();
    question.value = null;
  }
}
