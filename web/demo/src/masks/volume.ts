/** A stack of labels as it came from a file, before anybody knows which picture each slice belongs to. */
import type { VolumeSpace } from "dicom-overlay";

export type LabelArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Its size, and its place in space (LPS, as in DICOM) where the file tells that. */
export interface LabelVolume extends VolumeSpace {
  /** x fastest, then y, then z. */
  readonly data: LabelArray;
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
