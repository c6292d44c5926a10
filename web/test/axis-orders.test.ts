/**
 * Images of ITK in each of the 48 orders that three axes can have, with the geometry that ITK would state for them: `volumeFromItk` and
 * the wheel's rule of place give each image of a series its own pixels.
 */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { type ItkImage, volumeFromItk } from "../src/masks/from-itk.js";
import { viewPlane } from "../src/masks/volume-planes.js";
import { wireGeometry } from "../src/series/geometry.js";
import type { PlacedView } from "../src/values/results.js";
import { python } from "./python.js";

type Three = readonly [number, number, number];

/** Columns, rows and images; the distances between their centres in mm; the centre of the first pixel of the first image. */
const SIZE: Three = [5, 4, 3];
const SPACING: Three = [0.7, 0.9, 2.5];
const FIRST: Three = [-31.5, 12.25, 40];
/** The images as a reader may get them: the file at place i is image `FILES[i]`. */
const FILES = [2, 0, 1];
const AXES = [0, 1, 2] as const;

const cross = ([a, b, c]: Three, [d, e, f]: Three): Three => [b * f - c * e, c * d - a * f, a * e - b * d];
/** Directions of columns' and rows' growth (Image Orientation (Patient)) for a turn about x, then about z. */
function turned(aboutX: number, aboutZ: number): readonly [Three, Three] {
  const [cx, sx, cz, sz] = [Math.cos(aboutX), Math.sin(aboutX), Math.cos(aboutZ), Math.sin(aboutZ)];
  return [
    [cz, sz, 0],
    [-sz * cx, cz * cx, sx],
  ];
}

const SERIES: readonly (readonly [string, readonly [Three, Three]])[] = [
  [
    "axial",
    [
      [1, 0, 0],
      [0, 1, 0],
    ],
  ],
  [
    "axial, feet first and prone",
    [
      [-1, 0, 0],
      [0, 1, 0],
    ],
  ],
  [
    "coronal",
    [
      [1, 0, 0],
      [0, 0, -1],
    ],
  ],
  [
    "sagittal",
    [
      [0, 1, 0],
      [0, 0, -1],
    ],
  ],
  ["oblique", turned(0.35, 0.2)],
  ["halfway between two planes", turned(Math.PI / 4, Math.PI / 4)],
];
const PERMUTATIONS: readonly Three[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];
const FLIPS = Array.from({ length: 8 }, (_, n): Three => [n & 1, (n >> 1) & 1, n >> 2]);

/** What is at a pixel: another number for each, 0 for the very first. */
const valueAt = ([column, row, image]: readonly number[]): number =>
  (column ?? 0) + SIZE[0] * (row ?? 0) + SIZE[0] * SIZE[1] * (image ?? 0);

/** An image whose axis `a` is axis `axes[a]` of the series, run from its end where `flips[a]` is 1. */
function imageOf(directions: readonly Three[], axes: Three, flips: Three): ItkImage {
  const size = axes.map((axis) => SIZE[axis] ?? 0);
  const sign = flips.map((flip) => 1 - 2 * flip);
  const ownIndex = (voxel: readonly number[]): number[] => {
    const index = [0, 0, 0];
    for (const a of AXES) index[axes[a]] = flips[a] ? (size[a] ?? 0) - 1 - (voxel[a] ?? 0) : (voxel[a] ?? 0);
    return index;
  };
  const place = (index: readonly number[]): number[] =>
    AXES.map((at) =>
      AXES.reduce((sum, a) => sum + (index[a] ?? 0) * SPACING[a] * (directions[a]?.[at] ?? 0), FIRST[at]),
    );
  const data = new Uint8Array(60);
  const [columns = 0, rows = 0] = size;
  for (const at of data.keys()) {
    const voxel = [at % columns, Math.floor(at / columns) % rows, Math.floor(at / columns / rows)];
    data[at] = valueAt(ownIndex(voxel));
  }
  return {
    size,
    data,
    origin: place(ownIndex([0, 0, 0])),
    spacing: axes.map((axis) => SPACING[axis] ?? 0),
    // Row by row; the columns are the directions of the image's axes.
    direction: {
      data: AXES.flatMap((at) => AXES.map((a) => (sign[a] ?? 1) * (directions[axes[a]]?.[at] ?? 0))),
    },
    imageType: { components: 1 },
  };
}

const cases = SERIES.flatMap(([name, [x, y]]) => {
  const directions = [x, y, cross(x, y)] as const;
  const instances = FILES.map((image) => ({
    name: `${image}`,
    seriesInstanceUid: "1.2",
    frameOfReferenceUid: "1.3",
    rows: SIZE[1],
    columns: SIZE[0],
    numberOfFrames: 1,
    imagePositionPatient: AXES.map((at) => FIRST[at] + image * SPACING[2] * directions[2][at]),
    imageOrientationPatient: [...x, ...y],
    pixelSpacing: [SPACING[1], SPACING[0]],
    instanceNumber: 3 - image,
    overlayGroups: [],
    hasPixelData: true,
  }));
  return PERMUTATIONS.flatMap((axes) =>
    FLIPS.map((flips) => {
      const volume = volumeFromItk(imageOf(directions, axes, flips), { label: "L" });
      return {
        name,
        order: `${axes} ${flips}`,
        volume,
        job: { type: "place", instances, geometry: wireGeometry(volume) },
      };
    }),
  );
});
const code =
  "import sys; from dicom_overlay.bridge import handle; print(handle(sys.stdin.read(), [], lambda *_: b'')[0])";
const answers = JSON.parse(
  execFileSync(python, ["-c", code], {
    encoding: "utf8",
    input: JSON.stringify(cases.map(({ job }) => job)),
  }),
) as readonly { readonly ok?: { readonly views: readonly (PlacedView | null)[] } }[];

it.each(SERIES)("%s: every image gets its own pixels from each of 48 orders", (name) => {
  const wanted = FILES.map((image) =>
    Array.from({ length: 20 }, (_, at) => valueAt([at % 5, Math.floor(at / 5), image])),
  );
  const orders = cases
    .map((one, index) => ({ ...one, views: answers[index]?.ok?.views ?? [] }))
    .filter((one) => one.name === name);
  const found = orders.map(({ order, volume, views }) => {
    const planes = views.map(
      (view) => viewPlane(volume, [view], SIZE[1], SIZE[0]) as { readonly mask: Uint8Array },
    );
    return [order, planes.map(({ mask }) => [...mask])];
  });
  expect(found).toHaveLength(48);
  expect(found).toEqual(orders.map(({ order }) => [order, wanted]));
});
