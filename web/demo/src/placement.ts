/**
 * Which voxel lies on which pixel.
 *
 * By geometry where both sides have one: P = position + c·spacing₁·rowDirection + r·spacing₀·columnDirection, turned
 * from the patient's LPS to NIfTI's RAS, through the inverse affine, must hit voxel centres. Otherwise by index, when
 * the sizes match, and the page says so.
 */
import { BitMask } from "./bitmask.js";
import type { HeaderFacts } from "./dicom-image.js";
import type { LabelVolume } from "./label-volume.js";
import { MaskFileError } from "./mask-error.js";
import type { Picture } from "./series.js";

/** Largest distance from a voxel centre, in voxels. */
const TOLERANCE = 0.1;

export interface Placement {
  readonly method: "geometry" | "index";
  /** Pictures that got a slice, of all. */
  readonly placed: number;
  /** The mask of one label on one picture. */
  readonly cut: (label: number, picture: Picture) => BitMask | null;
}

/** Voxel index = origin + row·perRow + column·perColumn. */
interface Grid {
  readonly origin: readonly number[];
  readonly perRow: readonly number[];
  readonly perColumn: readonly number[];
}

/** Place `volume` on the pictures of a series; throws `mask-not-placed` when neither way fits. */
export function placeVolume(volume: LabelVolume, pictures: readonly Picture[]): Placement {
  const grids = new Map<string, Grid>();
  const inverse = volume.affine === null ? null : invert(volume.affine);
  if (inverse !== null) {
    for (const picture of pictures) {
      const grid = gridOf(picture.source.facts, inverse, volume.size);
      if (grid !== null && picture.source.facts.frames === 1) grids.set(picture.key, grid);
    }
  }
  const first = pictures[0]?.source.facts;
  const [nx, ny, nz] = volume.size;
  const sizesMatch =
    first !== undefined && nx === first.columns && ny === first.rows && nz === pictures.length;
  if (grids.size > 0 && (grids.size === pictures.length || !sizesMatch)) {
    return {
      method: "geometry",
      placed: grids.size,
      cut: (label, picture) => cutGrid(volume, label, picture, grids),
    };
  }
  if (!sizesMatch) {
    const detail = {
      columns: nx,
      rows: ny,
      slices: nz,
      wantedColumns: first?.columns ?? 0,
      wantedRows: first?.rows ?? 0,
    };
    throw new MaskFileError("mask-not-placed", { detail: { ...detail, wantedSlices: pictures.length } });
  }
  const order = new Map(pictures.map((picture, k) => [picture.key, k]));
  const cut = (label: number, picture: Picture): BitMask | null => {
    const offset = (order.get(picture.key) ?? 0) * nx * ny;
    return BitMask.fromPixels(ny, nx, volume.data, (value: number) => value === label, offset);
  };
  return { method: "index", placed: pictures.length, cut };
}

function cutGrid(
  { data, size: [nx, ny] }: LabelVolume,
  label: number,
  { key, source: { facts } }: Picture,
  grids: ReadonlyMap<string, Grid>,
): BitMask | null {
  const grid = grids.get(key);
  if (grid === undefined) return null;
  const mask = new BitMask(facts.rows, facts.columns);
  const index = (r: number, c: number, axis: number): number =>
    Math.round((grid.origin[axis] ?? 0) + r * (grid.perRow[axis] ?? 0) + c * (grid.perColumn[axis] ?? 0));
  // Along a row the index moves by whole voxels, so two roundings give the step.
  for (let r = 0; r < facts.rows; r++) {
    for (let c = 0; c < facts.columns; c++) {
      const at = index(r, c, 0) + nx * (index(r, c, 1) + ny * index(r, c, 2));
      if (data[at] === label) mask.setIndex(r * facts.columns + c, true);
    }
  }
  return mask;
}

/** The voxel grid under a picture, or null when a corner misses a voxel centre or the volume. */
function gridOf(
  facts: HeaderFacts,
  inverse: readonly (readonly number[])[],
  size: readonly number[],
): Grid | null {
  const { position, orientation, spacing, rows, columns } = facts;
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
