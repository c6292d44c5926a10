/** What an editor calls: overlay planes of files, in workers. Data goes down the chain, results come back up. */
import { OverlayError } from "./errors.js";
import { applyPatch } from "./patch.js";
import type { InstanceFacts, Notice, OverlayPlane, OverlaySource, PlaneInput, Volume } from "./plane.js";
import { WorkerPool } from "./pool.js";
import type { InstanceRule } from "./protocol.js";
import { exportSeries, type SeriesOptions, type SeriesResult } from "./series.js";
import { toBlob } from "./source.js";
import { type ExporterStatus, type SpawnOptions, spawnWorker } from "./spawn.js";
import { type BufferRule, prepareWirePlanes } from "./wire-planes.js";

/** Milliseconds that an aborted job may hold its worker before the worker is replaced. */
const DEFAULT_GRACE_TIME = 5_000;

/** Milliseconds without a sign of life after which a starting worker is given up. */
const DEFAULT_START_TIMEOUT = 60_000;

export interface ExporterOptions {
  /** The folder that `npx dicom-overlay-runtime DIR` wrote, relative to the page or absolute. */
  readonly runtimeUrl: string | URL;
  /** Your own Pyodide distribution, for example on a CDN; default: the one in `runtimeUrl`. */
  readonly indexURL?: string | URL;
  /** Largest number of workers; default: cores − 1, between 1 and 4. */
  readonly workers?: number;
  /** Further packages of the runtime's lock file, for example `["numpy"]`; none is needed. */
  readonly packages?: readonly string[];
  /** Start from the memory snapshot where the runtime has one (default), or never. */
  readonly snapshot?: "use" | "ignore";
  /** Told about every step of every worker's start, and of its end. */
  readonly onStatus?: (status: ExporterStatus) => void;
  /** Milliseconds without a sign of life after which a starting worker is given up; default 60,000. */
  readonly startTimeout?: number;
  /** Milliseconds that an aborted job may hold its worker before the worker is replaced; default 5,000. */
  readonly graceTime?: number;
  /** Aborts the start; afterwards, disposes the exporter. */
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  /** Aborts the call, which then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** Options of a call that changes a file. */
export interface EditOptions extends CallOptions {
  /** Make each notice an error, `strict-notice`. */
  readonly strict?: boolean;
  readonly onNotice?: (notice: Notice) => void;
}

export interface WriteOptions extends EditOptions {
  /** `"keep"` (default): the same SOP instance, other bytes. `"derived"`: a new one that names the old one. */
  readonly instance?: InstanceRule;
  /** With `"derived"`: the series of the new instance, one for a whole batch. */
  readonly seriesInstanceUid?: string;
  /** Replace planes that are in the way, for every plane that names a group. */
  readonly replace?: boolean;
  /** Whether the masks' buffers are copied (default) or moved to the worker, which leaves them detached. */
  readonly buffers?: BufferRule;
}

export interface RemoveOptions extends EditOptions {
  /** Remove planes in the unused bits of Pixel Data as well; refused with `unsupported-overlay` where that is not possible. */
  readonly embedded?: boolean;
}

/** Writes, reads and removes overlay planes in workers. Make one for a page, dispose of it when done. */
export interface OverlayExporter {
  /** Return the file with the planes added, as a Blob that refers to the file: save it before the file changes. */
  writeOverlays(file: OverlaySource, planes: readonly PlaneInput[], options?: WriteOptions): Promise<Blob>;
  /** Return the planes of a file. */
  readOverlays(file: OverlaySource, options?: CallOptions): Promise<readonly OverlayPlane[]>;
  /** Return the file without these groups, or without any plane. */
  removeOverlays(file: OverlaySource, groups?: readonly number[], options?: RemoveOptions): Promise<Blob>;
  /** Return what the header says. */
  inspect(file: OverlaySource, options?: CallOptions): Promise<InstanceFacts>;
  /**
   * Write 3-D masks onto a series; one result for each file, in the files' order.
   *
   * A file that fails is a result with an error. What concerns the whole series throws `invalid-series` before the
   * first result. Taking results slowly slows the export down: at most two files for each worker are ahead.
   */
  exportSeries(
    files: readonly OverlaySource[],
    volumes: readonly Volume[],
    options?: SeriesOptions,
  ): AsyncIterableIterator<SeriesResult>;
  /** End the workers; running calls reject with `disposed`. */
  dispose(): void;
}

/**
 * Start a worker and return the exporter once Python is ready in it; further workers start when there is work.
 *
 * @throws OverlayError `worker-start-failed` (`detail.cause`, `detail.file`, `detail.status` say why),
 *   `runtime-mismatch` or `protocol-mismatch` when the runtime folder is of another version.
 */
export async function createOverlayExporter(options: ExporterOptions): Promise<OverlayExporter> {
  const { signal } = options;
  signal?.throwIfAborted();
  const spawnOptions: SpawnOptions = {
    runtimeUrl: folderUrl(options.runtimeUrl),
    indexUrl: options.indexURL === undefined ? null : folderUrl(options.indexURL),
    packages: [...(options.packages ?? [])],
    snapshot: options.snapshot ?? "use",
    startTimeout: options.startTimeout ?? DEFAULT_START_TIMEOUT,
    onStatus: options.onStatus,
  };
  const pool = new WorkerPool({
    size: poolSize(options.workers),
    graceTime: options.graceTime ?? DEFAULT_GRACE_TIME,
    spawn: (worker, onDeath) => spawnWorker(worker, spawnOptions, onDeath),
  });
  const onAbort = (): void => pool.dispose();
  const dispose = (): void => {
    signal?.removeEventListener("abort", onAbort);
    pool.dispose();
  };
  signal?.addEventListener("abort", onAbort);
  try {
    await pool.warm();
  } catch (error) {
    dispose();
    signal?.throwIfAborted();
    throw error;
  }
  return new PooledExporter(pool, dispose);
}

class PooledExporter implements OverlayExporter {
  readonly #pool: WorkerPool;
  readonly dispose: () => void;

