/** Saving where something else happens meanwhile: another tab, a check that cannot be ended, a storage that is cleared. */
import type { DirectoryHandle, OverlayExporter } from "dicom-overlay";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checkResults, type ExportResult, failure } from "../src/export/job.js";
import type { ExportItem } from "../src/export/plan.js";
import { reportRow } from "../src/export/report.js";
import { saveResults } from "../src/export/save.js";
import { isGood, keepBadBack } from "../src/export/settle.js";
import { summarize } from "../src/export/summary.js";
import { opened } from "./opened.js";

const NOTHING = { layers: [], removed: [] };
const said: { [file: string]: boolean | string } = {};

vi.mock("../src/image/workers.js", () => ({ patientWorker: {} }));
vi.mock("../src/export/verify.js", async (original) => ({
  ...(await original<typeof import("../src/export/verify.js")>()),
  verifyResult: async (_: unknown, { name }: ExportItem) => {
    const verdict = said[name];
    if (typeof verdict === "string") throw new DOMException("", verdict);
    return { masksEqual: verdict, pixelsEqual: true, restored: true, otherDifferences: [], note: null };
  },
}));

function resultOf(name: string, change: Partial<ExportResult> = {}): ExportResult {
  const item = {
    source: opened(name, {}),
    name,
    planes: [],
    removed: [],
    instance: "keep",
  } as const satisfies ExportItem;
  const made = { name, blob: new Blob([name]) };
  return { ...failure(item, null), outcome: "written", made, ...change };
}

/** A folder as browsers have it: a look-up and the making of a file are two steps, and the last one to close a file wins. */
function folder(): DirectoryHandle & { readonly files: Map<string, Blob> } {
  const files = new Map<string, Blob>();
  return {
    files,
    getFileHandle: async (name, options) => {
      const isThere = files.has(name);
      await new Promise((resolve) => setImmediate(resolve));
      if (!isThere && options?.create !== true) throw new DOMException("none", "NotFoundError");
      if (!files.has(name)) files.set(name, new Blob());
      const parts: BlobPart[] = [];
      const write = (part: Uint8Array): void => void parts.push(part as BlobPart);
      const close = (): void => void files.set(name, new Blob(parts));
      return { name, createWritable: async () => new WritableStream({ write, close }) };
    },
    removeEntry: async (name) => void files.delete(name),
  };
}

/** Locks as the tabs of one site share them; one at a time here. */
function stubLocks(): void {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_: string, __: object, work: () => Promise<unknown>): Promise<unknown> => {
    last = last.then(work, work);
    return last;
  };
  vi.stubGlobal("navigator", { locks: { request } });
}

const tools = { signal: new AbortController().signal, onProgress: () => undefined };

afterEach(() => vi.unstubAllGlobals());

describe("two tabs that save into one folder", () => {
  it("never both call saved what only one of them left there", async () => {
    stubLocks();
    const target = folder();
    const place = { folder: target as unknown as FileSystemDirectoryHandle, file: null };
    const tabs = ["one", "two"].map(async (tab) => {
      const made = { name: "a.dcm", blob: new Blob([tab]) };
      const { results } = await saveResults([resultOf("a.dcm", { made })], "folder", place, tools);
      return results[0]?.saved === true ? tab : null;
    });
    const ends = await Promise.allSettled(tabs);
    const saved = ends.flatMap((end) => (end.status === "fulfilled" && end.value !== null ? end.value : []));
    expect(saved).toEqual([await target.files.get("a.dcm")?.text()]);
    expect(ends.map((end) => end.status === "rejected" && end.reason.code)).toContain("file-exists");
  });
});

describe("files of equal names", () => {
  it("are reported under the names that they got", async () => {
    stubLocks();
    const target = folder();
    const place = { folder: target as unknown as FileSystemDirectoryHandle, file: null };
    const { results } = await saveResults([resultOf("a.dcm"), resultOf("a.dcm")], "folder", place, tools);
    expect(results.map((result) => reportRow(result).savedAs)).toEqual(["a.dcm", "a (2).dcm"]);
    expect([...target.files.keys()]).toEqual(["a.dcm", "a (2).dcm"]);
  });
});

describe("a check", () => {
  const exporter = {} as OverlayExporter;

  it("that could not be made says so, and is not called a result that did not pass", async () => {
    Object.assign(said, { "a.dcm": true, "b.dcm": "NotReadableError" });
    const results = ["a.dcm", "b.dcm"].map((name) => resultOf(name, { saved: true }));
    const checked = await checkResults(results, { ...tools, exporter });
    const text = summarize(checked, false, NOTHING);
    expect(text).toMatch(
      /^2 of 2 files saved\. Checked: every mask .* Not checked, so not counted as saved: b\.dcm\./,
    );
    expect(text).not.toMatch(/did NOT pass/);
    expect(checked.map(isGood)).toEqual([true, false]);
  });

  it("that was cancelled still counts what it had found", async () => {
    const stop = new AbortController();
    // More files than are checked at once.
    const names = ["a", "b", "c", "d", "e", "f"].map((name) => `${name}.dcm`);
    for (const name of names) said[name] = name !== "a.dcm";
    const results = names.map((name) => resultOf(name, { saved: true }));
    const onProgress = (): void => stop.abort();
    const checked = await checkResults(results, { exporter, signal: stop.signal, onProgress });
    expect(isGood(checked[0] as ExportResult)).toBe(false);
  });

  it("that could not be made before a saving back names its own reason", () => {
    const [kept] = keepBadBack([resultOf("a.dcm", { checkCode: "file-changed" })]);
    expect(kept).toMatchObject({ outcome: "failed", made: null, code: "file-changed" });
  });
});

describe("files handed to the browser's downloads", () => {
  it("are not called there: only the browser knows", () => {
    const text = summarize([resultOf("a.dcm", { saved: true })], true, NOTHING);
    expect(text).toMatch(/^1 of 1 file saved to the browser's downloads\. Only the browser knows whether/);
    expect(summarize([resultOf("a.dcm")], true, NOTHING)).not.toMatch(/Only the browser/);
  });
});
