/** What an editor calls: overlay planes of files, in workers. Data goes down the chain, results come back up. */

import { exportSeries } from "./series/export.js";
import { exportFiles } from "./series/export-files.js";
import { wireGeometry } from "./series/geometry.js";
import { requireImages } from "./series/images.js";
import { readSeries } from "./series/read.js";
import type { CapturedPicture, CaptureOptions, CaptureResult } from "./values/capture.js";
import { requireObject, requireOptions } from "./values/check.js";
import { Contents, withContents } from "./values/contents.js";
import type {
  CallOptions,
  ExporterOptions,
  ExportItem,
  ExportOptions,
  ReadSeriesOptions,
  RemoveOptions,
  SeriesOptions,
  WriteOptions,
} from "./values/options.js";
import type { FileOverlays, InstanceFacts, OverlaySource, PlaneInput, SeriesImage } from "./values/plane.js";
import type { EditResult, ImageOrder, ImagePlaces, SeriesOverlays, SeriesResult } from "./values/results.js";
import { CALL, CAPTURE, EXPORT, EXPORTER, READ_SERIES, REMOVE, SERIES, WRITE } from "./values/rules.js";
import { toBlob } from "./values/source.js";
import type { Volume, VolumeSpace } from "./values/volume.js";
import { folderAddress, scriptAddress } from "./workers/addresses.js";
import { captureJob, removeJob, writeJob } from "./workers/edit-jobs.js";
import { WorkerPool } from "./workers/pool.js";
import type { EditedFile } from "./workers/protocol.js";
import { type SpawnOptions, spawnWorker } from "./workers/spawn.js";

/** Writes, reads and removes overlay planes in workers. Make one for the whole page, and dispose of it when done. */
export interface OverlayExporter {
  /** Return the file with the planes added, as a Blob that refers to the file: save it before the file changes. */
  writeOverlays(
    file: OverlaySource,
    planes: readonly PlaneInput[],
    options?: WriteOptions,
  ): Promise<EditResult>;
  /** Return the planes of a file, and the notices about the file as a whole. */
  readOverlays(file: OverlaySource, options?: CallOptions): Promise<FileOverlays>;
  /** Return the file without the planes of these groups and labels, or without any plane. */
  removeOverlays(file: OverlaySource, options?: RemoveOptions): Promise<EditResult>;
  /**
   * Return a picture of the image, marks and all, as a new instance that every viewer shows: a Secondary Capture of the
   * same patient and study, in a new series, with a reference to the image. The picture stays in this thread.
   *
   * @throws OverlayError `invalid-request` where the picture is not of the image's size, or there is no such frame.
   */
  makeSecondaryCapture(
    file: OverlaySource,
    picture: CapturedPicture,
    options?: CaptureOptions,
  ): Promise<CaptureResult>;
  /** Return what the header says. */
  inspect(file: OverlaySource, options?: CallOptions): Promise<InstanceFacts>;
  /**
   * Write planes into many files, each with its own planes; one result for each file, in the items' order.
   *
   * A file that fails is a result with an error. If you take results slowly, the export slows down, and items are taken
   * only as they are needed: at most 64 for each worker, or 32 MB of masks, ahead. `break` ends what still runs.
   */
  exportFiles(
    items: Iterable<ExportItem> | AsyncIterable<ExportItem>,
    options?: ExportOptions,
  ): AsyncIterableIterator<SeriesResult>;
  /**
   * Write 3-D masks onto a series; one result for each file, in the files' order, as with {@link exportFiles}.
   *
   * An error of the whole series, such as `invalid-series`, is thrown before the first result.
   */
  exportSeries(
    files: Iterable<OverlaySource>,
    volumes: readonly Volume[],
    options?: SeriesOptions,
  ): AsyncIterableIterator<SeriesResult>;
  /**
   * Read the planes of a series as layers: one volume for each label, or group where there is none.
   *
   * Slices are in the order that {@link exportSeries} uses, so that a volume can be changed and written back.
   *
   * @throws OverlayError `invalid-series` where the files are not one series.
   */
  readSeries(files: Iterable<OverlaySource>, options?: ReadSeriesOptions): Promise<SeriesOverlays>;
  /**
   * Return the order in which {@link exportSeries} takes these images, found from their facts alone.
   *
   * @throws OverlayError `invalid-series` where the images are not one series.
   */
  orderImages(images: readonly SeriesImage[], options?: CallOptions): Promise<ImageOrder>;
  /**
   * Return where the pixels of each image are in a volume with a geometry, as {@link exportSeries} places it.
   *
   * @throws OverlayError `mask-not-placed` where pixels and voxels do not meet, `invalid-series` where an image has no
   *   place or several frames.
   */
  placeImages(
    images: readonly SeriesImage[],
    volume: VolumeSpace,
    options?: CallOptions,
  ): Promise<ImagePlaces>;
  /** End the workers; running calls reject with `disposed`. */
  dispose(): void;
}

