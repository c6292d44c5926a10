import type { OverlayPlane } from "dicom-overlay";
import { describe, expect, it } from "vitest";
import { checkClaims, countClaims } from "../src/model/claims.js";
import { addLayer, type Doc, emptyDoc } from "../src/model/document.js";

const plane = (group: number, label: string, overlayType: "G" | "R" = "R"): OverlayPlane =>
  ({ group, label, overlayType, subtype: "USER", description: "of the file" }) as OverlayPlane;

/** A layer that replaces "Liver" in group 6000 of files 1 and 2, and a removal of "Dot" in group 6002 of both. */
function claiming(): Doc {
  const origin = {
    label: "Liver",
    name: "Liver",
    groups: new Map([1, 2].map((id) => [id, 0x6000])),
    overlayType: "R",
    subtype: null,
    description: null,
  } as const;
  const doc = addLayer({ ...emptyDoc(""), layers: [] }, "Liver", { origin }) as Doc;
  const groups = new Map([1, 2].map((id) => [id, 0x6002]));
  return { ...doc, removed: [{ groups, label: "Dot", overlayType: "G" }] };
}

describe("claims on planes of the files", () => {
  const right = [plane(0x6000, "Liver "), plane(0x6002, "Dot", "G")];

  it("hold where the files have these planes, and take the rest of them from there", () => {
    const doc = checkClaims(claiming(), new Map([1, 2].map((id) => [id, right])));
    expect(countClaims(doc)).toBe(4);
    expect(doc.layers[0]?.origin).toMatchObject({ subtype: "USER", description: "of the file" });
    expect(checkClaims(doc, new Map([1, 2].map((id) => [id, right])))).toBe(doc);
  });

  it.each([
    ["another label", [plane(0x6000, "Heart"), plane(0x6002, "Heart", "G")]],
    ["another type", [plane(0x6000, "Liver", "G"), plane(0x6002, "Dot", "R")]],
    ["another group", [plane(0x6004, "Liver"), plane(0x6006, "Dot", "G")]],
    ["no plane", []],
  ])("are dropped in a file that has %s there", (_, planes) => {
    const doc = checkClaims(
      claiming(),
      new Map([
        [1, right],
        [2, planes],
      ]),
    );
    expect([...(doc.layers[0]?.origin?.groups ?? [])]).toEqual([[1, 0x6000]]);
    expect(doc.removed.map(({ groups }) => [...groups])).toEqual([[[1, 0x6002]]]);
    const none = checkClaims(
      claiming(),
      new Map([
        [1, planes],
        [2, planes],
      ]),
    );
    expect([none.layers[0]?.origin, none.removed]).toEqual([null, []]);
  });

  it("are believed of a file that could not be read, whose export fails by itself", () => {
    expect(countClaims(checkClaims(claiming(), new Map()))).toBe(4);
  });
});
