import { describe, expect, it } from "vitest";
import { OverlayError } from "../src/errors.js";
import {
  type Examined,
  type Readable,
  requireOneSeries,
  requireVolumes,
  slicesByOrder,
} from "../src/series/check.js";
import type { InstanceFacts } from "../src/values/plane.js";
import type { MaskVolume, Volume } from "../src/values/volume.js";

const facts: InstanceFacts = {
  transferSyntaxUid: "1.2.840.10008.1.2.1",
  sopClassUid: null,
  sopInstanceUid: "1.1",
  seriesInstanceUid: "1.2",
  frameOfReferenceUid: "1.3",
  rows: 2,
  columns: 3,
  numberOfFrames: null,
  imagePositionPatient: null,
  imageOrientationPatient: null,
  pixelSpacing: null,
  instanceNumber: null,
  overlayGroups: [],
  hasPixelData: true,
};
const volumeOf = (slices: number, change: Partial<MaskVolume> = {}): MaskVolume => {
  return { mask: new Uint8Array(6 * slices), columns: 3, rows: 2, slices, ...change };
};
const instances = (...changes: Partial<InstanceFacts>[]): Readable[] =>
  changes.map((change, index) => ({
    index,
    file: new Blob([String(index)]),
    name: "",
    facts: { ...facts, sopInstanceUid: `1.${index}`, ...change },
  }));
const bad = (error: OverlayError, index = 0): Examined => ({
  index,
  file: new Blob(),
  name: "",
  facts: error,
});
const check = (good: Readable[], ...volumes: Volume[]) => requireOneSeries(good, volumes, undefined);
const given = <T>(items: Iterable<T>): readonly T[] => items as never;
const invalid = (detail: object) =>
  expect.objectContaining({ code: "invalid-series", detail: expect.objectContaining(detail) });

it("takes volumes from any iterable, once", () => {
  const volume = volumeOf(1);
  const once = (function* () {
    yield volume;
  })();
  expect(requireVolumes(given(once), 1)).toEqual([volume]);
  expect(requireVolumes(given(new Set([volume])), 1)).toEqual([volume]);
});

describe("requireVolumes", () => {
  it("refuses no files and no volumes", () => {
    expect(() => requireVolumes([volumeOf(1)], 0)).toThrow(invalid({ field: "files" }));
    expect(() => requireVolumes([], 1)).toThrow(invalid({ field: "volumes" }));
  });

  it("names the volume whose array has the wrong size", () => {
    const short = volumeOf(2, { mask: new Uint8Array(11) });
    expect(() => requireVolumes([volumeOf(2), short], 2)).toThrow(
      expect.objectContaining({
        code: "invalid-mask",
        detail: { field: "mask", volume: 1, expected: 12, found: 11 },
      }),
    );
  });
});

describe("requireOneSeries", () => {
  it("accepts single frames of one shape", () => {
    expect(check(instances({}, {}), volumeOf(2))).toBe("files");
  });

  it("takes one multi-frame image's frames for the slices", () => {
    expect(check(instances({ numberOfFrames: 5 }), volumeOf(5))).toBe("frames");
  });

  it.each(["seriesInstanceUid", "frameOfReferenceUid"] as const)("names the file of another %s", (field) => {
    expect(() => check(instances({}, {}, { [field]: "9" }), volumeOf(3))).toThrow(
      invalid({ field, index: 2 }),
    );
  });

  it.each(["rows", "columns"] as const)("names the file with other %s", (field) => {
    expect(() => check(instances({}, { [field]: 9 }), volumeOf(2))).toThrow(invalid({ field, index: 1 }));
  });

  it("says how many slices it expected, of which volume", () => {
    expect(() => check(instances({}, {}), volumeOf(2), volumeOf(3))).toThrow(
      invalid({ field: "slices", volume: 1, expected: 2, found: 3 }),
    );
  });

  it("refuses a volume of another shape, unless its planeOrigin says that this is meant", () => {
    const small = volumeOf(1, { rows: 1, mask: new Uint8Array(3) });
    expect(() => check(instances({}), small)).toThrow(invalid({ field: "rows", expected: 2, found: 1 }));
    expect(check(instances({}), { ...small, planeOrigin: [2, 1] })).toBe("files");
  });

  it("refuses a multi-frame image among others", () => {
    expect(() => check(instances({}, { numberOfFrames: 3 }), volumeOf(2))).toThrow(invalid({ index: 1 }));
  });

  it("refuses a series without a readable file, with its first error as the cause", () => {
    const cause = new OverlayError("not-dicom", "x");
    expect(() => requireOneSeries([bad(cause)], [volumeOf(1)], undefined)).toThrow(
      expect.objectContaining({ code: "invalid-series", cause: expect.objectContaining({ cause }) }),
    );
  });
});

describe("a file that cannot be read", () => {
  const error = new OverlayError("not-dicom", "x");
  const [first, last] = instances({}, {}) as [Readable, Readable];
  const found = [first, bad(error, 1), { ...last, index: 2 }];

  it("keeps its slice where the order is explicit", () => {
    expect(requireOneSeries(found, [volumeOf(3)], "given")).toBe("files");
    expect([...slicesByOrder("given", found, 3)]).toEqual([
      [0, 0],
      [2, 2],
    ]);
  });

  it("has a slice in every volume, or in none", () => {
    expect(() => requireOneSeries(found, [volumeOf(3), volumeOf(2)], "given")).toThrow(
      invalid({ field: "slices", volume: 1, expected: 3, found: 2 }),
    );
  });

  it("is left out where the volume has no slice for it", () => {
    expect(requireOneSeries(found, [volumeOf(2)], undefined)).toBe("files");
    expect([...slicesByOrder("given", found, 2)]).toEqual([
      [0, 0],
      [2, 1],
    ]);
  });

  it("is named as the cause where its slice cannot be told", () => {
    expect(() => requireOneSeries(found, [volumeOf(3)], undefined)).toThrow(
      expect.objectContaining({
        code: "invalid-series",
        cause: expect.objectContaining({ cause: error }),
        detail: expect.objectContaining({ unreadable: 1 }),
      }),
    );
  });
});

describe("slicesByOrder", () => {
  const good = instances({}, {}, {});
  const files = good.map(({ file }) => file);

  it("takes the files as given", () => {
    expect([...slicesByOrder("given", good, 3)]).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it("takes a list of the same files", () => {
    const order = [files[2], files[0], files[1]] as Blob[];
    expect([...slicesByOrder(order, good, 3)]).toEqual([
      [2, 0],
      [0, 1],
      [1, 2],
    ]);
  });

  it("takes SOP Instance UIDs", () => {
    expect([...slicesByOrder(["1.1", "1.2", "1.0"], good, 3)]).toEqual([
      [1, 0],
      [2, 1],
      [0, 2],
    ]);
  });

  it.each([
    ["too short", ["1.1"], { expected: 3, found: 1 }],
    ["with a stranger", ["1.1", "1.2", "7"], { slice: 2 }],
    ["with a file twice", ["1.1", "1.2", "1.1"], { slice: 2, index: 1 }],
  ])("refuses an order %s", (_name, order, detail) => {
    expect(() => slicesByOrder(order, good, 3)).toThrow(invalid({ field: "sliceOrder", ...detail }));
  });
});
