/** A stack of numbers as it came from a file, before it is known which picture each slice belongs to. */
import type { VolumeGeometry, VolumeSpace } from "dicom-overlay";
import type { StoredValues } from "../image/native.js";
import { Fault } from "../workers/fault.js";

export type LabelArray = StoredValues;

/** Its size, and its place in space (LPS, as in DICOM) where the file tells that. */
export interface LabelVolume extends VolumeSpace {
  /** x fastest, then y, then z. */
  readonly data: LabelArray;
  /** The Frame of Reference of its place, where the file names it. */
  readonly frameOfReferenceUid?: string | null;
  /** The names of its labels, if the file has them. */
  readonly names?: ReadonlyMap<number, string>;
  /** Its values are shades rather than labels, even if they are whole numbers. */
  readonly isGrey?: boolean;
}

/**
 * The place of a volume by its steps along x, y and z and its first voxel, in mm (LPS).
 *
 * @throws Fault `mask-damaged` where a step goes nowhere
 */
export function geometryOf(
  steps: readonly (readonly number[])[],
  origin: readonly number[],
): Required<VolumeGeometry> {
  const spacing = steps.map((step) => Math.hypot(...step));
  if (!spacing.every((length) => length > 0)) throw new Fault("mask-damaged");
  const direction = [0, 1, 2].flatMap((r) => steps.map((step, c) => (step[r] ?? 0) / (spacing[c] ?? 1)));
  return { origin: triple(origin), spacing: triple(spacing), direction };
}

function triple([x = 0, y = 0, z = 0]: readonly number[]): [number, number, number] {
  return [x, y, z];
}

/** What the values of a volume are: labels, or numbers that need a threshold. */
export interface Values {
  /** The distinct ones without 0, ascending; null where there are fractions, or more than can be told apart. */
  readonly labels: readonly number[] | null;
  readonly needsThreshold: boolean;
  readonly low: number;
  readonly high: number;
}

/**
 * The rule of values, as the command has it: whole numbers are labels, 0 is background, fractions and shades need a
 * threshold.
 *
 * @throws Fault `mask-not-finite` for NaN and infinity, `mask-too-many-labels` for more labels than `limit`
 */
export function valuesOf({ data, isGrey = false }: LabelVolume, limit: number): Values {
  const found = new Set<number>();
  let [last, low, high] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let isWhole = true;
  for (const value of data) {
    if (value === last) continue;
    last = value;
    if (!Number.isFinite(value)) throw new Fault("mask-not-finite");
    if (value < low) low = value;
    if (value > high) high = value;
    isWhole &&= Number.isInteger(value);
    if (isWhole && value !== 0 && found.size <= limit) found.add(value);
  }
  if (data.length === 0) [low, high] = [0, 0];
  const needsThreshold = isGrey || !isWhole;
  const isMany = found.size > limit;
  if (!needsThreshold && isMany) throw new Fault("mask-too-many-labels");
  const labels = isWhole && !isMany ? [...found].sort((a, b) => a - b) : null;
  return { labels, needsThreshold, low, high };
}
