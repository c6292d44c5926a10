/** What a starting worker reports. Types alone. */
import type { OverlayError } from "../errors.js";

/** What a starting worker is doing. */
export type StartPhase = "runtime" | "python" | "import";

/** What a started worker is made of. */
export interface StartedInfo {
  readonly version: string;
  readonly pyodide: string;
  readonly start: "plain" | "snapshot";
  readonly milliseconds: number;
}

/** One step of a worker's start, or its end. */
export type ExporterStatus =
  /** Starting: `phase` is the current step; the bytes count the whole start. */
  | {
      readonly type: "starting";
      readonly worker: number;
      readonly phase: StartPhase;
      readonly loadedBytes: number;
      readonly totalBytes: number;
      /** Why a fallback was taken (`"snapshot-failed"`, …), else `null`. */
      readonly note: string | null;
    }
  | ({ readonly type: "ready"; readonly worker: number } & StartedInfo)
  /** A worker had no work for a while and was ended; the next call starts another. */
  | { readonly type: "ended"; readonly worker: number }
  /** The start failed, or a ready worker died; `error.code` says which. */
  | { readonly type: "failed"; readonly worker: number; readonly error: OverlayError };
