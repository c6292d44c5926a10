import { describe, expect, it } from "vitest";
import { createOverlayExporter } from "../src/index.js";
import type { Bridge } from "../src/worker/bridge.js";
import { handleJobs } from "../src/worker/handle.js";
import { FileReaders } from "../src/worker/read-ranges.js";
import { captureJob } from "../src/workers/edit-jobs.js";
import { fakeWorker } from "./fake-worker.js";

const source = new Blob(["not read here"]);
const picture = {
  data: Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 0, 7, 8, 9, 128),
  width: 1,
  height: 3,
};

describe("a picture on its way to a Secondary Capture", () => {
  it("is red, green and blue without opacity, padded to an even number of bytes", () => {
    const { job, pixels } = captureJob(source, picture, { frame: 2, seriesInstanceUid: "1.2" });
    expect([...pixels]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
    expect(job).toMatchObject({ type: "capture", rows: 3, columns: 1, frame: 2 });
    expect(job.series.seriesInstanceUid).toBe("1.2");
  });

  it("is the first frame's where none is named", () => {
    expect(captureJob(source, picture, {}).job.frame).toBe(1);
  });

  it("stays on the page: Python is told its size, and gives the bytes before it", async () => {
    const head = Uint8Array.of(9, 8, 7);
    let asked: unknown = null;
    let given = -1;
    const bridge: Bridge = {
      call: (request, buffers) => {
        [asked, given] = [JSON.parse(request), buffers.length];
        return [JSON.stringify([{ ok: { buffer: 0, sopInstanceUid: "1.2.3" } }]), [head]];
      },
    };
    const { job } = captureJob(source, picture, { seriesInstanceUid: "1.2" });
    const { signal } = new AbortController();
    const { result, transfer } = await handleJobs(bridge, new FileReaders(), [job], signal);
    expect(result).toEqual([{ result: { head, sopInstanceUid: "1.2.3" } }]);
    expect(transfer).toEqual([head.buffer]);
    expect(given).toBe(0);
    const options = { seriesInstanceUid: "1.2" };
    expect(asked).toEqual([{ type: "capture", rows: 3, columns: 1, frame: 1, options, size: source.size }]);
  });

  it.each([
    ["of another number of bytes", { ...picture, height: 4 }, {}],
    ["without a width", { ...picture, width: 0 }, {}],
    ["whose data is a list", { ...picture, data: [...picture.data] }, {}],
    ["of frame 0", picture, { frame: 0 }],
    ["with a number as its series", picture, { seriesInstanceUid: 1 }],
  ])("is refused %s", async (_, given, options) => {
    const runtimeUrl = "http://localhost/runtime/";
    const exporter = await createOverlayExporter({ runtimeUrl, workers: 1, worker: () => fakeWorker() });
    const made = exporter.makeSecondaryCapture(source, given as never, options as never);
    await expect(made).rejects.toMatchObject({ code: "invalid-request" });
    exporter.dispose();
  });
});
