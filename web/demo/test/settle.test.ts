import type { OverlayPlane } from "dicom-overlay";
import { OverlayError } from "dicom-overlay";
import { describe, expect, it } from "vitest";
import { adoptSaved } from "../src/export/adopt.js";
import type { ExportResult } from "../src/export/job.js";
import { type ExportItem, type ExportOptions, planExport } from "../src/export/plan.js";
import { arrivalOf, mayWrite } from "../src/export/save.js";
import { keepBadBack, savedWork } from "../src/export/settle.js";
import { summarize } from "../src/export/summary.js";
import type { Verification } from "../src/export/verify.js";
import { BitMask } from "../src/model/bitmask.js";
import { addLayer, type Doc, emptyDoc, History, type Layer } from "../src/model/document.js";
import { gatherPlanes } from "../src/model/planes.js";
import { addFiles } from "../src/model/series.js";
import { codeOf } from "../src/words/faults.js";
import { opened } from "./opened.js";
import { USUAL } from "./usual-options.js";

const OPTIONS: ExportOptions = { ...USUAL, sink: "folder", check: true };
const files = ["a", "bb", "ccc"].map((path, k) => opened(path, { imagePositionPatient: [0, 0, k] }));
const [one, two, three] = files.map(({ id }) => id) as [number, number, number];
const [series] = addFiles([], files);
if (series === undefined) throw new Error("no series");
const full = BitMask.fromPixels(4, 5, new Array<number>(20).fill(1), (value) => value === 1);

/** Two layers: A on the first two images, B on the last. */
function twoLayers(names: readonly [string, string] = ["A", "B"]): Doc {
  const keys = series?.pictures.map(({ key }) => key) ?? [];
  const bare = { ...emptyDoc(""), layers: [] };
  const first = addLayer(bare, names[0], { masks: new Map(keys.slice(0, 2).map((key) => [key, full])) });
  const doc = addLayer(first ?? bare, names[1], { masks: new Map([[keys[2] ?? "", full]]) });
  if (doc === null) throw new Error("no layers");
  return doc;
}

function itemsOf(doc: Doc, rest: Partial<ExportOptions> = {}): ExportItem[] {
  if (series === undefined) return [];
  return planExport(series, files[0] as (typeof files)[number], doc, { ...OPTIONS, ...rest });
}

function resultOf(item: ExportItem, change: Partial<ExportResult> = {}): ExportResult {
  return {
    item,
    outcome: "written",
    made: { name: item.name, blob: new Blob() },
    code: null,
    groups: item.planes.map((_, k) => 0x6000 + 2 * k),
    notices: [],
    sopInstanceUid: null,
    saved: true,
    savedAs: null,
    saveCode: null,
    verification: null,
    checkCode: null,
    ...change,
  };
}

const names = (layers: readonly Layer[]): string[] => layers.map(({ name }) => name);
const savedNames = (doc: Doc, results: readonly ExportResult[]): string[] =>
  series === undefined ? [] : names(savedWork(doc, series, results).layers);

const EQUAL: Verification = {
  found: [],
  masksEqual: true,
  pixelsEqual: true,
  pixelHash: null,
  restored: true,
  otherDifferences: [],
  planeElements: 0,
  note: null,
};

describe("a layer counts as saved", () => {
  const doc = twoLayers();

  it.each([
    ["when each file that carries it is written, saved and equal", {}, ["A", "B"]],
    ["not when one of its files failed", { outcome: "failed", made: null, saved: false }, ["B"]],
    ["not when one of its files did not arrive", { saved: false, saveCode: "no-space" }, ["B"]],
    [
      "not when one of its files did not pass its check",
      { verification: { ...EQUAL, masksEqual: false } },
      ["B"],
    ],
    ["not when the check of one of its files failed", { checkCode: "file-gone" }, ["B"]],
  ] as const)("%s", (_, change, wanted) => {
    const results = itemsOf(doc).map((item, k) => resultOf(item, k === 1 ? change : { verification: EQUAL }));
    expect(savedNames(doc, results)).toEqual(wanted);
  });

  it("not when only a part of its images was exported", () => {
    expect(
      savedNames(
        doc,
        itemsOf(doc, { scope: "image" }).map((item) => resultOf(item)),
      ),
    ).toEqual([]);
  });

  it("not when it was hidden", () => {
    const hidden = { ...doc, layers: doc.layers.map((layer) => ({ ...layer, visible: layer.name !== "A" })) };
    expect(
      savedNames(
        hidden,
        itemsOf(hidden).map((item) => resultOf(item)),
      ),
    ).toEqual(["B"]);
  });

  it("not when nothing came back at all", () => {
    expect(savedNames(doc, [])).toEqual([]);
  });
});

