/** A picture of an image with its marks, for viewers that draw no planes. Types alone. */
import type { EditOptions } from "./options.js";

/** What a canvas shows of an image: `getImageData` over the image's own size. */
export interface CapturedPicture {
  /** Red, green, blue and opacity of each pixel, first row first; the opacity is ignored. */
  readonly data: Uint8ClampedArray | Uint8Array;
  /** Columns of the image. */
  readonly width: number;
  /** Rows of the image. */
  readonly height: number;
}

/** Which frame a picture shows, and what its new series is called. */
export interface CaptureOptions extends Pick<EditOptions, "signal" | "seriesNumber" | "seriesNumbersInUse"> {
  /** Frame of the image, from 1; default 1. */
  readonly frame?: number | undefined;
  /** The new series, one for all pictures that belong together; default: a new one for each picture. */
  readonly seriesInstanceUid?: string | undefined;
  /** Series Description of the new series, at most 64 characters; default: the file's own, followed by " with marks". */
  readonly seriesDescription?: string | undefined;
}

/** A Secondary Capture. */
export interface CaptureResult {
  /** The new file. It does not refer to the image's file. */
  readonly blob: Blob;
  readonly sopInstanceUid: string;
}
