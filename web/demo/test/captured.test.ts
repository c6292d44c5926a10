import { OverlayError, type OverlayPlane } from "dicom-overlay";
import { describe, expect, it } from "vitest";
import { capturedPictures, captureFault, captureName } from "../src/export/captured.js";
import { BitMask } from "../src/model/bitmask.js";
import { changeLayer, type Doc, emptyDoc, putMasks } from "../src/model/document.js";
import { changeStyle, gatherPlanes } from "../src/model/planes.js";
import { addFiles, type Series } from "../src/model/series.js";
import { opened } from "./opened.js";

const files = [opened("a.dcm", {}), opened("bb.dcm", { numberOfFrames: 3 }), opened("ccc.dcm", {})];
const [series] = addFiles([], files) as [Series];
const [single, film] = files as [(typeof files)[0], (typeof files)[0]];
const full = BitMask.fromPixels(4, 5, new Array<number>(20).fill(1), (value) => value === 1);

function planeOf(change: Partial<OverlayPlane> = {}): OverlayPlane {
  return {
    ...{
      group: 0x6000,
      rows: 4,
      columns: 5,
      packed: full.bits,
      planeOrigin: [1, 1],
      label: "L",
      overlayType: "G",
    },
    ...{ numberOfFrames: null, imageFrameOrigin: null },
    ...change,
  } as OverlayPlane;
}

function keys(doc: Doc, found: readonly (readonly [number, readonly OverlayPlane[]])[], rest = {}): string[] {
  const options = { scope: "series", unmarked: "omit", ...rest } as const;
  return capturedPictures(series, film, doc, gatherPlanes(found, []), options).map(({ key }) => key);
}

describe("the pictures that are captured", () => {
  const bare = emptyDoc("L");
  const marked = putMasks(bare, [{ layerId: bare.activeId, picture: `${film.id}#1`, mask: full }]);

  it("are those with marks that are seen, frame by frame", () => {
    expect(keys(marked, [])).toEqual([`${film.id}#1`]);
    expect(keys(changeLayer(marked, bare.activeId, { visible: false }), [])).toEqual([]);
  });

  it("show planes of the files as well, where these lie on the picture and are not to be removed", () => {
    const onThird = planeOf({ numberOfFrames: 1, imageFrameOrigin: 3 });
    expect(keys(bare, [[film.id, [onThird]]])).toEqual([`${film.id}#2`]);
    expect(keys(bare, [[single.id, [planeOf({ planeOrigin: [90, 90] })]]])).toEqual([]);
    const removed = {
      ...bare,
      removed: [{ label: "L", overlayType: "G", groups: new Map([[single.id, 0x6000]]) }],
    };
    expect(keys(removed as Doc, [[single.id, [planeOf()]]])).toEqual([]);
  });

  it("leave out planes that are not shown", () => {
    const hidden = planeOf({ label: "hidden" });
    changeStyle("label hidden", 0x6000, { visible: false });
    expect(keys(bare, [[single.id, [hidden]]])).toEqual([]);
  });

  it("are all where that is wished, of the series or of one file", () => {
    expect(keys(bare, [], { unmarked: "unchanged" })).toHaveLength(5);
    expect(keys(bare, [], { unmarked: "unchanged", scope: "image" })).toHaveLength(3);
  });

  it("are called by their file and frame", () => {
    expect(series.pictures.map(captureName)).toEqual([
      "a-capture.dcm",
      ...["bb-00001-capture.dcm", "bb-00002-capture.dcm", "bb-00003-capture.dcm"],
      "ccc-capture.dcm",
    ]);
  });
});

describe("the reason why a picture could not be made", () => {
  it.each([
    ["the file lacks its SOP Instance UID", { tag: 0x00080018 }, "uid-missing"],
    ["the file lacks its Study Instance UID", { tag: 0x0020000d }, "uid-missing"],
    ["the file is damaged at one", { tag: 0x00080018, offset: 300 }, "malformed-data-set"],
    ["its header cannot be copied", { found: "ValueError" }, "malformed-data-set"],
  ])("is the right one where %s", (_, detail, code) => {
    expect(captureFault(new OverlayError("malformed-data-set", "", detail))).toBe(code);
  });
});
