/** Whole calls of the exporter over real Python: the pool, real channels, the worker's own code, Pyodide in Node. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";
import { beforeAll, describe, expect, it } from "vitest";
import { exportSeries } from "../src/series/export.js";
import { exportFiles } from "../src/series/export-files.js";
import { readSeries } from "../src/series/read.js";
import type { SeriesResult } from "../src/values/results.js";
import type { Bridge } from "../src/worker/bridge.js";
import { handleJobs } from "../src/worker/handle.js";
import { FileReaders } from "../src/worker/read-ranges.js";
import { WorkerClient } from "../src/workers/client.js";
import { WorkerPool } from "../src/workers/pool.js";
import type { Job, Requests, WorkerRequest } from "../src/workers/protocol.js";
import { python } from "./python.js";
import { channel, started } from "./worker-port.js";

const runtime = fileURLToPath(new URL("../dist/runtime/", import.meta.url));
const core = fileURLToPath(new URL("../node_modules/pyodide/", import.meta.url));
const COUNT = 24;
const SIDE = 128;
const program = `
import sys, io, pydicom
from importlib.resources import files
image = pydicom.dcmread(files(pydicom) / "data" / "test_files" / "CT_small.dcm")
image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
for number in range(${COUNT}):
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number + 1}"
    image.ImagePositionPatient = [0, 0, -number]
    image.InstanceNumber = number + 1
    out = io.BytesIO()
    image.save_as(out)
    sys.stdout.buffer.write(len(out.getvalue()).to_bytes(4, "little") + out.getvalue())
`;

/** A file that counts how often its first bytes were read. */
class CountedFile extends File {
  heads = 0;

  override slice(start = 0, end = this.size): Blob {
    if (start === 0 && end > 1000) this.heads++;
    return super.slice(start, end);
  }
}

/** The worker's own code over a real channel; files are not cloned, so that they go on counting. */
function workerOver(bridge: Bridge, messages: Job["type"][][]) {
  const { near, far } = channel();
  const readers = new FileReaders();
  const client = new WorkerClient(
    {
      ...near,
      postMessage: (message) => {
        const request = message as WorkerRequest & Partial<Requests["run"]["request"]>;
        if (request.type === "start") {
          far.send({ type: "hello", version: "0.1.0" });
          far.send({ type: "done", id: request.id, result: started });
        }
        if (request.jobs === undefined) return;
        messages.push(request.jobs.map(({ type }) => type));
        const { signal } = new AbortController();
        void handleJobs(bridge, readers, request.jobs, signal).then(({ result: outcomes }) =>
          far.send({ type: "done", id: request.id, result: outcomes }),
        );
      },
    },
    { onDeath: () => undefined, startTimeout: 60_000, locks: undefined },
  );
  return { client, started: client.start({ lockName: null } as never) };
}

async function all(results: AsyncIterable<SeriesResult>): Promise<SeriesResult[]> {
  const found: SeriesResult[] = [];
  for await (const result of results) found.push(result);
  return found;
}

