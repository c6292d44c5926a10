/** What the caller transfers away while it is being exported: never an empty plane, never a fault of ours. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOverlayExporter, type OverlayExporter, type SeriesResult, type Volume } from "../src/index.js";
import { fakeWorker } from "./fake-worker.js";

const COUNT = 100;
const geometry = { origin: [0, 0, 0], spacing: [1, 1, 1], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
const space = { columns: 2, rows: 2, slices: COUNT };
const files = Array.from({ length: COUNT }, (_, k) => new File([`${k}`], `${k}.dcm`));

describe("an export whose mask is transferred away meanwhile", () => {
  const written: Uint8Array[] = [];
  let exporter: OverlayExporter;
  beforeAll(async () => {
    const worker = () =>
      fakeWorker((job) => {
        if (job["type"] === "write") written.push(...(job["masks"] as Uint8Array[]));
      });
    exporter = await createOverlayExporter({ runtimeUrl: "http://localhost/runtime/", workers: 1, worker });
  });
  afterAll(() => exporter.dispose());

  async function outcomes(results: AsyncIterable<SeriesResult>, array: Uint8Array): Promise<string[]> {
    written.length = 0;
    const found: string[] = [];
    for await (const result of results) {
      if (array.length > 0) structuredClone(null, { transfer: [array.buffer] });
      found.push(result.outcome === "failed" ? result.error.code : result.outcome);
    }
    return found;
  }

  it.each([
    ["a mask", () => ({ ...space, mask: new Uint8Array(4 * COUNT).fill(1) })],
    ["packed bits", () => ({ ...space, packed: new Uint8Array(COUNT / 2).fill(255) })],
    ["a mask with a place", () => ({ ...space, ...geometry, mask: new Uint8Array(4 * COUNT).fill(1) })],
    [
      "packed bits with a place",
      () => ({ ...space, ...geometry, packed: new Uint8Array(COUNT / 2).fill(255) }),
    ],
  ] as const)("says invalid-mask for each file that is not written yet, of %s", async (_, make) => {
    const volume: Volume = make();
    const found = await outcomes(
      exporter.exportSeries(files, [volume]),
      volume.packed ?? (volume.mask as Uint8Array),
    );
    expect(found[0]).toBe("written");
    expect(found.at(-1)).toBe("invalid-mask");
    expect([...new Set(found)]).toEqual(["written", "invalid-mask"]);
    expect(written).toHaveLength(found.filter((outcome) => outcome === "written").length);
    expect(written.every(([first]) => first === 0x0f)).toBe(true);
  });

  it("says so of the masks of single files", async () => {
    const mask = new Uint8Array(4).fill(1);
    const items = files.map((file) => ({ file, planes: [{ mask }] }));
    expect([...new Set(await outcomes(exporter.exportFiles(items), mask))]).toEqual([
      "written",
      "invalid-mask",
    ]);
  });
});
