/** Words that the page and its image worker share: what is asked, what comes back. */

/** What the page shows about an instance before Python is there; read by dcmjs, never trusted for writing. */
export interface HeaderFacts {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly seriesUid: string;
  readonly instanceUid: string;
  readonly modality: string;
  readonly seriesDescription: string;
  readonly seriesNumber: number | null;
  readonly instanceNumber: number | null;
  /** Image Position (Patient) in mm, or null. */
  readonly position: readonly number[] | null;
  /** Image Orientation (Patient): direction cosines of a row, then of a column. */
  readonly orientation: readonly number[] | null;
  /** Pixel Spacing in mm: between rows first. */
  readonly spacing: readonly number[] | null;
  /** Height of a pixel divided by its width; 1 where nothing is said. */
  readonly pixelAspect: number;
}

/** Window width and centre in the units of the image's modality (Hounsfield units for CT). */
export interface WindowLevel {
  readonly width: number;
  readonly level: number;
}

/** One picture as it goes on the canvas. */
export interface RenderedImage {
  readonly rows: number;
  readonly columns: number;
  readonly rgba: ArrayBuffer;
  /** Null for colour images. */
  readonly window: WindowLevel | null;
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
  /** Lower-case hex SHA-256 of the value of Pixel Data; null where there is none or no hashing is offered. */
  readonly pixelHashBefore: string | null;
  readonly pixelHashAfter: string | null;
  /** Null where the elements could not be listed and the bytes are not all the same. */
  readonly pixelsEqual: boolean | null;
  /** Why the elements could not be listed; the byte comparison holds all the same. */
  readonly listingError: string | null;
}

/** One file out of a ZIP. */
export interface UnpackedFile {
  readonly path: string;
  readonly file: File;
}

export type ImageRequest =
  | { readonly type: "header"; readonly id: number; readonly file: Blob }
  | {
      readonly type: "render";
      readonly id: number;
      readonly key: string;
      readonly file: Blob;
      readonly frame: number;
      readonly window: WindowLevel | null;
    }
  | { readonly type: "unzip"; readonly id: number; readonly file: Blob }
  | { readonly type: "compare"; readonly id: number; readonly before: Blob; readonly after: Blob };

export type ImageResponse =
  | { readonly type: "header"; readonly id: number; readonly facts: HeaderFacts }
  | { readonly type: "render"; readonly id: number; readonly image: RenderedImage }
  | { readonly type: "unzip"; readonly id: number; readonly files: readonly UnpackedFile[] }
  | { readonly type: "compare"; readonly id: number; readonly comparison: FileComparison }
  | { readonly type: "failed"; readonly id: number; readonly code: string };
