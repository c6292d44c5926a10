/** Where image points lie in the patient: positions, letters of orientation, lengths (PS3.3 C.7.6.2). */
import { normalOf } from "../image/place.js";
import type { Place } from "../image/protocol.js";
import type { Point } from "../model/raster.js";

/** Position in mm of an image point; the middle of the first pixel is (½, ½). */
export function positionOf({ position, orientation, spacing }: Place, { x, y }: Point): readonly number[] {
  const along = (x - 0.5) * (spacing[1] ?? 0);
  const down = (y - 0.5) * (spacing[0] ?? 0);
  return [0, 1, 2].map(
    (axis) => (position[axis] ?? 0) + along * (orientation[axis] ?? 0) + down * (orientation[axis + 3] ?? 0),
  );
}

/** Letters at the edges: right, left, anterior, posterior, head, feet; two where the image lies oblique. */
export interface Letters {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

export function lettersOf(orientation: readonly number[] | null): Letters | null {
  if (orientation?.length !== 6) return null;
  const [row, column] = [orientation.slice(0, 3), orientation.slice(3)];
  const flipped = (vector: readonly number[]): number[] => vector.map((value) => -value);
  return {
    left: letter(flipped(row)),
    right: letter(row),
    top: letter(flipped(column)),
    bottom: letter(column),
  };
}

/** The directions that a vector points in, the strongest first; components below a fifth are left out. */
function letter(vector: readonly number[]): string {
  const names = [
    ["R", "L"],
    ["A", "P"],
    ["F", "H"],
  ] as const;
  return vector
    .map((value, axis) => ({ size: Math.abs(value), name: names[axis]?.[value > 0 ? 1 : 0] ?? "" }))
    .filter(({ size }) => size > 0.2)
    .sort((a, b) => b.size - a.size)
    .map(({ name }) => name)
    .slice(0, 2)
    .join("");
}

/** A round length in mm for a scale bar, and how many canvas pixels it takes; null without a spacing. */
export function scaleBar(
  spacing: readonly number[] | null,
  pixelsPerColumn: number,
  widest: number,
): { readonly length: number; readonly pixels: number } | null {
  const step = spacing?.[1];
  if (step === undefined || !(step > 0)) return null;
  const perMm = pixelsPerColumn / step;
  const limit = widest / perMm;
  const power = 10 ** Math.floor(Math.log10(limit));
  const length = [5, 2, 1].map((part) => part * power).find((one) => one <= limit) ?? power;
  return { length, pixels: length * perMm };
}

/** The orientation of images in the patient; null if they do not say. */
export function orientationOf(
  orientation: readonly number[] | null,
): "axial" | "coronal" | "sagittal" | "oblique" | null {
  if (orientation?.length !== 6) return null;
  const main = normalOf(orientation).findIndex((part) => Math.abs(part) > 0.9);
  return (["sagittal", "coronal", "axial"] as const)[main] ?? "oblique";
}
