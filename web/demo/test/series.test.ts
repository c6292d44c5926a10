import { describe, expect, it } from "vitest";
import { exportName } from "../src/export/names.js";
import { addFiles, studiesOf } from "../src/model/series.js";
import { opened } from "./opened.js";

describe("files as series", () => {
  const axial = opened("axial", {});

  it("keeps a scout in another orientation out of the axial images", () => {
    const scout = opened("scout", { imageOrientationPatient: [0, 1, 0, 0, 0, -1] });
    expect(addFiles([], [axial, scout])).toHaveLength(2);
  });

  it.each([
    ["another patient", { patientId: "2" }],
    ["a patient of another name", { patientName: "B" }],
    ["another study", { studyInstanceUid: "1.5" }],
  ])("are apart where they are of %s, under one Series Instance UID too", (_, change) => {
    const study = { ...axial.facts.study, ...change };
    const list = addFiles([], [axial, opened("another", { study }), opened("a third one", {})]);
    expect(list.map(({ files }) => files.length)).toEqual([2, 1]);
    expect(studiesOf(list).map((one) => one.study)).toEqual([axial.facts.study, study]);
  });

  it("lists the series of one study together", () => {
    const other = opened("other", { seriesInstanceUid: "1.9" });
    expect(studiesOf(addFiles([], [axial, other])).map(({ series }) => series.length)).toEqual([2]);
  });

  it("grows only the series that the new files belong to, and has the package order that one again", () => {
    const other = opened("other one", { seriesInstanceUid: "1.9" });
    const before = addFiles([], [axial, other]).map((one) => ({ ...one, orderedBy: "position" as const }));
    const after = addFiles(before, [opened("next", {})]);
    expect(after.map(({ files }) => files.map(({ path }) => path))).toEqual([
      ["axial", "next"],
      ["other one"],
    ]);
    expect(after[0]?.orderedBy).toBe("arrival");
    expect(after[1]).toBe(before[1]);
  });
});

describe("names of exported files", () => {
  it.each([
    ["{name}-overlay", "CT.dcm", "CT-overlay.dcm"],
    ["{name}-overlay", "IM.0001", "IM.0001-overlay.dcm"],
    ["{index}_{name}", "x.IMA", "007_x.dcm"],
    ["", "x", "x-overlay.dcm"],
    ["$&{name}.dcm", "$1.dcm", "$&$1.dcm"],
  ])("%s of %s is %s", (pattern, original, wanted) => {
    expect(exportName(pattern, original, 7, 120)).toBe(wanted);
  });
});
