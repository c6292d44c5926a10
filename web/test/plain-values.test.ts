/** What a caller gets is plain: it can be cloned, and functions beside it spread its bits. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createOverlayExporter,
  maskOf,
  type OverlayExporter,
  type OverlayPlane,
  planeOnImage,
  sliceOf,
  volumeFromItk,
} from "../src/index.js";
import { fakeWorker } from "./fake-worker.js";

const bits = (...set: number[]): Uint8Array => {
  const packed = new Uint8Array(8);
  for (const at of set) packed[at >> 3] = (packed[at >> 3] ?? 0) | (1 << (at & 7));
  return packed;
};

describe("volumes", () => {
  const volume = { packed: bits(0, 7, 11, 17), rows: 2, columns: 3, slices: 3 };

  it("are spread as a whole and slice by slice", () => {
    const whole = maskOf(volume);
    expect([...whole.entries()].flatMap(([at, bit]) => (bit === 1 ? [at] : []))).toEqual([0, 7, 11, 17]);
    const slices = [0, 1, 2].map((k) => [...sliceOf(volume, k)]);
    expect(slices.flat()).toEqual([...whole]);
  });

  it.each([-1, 3, 0.5])("have no slice %s", (k) => {
    expect(() => sliceOf(volume, k)).toThrow(expect.objectContaining({ code: "invalid-request" }));
  });
});

describe("results", () => {
  let exporter: OverlayExporter;
  beforeAll(async () => {
    const runtimeUrl = "http://localhost/runtime/";
    exporter = await createOverlayExporter({ runtimeUrl, workers: 1, worker: () => fakeWorker() });
  });
  afterAll(() => exporter.dispose());

  it("of a series can be cloned, volumes and failures too", async () => {
    const read = await exporter.readSeries([new Blob(["a"])]);
    expect(structuredClone(read)).toEqual(read);
    const all = [];
    for await (const result of exporter.exportFiles([{ file: new Uint8Array(0), planes: [] }]))
      all.push(result);
    expect(all.map(({ outcome }) => outcome)).toEqual(["failed"]);
    expect(structuredClone(all).map(({ outcome }) => outcome)).toEqual(["failed"]);
  });
});

describe("the items of an export", () => {
  it("are read once: a getter may make the masks", async () => {
    const runtimeUrl = "http://localhost/runtime/";
    const exporter = await createOverlayExporter({ runtimeUrl, workers: 1, worker: () => fakeWorker() });
    let made = 0;
    const item = {
      file: new Blob(["a"]),
      get planes() {
        made++;
        return [{ mask: Uint8Array.of(1, 0, 0, 1) }];
      },
    };
    for await (const { outcome } of exporter.exportFiles([item])) expect(outcome).toBe("written");
    exporter.dispose();
    expect(made).toBe(1);
  });
});

describe("a plane on an image", () => {
  const plane = (change: Partial<OverlayPlane>): OverlayPlane =>
    ({
      packed: bits(0, 5),
      rows: 2,
      columns: 3,
      planeOrigin: [1, 1],
      numberOfFrames: null,
      imageFrameOrigin: null,
      ...change,
    }) as OverlayPlane;
  const setOn = (found: ReturnType<typeof planeOnImage>): readonly number[] =>
    found === null ? [] : [...maskOf(found).entries()].flatMap(([at, bit]) => (bit === 1 ? [at] : []));

  it.each([
    ["as it is where size and place are the image's", {}, [2, 3], [0, 5], "exact"],
    ["at its origin on a larger one", { planeOrigin: [2, 3] }, [4, 6], [8, 16], "enlarged"],
    ["cut off above and to the left", { planeOrigin: [0, -1] }, [4, 6], [0], "cropped"],
    ["cut off below and to the right", { planeOrigin: [4, 5] }, [4, 6], [22], "cropped"],
    ["nowhere when it lies beside", { planeOrigin: [9, 9] }, [4, 6], [], "cropped"],
  ] as const)("lies %s", (_, change, [rows, columns], set, fit) => {
    const found = planeOnImage(plane(change), rows, columns);
    expect(setOn(found)).toEqual(set);
    expect(found?.fit).toBe(fit);
  });

  it.each([
    ["on every frame where it tells none (CP-1974)", null, null, [0, 0, 0, 0]],
    ["on the one that it names", null, 2, [null, 0, null, null]],
    ["on as many as it has, from the first", 2, null, [0, 1, null, null]],
    ["on as many as it has, from the one that it names", 2, 3, [null, null, 0, 1]],
  ] as const)("lies %s", (_, numberOfFrames, imageFrameOrigin, frames) => {
    const given = plane({ numberOfFrames, imageFrameOrigin, packed: bits(0, 7) });
    expect([1, 2, 3, 4].map((frame) => planeOnImage(given, 2, 3, frame)?.frame ?? null)).toEqual(frames);
  });
});

describe("an image of ITK", () => {
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const image = {
    size: [2, 3, 2],
    data: new Uint8Array(12),
    origin: [1, 2, 3],
    spacing: [0.5, 0.5, 2],
    direction: Float64Array.from(direction),
  };
  const geometry = { origin: [1, 2, 3], spacing: [0.5, 0.5, 2], direction };

  it("becomes a volume with its geometry, of itk-wasm and of itk.js", () => {
    const wanted = { columns: 2, rows: 3, slices: 2, mask: image.data, label: "L", ...geometry };
    expect(volumeFromItk(image, { label: "L" })).toEqual(wanted);
    expect(volumeFromItk({ ...image, direction: { data: direction } }, { label: "L" })).toEqual(wanted);
  });

  it("of two dimensions becomes one slice without a place", () => {
    const flat = { ...image, size: [4, 3], origin: [0, 0], spacing: [1, 1], direction: [1, 0, 0, 1] };
    const volume = volumeFromItk(flat, { label: "L" });
    expect(volume).toEqual({ columns: 4, rows: 3, slices: 1, mask: image.data, label: "L" });
  });

  it("keeps fractions for a threshold, and does not take clamped bytes for colours", () => {
    const data = new Float32Array(12).fill(0.5);
    expect(volumeFromItk({ ...image, data }, { threshold: 0.4 })).toMatchObject({
      mask: data,
      threshold: 0.4,
    });
    expect(volumeFromItk({ ...image, data: new Uint8ClampedArray(12) }).mask).toBeInstanceOf(Uint8Array);
  });

  it.each([
    ["of four dimensions", { size: [2, 3, 2, 1] }, "size"],
    ["with a vector in each voxel", { imageType: { components: 3 } }, "imageType"],
    ["without voxels", { data: null }, "data"],
    ["with other voxels than its size says", { data: new Uint8Array(11) }, "data"],
  ])("%s is refused", (_, change, field) => {
    expect(() => volumeFromItk({ ...image, ...change })).toThrow(
      expect.objectContaining({ code: "invalid-mask", detail: { field } }),
    );
  });
});
