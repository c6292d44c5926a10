/** What callers hand in and get back: planes, files, facts and notices. Types, and the checks that need no file. */

import type { Notice } from "../notices.js";

export type { Notice } from "../notices.js";

/** A DICOM file: on disk (`File`), or in memory. A view's own bytes are used, not its whole buffer. */
export type OverlaySource = Blob | ArrayBuffer | ArrayBufferView;

/** Arrays with one mask pixel in each item; nonzero is set. NaN, infinity and, without a threshold, fractions are refused. */
export type MaskArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/**
 * The pixels of a mask, first row first, nonzero = set.
 *
 * - `ImageData` or a `Uint8ClampedArray`: RGBA, four bytes for each pixel; set where alpha > 0 and the colour is not black.
 * - `ArrayBuffer`: one byte for each pixel.
 * - any other typed array: one item for each pixel.
 */
export type Mask = MaskArray | Uint8ClampedArray | ArrayBuffer | ImageData;

/** One of the sixteen group numbers 0x6000, 0x6002 … 0x601E. */
export type OverlayGroup = number;

/**
 * What happens to planes that are in the file already.
 *
 * - `"refuse"` (default): a plane whose `group` is taken is an error, `group-in-use`.
 * - `"replace-group"`: the plane in `group` is replaced.
 * - `"replace-label"`: planes with the same Overlay Label are replaced where they are, all others stay; where there
 *   is none, the plane is added. So an editor can save repeatedly, and the file has each layer once.
 */
export type Existing = "refuse" | "replace-group" | "replace-label";

/** A label for files whose character set has all of its characters, and another for files whose set does not. */
export interface LabelText {
  /** Any characters but a backslash and control characters, at most 64. */
  readonly text: string;
  /** Written where the file's character set cannot hold `text`. */
  readonly fallback: string;
}

/** An Overlay Label. A plain string is refused (`invalid-plane`) where the file's character set cannot hold it. */
export type PlaneLabel = string | LabelText;

/** Attributes of an overlay plane (PS3.3 C.9.2, C.9.3); each has a default, and `null` means the default. */
export interface PlaneAttributes {
  /** Overlay Rows; default: the rows of the mask's ImageData, else of the image. */
  readonly rows?: number | undefined;
  /** Overlay Columns; default as for `rows`. */
  readonly columns?: number | undefined;
  /** Frames in the mask, one after the other without padding; default 1. */
  readonly numberOfFrames?: number | null | undefined;
  /** First image frame, from 1, that the mask's first frame lies on. */
  readonly imageFrameOrigin?: number | null | undefined;
  /** For a mask of one frame on a multi-frame image: every frame, one frame, or first and last (1-based, inclusive). */
  readonly frames?: "all" | number | readonly [first: number, last: number] | null | undefined;
  /** Default: the first free group. */
  readonly group?: OverlayGroup | null | undefined;
  /** What happens to a plane that the file already has; default: the call's `existing`. */
  readonly existing?: Existing | undefined;
  /** Overlay Origin as `[row, column]`, counted from 1; may be 0 or negative; default `[1, 1]`. */
  readonly planeOrigin?: readonly [row: number, column: number] | undefined;
  /** `"G"` graphics (default, shown by most viewers) or `"R"` region of interest (DCMTK blacks out what is outside). */
  readonly overlayType?: "G" | "R" | undefined;
  /** `"USER"`, `"AUTOMATED"` or another text of at most 64 characters. */
  readonly subtype?: string | null | undefined;
  /** Overlay Label, at most 64 characters without a backslash, in the file's own character set. */
  readonly label?: PlaneLabel | null | undefined;
  /** Overlay Description, as `label`. */
  readonly description?: string | null | undefined;
  /** ROI Area, in pixels. */
  readonly roiArea?: number | null | undefined;
  readonly roiMean?: number | null | undefined;
  readonly roiStandardDeviation?: number | null | undefined;
}

/** A plane given as a mask. */
export interface MaskPlane extends PlaneAttributes {
  readonly mask: Mask;
  /** Items equal to this whole number are set; default: every item that is not 0. */
  readonly value?: number | undefined;
  /** Items of at least this number are set; without it, fractions are refused. */
  readonly threshold?: number | undefined;
  readonly packed?: undefined;
  readonly labels?: undefined;
}

/**
 * A plane given as packed bits: Overlay Data as in the file, one bit a pixel, first pixel in the lowest bit.
 *
 * An {@link OverlayPlane} that was read from a file is one.
 */
export interface PackedPlane extends PlaneAttributes {
  readonly packed: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly mask?: undefined;
  readonly labels?: undefined;
}

/** Several planes in one array: the pixels equal to a key of `labels` become the plane with that label. */
export interface LabelMapPlanes extends Omit<PlaneAttributes, "label" | "group"> {
  readonly mask: MaskArray;
  readonly labels: Readonly<Record<number, PlaneLabel>>;
  readonly packed?: undefined;
}

/** What `writeOverlays` takes: one mask, packed bits, or a label map. */
export type PlaneInput = MaskPlane | PackedPlane | LabelMapPlanes;

/** A plane as it was read from a file. */
export interface OverlayPlane {
  readonly group: OverlayGroup;
  readonly rows: number;
  readonly columns: number;
  /** `[row, column]`, from 1. */
  readonly planeOrigin: readonly [row: number, column: number];
  readonly overlayType: "G" | "R";
  readonly subtype: string | null;
  readonly label: string | null;
  readonly description: string | null;
  /** `null` where the plane does not state it: one frame. */
  readonly numberOfFrames: number | null;
  /** `null` where the plane does not state it. */
  readonly imageFrameOrigin: number | null;
  readonly roiArea: number | null;
  readonly roiMean: number | null;
  readonly roiStandardDeviation: number | null;
  /** The plane lies in unused bits of Pixel Data (a retired form). */
  readonly embedded: boolean;
  readonly notices: readonly Notice[];
  /** One bit a pixel, first pixel in the lowest bit, no padding between frames; `maskOf` unpacks it. */
  readonly packed: Uint8Array;
}

/** The planes of one file. */
export interface FileOverlays {
  readonly planes: readonly OverlayPlane[];
  /** Notices about the file as a whole; each plane also has its own. */
  readonly notices: readonly Notice[];
}

/** What the header says about an image, without its pixels. Absent or unusable attributes are `null`. */
export interface InstanceFacts {
  readonly transferSyntaxUid: string | null;
  readonly sopClassUid: string | null;
  readonly sopInstanceUid: string | null;
  readonly seriesInstanceUid: string | null;
  readonly frameOfReferenceUid: string | null;
  readonly rows: number | null;
  readonly columns: number | null;
  readonly numberOfFrames: number | null;
  readonly imagePositionPatient: readonly number[] | null;
  readonly imageOrientationPatient: readonly number[] | null;
  readonly pixelSpacing: readonly number[] | null;
  readonly instanceNumber: number | null;
  readonly overlayGroups: readonly OverlayGroup[];
  readonly hasPixelData: boolean;
}

/** What decides an image's place in its series: facts of its header, and a name in case numbers repeat. */
export interface SeriesImage
  extends Pick<
    InstanceFacts,
    | "seriesInstanceUid"
    | "frameOfReferenceUid"
    | "rows"
    | "columns"
    | "numberOfFrames"
    | "imagePositionPatient"
    | "imageOrientationPatient"
    | "pixelSpacing"
    | "instanceNumber"
  > {
  readonly name: string;
}
