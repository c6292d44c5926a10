/** Any value in the place of any argument: a result, an OverlayError, or a TypeError that names the argument. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as dicomweb from "../src/dicomweb/index.js";
import * as library from "../src/index.js";
import { dicomFile } from "./dicomweb/fake-archive.js";
import { FACTS, fakeWorker } from "./fake-worker.js";

const SIGNAL = new AbortController().signal;
const noop = (): void => undefined;

function detached(): Uint8Array {
  const bytes = new Uint8Array(4);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

/** Made for each call, since a call may keep or change them. */
const hostile: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => -1,
  () => 0.5,
  () => 1e300,
  () => "",
  () => "x",
  () => true,
  () => Symbol("s"),
  () => 7n,
  () => [],
  () => ({}),
  () => noop,
  () => new Date(0),
  () => new Map([["a", 1]]),
  () => Object.create(null),
  () => [null],
  () => new Set([null]),
  () => [Symbol("s")],
  () => ({ length: 3 }),
  () => ({ [Symbol.asyncIterator]: 5 }),
  () => new (class extends Array {})(2),
  () => detached(),
  () => Float32Array.of(1, Number.NaN, 1, 1),
  () => new DataView(new ArrayBuffer(4)),
];

const file = (): Blob => new Blob(["file"]);
const edit = { signal: SIGNAL, strict: false, instance: "derived", seriesInstanceUid: "1.2" } as const;
const series = { seriesNumber: 1, seriesNumbersInUse: [2], seriesDescription: "d" };
const attributes = {
  rows: 2,
  columns: 2,
  numberOfFrames: 1,
  imageFrameOrigin: 1,
  frames: [1, 1],
  group: 0x6000,
  existing: "refuse",
  planeOrigin: [1, 1],
  overlayType: "G",
  subtype: "USER",
  label: { text: "L", fallback: "L" },
  description: "d",
  roiArea: 1,
  roiMean: 1,
  roiStandardDeviation: 1,
} as const;
const plane = (): library.PlaneInput => ({ ...attributes, mask: Uint8Array.of(1, 0, 0, 1), value: 1 });
const packed = (): library.PlaneInput => ({ ...attributes, packed: Uint8Array.of(1, 0) });
const labelled = (): library.PlaneInput => {
  const { label: _label, group: _group, ...rest } = attributes;
  return { ...rest, mask: Uint8Array.of(1, 0, 0, 1), labels: { 1: "a" } };
};
const space = { columns: 2, rows: 2, slices: 1 };
const geometry = { origin: [0, 0, 0], spacing: [1, 1, 1], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;
const volume = (): library.Volume => ({
  ...space,
  mask: Float32Array.of(1, 0, 0, 1),
  threshold: 0.5,
  label: "L",
  group: 0x6000,
  existing: "refuse",
  overlayType: "G",
  subtype: "s",
  description: "d",
  planeOrigin: [1, 1],
});
const placed = (): library.Volume => ({ ...space, ...geometry, packed: Uint8Array.of(1, 0), label: "L" });
const image = { ...FACTS, name: "a" };
const results = () => [{ name: "a.dcm", blob: new Blob(["a"]), file: file(), index: 0 }];
const saving = { onSaved: noop, signal: SIGNAL };
const folder = (): library.DirectoryHandle => ({
  getFileHandle: async (name, options) => {
    if (options?.create !== true) throw new DOMException("none", "NotFoundError");
    return { name, createWritable: async () => new WritableStream() };
  },
  removeEntry: async () => undefined,
});
const itk = () => ({
  size: [2, 2, 1],
  data: Uint8Array.of(1, 0, 0, 1),
  origin: [0, 0, 0],
  spacing: [1, 1, 1],
  direction: { data: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
  imageType: { components: 1 },
});
const read = {
  packed: Uint8Array.of(1, 0),
  rows: 2,
  columns: 2,
  planeOrigin: [1, 1],
  numberOfFrames: 1,
  imageFrameOrigin: 1,
};

/** Take every result; one that calls itself a fault of ours is thrown. */
async function drained(results: AsyncIterable<library.SeriesResult>): Promise<void> {
  for await (const result of results)
    if (result.outcome === "failed" && result.error.code === "internal") throw result.error;
}

/** An archive that has one instance with a plane. */
const archive = {
  url: { wado: "http://localhost/a", qido: "http://localhost/b", stow: "http://localhost/c" },
  headers: { accept: "x" },
  patience: 1000,
  attempts: 1,
  signal: SIGNAL,
  fetch: async (address: string, { method }: { method: string }): Promise<Response> => {
    if (method === "GET" && /\/series\/[^/]+(\/instances\/[^/]+)?$/.test(address))
      return new Response(dicomFile("1.2.3.1"), { headers: { "content-type": "application/dicom" } });
    const answer = {
      "00080018": { Value: ["1.2.3.1"] },
      "60000010": { Value: [1] },
      "60000011": { Value: [8] },
      "60003000": { InlineBinary: "AQA=" },
      "00081199": { Value: [{ "00081155": { Value: ["1.2.3.1"] } }] },
    };
    const headers = { "content-type": "application/dicom+json" };
    return new Response(JSON.stringify(address.includes("offset") ? [] : [answer]), { headers });
  },
};
const inSeries = { ...archive, study: "1.2", series: "1.2.3" };

let exporter: library.OverlayExporter;

/** Each public function with arguments that it takes; `call` is given copies with one value changed. */
const calls: Readonly<Record<string, { args: () => unknown[]; call: (...args: never[]) => unknown }>> = {
  createOverlayExporter: {
    args: () => [
      {
        runtimeUrl: "http://localhost/runtime/",
        worker: () => fakeWorker(),
        workers: 1,
        onStatus: noop,
        startTimeout: 1000,
        graceTime: 10,
        idleTimeout: 10,
        signal: SIGNAL,
      },
    ],
    call: async (options: library.ExporterOptions) => {
      // A Worker is not to be had here: what is not a function is only looked at.
      if (typeof options?.worker !== "function") return;
      (await library.createOverlayExporter(options)).dispose();
    },
  },
  writeOverlays: {
    args: () => [
      file(),
      [plane(), packed(), labelled()],
      { ...edit, ...series, existing: "refuse", buffers: "copy" },
    ],
    call: (...args: Parameters<typeof exporter.writeOverlays>) => exporter.writeOverlays(...args),
  },
  readOverlays: {
    args: () => [file(), { signal: SIGNAL }],
    call: (...args: Parameters<typeof exporter.readOverlays>) => exporter.readOverlays(...args),
  },
  removeOverlays: {
    args: () => [file(), { ...edit, ...series, groups: [0x6000], labels: ["L"], embedded: false }],
    call: (...args: Parameters<typeof exporter.removeOverlays>) => exporter.removeOverlays(...args),
  },
  makeSecondaryCapture: {
    args: () => [
      file(),
      { data: new Uint8ClampedArray(16), width: 2, height: 2 },
      { ...series, frame: 1, signal: SIGNAL },
    ],
    call: (...args: Parameters<typeof exporter.makeSecondaryCapture>) =>
      exporter.makeSecondaryCapture(...args),
  },
  inspect: {
    args: () => [file(), { signal: SIGNAL }],
    call: (...args: Parameters<typeof exporter.inspect>) => exporter.inspect(...args),
  },
  exportFiles: {
    args: () => [
      [{ file: file(), planes: [plane()], name: "a.dcm" }],
      { ...edit, ...series, existing: "refuse", buffers: "copy", skipEmpty: true, onProgress: noop },
    ],
    call: (...args: Parameters<typeof exporter.exportFiles>) => drained(exporter.exportFiles(...args)),
  },
  exportSeries: {
    args: () => [
      [file()],
      [volume(), placed()],
      {
        ...edit,
        ...series,
        existing: "refuse",
        skipEmpty: true,
        sliceOrder: "given",
        onProgress: noop,
        onNotice: noop,
      },
    ],
    call: (...args: Parameters<typeof exporter.exportSeries>) => drained(exporter.exportSeries(...args)),
  },
  readSeries: {
    args: () => [[file()], { sliceOrder: ["1.2.4"], labels: ["L"], onProgress: noop, signal: SIGNAL }],
    call: (...args: Parameters<typeof exporter.readSeries>) => exporter.readSeries(...args),
  },
  orderImages: {
    args: () => [[{ ...image }], { signal: SIGNAL }],
    call: (...args: Parameters<typeof exporter.orderImages>) => exporter.orderImages(...args),
  },
  placeImages: {
    args: () => [[{ ...image }], { ...space, ...geometry }, { signal: SIGNAL }],
    call: (...args: Parameters<typeof exporter.placeImages>) => exporter.placeImages(...args),
  },
  toZip: {
    args: () => [results(), { ...saving }],
    call: async (...args: Parameters<typeof library.toZip>) => {
      const reader = library.toZip(...args).getReader();
      for (let next = await reader.read(); !next.done; ) next = await reader.read();
    },
  },
  toZipBlob: { args: () => [results(), { ...saving }], call: library.toZipBlob },
  toZipFile: { args: () => [new WritableStream(), results(), { ...saving }], call: library.toZipFile },
  toDirectory: {
    args: () => [folder(), results(), { ...saving, existingFiles: "rename", names: ["a.dcm"] }],
    call: library.toDirectory,
  },
  downloadAll: { args: () => [results(), { ...saving, pause: 0 }], call: library.downloadAll },
  download: { args: () => [file(), "a.dcm"], call: library.download },
  safeName: { args: () => ["a.dcm"], call: library.safeName },
  copyBits: { args: () => [new Uint8Array(4), 1, Uint8Array.of(255), 0, 3], call: library.copyBits },
  maskOf: {
    args: () => [{ packed: Uint8Array.of(1, 0), rows: 2, columns: 2, slices: 1 }],
    call: library.maskOf,
  },
  sliceOf: {
    args: () => [{ packed: Uint8Array.of(1, 0), rows: 2, columns: 2, numberOfFrames: 1 }, 0],
    call: library.sliceOf,
  },
  planeOnImage: { args: () => [{ ...read }, 2, 2, 1], call: library.planeOnImage },
  volumeFromItk: { args: () => [itk(), { label: "L" }], call: library.volumeFromItk },
  fromDicomWeb: {
    args: () => [{ ...inSeries, instances: ["1.2.3.1"], requests: 2, maxBytes: 4096, onProgress: noop }],
    call: dicomweb.fromDicomWeb,
  },
  listOverlays: { args: () => [{ ...inSeries }], call: dicomweb.listOverlays },
  "listOverlays, a plane's load": {
    args: () => [SIGNAL],
    call: async (signal: AbortSignal) => {
      const [found] = await dicomweb.listOverlays(inSeries as never);
      await found?.planes[0]?.load(signal);
    },
  },
  toDicomWeb: {
    args: () => [
      [{ name: "a.dcm", blob: dicomFile("1.2.3.1"), sopInstanceUid: "1.2.3.1", outcome: "written" }],
      { ...archive, study: "1.2", maxBytes: 4096, instance: "derived", onProgress: noop },
    ],
    call: dicomweb.toDicomWeb,
  },
  isOverlayError: { args: () => [new Error("x"), "not-dicom"], call: library.isOverlayError },
  toOverlayError: {
    args: () => [{ code: "not-dicom", message: "x", detail: {} }],
    call: library.toOverlayError,
  },
};

type Path = readonly (string | number)[];
type Keyed = Record<string | number, unknown>;

/** Every place in the arguments where a value may be, the arguments themselves first. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value ?? 0) === Object.prototype;
  const own = path.length === 0 ? [] : [path];
  if (!isPlain || path.length > 4) return own;
  const keys = Array.isArray(value) ? value.map((_, at) => at) : Object.keys(value as object);
  return [...own, ...keys.flatMap((key) => pathsOf((value as Keyed)[key], [...path, key]))];
}

function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Keyed;
  copy[key] = changed(copy[key], rest, to);
  return copy;
}

/** What an engine says when code uses a value that it did not look at. */
const RAW =
  /is not a function|is not iterable|Cannot |undefined|not a constructor|Invalid|could not be cloned/;

beforeAll(async () => {
  const runtimeUrl = "http://localhost/runtime/";
  exporter = await library.createOverlayExporter({ runtimeUrl, workers: 1, worker: () => fakeWorker() });
});
afterAll(() => exporter.dispose());

describe("every argument of every public function", () => {
  it("is tried here", () => {
    const functions = Object.entries({ ...library, ...dicomweb }).flatMap(([name, value]) =>
      typeof value === "function" && !/^[A-Z]/.test(name) ? [name] : [],
    );
    // The smallest harness needs Pyodide: pyodide.test.ts.
    const tried = [...Object.keys(calls), "writeDicomOverlay"];
    expect(functions.filter((name) => !tried.includes(name))).toEqual([]);
    const methods = Object.keys(exporter).filter((name) => name !== "dispose");
    expect(methods.filter((name) => !tried.includes(name))).toEqual([]);
  });

  it.each(Object.entries(calls))("is a result or a named error in %s", async (_name, { args, call }) => {
    const raw: string[] = [];
    for (const path of pathsOf(args())) {
      for (const make of hostile) {
        const value = make();
        try {
          await call(...(changed(args(), path, value) as never[]));
        } catch (error) {
          if (library.isOverlayError(error) && error.code !== "internal") continue;
          const told = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
          const names = path.filter((key) => typeof key === "string");
          const isUnknown = /There is no option "\w+"/.test(told);
          const isNamed =
            error instanceof TypeError &&
            (isUnknown || names.some((key) => told.includes(key))) &&
            !RAW.test(told);
          if (!isNamed) raw.push(`${path.join(".")} = ${describeValue(value)}: ${told}`);
        }
      }
    }
    expect(raw).toEqual([]);
  });
});

/** Each function that takes options, by the place of its options, and what else is taken word by word. */
const withWords: readonly Path[] = Object.entries(calls).flatMap(([name, { args }]) => {
  const given = args();
  const last = given.at(-1);
  const isOptions = typeof last === "object" && last !== null && ("signal" in last || "label" in last);
  return isOptions ? [[name, given.length - 1]] : [];
});

describe("a word that nobody knows", () => {
  it.each(withWords)("is refused by %s, by its name", async (name, at) => {
    const { args, call } = calls[name as string] as (typeof calls)[string];
    const given = changed(args(), [at as number, "existingFile"], undefined) as never[];
    const told = await Promise.resolve()
      .then(() => call(...given))
      .catch((error: unknown) => error);
    expect(told).toBeInstanceOf(TypeError);
    expect(String(told)).toContain("existingFile");
  });

  it("is tried with every function that takes options", () => {
    expect(withWords.map(([name]) => name)).toHaveLength(20);
  });

  it.each([
    ["a plane", () => exporter.writeOverlays(file(), [{ ...plane(), lable: "L" } as never]), "lable"],
    [
      "a volume",
      () => drained(exporter.exportSeries([file()], [{ ...volume(), lable: "L" } as never])),
      "lable",
    ],
  ])("is refused in %s", async (_, call, word) => {
    const told = await call().catch((error: unknown) => error);
    expect(told).toMatchObject({ detail: { field: word } });
    expect(String(told)).toContain(word);
  });

  it("is the one result of its file in an export", async () => {
    const items = [
      { file: file(), planes: [{ ...plane(), origin: [1, 1] } as never] },
      { file: file(), planes: [plane()] },
    ];
    const found: unknown[] = [];
    for await (const result of exporter.exportFiles(items)) found.push(result);
    const error = { code: "invalid-plane", detail: { field: "origin" } };
    expect(found).toMatchObject([{ outcome: "failed", error }, { outcome: "written" }]);
  });
});

function describeValue(value: unknown): string {
  return `${Object.prototype.toString.call(value)} ${typeof value === "object" ? "" : String(value)}`;
}
