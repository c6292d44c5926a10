/** Layers as NIfTI, read again by SimpleITK: each voxel lies where the pixel lay. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { niftiOf } from "../src/export/nifti.js";
import { BitMask } from "../src/model/bitmask.js";
import { addLayer, type Doc, emptyDoc } from "../src/model/document.js";
import { addFiles } from "../src/model/series.js";
import { opened } from "./opened.js";

const folder = mkdtempSync(join(tmpdir(), "overlay-nifti-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const READ = `
import json, sys, SimpleITK as sitk
image = sitk.ReadImage(sys.argv[1])
a = sitk.GetArrayFromImage(image)
print(json.dumps({str(v): [[round(x, 4) for x in image.TransformIndexToPhysicalPoint([int(i) for i in p[::-1]])] for p in zip(*(a == v).nonzero())] for v in sorted(set(a.flat) - {0})}))
`;

/** Places in mm of the voxels of each label. */
function read(bytes: Uint8Array): Record<string, number[][]> {
  const path = join(folder, "out.nii");
  writeFileSync(path, bytes);
  const python = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
  return JSON.parse(execFileSync(python, ["-c", READ, path], { encoding: "utf8" })) as Record<
    string,
    number[][]
  >;
}

const [cos, sin] = [0.8, 0.6];
// A coronal-like oblique series whose order runs against its normal.
const files = [4, 3, 2].map((k) =>
  opened("x".repeat(k), {
    imagePositionPatient: [10 + 2.5 * k * sin, 20 - 2.5 * k * cos, -30],
    imageOrientationPatient: [cos, sin, 0, 0, 0, -1],
    pixelSpacing: [1.5, 0.5],
  }),
);
const [series] = addFiles([], files);
if (series === undefined) throw new Error("no series");

function dot(row: number, column: number): BitMask {
  const mask = new BitMask(4, 5);
  mask.setIndex(row * 5 + column, true);
  return mask;
}

/** Where a pixel lies, by the equation of PS3.3 C.7.6.2.1.1. */
function placeOf(picture: number, row: number, column: number): number[] {
  const [x = 0, y = 0, z = 0] = series?.pictures[picture]?.source.facts.imagePositionPatient ?? [];
  return [x + column * 0.5 * cos, y + column * 0.5 * sin, z - row * 1.5];
}

function layersOf(...marks: readonly (readonly [picture: number, row: number, column: number])[]): Doc {
  let doc: Doc = { ...emptyDoc(""), layers: [] };
  for (const [k, [picture, row, column]] of marks.entries()) {
    const masks = new Map([[series?.pictures[picture]?.key ?? "", dot(row, column)]]);
    doc = addLayer(doc, `Layer ${k + 1}`, { masks }) ?? doc;
  }
  return doc;
}

const near = (places: number[][] | undefined, wanted: number[]): void => {
  expect(places).toHaveLength(1);
  for (const [k, value] of wanted.entries()) expect(places?.[0]?.[k]).toBeCloseTo(value, 3);
};

it("puts the labels of layers into one map, where their pixels lie", () => {
  const [file, ...more] = niftiOf(series, layersOf([0, 1, 2], [2, 3, 4]).layers);
  expect(more).toEqual([]);
  expect(file?.layers).toEqual(["Layer 1", "Layer 2"]);
  const found = read(file?.bytes ?? new Uint8Array());
  near(found["1"], placeOf(0, 1, 2));
  near(found["2"], placeOf(2, 3, 4));
});

it("makes a file for each layer where they overlap", () => {
  const made = niftiOf(series, layersOf([1, 1, 2], [1, 1, 2]).layers);
  expect(made.map(({ layers }) => layers)).toEqual([["Layer 1"], ["Layer 2"]]);
  for (const { bytes } of made) near(read(bytes)["1"], placeOf(1, 1, 2));
});

it("refuses pictures that do not lie on one even grid", () => {
  const [uneven] = addFiles(
    [],
    [1, 2, 5].map((k) => opened("y".repeat(k), { imagePositionPatient: [0, 0, k] })),
  );
  if (uneven === undefined) throw new Error("no series");
  const masks = new Map([[uneven.pictures[0]?.key ?? "", dot(0, 0)]]);
  const doc = addLayer(emptyDoc("L"), "M", { masks });
  expect(() => niftiOf(uneven, doc?.layers ?? [])).toThrow(expect.objectContaining({ code: "no-grid" }));
});

it("takes positions that are rounded for one even grid, and refuses an image that is missing", () => {
  const stack = Array.from({ length: 60 }, (_, k) =>
    opened("x".repeat(k + 1), { imagePositionPatient: [0, 0, Number((k / 3).toFixed(3))] }),
  );
  const [even] = addFiles([], stack);
  const [uneven] = addFiles(
    [],
    stack.filter((_, k) => k !== 30),
  );
  const key = even?.pictures[0]?.key ?? "";
  const masks = new Map([[key, dot(1, 1)]]);
  const layers = (addLayer(emptyDoc(""), "a", { masks })?.layers ?? []).slice(1);
  if (even === undefined || uneven === undefined) throw new Error("no series");
  expect(niftiOf(even, layers)).toHaveLength(1);
  expect(() => niftiOf(uneven, layers)).toThrow("no-grid");
});
