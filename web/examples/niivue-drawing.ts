/**
 * NiiVue's drawing as a volume. `nv.drawBitmap` is in RAS order; `matRAS` of the image it was drawn on holds, row by row, the matrix
 * from its voxels to mm in RAS. DICOM and ITK say the same in LPS: x and y change their sign.
 */
import { type MaskVolume, type PlaneLabel, volumeFromItk } from "dicom-overlay";

/** The part of `nv.volumes[0]` that is used. */
export interface DrawnImage {
  /** The number of dimensions, then columns, rows and slices. */
  readonly dimsRAS?: ArrayLike<number> | undefined;
  readonly matRAS?: ArrayLike<number> | undefined;
}

/** Return the drawing for `exportSeries`; `labels` has a label for each pen that was used. */
export function volumeFromDrawing(
  drawBitmap: Uint8Array | null,
  { dimsRAS, matRAS }: DrawnImage,
  labels: Readonly<Record<number, PlaneLabel>>,
): MaskVolume {
  if (drawBitmap === null || dimsRAS === undefined || matRAS === undefined)
    throw new Error("There is no drawing, or its image is not loaded.");
  const column = (at: number): [number, number, number] => [
    -Number(matRAS[at]),
    -Number(matRAS[4 + at]),
    Number(matRAS[8 + at]),
  ];
  const axes = [column(0), column(1), column(2)];
  const spacing = axes.map((axis) => Math.hypot(...axis));
  const direction = [0, 1, 2].flatMap((row) => axes.map((axis) => Number(axis[row]) / Math.hypot(...axis)));
  const size = Array.from(dimsRAS).slice(1, 4);
  const image = { size, data: drawBitmap, origin: column(3), spacing, direction };
  return volumeFromItk(image, { labels, existing: "replace-label" });
}
