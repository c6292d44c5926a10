import { describe, expect, it } from "vitest";
import { inOrder } from "../src/in-order.js";

/** Promises that the test settles by hand. */
function byHand() {
  const settle: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];
  const run = (): Promise<string> => new Promise((resolve, reject) => settle.push({ resolve, reject }));
  return { settle, run };
}

describe("inOrder", () => {
  it("yields in the items' order whatever ends first, and never runs more than the limit ahead", async () => {
    const { settle, run } = byHand();
    const results = inOrder(["a", "b", "c", "d"], 2, run);
    const first = results.next();
    await Promise.resolve();
    expect(settle).toHaveLength(2);
    settle[1]?.resolve("B");
    settle[0]?.resolve("A");
    expect((await first).value).toBe("A");
    expect(settle).toHaveLength(2);
    const second = results.next();
    expect((await second).value).toBe("B");
    expect(settle).toHaveLength(3);
    await results.return();
  });

  it("throws the first rejection and reports none of the others as unhandled", async () => {
    const { settle, run } = byHand();
    const results = inOrder([1, 2], 2, run);
    const first = results.next();
    await Promise.resolve();
    settle[1]?.reject(new Error("second"));
    settle[0]?.reject(new Error("first"));
    await expect(first).rejects.toThrow("first");
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("yields nothing for nothing", async () => {
    const results = inOrder([], 2, () => Promise.reject(new Error("never called")));
    expect((await results.next()).done).toBe(true);
  });
});
