/**
 * Which voxel lies on which pixel.
 *
 * By geometry where both sides have one: P = position + c·spacing₁·rowDirection + r·spacing₀·columnDirection, turned
 * from the patient's LPS to NIfTI's RAS, through the inverse affine, must hit voxel centres. Otherwise by index, when
 * the sizes match, and the page says so.
 */
import { CodedError } from "../app/worker-side.js";
import { BitMask } from "../mark/bitmask.js";
import type { LabelVolume, Target } from "./volume.js";

/** Largest distance from a voxel centre, in voxels. */
const TOLERANCE = 0.1;

export interface Placement {
  readonly method: "geometry" | "index";
  /** Pictures that got a slice, of all. */
  readonly placed: number;
  /** The masks of all labels on one picture, without empty ones, in one pass over its pixels. */
  readonly cut: (picture: number, labels: readonly number[]) => ReadonlyMap<number, BitMask>;
}

/** Voxel index = origin + row·perRow + column·perColumn. */
interface Grid {
  readonly origin: readonly number[];
  readonly perRow: readonly number[];
  readonly perColumn: readonly number[];
}

/** Place `volume` on the pictures of a series; throws `mask-not-placed` when neither way fits. */
export function placeVolume(volume: LabelVolume, pictures: readonly Target[]): Placement {
  const inverse = volume.affine === null ? null : invert(volume.affine);
  const grids = pictures.map((picture) => (inverse === null ? null : gridOf(picture, inverse, volume.size)));
  const hits = grids.filter((grid) => grid !== null).length;
  const [first] = pictures;
  const [nx, ny, nz] = volume.size;
  const sizesMatch = nx === first?.columns && ny === first.rows && nz === pictures.length;
  if (hits > 0 && (hits === pictures.length || !sizesMatch)) {
    return {
      method: "geometry",
      placed: hits,
      cut: (k, labels) =>
        cutLabels(pictures[k] as Target, labels, volume.data, voxelOf(grids[k] ?? null, volume)),
    };
  }
  if (!sizesMatch) {
    const wanted = {
      wantedColumns: first?.columns ?? 0,
      wantedRows: first?.rows ?? 0,
      wantedSlices: pictures.length,
    };
    throw new CodedError("mask-not-placed", { columns: nx, rows: ny, slices: nz, ...wanted });
  }
  return {
    method: "index",
    placed: pictures.length,
    cut: (k, labels) =>
      cutLabels(pictures[k] as Target, labels, volume.data, (r, c) => c + nx * (r + ny * k)),
  };
}

/** Where in the volume a pixel's value lies; null where the picture is not in it. */
function voxelOf(
  grid: Grid | null,
  { size: [nx, ny] }: LabelVolume,
): ((r: number, c: number) => number) | null {
  if (grid === null) return null;
  const { origin, perRow, perColumn } = grid;
  const axis = (a: number, r: number, c: number): number =>
    Math.round((origin[a] ?? 0) + r * (perRow[a] ?? 0) + c * (perColumn[a] ?? 0));
  return (r, c) => axis(0, r, c) + nx * (axis(1, r, c) + ny * axis(2, r, c));
}

function cutLabels(
  { rows, columns }: Target,
  labels: readonly number[],
  data: LabelVolume["data"],
  voxel: ((r: number, c: number) => number) | null,
): Map<number, BitMask> {
  const masks = new Map<number, BitMask>();
  if (voxel === null) return masks;
  const wanted = new Set(labels);
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i++) {
      const value = data[voxel(r, c)] as number;
      if (value === 0 || !wanted.has(value)) continue;
      let mask = masks.get(value);
      if (mask === undefined) {
        mask = new BitMask(rows, columns);
        masks.set(value, mask);
      }
      mask.setIndex(i, true);
    }
  }
  return masks;
}

/** The voxel grid under a picture, or null when a corner misses a voxel centre or the volume. */
function gridOf(
  { position, orientation, spacing, rows, columns }: Target,
  inverse: readonly (readonly number[])[],
  size: readonly number[],
): Grid | null {
  if (position === null || orientation === null || spacing === null) return null;
  const along = orientation.slice(0, 3).map((value) => value * (spacing[1] ?? 0));
  const down = orientation.slice(3, 6).map((value) => value * (spacing[0] ?? 0));
  const origin = apply(inverse, toRas(position), 1);
  const perColumn = apply(inverse, toRas(along), 0);
  const perRow = apply(inverse, toRas(down), 0);
  for (const r of [0, rows - 1]) {
    for (const c of [0, columns - 1]) {
      const hit = origin.map((value, i) => value + r * (perRow[i] ?? 0) + c * (perColumn[i] ?? 0));
      const fits = hit.every((value, i) => {
        const near = Math.round(value);
        return Math.abs(value - near) < TOLERANCE && near >= 0 && near < (size[i] ?? 0);
      });
      if (!fits) return null;
    }
  }
  return { origin, perRow, perColumn };
}

/** DICOM's axes point left, posterior, superior; NIfTI's right, anterior, superior. */
function toRas([x = 0, y = 0, z = 0]: readonly number[]): readonly number[] {
  return [-x, -y, z];
}

function apply(matrix: readonly (readonly number[])[], point: readonly number[], one: 0 | 1): number[] {
  return matrix.map((row) =>
    row.slice(0, 3).reduce((sum, v, i) => sum + v * (point[i] ?? 0), (row[3] ?? 0) * one),
  );
}

/** Inverse of an affine given as three rows of four; null when it is singular. */
function invert(affine: readonly (readonly number[])[]): number[][] | null {
  const m = (r: number, c: number): number => affine[r % 3]?.[c % 3] ?? 0;
  const minor = (r: number, c: number): number =>
    m(r + 1, c + 1) * m(r + 2, c + 2) - m(r + 1, c + 2) * m(r + 2, c + 1);
  const determinant = m(0, 0) * minor(0, 0) + m(0, 1) * minor(0, 1) + m(0, 2) * minor(0, 2);
  if (!Number.isFinite(determinant) || Math.abs(determinant) < 1e-12) return null;
  const linear = [0, 1, 2].map((r) => [0, 1, 2].map((c) => minor(c, r) / determinant));
  const offset = affine.map((row) => row[3] ?? 0);
  return linear.map((row) => [...row, -row.reduce((sum, v, i) => sum + v * (offset[i] ?? 0), 0)]);
}