/**
 * Start a worker and return the exporter once Python is ready in it; further workers start when there is work.
 *
 * @throws OverlayError `worker-start-failed` (`detail.cause`, `detail.file`, `detail.status` say why),
 *   `runtime-mismatch`, `worker-mismatch` or `protocol-mismatch` when page, worker script and runtime folder are not of
 *   one version (`detail.old` says which is behind), `invalid-request` for an option.
 */
export async function createOverlayExporter(options: ExporterOptions): Promise<OverlayExporter> {
  const {
    signal,
    worker,
    onStatus,
    startTimeout = 60_000,
    graceTime = 5_000,
    idleTimeout = 60_000,
    ...given
  } = requireOptions(requireObject(options, "options"), EXPORTER);
  signal?.throwIfAborted();
  const spawnOptions: SpawnOptions = {
    runtimeUrl: folderAddress(given.runtimeUrl, "runtimeUrl"),
    worker: typeof worker === "function" ? worker : scriptAddress(worker, "worker"),
    startTimeout,
    onStatus,
  };
  const cores = globalThis.navigator?.hardwareConcurrency || 2;
  const pool = new WorkerPool({
    size: given.workers ?? Math.max(1, Math.min(4, cores - 1)),
    graceTime,
    idleTimeout,
    kept: options.idleTimeout === undefined ? 1 : 0,
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
  return exporterOver(pool, dispose);
}

function exporterOver(pool: WorkerPool, dispose: () => void): OverlayExporter {
  return {
    async writeOverlays(file, planes, given) {
      const options = requireOptions(given, WRITE);
      options.signal?.throwIfAborted();
      const source = toBlob(file);
      const { job, run } = writeJob(source, planes, options);
      return edited(await pool.run(job, run), source);
    },
    async readOverlays(file, options) {
      const { signal } = requireOptions(options, CALL);
      return await pool.run({ type: "read", source: toBlob(file), facts: false }, { signal });
    },
    async removeOverlays(file, options) {
      const source = toBlob(file);
      const { job, run } = removeJob(source, requireOptions(options, REMOVE));
      return edited(await pool.run(job, run), source);
    },
    async makeSecondaryCapture(file, picture, given) {
      const options = requireOptions(given, CAPTURE);
      options.signal?.throwIfAborted();
      const { job, run, pixels } = captureJob(toBlob(file), picture, options);
      const { head, sopInstanceUid } = await pool.run(job, run);
      return { blob: new Blob([head, pixels], { type: "application/dicom" }), sopInstanceUid };
    },
    async inspect(file, options) {
      const { signal } = requireOptions(options, CALL);
      const job = { type: "inspect", source: toBlob(file), keep: false } as const;
      return (await pool.run(job, { signal })).facts;
    },
    exportFiles: (items, options) => exportFiles(pool, items, requireOptions(options, EXPORT)),
    exportSeries: (files, volumes, options) =>
      exportSeries(pool, files, volumes, requireOptions(options, SERIES)),
    async readSeries(files, options) {
      return await readSeries(pool, files, requireOptions(options, READ_SERIES));
    },
    async orderImages(images, options) {
      const { signal } = requireOptions(options, CALL);
      return await pool.run({ type: "order", instances: requireImages(images) }, { signal });
    },
    async placeImages(images, volume, options) {
      const { signal } = requireOptions(options, CALL);
      const job = {
        type: "place",
        instances: requireImages(images),
        geometry: wireGeometry(volume),
      } as const;
      return await pool.run(job, { signal });
    },
    dispose,
  };
}

function edited({ pieces, ...facts }: EditedFile, source: Blob): EditResult {
  return withContents(facts, new Contents(source, pieces));
}
