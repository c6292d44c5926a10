/** What callers hand in and get back: planes, files, facts and notices. Types, and the checks that need no file. */

/** A DICOM file: on disk (`File`), or in memory. A view's own bytes are used, not its whole buffer. */
export type OverlaySource = Blob | ArrayBuffer | ArrayBufferView;

/** Array types that hold one mask pixel in each item; nonzero is set, NaN is refused. */
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
 * - `ImageData` or a `Uint8ClampedArray`: RGBA, four bytes a pixel; set where alpha > 0 and the colour is not black.
 * - `ArrayBuffer`: one byte a pixel.
 * - any other typed array: one item a pixel.
 */
export type Mask = MaskArray | Uint8ClampedArray | ArrayBuffer | ImageData;

/** One of the sixteen group numbers 0x6000, 0x6002 … 0x601E. */
export type OverlayGroup = number;

/** Attributes of an overlay plane (PS3.3 C.9.2, C.9.3); every one has a default. */
export interface PlaneAttributes {
  /** Overlay Rows; default: the rows of the mask's ImageData, else of the image. */
  readonly rows?: number;
  /** Overlay Columns; default as for `rows`. */
  readonly columns?: number;
  /** Frames in the mask, one after the other without padding; default 1. */
  readonly numberOfFrames?: number;
  /** First image frame, from 1, that the mask's first frame lies on. */
  readonly imageFrameOrigin?: number;
  /** For a mask of one frame on a multi-frame image: every frame, one frame, or first and last (1-based, inclusive). */
  readonly frames?: "all" | number | readonly [first: number, last: number];
  /** Default: the first free group. */
  readonly group?: OverlayGroup;
  /** Replace the plane in `group` where there is one; default: refuse with `group-in-use`. */
  readonly replace?: boolean;
  /** Overlay Origin as `[row, column]`, from 1, may be 0 or less; default `[1, 1]`. */
  readonly origin?: readonly [row: number, column: number];
  /** `"G"` graphics (default, shown by most viewers) or `"R"` region of interest (DCMTK blacks out what is outside). */
  readonly overlayType?: "G" | "R";
  /** `"USER"`, `"AUTOMATED"` or another text of at most 64 characters. */
  readonly subtype?: string;
  /** Overlay Label, at most 64 characters without a backslash, in the file's own character set. */
  readonly label?: string;
  /** Overlay Description, as `label`. */
  readonly description?: string;
}

/** A plane given as a mask. */
export interface MaskPlane extends PlaneAttributes {
  readonly mask: Mask;
  readonly packed?: undefined;
  readonly labels?: undefined;
}

/** A plane given as packed bits: Overlay Data as in the file, one bit a pixel, first pixel in the lowest bit. */
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
  readonly labels: Readonly<Record<number, string>>;
  readonly packed?: undefined;
}

/** What `writeOverlays` takes: one mask, packed bits, or a label map. */
export type PlaneInput = MaskPlane | PackedPlane | LabelMapPlanes;

/** Something found that is no error; shown to the user or ignored, never printed by the package. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A plane as it was read from a file. */
export interface OverlayPlane {
  readonly group: OverlayGroup;
  readonly rows: number;
  readonly columns: number;
  /** `[row, column]`, from 1. */
  readonly origin: readonly [row: number, column: number];
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
  /** One bit a pixel, first pixel in the lowest bit, frames not padded apart; {@link unpackMask} spreads it. */
  readonly packed: Uint8Array;
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

/** A 3-D mask: x fastest, then rows, then slices, as ITK holds it; slice k lies on the k-th image of the series. */
export interface Volume
  extends Omit<PlaneAttributes, "rows" | "columns" | "numberOfFrames" | "frames" | "imageFrameOrigin"> {
  readonly data: MaskArray;
  readonly columns: number;
  readonly rows: number;
  readonly slices: number;
  /** Makes the volume a label map: one plane for each key. */
  readonly labels?: Readonly<Record<number, string>>;
}
