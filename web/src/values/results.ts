/** What calls return. Types alone. */
import type { OverlayError } from "../errors.js";
import type { Notice, OverlayGroup, OverlaySource } from "./plane.js";
import type { OverlayVolume } from "./volume.js";

/** A changed file. It refers to the old one: save it before the old one changes on disk. */
export interface EditResult {
  /** The new file; the Blob is made on first access. */
  readonly blob: Blob;
  /** The new file's bytes in order, as bytes and slices of the old file: what `new Blob(pieces)` takes. */
  readonly pieces: readonly BlobPart[];
  /** Groups of the written planes, in the planes' order; after a removal, the groups that were removed. */
  readonly groups: readonly OverlayGroup[];
  readonly notices: readonly Notice[];
  /** The new SOP Instance UID with `instance: "derived"`; `null` where the file kept its own. */
  readonly sopInstanceUid: string | null;
}

/** What every result of a series says of its file. */
export interface SeriesItem {
  readonly file: OverlaySource;
  /** Position in the list of files, from 0. */
  readonly index: number;
  /** Name of the file, not made safe or unique: `toZip` and `toDirectory` do that. */
  readonly name: string;
}

/** Planes were written. */
export interface WrittenFile extends SeriesItem, EditResult {
  readonly outcome: "written";
}

/** There was nothing to write; `blob` is the file as you gave it. */
export interface UnchangedFile extends SeriesItem, EditResult {
  readonly outcome: "unchanged";
  readonly groups: readonly [];
  readonly sopInstanceUid: null;
}

/** The file cannot be written; the others can. */
export interface FailedFile extends SeriesItem {
  readonly outcome: "failed";
  readonly error: OverlayError;
}

/** What became of one file; `outcome` says which fields there are. */
export type SeriesResult = WrittenFile | UnchangedFile | FailedFile;

/** What `readSeries` found. */
export interface SeriesOverlays {
  /** One for each label, and one for each group of planes without a label; by the lowest group. */
  readonly volumes: readonly OverlayVolume[];
  /** For each slice, the index of its file; one entry for a multi-frame file. */
  readonly order: readonly number[];
  /** About the series, and about the planes of its files; `detail.index` is the file's index. */
  readonly notices: readonly Notice[];
  /** Files that could not be read: they have no slice. */
  readonly failures: readonly FailedFile[];
}

/**
 * An image's pixels in a volume's flat array: pixel (row, column), both from 0, is item
 * `offset + row × rowStep + column × columnStep`. Pixels outside the rows and columns named, whose ends are exclusive, are
 * outside the volume, and clear.
 */
export type PlacedView = readonly [
  offset: number,
  rowStep: number,
  columnStep: number,
  firstRow: number,
  endRow: number,
  firstColumn: number,
  endColumn: number,
];

/** The images' indices, slice by slice; a notice says where positions did not decide. */
export interface ImageOrder {
  readonly order: readonly number[];
  readonly notices: readonly Notice[];
}

/**
 * For each image its view of a volume, `null` where the volume does not reach it; notices say what is left out. Each frame
 * of a multi-frame image is an image of its own.
 */
export interface ImagePlaces {
  readonly views: readonly (PlacedView | null)[];
  readonly notices: readonly Notice[];
}
