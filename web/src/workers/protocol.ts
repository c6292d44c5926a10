/**
 * The messages between page and worker. Both sides import this leaf, and nothing from each other.
 *
 * A request carries an `id`; its one answer, `done` or `failed`, carries the same, and so does each `status` before it.
 * `hello` and `alive` come unasked while the worker starts.
 */
import { type ErrorRecord, OverlayError } from "../errors.js";
import type { WirePlane } from "../masks/wire-planes.js";
import type { Piece } from "../values/contents.js";
import type { EditOptions, InstanceRule } from "../values/options.js";
import type {
  Existing,
  FileOverlays,
  InstanceFacts,
  MaskArray,
  Notice,
  SeriesImage,
} from "../values/plane.js";
import type { ImageOrder, ImagePlaces } from "../values/results.js";
import type { StartedInfo, StartPhase } from "../values/status.js";

/** Must equal `PROTOCOL` of the wheel: the shape of the JSON that the worker and `bridge.py` exchange. */
export const PROTOCOL = 3;

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
  /** Name of the Web Lock that the worker holds while it lives; `null` where the browser has no locks. */
  readonly lockName: string | null;
}

/** What an edit found. */
export interface EditFacts {
  readonly groups: readonly number[];
  readonly notices: readonly Notice[];
  readonly sopInstanceUid: string | null;
}

/** A changed file as pieces of the old one and new bytes; `null` when there was nothing to change. */
export interface EditedFile extends EditFacts {
  readonly pieces: readonly Piece[] | null;
}

/** What every edit takes. */
export interface EditRequest {
  readonly source: Blob;
  /** What an inspection kept of the file, so that it is not read again. */
  readonly kept: string | null;
  readonly instance: InstanceRule;
  readonly series: NewSeries;
  readonly strict: boolean;
}

/** What is written. */
export interface WriteRequest extends EditRequest {
  readonly masks: readonly (MaskArray | Uint8ClampedArray)[];
  readonly planes: readonly WirePlane[];
  readonly empty: "write" | "skip";
  /** Layers of the export that have no plane on this image: planes of earlier runs with their labels are removed. */
  readonly cleared: readonly ClearedLayer[];
}

/** A layer without a plane on one image: its labels (`null` for none), and its rule for what is in its way. */
export interface ClearedLayer {
  readonly labels: readonly (string | null)[];
  readonly existing: Existing;
  readonly group: number | null;
}

/** What is removed. */
export interface RemoveRequest extends EditRequest {
  readonly groups: readonly number[] | null;
  readonly labels: readonly string[] | null;
  readonly embedded: boolean;
}

/** The series of a derived instance; Python checks the values and knows the defaults. */
export interface NewSeries
  extends Pick<
    EditOptions,
    "seriesInstanceUid" | "seriesNumber" | "seriesNumbersInUse" | "seriesDescription"
  > {
  readonly seriesSeed?: string | undefined;
}

/** Which picture of a file is captured; the pixels stay on the page. */
export interface CaptureRequest {
  readonly source: Blob;
  readonly rows: number;
  readonly columns: number;
  /** From 1. */
  readonly frame: number;
  readonly series: NewSeries;
}

/** For each type of job: what is sent, and what comes back. */
export interface Jobs {
  write: { request: WriteRequest; result: EditedFile };
  remove: { request: RemoveRequest; result: EditedFile };
  read: {
    request: { readonly source: Blob; readonly facts: boolean };
    /** `facts` where they were asked for. */
    result: FileOverlays & { readonly facts?: InstanceFacts | undefined };
  };
  inspect: {
    request: { readonly source: Blob; readonly keep: boolean };
    /** `kept` is what a write of this file needs, at most 2 KB; `null` where that is not enough. */
    result: { readonly facts: InstanceFacts; readonly kept: string | null };
  };
  capture: {
    request: CaptureRequest;
    /** What comes before the pixels of the new file. */
    result: { readonly head: Uint8Array<ArrayBuffer>; readonly sopInstanceUid: string };
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

/** One job. */
export type Job<K extends JobType = JobType> = { [T in K]: { readonly type: T } & Jobs[T]["request"] }[K];

/** What became of one job of a message. */
export type JobOutcome = { readonly result: Jobs[JobType]["result"] } | { readonly error: ErrorRecord };

/** What a start says while it goes on. */
export interface StartStatus {
  readonly phase: StartPhase;
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** Why the plain start was taken although there may be a snapshot; a kebab-case word. */
  readonly note: string | null;
}

/** For each request that a worker of this package takes: what is sent, what comes back, and what is told meanwhile. */
export interface Requests {
  start: { request: { readonly config: StartConfig }; result: StartedInfo; status: StartStatus };
  /** Many jobs in one message; the outcomes are in their order. None where the message was cancelled. */
  run: { request: { readonly jobs: readonly Job[] }; result: readonly JobOutcome[]; status: never };
}

/** The requests of any worker that `WorkerClient` and `serve` connect. Every one takes a start. */
export type RequestTable<T> = {
  readonly [K in keyof T]: { request: object; result: unknown; status: unknown };
} & { readonly start: { request: { readonly config: { readonly lockName: string | null } } } };

/** One message of the page: a request, or `cancel`, when the caller no longer waits for the answer to request `id`. */
export interface WorkerRequest {
  readonly type: string;
  readonly id: number;
}

export type WorkerResponse =
  /** The first message: the worker's own version, before it does anything. */
  | { readonly type: "hello"; readonly version: string }
  /** The worker holds its lock now: the page may queue behind it to learn of its death. */
  | { readonly type: "alive" }
  /** How far request `id` is. */
  | { readonly type: "status"; readonly id: number; readonly status: unknown }
  | { readonly type: "done"; readonly id: number; readonly result: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: ErrorRecord };

/**
 * Check the outer shape of a message from the worker; the inner one is the worker's own, of the same version.
 *
 * @throws OverlayError `protocol-mismatch` for anything else (another script answered).
 */
export function requireWorkerResponse(value: unknown): WorkerResponse {
  const { type } = (value ?? {}) as { readonly type?: WorkerResponse["type"] };
  const isKnown = type !== undefined && Object.keys(SHAPES).includes(type);
  if (isKnown && SHAPES[type].every((name) => name in (value as object))) return value as WorkerResponse;
  throw new OverlayError("protocol-mismatch", "The worker answered with a message of unknown shape.");
}

const SHAPES: Readonly<Record<WorkerResponse["type"], readonly string[]>> = {
  hello: ["version"],
  alive: [],
  status: ["id", "status"],
  done: ["id", "result"],
  failed: ["id", "error"],
};
