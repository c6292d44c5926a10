import { describe, expect, it } from "vitest";
import { inOrder, type Running } from "../src/series/in-order.js";

/** Promises that the test settles by hand. */
function byHand() {
  const settle: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];
  const run = (_item: unknown, _index: number, weight = 0): Running<string> => ({
    result: new Promise((resolve, reject) => settle.push({ resolve, reject })),
    weight,
  });
  return { settle, run };
}

const ready = <T>(value: T): Running<T> => ({ result: Promise.resolve(value), weight: 0 });

/** Let everything happen that needs no clock. */
const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("inOrder", () => {
  it("yields in the items' order whatever ends first, and never runs more than the limit ahead", async () => {
    const { settle, run } = byHand();
    const results = inOrder(["a", "b", "c", "d"], 2, (item, index) => run(item, index));
    const first = results.next();
    await turns();
    expect(settle).toHaveLength(2);
    settle[1]?.resolve("B");
    settle[0]?.resolve("A");
    expect((await first).value).toBe("A");
    await turns();
    expect(settle).toHaveLength(2);
    const second = results.next();
    await turns();
    expect((await second).value).toBe("B");
    expect(settle).toHaveLength(3);
    await results.return();
  });

  it("runs no more ahead than 32 MB, and one item that is larger alone", async () => {
    const { settle, run } = byHand();
    const megabytes = [20, 20, 1, 40, 1];
    const results = inOrder(megabytes, 10, (item, index) => run(item, index, item * 1024 * 1024));
    const next = results.next();
    await turns();
    expect(settle).toHaveLength(2);
    settle[0]?.resolve("A");
    await next;
    const second = results.next();
    await turns();
    expect(settle).toHaveLength(4);
    for (const { resolve } of settle) resolve("x");
    await second;
    await results.next();
    const fourth = results.next();
    await fourth;
    await results.return();
  });

  it("throws the first rejection and reports none of the others as unhandled", async () => {
    const { settle, run } = byHand();
    const results = inOrder([1, 2], 2, run);
    const first = results.next();
    await turns();
    settle[1]?.reject(new Error("second"));
    settle[0]?.reject(new Error("first"));
    await expect(first).rejects.toThrow("first");
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("takes items as they come, and keeps no result back until the next item comes", async () => {
    let isClosed = false;
    let give: () => void = () => undefined;
    async function* items() {
      try {
        yield 1;
        await new Promise<void>((resolve) => {
          give = resolve;
        });
        yield 2;
      } finally {
        isClosed = true;
      }
    }
    const results = inOrder(items(), 4, (item) => ready(item * 10));
    expect((await results.next()).value).toBe(10);
    give();
    expect((await results.next()).value).toBe(20);
    expect((await results.next()).done).toBe(true);
    expect(isClosed).toBe(true);
  });

  it("closes the caller's own generator when it is left early, and passes its error on", async () => {
    let isClosed = false;
    function* items() {
      try {
        yield 1;
        yield 2;
        throw new Error("of the items");
      } finally {
        isClosed = true;
      }
    }
    const early = inOrder(items(), 1, (item) => ready(item));
    await early.next();
    await early.return();
    await turns();
    expect(isClosed).toBe(true);
    const whole = inOrder(items(), 1, (item) => ready(item));
    expect([(await whole.next()).value, (await whole.next()).value]).toEqual([1, 2]);
    await expect(whole.next()).rejects.toThrow("of the items");
  });

  it("yields nothing for nothing", async () => {
    const results = inOrder([], 2, () => {
      throw new Error("never called");
    });
    expect((await results.next()).done).toBe(true);
  });
});