describe("a removal counts as saved", () => {
  it("when every file that had the plane is saved without it, and is not forgotten before", () => {
    const doc = {
      ...emptyDoc("L"),
      removed: [
        { groups: new Map([one, two].map((id) => [id, 0x6002])), label: "Old", overlayType: "G" as const },
      ],
    };
    if (series === undefined) throw new Error("no series");
    const results = itemsOf(doc).map((item) => resultOf(item));
    expect(results).toHaveLength(2);
    expect(savedWork(doc, series, results).removed).toEqual(doc.removed);
    const half = results.map((result, k) => ({ ...result, saved: k === 0 }));
    expect(savedWork(doc, series, half).removed).toEqual([]);
    const left = adoptSaved(doc, half).removed;
    expect(left.map(({ groups }) => [...groups])).toEqual([[[two, 0x6002]]]);
    expect(adoptSaved(doc, results).removed).toEqual([]);
  });
});

describe("after a saving back", () => {
  const planeOrigin = (groups: Map<number, number>): Layer["origin"] => ({
    label: "Old",
    name: "Old",
    groups,
    overlayType: "G",
    subtype: null,
    description: null,
  });

  it("a removal that was marked while it went on is not forgotten", () => {
    const doc = twoLayers();
    const results = itemsOf(doc, { sink: "back" }).map((item) => resultOf(item));
    const late = { groups: new Map([[one, 0x6010]]), label: "Late", overlayType: "G" as const };
    expect(adoptSaved({ ...doc, removed: [late] }, results).removed).toEqual([late]);
  });

  it("no layer of the past replaces a plane that was removed: another one may have its group now", () => {
    const past = addLayer({ ...emptyDoc(""), layers: [] }, "Old", {
      origin: planeOrigin(new Map([one, two].map((id) => [id, 0x6000]))),
    }) as Doc;
    const removed = [{ groups: new Map([[one, 0x6000]]), label: "Old", overlayType: "G" as const }];
    const results = itemsOf({ ...twoLayers(), removed }, { sink: "back" }).map((item) =>
      resultOf({ ...item, planes: item.planes.map((plane) => ({ ...plane, layerId: 99 })) }),
    );
    const [layer] = adoptSaved(past, results.slice(0, 1)).layers;
    expect([...(layer?.origin?.groups ?? [])]).toEqual([[two, 0x6000]]);
  });

  it("a renamed layer is known by the label that was written", () => {
    const doc = addLayer({ ...emptyDoc(""), layers: [] }, "New", {
      origin: planeOrigin(new Map([[one, 0x6000]])),
    }) as Doc;
    const results = itemsOf(doc, { sink: "back" }).map((item) => resultOf(item));
    expect(adoptSaved(doc, results).layers[0]?.origin).toMatchObject({ label: "New", name: "New" });
  });

  it("two layers of one name replace their own planes, by the groups that the results name", () => {
    const past = new History(twoLayers(["Same", "Same"]));
    const keys = series?.pictures.map(({ key }) => key) ?? [];
    const both = past.doc.value.layers.map((layer) => ({
      ...layer,
      masks: new Map(keys.map((key) => [key, full])),
    }));
    past.commit({ ...past.doc.value, layers: both });
    const results = itemsOf(past.doc.value, { sink: "back" }).map((item) => resultOf(item));
    past.markSaved(past.doc.value);
    past.rewrite((doc) => adoptSaved(doc, results));
    expect(past.unsaved.value.layers).toEqual([]);
    const again = itemsOf(past.doc.value, { sink: "back" });
    expect(again.map(({ planes }) => planes.map(({ group }) => group))).toEqual(
      again.map(() => [0x6000, 0x6002]),
    );
    const planeOf = (group: number): OverlayPlane => ({ group, label: "Same" }) as OverlayPlane;
    const found = files.map(({ id }) => [id, [planeOf(0x6000), planeOf(0x6002)]] as const);
    const planes = gatherPlanes(found, past.doc.value.layers);
    expect(planes.map(({ isLayer, groups }) => [isLayer, groups])).toEqual([
      [true, [0x6000]],
      [true, [0x6002]],
    ]);
  });

  it("a file that was not saved keeps its layer as a new one", () => {
    const doc = twoLayers();
    const results = itemsOf(doc, { sink: "back" }).map((item, k) => resultOf(item, { saved: k !== 1 }));
    const [layer] = adoptSaved(doc, results).layers;
    expect([...(layer?.origin?.groups ?? [])]).toEqual([[one, 0x6000]]);
    expect(three).not.toBe(one);
  });

  it("a bad result has not taken its original's place", () => {
    const [item] = itemsOf(twoLayers());
    if (item === undefined) throw new Error("no item");
    const [bad] = keepBadBack([resultOf(item, { verification: { ...EQUAL, pixelsEqual: false } })]);
    expect(bad).toMatchObject({ outcome: "failed", made: null, code: "check-failed" });
    const [good] = keepBadBack([resultOf(item, { verification: EQUAL })]);
    expect(good?.outcome).toBe("written");
  });
});

