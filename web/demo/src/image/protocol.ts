/** The messages between the page and its image workers: requests and answers. */
import type { SeriesImage } from "dicom-overlay";
import type { StoredValues } from "./native.js";

/** What the page shows about an instance before Python is there; read by dcmjs, never trusted for writing. */
export interface HeaderFacts extends Omit<SeriesImage, "name"> {
  readonly rows: number;
  readonly columns: number;
  readonly numberOfFrames: number;
  readonly sopInstanceUid: string | null;
  readonly study: StudyFacts;
  readonly modality: string;
  readonly seriesDescription: string;
  readonly seriesNumber: number | null;
  /** Frames a second, where the file says how fast they are to be played. */
  readonly frameRate: number | null;
  /** Height of a pixel divided by its width; 1 where nothing is said. */
  readonly pixelAspect: number;
  /** Where each frame of an enhanced image lies; null if the file gives its frames no positions of their own. */
  readonly frames: readonly Place[] | null;
}

/** What distinguishes one study from another; shown, never stored or logged. */
export interface StudyFacts {
  readonly studyInstanceUid: string | null;
  readonly patientName: string;
  readonly patientId: string;
  /** YYYYMMDD, or empty. */
  readonly date: string;
  readonly description: string;
}

/** How values become greys: a window or a VOI LUT (PS3.3 C.11.2.1.1 to C.11.2.1.3), in the units of the image's modality. */
export interface Window {
  readonly width: number;
  readonly level: number;
  /** Linear where nothing is said. */
  readonly shape?: "linear" | "exact" | "sigmoid" | undefined;
  /** The greys of a VOI LUT, 0 to 255, spread over the width. */
  readonly greys?: Uint8Array | undefined;
  /** As the file names it. */
  readonly name?: string | undefined;
}

/** Stored value to real value: `value × slope + intercept`, or the table's entry. */
export interface Modality {
  readonly slope: number;
  readonly intercept: number;
  readonly lut: { readonly first: number; readonly values: Float64Array } | null;
  /** As the file names it, `"HU"` for CT; empty if it does not. */
  readonly unit: string;
}

/** Position, direction cosines and spacing of a frame, in mm. */
export interface Place {
  readonly position: readonly number[];
  readonly orientation: readonly number[];
  readonly spacing: readonly number[];
}

/** One decoded frame: grey is drawn from its values, colour is drawn already. */
export interface DecodedFrame {
  readonly rows: number;
  readonly columns: number;
  /** Stored values, first row first: grey values or palette indices; null for true colour. */
  readonly values: StoredValues | null;
  /** Null for grey. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer> | null;
  /** MONOCHROME1: the lowest value is white. */
  readonly inverted: boolean;
  readonly modality: Modality;
  /** The file's windows, then its VOI LUTs. */
  readonly windows: readonly Window[];
  /** Pixel Padding Value: no part of the picture's range. */
  readonly padding: number | null;
  readonly place: Place | null;
}

/** One top-level element that is not the same in two files. */
export interface ElementDifference {
  /** `(gggg,eeee)` */
  readonly tag: string;
  readonly change: "added" | "removed" | "changed";
}

/** How two files compare, byte by byte and element by element. */
export interface FileComparison {
  readonly sameBytes: boolean;
  /** First byte that differs, from the start of the file; -1 when none does. */
  readonly firstDifference: number;
  readonly differences: readonly ElementDifference[];
  /** Lower-case hex SHA-256 of the value of Pixel Data before; null where there is none or no hashing is offered. */
  readonly pixelHash: string | null;
  /** Null if the elements could not be listed and the bytes differ. */
  readonly pixelsEqual: boolean | null;
  /** Why the elements could not be listed; the byte comparison is valid all the same. */
  readonly listingError: "too-large" | "not-listed" | null;
}

/** One file out of a ZIP. */
export interface UnpackedFile {
  readonly path: string;
  readonly file: File;
}

export type ImageRequest =
  | { readonly type: "header"; readonly file: Blob }
  | { readonly type: "decode"; readonly key: string; readonly file: Blob; readonly frame: number }
  | { readonly type: "unzip"; readonly file: Blob }
  | { readonly type: "compare"; readonly before: Blob; readonly after: Blob };

/** The answer to each request. */
export interface ImageAnswers {
  readonly header: HeaderFacts;
  readonly decode: DecodedFrame;
  readonly unzip: readonly UnpackedFile[];
  readonly compare: FileComparison;
}