  constructor(pool: WorkerPool, dispose: () => void) {
    this.#pool = pool;
    this.dispose = dispose;
  }

  async writeOverlays(
    file: OverlaySource,
    planes: readonly PlaneInput[],
    options: WriteOptions = {},
  ): Promise<Blob> {
    options.signal?.throwIfAborted();
    const source = toBlob(file);
    const { transfer, ...wire } = prepareWirePlanes(planes, options.buffers ?? "copy");
    const { patch, notices } = await this.#pool.run(
      {
        type: "write",
        source,
        parts: [],
        ...wire,
        empty: "write",
        replace: options.replace ?? false,
        instance: options.instance ?? "keep",
        seriesInstanceUid: options.seriesInstanceUid ?? null,
        strict: options.strict ?? false,
      },
      { transfer, signal: options.signal },
    );
    tell(notices, options.onNotice);
    return patch === null ? source : applyPatch(source, patch);
  }

  async readOverlays(file: OverlaySource, { signal }: CallOptions = {}): Promise<readonly OverlayPlane[]> {
    return await this.#pool.run({ type: "read", source: toBlob(file) }, { signal });
  }

  async removeOverlays(
    file: OverlaySource,
    groups?: readonly number[],
    { embedded = false, strict = false, onNotice, signal }: RemoveOptions = {},
  ): Promise<Blob> {
    const source = toBlob(file);
    const job = { type: "remove", source, groups: groups ? [...groups] : null, embedded, strict } as const;
    const { patch, notices } = await this.#pool.run(job, { signal });
    tell(notices, onNotice);
    return patch === null ? source : applyPatch(source, patch);
  }

  async inspect(file: OverlaySource, { signal }: CallOptions = {}): Promise<InstanceFacts> {
    const { facts } = await this.#pool.run(
      { type: "inspect", source: toBlob(file), parts: "drop" },
      { signal },
    );
    return facts;
  }

  exportSeries(
    files: readonly OverlaySource[],
    volumes: readonly Volume[],
    options: SeriesOptions = {},
  ): AsyncIterableIterator<SeriesResult> {
    return exportSeries(this.#pool, files, volumes, options);
  }
}

function tell(notices: readonly Notice[], onNotice: ((notice: Notice) => void) | undefined): void {
  if (onNotice !== undefined) for (const notice of notices) onNotice(notice);
}

function poolSize(workers: number | undefined): number {
  if (workers === undefined) return Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1));
  if (Number.isInteger(workers) && workers >= 1) return workers;
  throw new OverlayError("invalid-request", "Expected a whole number of workers, at least 1.", {
    field: "workers",
  });
}

/** Resolve against the page, not the worker's script, and end with a slash. */
function folderUrl(url: string | URL): string {
  const absolute = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
  return absolute.pathname.endsWith("/") ? absolute.href : new URL(`${absolute.pathname}/`, absolute).href;
}
