/** A stack of labels as it came from a file, before anybody knows which picture each slice belongs to. */
export type LabelArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface LabelVolume {
  /** x fastest, then y, then z. */
  readonly data: LabelArray;
  readonly size: readonly [x: number, y: number, z: number];
  /** Voxel index to patient position in mm, RAS; null where the file says nothing. Rows of a 3 × 4 matrix. */
  readonly affine: readonly (readonly number[])[] | null;
}

/** A picture that a mask may lie on: its size, and its place in space where it has one of its own. */
export interface Target {
  readonly rows: number;
  readonly columns: number;
  readonly position: readonly number[] | null;
  readonly orientation: readonly number[] | null;
  readonly spacing: readonly number[] | null;
}

/** The distinct labels, ascending, without 0 (background) and NaN; at most `limit + 1` are looked for. */
export function labelsIn({ data }: LabelVolume, limit: number): number[] {
  const found = new Set<number>();
  let last = 0;
  for (const value of data) {
    if (value === last || value === 0 || Number.isNaN(value)) continue;
    last = value;
    found.add(value);
    if (found.size > limit) break;
  }
  return [...found].sort((a, b) => a - b);
}
