import type { OverlayPlane } from "dicom-overlay";
import { describe, expect, it } from "vitest";
import { type ExportOptions, planExport, toPlaneInput, usable } from "../src/export/plan.js";
import { BitMask } from "../src/model/bitmask.js";
import { addLayer, type Doc, emptyDoc, type PlaneOrigin, putMasks } from "../src/model/document.js";
import { planeMask } from "../src/model/planes.js";
import { addFiles } from "../src/model/series.js";
import { opened } from "./opened.js";
import { USUAL } from "./usual-options.js";

const OPTIONS: ExportOptions = { ...USUAL, sink: "zip", check: true };
const files = ["a", "bb", "ccc"].map((path, k) => opened(path, { imagePositionPatient: [0, 0, k] }));
const [series] = addFiles([], files);
if (series === undefined) throw new Error("no series");
const [first, second] = series.pictures;
const full = BitMask.fromPixels(4, 5, new Array<number>(20).fill(1), (value) => value === 1);

function plan(doc: Doc, rest: Partial<ExportOptions> = {}): string[] {
  if (series === undefined || first === undefined) return [];
  return planExport(series, first.source, doc, { ...OPTIONS, ...rest }).map(
    ({ source, planes: written, removed }) =>
      `${source.path}:${written.map(({ name, group, marked }) => `${name}/${group}/${marked}`).join(",")}:${removed.join(",")}`,
  );
}

function withMark(doc: Doc): Doc {
  return putMasks(doc, [{ layerId: doc.activeId, picture: first?.key ?? "", mask: full }]);
}

describe("an export", () => {
  it("goes into a ZIP where what was chosen cannot be had: no folder, no archive, one file", () => {
    const wanted = { ...OPTIONS, scope: "series", instance: "keep", unmarked: "empty" } as const;
    const sinks = ["zip", "files"] as const;
    for (const sink of ["back", "archive"] as const)
      expect(usable({ ...wanted, sink }, { files: 1, sinks })).toEqual({
        ...wanted,
        scope: "image",
        sink: "zip",
      });
    const sent = usable({ ...wanted, sink: "archive" }, { files: 3, sinks: ["zip", "archive"] });
    expect(sent).toEqual({ ...wanted, sink: "archive", instance: "derived", unmarked: "omit" });
  });

  it.each([
    ["omit", ["a:L/null/true:"]],
    ["unchanged", ["a:L/null/true:", "bb::", "ccc::"]],
    ["empty", ["a:L/null/true:", "bb:L/null/false:", "ccc:L/null/false:"]],
  ] as const)("treats unmarked files as told: %s", (unmarked, wanted) => {
    expect(plan(withMark(emptyDoc("L")), { unmarked })).toEqual(wanted);
  });

  it("writes the shown file alone when told so", () => {
    expect(plan(withMark(emptyDoc("L")), { scope: "image" })).toEqual(["a:L/null/true:"]);
  });

  const origin: PlaneOrigin = {
    label: "",
    name: "Plane 6002",
    groups: new Map([[second?.source.id ?? 0, 0x6002]]),
    overlayType: "R",
    subtype: null,
    description: "old",
  };

  it("replaces the plane that a layer came from, where it was, and gives it no label that it had not", () => {
    const doc = addLayer({ ...emptyDoc("L"), layers: [] }, "Plane 6002", {
      origin,
      masks: new Map([[second?.key ?? "", full]]),
    });
    if (doc === null || series === undefined || second === undefined) throw new Error("no layer");
    expect(plan(doc)).toEqual(["bb:/24578/true:"]);
    const [item] = planExport(series, second.source, doc, OPTIONS);
    const [plane] = item?.planes ?? [];
    if (plane === undefined) throw new Error("no plane");
    const input = toPlaneInput(plane, second.source);
    expect(input).toMatchObject({ group: 0x6002, overlayType: "R", description: "old" });
    expect(input).not.toHaveProperty("label");
  });

  it("empties the plane that a layer came from when all of it was erased", () => {
    const doc = addLayer({ ...emptyDoc("L"), layers: [] }, "Plane 6002", { origin });
    expect(plan(doc ?? emptyDoc("L"))).toEqual(["bb:/24578/false:"]);
  });

  it("removes planes from the files that have them, and adds no empty one", () => {
    const doc = {
      ...emptyDoc("L"),
      removed: [
        { groups: new Map([[second?.source.id ?? 0, 0x6004]]), label: "Old", overlayType: "G" as const },
      ],
    };
    expect(plan(doc)).toEqual(["bb::24580"]);
  });

  it("writes a layer only where it is marked, unless unmarked images get an empty plane", () => {
    const two = addLayer(withMark(emptyDoc("L")), "M", { masks: new Map([[second?.key ?? "", full]]) });
    expect(plan(two ?? emptyDoc("L"))).toEqual(["a:L/null/true:", "bb:M/null/true:"]);
    expect(plan(two ?? emptyDoc("L"), { unmarked: "empty" })[0]).toBe("a:L/null/true,M/null/false:");
  });
});

describe("a plane on the frames of its image", () => {
  const source = opened("frames", { numberOfFrames: 3 });
  const shown = (numberOfFrames: number | null, imageFrameOrigin: number | null): boolean[] => {
    const packed = new Uint8Array(8).fill(255);
    const size = { packed, rows: 4, columns: 5, planeOrigin: [1, 1] };
    const plane = { ...size, numberOfFrames, imageFrameOrigin } as unknown as OverlayPlane;
    return [0, 1, 2].map((frame) => planeMask(plane, { key: "", source, frame }) !== null);
  };

  it.each([
    ["every one, where it tells none (CP-1974)", null, null, [true, true, true]],
    ["the one that it names", null, 2, [false, true, false]],
    ["as many as it has, from the first", 2, null, [true, true, false]],
    ["as many as it has, from the one that it names", 2, 2, [false, true, true]],
  ] as const)("lies on %s", (_, frames, origin, wanted) => {
    expect(shown(frames, origin)).toEqual(wanted);
  });
});
