/** What a store is asked for, and what it says of each instance. */
import type { OverlayError } from "../errors.js";
import type { ArchiveOptions } from "./archive.js";
import type { Question } from "./ask.js";

/** What a store needs of a result of `exportFiles` or `exportSeries`; any named Blob of a DICOM file will do. */
export interface StorableResult {
  readonly name: string;
  readonly blob?: Blob | undefined;
  readonly outcome?: "written" | "unchanged" | "failed" | undefined;
  /** The new instance's UID; `null`: the instance was kept, and the archive has its first version already. */
  readonly sopInstanceUid?: string | null | undefined;
  readonly error?: OverlayError | undefined;
}

/** How instances are sent. */
export interface StoreOptions extends ArchiveOptions {
  /** The study that all instances belong to, where the archive should check that. */
  readonly study?: string | undefined;
  /** Most bytes of one request, unless a single instance is larger; default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * `"derived"` (default): an instance that was kept is refused, because archives keep the first copy of a UID.
   * `"keep"`: it is sent, unless the archive has it.
   */
  readonly instance?: "derived" | "keep" | undefined;
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
}

/** How far sending is. Numbers never fall. */
export interface StoreProgress {
  /** Instances with an outcome so far. */
  readonly done: number;
  /** Bytes of the instances that the archive has. */
  readonly bytes: number;
  readonly name: string;
  readonly outcome: StoredInstance["outcome"];
}

/** What became of one result. */
export interface StoredInstance {
  readonly name: string;
  /** Place among the results, from 0. */
  readonly index: number;
  readonly sopInstanceUid: string | null;
  /**
   * - `written`: the archive has it
   * - `unchanged`: nothing was written into the file, so nothing was sent
   * - `failed`: the archive does not have it; `error` says why
   * - `unknown`: it was sent, but the archive does not say what became of it; `asked` says what it was asked
   */
  readonly outcome: "written" | "unchanged" | "failed" | "unknown";
  /** Failure Reason or Warning Reason of the archive: with `written`, a part of it was changed or left out. */
  readonly reason: number | null;
  /** What happened, in words; `null` where it was stored as it is. */
  readonly message: string | null;
  /**
   * Why it is not known to be stored. `not-sent`: the store ended before this one; `file-exists`: the archive has an
   * instance with this UID already; `archive-*`; or the error of the result itself.
   */
  readonly error: OverlayError | null;
  /** The last questions that the archive was asked about it; empty where its answer was clear. */
  readonly asked: readonly Question[];
}

/** What became of all that was sent. */
export interface StoreReport {
  /** One for each result, in their order. */
  readonly instances: readonly StoredInstance[];
  /** What ended the store early; `null` where everything was tried. */
  readonly error: OverlayError | null;
  /** The signal was aborted; what is stored stays stored. */
  readonly aborted: boolean;
}
