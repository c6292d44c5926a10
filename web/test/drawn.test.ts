import { describe, expect, it, onTestFinished, vi } from "vitest";
import { drawn, unlessAborted } from "../src/values/drawn.js";

/** Rejections that nobody took, after all that waits has run. */
function watched(): () => Promise<readonly unknown[]> {
  const found: unknown[] = [];
  const note = (reason: unknown): void => void found.push(reason);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  return async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    return found;
  };
}

describe("a list that is drawn until its signal aborts", () => {
  it("asks its source for nothing more after an abort between two items", async () => {
    const unhandled = watched();
    const abort = new AbortController();
    const next = vi.fn(async () => {
      abort.signal.throwIfAborted();
      return { done: false, value: 1 };
    });
    const items = { [Symbol.asyncIterator]: () => ({ next }) } as AsyncIterable<number>;
    const taken = async (): Promise<void> => {
      for await (const _ of drawn(items, abort.signal)) abort.abort(new Error("enough"));
    };
    await expect(taken()).rejects.toThrow("enough");
    expect(next).toHaveBeenCalledOnce();
    expect(await unhandled()).toEqual([]);
  });

  it("takes the error of a promise that nobody waits for any more", async () => {
    const unhandled = watched();
    const waits = unlessAborted(Promise.reject(new Error("late")), AbortSignal.abort(new Error("enough")));
    await expect(waits).rejects.toThrow("enough");
    expect(await unhandled()).toEqual([]);
  });
});
