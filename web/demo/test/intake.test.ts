/** Opening that is cancelled: what it waits for must not hold it. */
import { expect, it, vi } from "vitest";
import { unlessAborted } from "../../src/values/drawn.js";
import { Fault } from "../src/workers/fault.js";

const refuses = { ask: () => Promise.reject(new Fault("header-failed")) };
vi.mock("../src/image/workers.js", () => ({ fileWorker: refuses }));
vi.mock("../src/model/exporter.js", () => ({
  // Python never starts.
  getExporter: (signal?: AbortSignal) => unlessAborted(new Promise(() => undefined), signal),
}));

it("ends while a file that only Python reads waits for Python's start", async () => {
  const { openFiles } = await import("../src/open/intake.js");
  const cancelled = new AbortController();
  const file = new File(["x"], "a");
  const opening = openFiles([{ path: "a", file, folder: null }], cancelled.signal, () => undefined);
  // By then the file's header has been refused.
  await new Promise((resolve) => setImmediate(resolve));
  cancelled.abort();
  await expect(opening).rejects.toThrow();
});
