/** 3-D masks: what callers hand in, and what a series gives back. Types alone. */
import type { MaskArray, Notice, OverlayGroup, PlaneAttributes, PlaneLabel } from "./plane.js";

/** Where a volume lies in space, in ITK's words; the three go together. Lengths in mm, LPS as in DICOM. */
export interface VolumeGeometry {
  /** Centre of the first pixel of the first slice: `[x, y, z]`. */
  readonly origin?: readonly [x: number, y: number, z: number] | undefined;
  /** Distances along columns, rows and slices: `[x, y, z]`, each above 0. */
  readonly spacing?: readonly [x: number, y: number, z: number] | undefined;
  /** ITK's direction matrix, nine numbers, row by row: its columns are the directions of x, y and z. */
  readonly direction?: readonly number[] | undefined;
}

/** Size and place of a volume, without its voxels. */
export interface VolumeSpace extends VolumeGeometry {
  readonly columns: number;
  readonly rows: number;
  readonly slices: number;
}

/**
 * What every volume has. With a geometry it is checked against the headers, and flipped or permuted where that is
 * exact; it may then hold more or fewer slices than the series. Without one, slice k lies on the k-th image.
 */
export interface VolumeAttributes
  extends VolumeSpace,
    Pick<PlaneAttributes, "group" | "existing" | "overlayType" | "subtype" | "label" | "description"> {
  /** Overlay Origin of every plane, `[row, column]` from 1, for a volume that differs in size from the images. */
  readonly planeOrigin?: readonly [row: number, column: number] | undefined;
}

/** A 3-D mask: x fastest, then rows, then slices, as ITK holds it. */
export interface MaskVolume extends VolumeAttributes {
  readonly mask: MaskArray;
  /** Items equal to this whole number are set; default: every item that is not 0. */
  readonly value?: number | undefined;
  /** Items of at least this number are set; without it, fractions are refused. */
  readonly threshold?: number | undefined;
  /** Makes the volume a label map: one plane for each key, and no `label` or `group` of its own. */
  readonly labels?: Readonly<Record<number, PlaneLabel>> | undefined;
  readonly packed?: undefined;
}

/** A 3-D mask as packed bits, in the order of {@link MaskVolume}, no padding between slices; `readSeries` returns such volumes. */
export interface PackedVolume extends VolumeAttributes {
  /** `ceil(columns × rows × slices / 8)` bytes or one more, first pixel in the lowest bit. */
  readonly packed: Uint8Array;
  readonly mask?: undefined;
  readonly value?: undefined;
  readonly threshold?: undefined;
  readonly labels?: undefined;
}

/** What `exportSeries` takes for each layer. */
export type Volume = MaskVolume | PackedVolume;

/**
 * One layer of a series, put together from the planes of its files.
 *
 * Pass it to `exportSeries` as it is; `sliceOf` and `maskOf` unpack its bits.
 */
export interface OverlayVolume extends PackedVolume {
  /** The planes' Overlay Label; `null` where they have none. */
  readonly label: string | null;
  /** Group of the plane in each file, in the files' order; `null` where a file has no plane of this volume. */
  readonly groups: readonly (OverlayGroup | null)[];
  /** The one group of planes without a label; `null` where a label tells them apart. */
  readonly group: OverlayGroup | null;
  /** That of the first plane. */
  readonly overlayType: "G" | "R";
  readonly subtype: string | null;
  readonly description: string | null;
  /** What is wrong or unusual with planes of this volume; `detail.index` is the file's index. */
  readonly notices: readonly Notice[];
}