describe("a series over real Python", () => {
  let bridge: Bridge;
  let images: Uint8Array<ArrayBuffer>[];

  beforeAll(async () => {
    const bytes = execFileSync(python, ["-c", program], { maxBuffer: 1 << 26 });
    images = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32LE(at);
      images.push(new Uint8Array(bytes.subarray(at + 4, end)));
      at = end;
    }
    const pyodide = await loadPyodide({ indexURL: core, stdout: () => undefined });
    for (const prefix of ["pydicom-", "dicom_overlay-"]) {
      const name = readdirSync(runtime).find((file) => file.startsWith(prefix)) ?? "";
      pyodide.unpackArchive(new Uint8Array(readFileSync(`${runtime}${name}`)), "wheel");
    }
    const { handle } = pyodide.pyimport("dicom_overlay.bridge");
    bridge = {
      call: (request, buffers, read) => {
        const reply = handle(request, buffers, read);
        const answer = reply.toJs({ create_pyproxies: false });
        reply.destroy();
        return answer;
      },
    };
  });

  const filesOf = (sources: readonly Uint8Array<ArrayBuffer>[] = images): CountedFile[] =>
    sources.map((bytes, at) => new CountedFile([bytes], `${at}.dcm`));

  async function pooled(): Promise<{ pool: WorkerPool; messages: Job["type"][][] }> {
    const messages: Job["type"][][] = [];
    const pool = new WorkerPool({
      size: 1,
      graceTime: 60_000,
      idleTimeout: Number.POSITIVE_INFINITY,
      kept: 1,
      spawn: () => workerOver(bridge, messages),
    });
    await pool.warm();
    return { pool, messages };
  }

  /** One pixel set in each slice, another in every one. */
  function volume(slices = COUNT) {
    const data = new Uint8Array(SIDE * SIDE * slices);
    for (let slice = 0; slice < slices; slice++) data[slice * SIDE * SIDE + slice] = 1;
    return { mask: data, columns: SIDE, rows: SIDE, slices, label: "Liver" };
  }

  const bytesOf = async (result: SeriesResult | undefined): Promise<Uint8Array<ArrayBuffer>> => {
    if (result === undefined || result.outcome === "failed") throw new Error("no file");
    return new Uint8Array(await result.blob.arrayBuffer());
  };

  it("is read once for an export, in few messages, and read back in one pass", async () => {
    const { pool, messages } = await pooled();
    const files = filesOf();
    const written = await all(exportSeries(pool, files, [volume()], {}));
    expect(written.map(({ outcome, index }) => [outcome, index])).toEqual(
      images.map((_, index) => ["written", index]),
    );
    expect(files.map(({ heads }) => heads)).toEqual(images.map(() => 1));
    expect(messages.length).toBeLessThan(12);
    const back = filesOf(await Promise.all(written.map(bytesOf)));
    const { volumes, order, failures } = await readSeries(pool, back, {});
    expect(back.map(({ heads }) => heads)).toEqual(images.map(() => 1));
    // The series runs downwards: its last file is the first slice.
    expect([order[0], order.at(-1), failures]).toEqual([COUNT - 1, 0, []]);
    const [read] = volumes;
    const set = [...(read?.packed ?? [])].reduce(
      (sum, byte) => sum + byte.toString(2).split("1").length - 1,
      0,
    );
    expect([volumes.length, read?.label, set]).toEqual([1, "Liver", COUNT]);
    pool.dispose();
  });

  it("gives for each file the bytes that the file gives alone, whatever else is in its message", async () => {
    const { pool } = await pooled();
    const mask = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => (at % 3 === 0 ? 1 : 0));
    const items = filesOf().map((file) => ({ file, planes: [{ mask, label: "Liver" }] }));
    const together = await all(exportFiles(pool, items, {}));
    const alone = await all(exportFiles(pool, items.slice(7, 8), {}));
    expect(await bytesOf(together[7])).toEqual(await bytesOf(alone[0]));
    pool.dispose();
  });

  it("makes a bad file among many its own result", async () => {
    const { pool } = await pooled();
    const sources = images.map((bytes, at) => (at === 9 ? bytes.slice(0, 3000) : bytes));
    sources[20] = new Uint8Array(4000);
    const mask = new Uint8Array(SIDE * SIDE).fill(1);
    const results = await all(
      exportFiles(
        pool,
        filesOf(sources).map((file) => ({ file, planes: [{ mask }] })),
        {},
      ),
    );
    const failed = results.filter((result) => result.outcome === "failed");
    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([
      [9, "truncated"],
      [20, "not-dicom"],
    ]);
    expect(results).toHaveLength(COUNT);
    pool.dispose();
  });

  it("holds exactly the layer that is written again", async () => {
    const { pool } = await pooled();
    const first = await all(exportSeries(pool, filesOf(), [volume()], {}));
    const again = filesOf(await Promise.all(first.map(bytesOf)));
    const one = volume();
    one.mask.fill(0);
    one.mask[5] = 1;
    const options = { existing: "replace-label", skipEmpty: true } as const;
    const second = await all(exportSeries(pool, again, [one], options));
    const { volumes } = await readSeries(pool, filesOf(await Promise.all(second.map(bytesOf))), {});
    expect(volumes.map(({ groups }) => groups.filter((group) => group !== null))).toEqual([[0x6000]]);
    // Where the layer was taken out, the file is what it was before the first run.
    expect(await bytesOf(second[3])).toEqual(images[3]);
    pool.dispose();
  });

  it("is read back as far as a file that is cut off behind its planes goes, and says so", async () => {
    const { pool } = await pooled();
    const written = await all(exportSeries(pool, filesOf().slice(0, 3), [volume(3)], {}));
    const sources = await Promise.all(written.map(bytesOf));
    sources[1] = (sources[1] as Uint8Array<ArrayBuffer>).slice(0, -500);
    const steps: unknown[] = [];
    const { volumes, notices, failures } = await readSeries(pool, filesOf(sources), {
      onProgress: ({ done, total, phase }) => steps.push([done, total, phase]),
    });
    expect(failures).toEqual([]);
    expect(volumes[0]?.groups).toEqual([0x6000, 0x6000, 0x6000]);
    expect(notices).toMatchObject([{ code: "truncated-file", detail: { index: 1 } }]);
    expect(steps).toEqual([1, 2, 3].map((done) => [done, 3, "read"]));
    pool.dispose();
  });

  it("is derived as one new series, from the files themselves", async () => {
    const { pool } = await pooled();
    const files = filesOf().slice(0, 5);
    const results = await all(exportSeries(pool, files, [volume(5)], { instance: "derived" }));
    const uids = results.map((result) => (result.outcome === "written" ? result.sopInstanceUid : null));
    expect(new Set(uids).size).toBe(5);
    const made = filesOf(await Promise.all(results.map(bytesOf)));
    const inspected = await Promise.all(
      made.map((source) => pool.run({ type: "inspect", source, keep: false }, {})),
    );
    expect(new Set(inspected.map(({ facts }) => facts.seriesInstanceUid)).size).toBe(1);
    pool.dispose();
  });
});
