/** The recipe for NiiVue, unchanged: a drawing in RAS order reaches the pixels of a sagittal series, by the wheel's rule of place. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { viewPlane } from "../src/masks/volume-planes.js";
import { wireGeometry } from "../src/series/geometry.js";
import type { PlacedView } from "../src/values/results.js";
import type { MaskVolume } from "../src/values/volume.js";
import { python } from "./python.js";

type Recipe = (drawBitmap: Uint8Array | null, image: object, labels: Record<number, string>) => MaskVolume;

// By its address: it imports the built package, as a user's page does.
const example = new URL("../examples/niivue-drawing.ts", import.meta.url).href;
const { volumeFromDrawing } = (await import(example)) as { readonly volumeFromDrawing: Recipe };

/** 3 sagittal images of 4 rows and 5 columns, as NiiVue 0.69.0 states them: NVImage gave these numbers for such a NIfTI. */
const image = {
  dimsRAS: [3, 3, 5, 4],
  matRAS: Float32Array.from([3, 0, 0, 4, 0, 0.7, 0, 2.2, 0, 0, 0.9, -7, 0, 0, 0, 1]),
};
const labels = { 1: "Liver", 2: "Spleen" };

it("lays a drawing where it was drawn", () => {
  // From left to right in the head, each image goes to the back by columns and down by rows; RAS goes the other way on each axis.
  const drawing = Uint8Array.from({ length: 60 }, (_, at) => at % 7);
  const volume = volumeFromDrawing(drawing, image, labels);
  expect(volume).toMatchObject({ columns: 3, rows: 5, slices: 4, labels, existing: "replace-label" });
  const instances = [0, 1, 2].map((n) => ({
    name: `${n}`,
    seriesInstanceUid: "1.2",
    frameOfReferenceUid: "1.3",
    rows: 4,
    columns: 5,
    numberOfFrames: 1,
    imagePositionPatient: [-10 + 3 * n, -5, -4.3],
    imageOrientationPatient: [0, 1, 0, 0, 0, -1],
    pixelSpacing: [0.9, 0.7],
    instanceNumber: n + 1,
    overlayGroups: [],
    hasPixelData: true,
  }));
  const code =
    "import sys; from dicom_overlay.bridge import handle; print(handle(sys.stdin.read(), [], lambda *_: b'')[0])";
  const jobs = JSON.stringify([{ type: "place", instances, geometry: wireGeometry(volume) }]);
  const [answer] = JSON.parse(execFileSync(python, ["-c", code], { encoding: "utf8", input: jobs })) as [
    { readonly ok?: { readonly views: readonly (PlacedView | null)[] } },
  ];
  const found = answer.ok?.views.map((view) => viewPlane(volume, [view], 4, 5) as { mask: Uint8Array });
  const pixels = [...new Array(20).keys()].map((at) => [Math.floor(at / 5), at % 5] as const);
  const wanted = instances.map((_, n) =>
    pixels.map(([row, column]) => drawing[2 - n + 3 * (4 - column) + 15 * (3 - row)]),
  );
  expect(found?.map(({ mask }) => [...mask])).toEqual(wanted);
});

it.each([
  ["no drawing", null, image],
  ["an image that is not loaded", new Uint8Array(60), {}],
])("%s is an error in words", (_, drawing, given) => {
  expect(() => volumeFromDrawing(drawing, given, labels)).toThrow("There is no drawing");
});
