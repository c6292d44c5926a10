import { describe, expect, it } from "vitest";
import { exportName } from "../src/export/names.js";
import { groupSeries, type OpenedFile } from "../src/open/series.js";
import { opened } from "./opened.js";

function order(...files: OpenedFile[]): string[] {
  return groupSeries(files).flatMap((series) => series.files.map(({ path }) => path));
}

describe("the order of a series", () => {
  it("is by position along the normal, whatever the names and numbers say", () => {
    const top = opened("a", { position: [0, 0, 9], instanceNumber: 1 });
    const bottom = opened("b", { position: [0, 0, -9], instanceNumber: 2 });
    expect(order(top, bottom)).toEqual(["b", "a"]);
  });

  it("is against z where rows run backwards, as ITK has it", () => {
    const orientation = [1, 0, 0, 0, -1, 0];
    const high = opened("high", { position: [0, 0, 9], orientation });
    const low = opened("low", { position: [0, 0, -9], orientation });
    expect(order(low, high)).toEqual(["high", "low"]);
  });

  it("falls back to Instance Number for the whole series when two positions are the same", () => {
    const files = [3, 1, 2].map((n) =>
      opened(`n${n}`, { instanceNumber: n, position: [0, 0, n === 3 ? 0 : 5] }),
    );
    expect(order(...files)).toEqual(["n1", "n2", "n3"]);
  });

  it("falls back to names in their natural order when the numbers are the same too", () => {
    expect(order(opened("im10", {}), opened("im9", {}))).toEqual(["im9", "im10"]);
  });

  it("keeps a scout in another orientation out of the axial images", () => {
    const axial = opened("axial", {});
    const scout = opened("scout", { orientation: [0, 1, 0, 0, 0, -1] });
    expect(groupSeries([axial, scout])).toHaveLength(2);
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
