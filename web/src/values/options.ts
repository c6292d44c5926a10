/** The options of every call. Types alone; `undefined` means the default, and an unknown option is a TypeError. */

import type { Existing, Notice, OverlaySource, PlaneInput } from "./plane.js";
import type { ExporterStatus } from "./status.js";

/** How the SOP instance is treated: `"keep"` its identity, or make a `"derived"` one. */
export type InstanceRule = "keep" | "derived";

/** Whether the caller's buffers are copied (default) or transferred, which leaves them detached. */
export type BufferRule = "copy" | "transfer";

/** How the exporter starts, and what its workers may use. */
export interface ExporterOptions {
  /** The folder that `npx dicom-overlay-runtime DIR` wrote, relative to the page or absolute; no query, no fragment. */
  readonly runtimeUrl: string | URL;
  /**
   * The worker's script, `dicom-overlay/worker`: its address, or a function that makes the Worker.
   *
   * Needed where a bundler does not follow `new URL(…, import.meta.url)`, or the package's files are on another
   * origin (which must then send CORS headers; the page's policy must allow `worker-src blob:`).
   */
  readonly worker?: string | URL | (() => Worker) | undefined;
  /** Largest number of workers; default: cores − 1, between 1 and 4. */
  readonly workers?: number | undefined;
  /** Called for every step of each worker's start, and when it ends. */
  readonly onStatus?: ((status: ExporterStatus) => void) | undefined;
  /** Milliseconds without a sign of life after which a starting worker is given up; default 60,000. */
  readonly startTimeout?: number | undefined;
  /** Milliseconds that an aborted job may hold its worker before the worker is replaced; default 5,000. */
  readonly graceTime?: number | undefined;
  /**
   * Milliseconds after which a worker with nothing to do is ended, even the last one; the next call starts another.
   * Default: 60,000, and the last worker stays.
   */
  readonly idleTimeout?: number | undefined;
  /** Aborts the start; afterwards, disposes the exporter. */
  readonly signal?: AbortSignal | undefined;
}

/** What every call of the exporter takes. */
export interface CallOptions {
  /** Aborts the call, which then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a call that changes a file. */
export interface EditOptions extends CallOptions {
  /** Treat each notice as an error, `strict-notice`. */
  readonly strict?: boolean | undefined;
  /** `"keep"` (default): the same SOP instance, other bytes. `"derived"`: a new one that names the old one. */
  readonly instance?: InstanceRule | undefined;
  /** With `"derived"`: the series of the new instance, one for a whole batch. */
  readonly seriesInstanceUid?: string | undefined;
  /** Series Number of the new series; default: the file's own plus 1,000, or the next one that is not in use. */
  readonly seriesNumber?: number | undefined;
  /** Series Numbers already used in the study; the new series does not get one of these. */
  readonly seriesNumbersInUse?: readonly number[] | undefined;
  /** Series Description of the new series, at most 64 characters; default: the file's own, followed by " overlay". */
  readonly seriesDescription?: string | undefined;
}

/** How planes are written, into one file or many. */
export interface WriteOptions extends EditOptions {
  /** What happens to planes that the file already has, unless a plane has an `existing` of its own; default `"refuse"`. */
  readonly existing?: Existing | undefined;
  /** Whether the masks' buffers are copied (default) or moved to the worker, which leaves them detached. */
  readonly buffers?: BufferRule | undefined;
}

export interface RemoveOptions extends EditOptions {
  /** Remove the planes in these groups; default, where `labels` is absent too: every plane. */
  readonly groups?: readonly number[] | undefined;
  /** Remove the planes with these labels. */
  readonly labels?: readonly string[] | undefined;
  /** Remove planes in the unused bits of Pixel Data as well; refused with `unsupported-overlay` where that is not possible. */
  readonly embedded?: boolean | undefined;
}

/** One file and what is written into it. */
export interface ExportItem {
  readonly file: OverlaySource;
  /** If empty, the file is returned as it is, `"unchanged"`. */
  readonly planes: readonly PlaneInput[];
  /** Default: the file's own name. */
  readonly name?: string | undefined;
}

/** How far an export is. Numbers never fall. */
export interface ExportProgress {
  /** Files done, failed ones too. */
  readonly done: number;
  /** `null` as long as items come one by one and their number is not known. */
  readonly total: number | null;
  readonly file: OverlaySource;
  /** Bytes of the files that are done. */
  readonly bytes: number;
}

export interface ExportOptions extends WriteOptions {
  /** With `"derived"`: the new series; default: a new UID for this export. */
  readonly seriesInstanceUid?: string | undefined;
  /** Leave out planes without a set pixel; a file with none left is returned unchanged. */
  readonly skipEmpty?: boolean | undefined;
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/**
 * Which image gets which slice: `"given"` (the files' own order), the same files in slice order, or their SOP Instance
 * UIDs in slice order. Default: the order in which ITK reads the series, found from the headers.
 */
export type SliceOrder = "given" | readonly OverlaySource[] | readonly string[];

/** How far a series is. Numbers never fall. */
export interface SeriesProgress {
  /** Steps done; with an export each file counts twice, once inspected and once written. */
  readonly done: number;
  readonly total: number;
  readonly file: OverlaySource;
  readonly phase: "inspect" | "write" | "read";
  /** Bytes of the files that are written or read so far. */
  readonly bytes: number;
}

/** How volumes are written into a series. */
export interface SeriesOptions extends Omit<ExportOptions, "onProgress" | "buffers"> {
  readonly sliceOrder?: SliceOrder | undefined;
  readonly onProgress?: ((progress: SeriesProgress) => void) | undefined;
  /** Notices about the series as a whole, for example that positions tie. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
}

/** How a series is read back. */
export interface ReadSeriesOptions extends CallOptions {
  readonly sliceOrder?: SliceOrder | undefined;
  /** Read the planes with these labels alone. */
  readonly labels?: readonly string[] | undefined;
  readonly onProgress?: ((progress: SeriesProgress) => void) | undefined;
}
