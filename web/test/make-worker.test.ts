import { describe, expect, it } from "vitest";
import { makeWorker } from "../src/workers/make-worker.js";

describe("the worker of the package's own script", () => {
  const made: [string, WorkerOptions][] = [];
  class FakeWorker {
    constructor(script: string, options: WorkerOptions) {
      made.push([script, options]);
    }
  }

  it("is made by an address beside the package, and by the page's Worker as it is", () => {
    // A page may have frozen its Worker, or wrapped it to count what is made.
    const fixed = { value: FakeWorker, configurable: true, writable: false };
    const before = Object.getOwnPropertyDescriptor(globalThis, "Worker");
    Object.defineProperty(globalThis, "Worker", fixed);
    try {
      const { worker, script } = makeWorker(null, "one");
      expect(worker).toBeInstanceOf(FakeWorker);
      expect(made).toEqual([[script, { type: "module", name: "one" }]]);
      expect(script).toMatch(/\/worker\/main\.js$/);
    } finally {
      if (before === undefined) Reflect.deleteProperty(globalThis, "Worker");
      else Object.defineProperty(globalThis, "Worker", before);
    }
  });
});
