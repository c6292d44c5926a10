/**
 * What page and worker say to each other. Both sides import this leaf and nothing of one another.
 *
 * A request carries an `id`; its one answer, `done` or `failed`, carries the same. `hello`, `alive` and `status` come
 * unasked while the worker starts.
 */
import { type ErrorRecord, OverlayError, requireErrorRecord } from "../errors.js";
import type { WirePlane } from "../masks/wire-planes.js";
import type { InstanceRule } from "../values/options.js";
import type { Patch } from "../values/patch.js";
import type { FileOverlays, InstanceFacts, MaskArray, Notice, SeriesImage } from "../values/plane.js";
import type { ImageOrder, ImagePlaces } from "../values/results.js";
import type { StartedInfo, StartPhase } from "../values/status.js";

/** Must equal `PROTOCOL` of the wheel: the shape of the JSON that the worker and `bridge.py` exchange. */
export const PROTOCOL = 2;

/** Must equal the wheel's version. */
export const PACKAGE_VERSION = "0.1.0";

/** Where a volume lies in space; `size` counts columns, rows and slices. */
export interface WireGeometry {
  readonly size: readonly [number, number, number];
  readonly origin: readonly number[];
  readonly spacing: readonly number[];
  readonly direction: readonly number[];
}

/** Everything that the worker needs to start Python. */
export interface StartConfig {
  /** Version of the page's half of this package. */
  readonly version: string;
  /** Absolute, with a slash at its end. */
  readonly runtimeUrl: string;
  /** Where Pyodide itself comes from, absolute; `null`: from `runtimeUrl`. */
  readonly indexUrl: string | null;
  readonly packages: readonly string[];
  /** Name of the Web Lock that the worker holds while it lives; `null` where there are no locks. */
  readonly lockName: string | null;
  /** Start from the memory snapshot where the runtime folder has one. */
  readonly snapshot: "use" | "ignore";
}

/** What an edit found, whatever form its result has. */
export interface EditFacts {
  readonly groups: readonly number[];
  readonly notices: readonly Notice[];
  readonly sopInstanceUid: string | null;
}

/** A changed file; `blob` is `null` when there was nothing to change. */
export interface EditedFile extends EditFacts {
  readonly blob: Blob | null;
}

/** A change as a patch, whose first splice may begin with bytes that stay. */
export interface PlannedEdit extends EditFacts {
  readonly patch: Patch;
}

/** What is written, and how. */
export interface WriteRequest {
  readonly source: Blob;
  /** What an inspection kept of the file, so that it is not read again. */
  readonly parts: readonly FilePart[];
  readonly masks: readonly (MaskArray | Uint8ClampedArray)[];
  readonly planes: readonly WirePlane[];
  readonly empty: "write" | "skip";
  readonly instance: InstanceRule;
  readonly series: NewSeries;
  readonly strict: boolean;
}

/** The series of a derived instance; Python checks the values and knows the defaults. */
export interface NewSeries {
  readonly seriesInstanceUid?: string | undefined;
  readonly seriesNumber?: number | undefined;
  readonly seriesNumbersInUse?: readonly number[] | undefined;
  readonly seriesDescription?: string | undefined;
}

/** Bytes of a file that were read: `[start, start + bytes.length)` from its start. */
export interface FilePart {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** For each request type: what is sent, and what comes back. */
export interface Jobs {
  start: { request: { readonly config: StartConfig }; result: StartedInfo };
  write: { request: WriteRequest; result: EditedFile };
  plan: { request: WriteRequest; result: PlannedEdit };
  remove: {
    request: {
      readonly source: Blob;
      readonly groups: readonly number[] | null;
      readonly labels: readonly string[] | null;
      readonly embedded: boolean;
      readonly instance: InstanceRule;
      readonly series: NewSeries;
      readonly strict: boolean;
    };
    result: EditedFile;
  };
  read: { request: { readonly source: Blob; readonly parts: readonly FilePart[] }; result: FileOverlays };
  inspect: {
    request: { readonly source: Blob; readonly parts: "keep" | "drop" };
    result: { readonly facts: InstanceFacts; readonly parts: readonly FilePart[] };
  };
  place: {
    request: { readonly instances: readonly SeriesImage[]; readonly geometry: WireGeometry };
    result: ImagePlaces;
  };
  order: {
    request: { readonly instances: readonly SeriesImage[] };
    result: ImageOrder;
  };
}

export type JobType = keyof Jobs;

/** One job without its id. */
export type Job<K extends JobType = JobType> = { [T in K]: { readonly type: T } & Jobs[T]["request"] }[K];

/** One job as it is posted. */
export type WorkerRequest = {
  [T in JobType]: { readonly type: T; readonly id: number } & Jobs[T]["request"];
}[JobType];

export type WorkerResponse =
  /** The first message: the worker's own version, before it does anything. */
  | { readonly type: "hello"; readonly version: string }
  /** The worker holds its lock now: the page may queue behind it to learn of its death. */
  | { readonly type: "alive" }
  | {
      readonly type: "status";
      readonly phase: StartPhase;
      readonly loadedBytes: number;
      readonly totalBytes: number;
      /** Why the plain start was taken although a snapshot was asked for; a kebab-case word. */
      readonly note: string | null;
    }
  | { readonly type: "done"; readonly id: number; readonly result: Jobs[JobType]["result"] }
  | { readonly type: "failed"; readonly id: number; readonly error: ErrorRecord };

/**
 * Check the outer shape of a message from the worker; the inner one is the worker's own, of the same version.
 *
 * @throws OverlayError `protocol-mismatch` for anything else (another script answered).
 */
export function requireWorkerResponse(value: unknown): WorkerResponse {
  if (typeof value === "object" && value !== null && "type" in value) {
    switch (value.type) {
      case "hello":
        if ("version" in value && typeof value.version === "string") return value as WorkerResponse;
        break;
      case "alive":
      case "status":
        return value as WorkerResponse;
      case "done":
        if ("id" in value && typeof value.id === "number" && "result" in value)
          return value as WorkerResponse;
        break;
      case "failed":
        if ("id" in value && typeof value.id === "number" && "error" in value) {
          return { type: "failed", id: value.id, error: requireErrorRecord(value.error) };
        }
        break;
      default:
    }
  }
  throw new OverlayError("protocol-mismatch", "The worker answered with a message of unknown shape.");
}