describe("the words about an export", () => {
  const doc = twoLayers();
  const unsaved = { layers: doc.layers.slice(0, 1), removed: [] };

  it("say how many of how many, why, and what to do, and no check was good where there was none", () => {
    const results = itemsOf(doc).map((item) =>
      resultOf(item, { outcome: "failed", made: null, saved: false, code: "file-changed" }),
    );
    const text = summarize(results, false, { layers: doc.layers, removed: [] });
    expect(text).toMatch(/^0 of 3 files saved\. Not saved: .*\. The file changed after it was opened\./);
    expect(text).toMatch(
      /Not saved yet: “A”, “B”\. A layer is saved once every image that it marks is exported\.$/,
    );
    expect(text).not.toMatch(/Checked/);
  });

  it("name what stays unsaved although every file was saved, as other images of it were not exported", () => {
    const results = itemsOf(doc, { scope: "image" }).map((item) => resultOf(item, { verification: EQUAL }));
    expect(summarize(results, false, unsaved)).toMatch(
      /^1 of 1 file saved\. Checked: .* Not saved yet: “A”\./,
    );
  });

  it("name each reason once with its files", () => {
    const codes = ["no-space", null, "no-permission"];
    const results = itemsOf(doc).map((item, k) =>
      resultOf(item, { saved: codes[k] === null, saveCode: codes[k] ?? null }),
    );
    const text = summarize(results, false, unsaved);
    expect(text).toMatch(/^1 of 3 files saved\. Not saved: a\.dcm\. There is not enough free space\./);
    expect(text).toMatch(/Not saved: ccc\.dcm\. The browser did not have permission/);
  });
});

describe("leave to write into folders", () => {
  const folder = (state?: PermissionState): FileSystemDirectoryHandle =>
    (state === undefined ? {} : { requestPermission: async () => state }) as FileSystemDirectoryHandle;

  it.each([
    ["every folder gives it", [folder("granted"), folder("granted")], true],
    ["the browser has no such question", [folder()], true],
    ["one refuses", [folder("granted"), folder("denied")], false],
    ["the question was closed without an answer", [folder("prompt")], false],
  ])("is there or not where %s", async (_, folders, wanted) => {
    expect(await mayWrite(new Set(folders))).toBe(wanted);
  });
});

describe("what an archive says of an image", () => {
  const stored = { outcome: "written", reason: null, error: null } as const;

  it.each([
    ["that it has it", stored, null],
    ["that it left out a part", { ...stored, reason: 0xb006 }, "archive-changed"],
    ["nothing", { ...stored, outcome: "unknown" }, "archive-unknown"],
    [
      "that it refused it",
      { ...stored, outcome: "failed", error: new OverlayError("archive-refused", "") },
      "archive-refused",
    ],
  ] as const)("counts as stored only without doubt: %s", (_, said, wanted) => {
    expect(arrivalOf(said)).toBe(wanted);
  });
});

describe("the code of an error", () => {
  it.each([
    ["QuotaExceededError", "write", "no-space"],
    ["NotAllowedError", "write", "no-permission"],
    ["NotFoundError", "write", "folder-gone"],
    ["NotFoundError", null, "file-gone"],
    ["NotReadableError", null, "file-access"],
  ] as const)("is the right one for %s while %s", (found, step, wanted) => {
    const detail = step === null ? { found } : { found, step };
    expect(codeOf(new OverlayError("file-access", "", detail))).toBe(wanted);
  });
});
