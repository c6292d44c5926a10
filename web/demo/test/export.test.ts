/** An export from the click to the last word, with a package and folders that fail: nothing is called saved that is not. */
import { type DirectoryHandle, OverlayError, type OverlayExporter, type SeriesResult } from "dicom-overlay";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ExportOptions } from "../src/export/plan.js";
import { BitMask } from "../src/model/bitmask.js";
import { type History, putMasks } from "../src/model/document.js";
import type { OpenedFile } from "../src/model/series.js";
import { opened } from "./opened.js";
import { USUAL } from "./usual-options.js";

/** What the package does with each file: writes it, or fails. */
let fails: (name: string) => OverlayError | null = () => null;
let picked: DirectoryHandle;

vi.mock("../src/model/exporter.js", () => ({ getExporter: async () => exporter }));
vi.mock("../src/model/order.js", () => ({ orderSeries: async () => undefined }));
vi.mock("../src/image/workers.js", () => ({ patientWorker: {} }));
vi.mock("../src/open/drop.js", () => ({ folderPicker: () => async () => picked }));

const exporter = {
  async *exportFiles(items: Iterable<{ readonly file: Blob; readonly name: string }>) {
    let index = 0;
    for (const { file, name } of items) {
      const about = { file, name, index: index++ };
      const error = fails(name);
      const made = { groups: [0x6000], notices: [], sopInstanceUid: null, blob: new Blob([name]) };
      yield (
        error === null ? { ...about, ...made, outcome: "written" } : { ...about, outcome: "failed", error }
      ) as SeriesResult;
    }
  },
  async readOverlays() {
    return { planes: [{ group: 0x6002, label: "old", overlayType: "G" }], notices: [] };
  },
  async removeOverlays(file: File) {
    const error = fails(file.name);
    if (error !== null) throw error;
    return { blob: file, groups: [0x6002], notices: [], sopInstanceUid: null };
  },
} as unknown as OverlayExporter;

const OPTIONS: ExportOptions = { ...USUAL, sink: "folder", check: false };
const NAMES = ["a", "bb", "ccc"];
const gone = new OverlayError("file-access", "gone", { found: "NotFoundError" });
const changed = new OverlayError("file-changed", "changed", {});

/** A folder that has no file yet; `refusal` is what its files say to a write. */
function folder(refusal: (name: string) => string | null = () => null): DirectoryHandle {
  return {
    getFileHandle: async (name, options) => {
      if (options?.create !== true) throw new DOMException("none", "NotFoundError");
      const write = (): void => {
        const said = refusal(name);
        if (said !== null) throw new DOMException("", said);
      };
      return { name, createWritable: async () => new WritableStream({ write }) };
    },
    removeEntry: async () => undefined,
  };
}

describe("an export", () => {
  let state: typeof import("../src/model/state.js");
  let startExport: typeof import("../src/actions/export.js").startExport;
  let past: History;
  let files: OpenedFile[];

  beforeEach(async () => {
    vi.resetModules();
    vi.stubGlobal("location", new URL("http://localhost/"));
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    state = await import("../src/model/state.js");
    ({ startExport } = await import("../src/actions/export.js"));
    files = NAMES.map((name) => opened(name, {}));
    state.beginOpening();
    state.takeFiles(files, []);
    state.opening.value = false;
    const [series] = state.seriesList.value;
    if (series === undefined) throw new Error("nothing is open");
    past = state.historyOf(series);
    const [layer] = past.doc.value.layers;
    const mask = BitMask.fromPixels(4, 5, new Array<number>(20).fill(1), (value) => value === 1);
    const changes = series.pictures.map(({ key }) => ({ layerId: layer?.id ?? 0, picture: key, mask }));
    past.commit(putMasks(past.doc.value, changes));
    fails = () => null;
    picked = folder();
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("that saved every file leaves nothing unsaved", async () => {
    await startExport(OPTIONS);
    expect(state.status.value()).toMatch(/^3 of 3 files saved/);
    expect(state.anyUnsaved()).toBe(false);
  });

  it.each([
    ["every file is gone", () => gone, "0 of 3", "Open it again|no longer"],
    ["one file has changed", (name: string) => (name.startsWith("bb") ? changed : null), "2 of 3", "changed"],
  ])("is not called saved where %s, and says what to do", async (_, failing, count, why) => {
    fails = failing;
    await startExport(OPTIONS);
    const said = state.status.value();
    expect(said).toMatch(new RegExp(`^${count} files saved`));
    expect(said).toMatch(new RegExp(why));
    expect(said).not.toMatch(/Checked/);
    expect(state.anyUnsaved()).toBe(true);
  });

  it.each([
    ["QuotaExceededError", "space"],
    ["NotAllowedError", "permission"],
    ["NoModificationAllowedError", "another|in use"],
    ["NotFoundError", "folder"],
  ])("is not called saved where writing fails with %s, and says the right reason", async (name, why) => {
    picked = folder((file) => (file.startsWith("ccc") ? name : null));
    await startExport(OPTIONS);
    expect(state.status.value()).toMatch(new RegExp(`^2 of 3 files saved.*${why}`, "s"));
    expect(state.anyUnsaved()).toBe(true);
  });

  it("of one image leaves the marks of the others unsaved", async () => {
    await startExport({ ...OPTIONS, scope: "image" });
    expect(state.status.value()).toMatch(/^1 of 1 file saved/);
    expect(state.anyUnsaved()).toBe(true);
  });

  it("keeps planes that were to go in mind where a file that has them was not saved", async () => {
    const groups = new Map(files.map(({ id }) => [id, 0x6002]));
    past.commit({ ...past.doc.value, removed: [{ groups, label: "old", overlayType: "G" }] });
    fails = (name) => (name.startsWith("bb") ? gone : null);
    await startExport(OPTIONS);
    expect(state.status.value()).toMatch(/^2 of 3 files saved/);
    expect(past.doc.value.removed).toHaveLength(1);
    expect(past.unsaved.value.removed).toHaveLength(1);
    fails = () => null;
    await startExport({ ...OPTIONS, pattern: "{name}-2" });
    expect(past.unsaved.value).toEqual({ layers: [], removed: [] });
  });
});
