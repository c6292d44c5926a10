/**
 * What the user starts runs one after the other: a mask chosen while files are still being opened waits for them, an
 * export waits for both. Whatever runs can be cancelled, in every phase.
 */
import { options } from "preact";
import { explain } from "../words/faults.js";
import { words } from "../words/words.js";
import * as state from "./state.js";

let queue: Promise<void> = Promise.resolve();
let running: AbortController | null = null;

export function announce(said: state.Said): void {
  state.status.value = said;
}

export function fail(error: unknown): void {
  state.errorText.value = () => explain(error);
  announce(state.NOTHING_SAID);
  // The words above are for the user; this is for developers, and stays on this machine.
  console.error(error);
}

/** Cancel what runs now. */
export function cancel(): void {
  running?.abort(new DOMException("cancelled by the user", "AbortError"));
}

/** Run after everything that was started before; an error ends only its own task. */
export function enqueue(
  task: (signal: AbortSignal) => Promise<void>,
  cancelled: () => state.Said = () => () => words.value.cancelled,
): Promise<void> {
  queue = queue.then(async () => {
    state.errorText.value = state.NOTHING_SAID;
    const controller = new AbortController();
    running = controller;
    try {
      await task(controller.signal);
    } catch (error) {
      if (controller.signal.aborted) announce(cancelled());
      else fail(error);
    } finally {
      running = null;
      state.job.value = null;
    }
  });
  return queue;
}

/** Change the state; the panels follow in a task of their own, so that a change of thousands holds nothing up. */
export function withPanelsLater(change: () => void): void {
  options.debounceRendering = (render) => setTimeout(render);
  change();
  delete options.debounceRendering;
}

export function progress(phase: state.Job["phase"]): (done: number, total: number) => void {
  state.job.value = { phase, done: 0, total: 0 };
  return (done, total) => {
    state.job.value = { phase, done, total };
  };
}
