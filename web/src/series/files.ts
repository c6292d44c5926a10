/** The files of a series: as Blobs, and what their headers say, each header read once. */
import { OverlayError } from "../errors.js";
import { requireList } from "../values/check.js";
import type { InstanceFacts, OverlaySource } from "../values/plane.js";
import type { SeriesItem } from "../values/results.js";
import { nameOf, toBlob } from "../values/source.js";
import type { WorkerPool } from "../workers/pool.js";
import { inOrder } from "./in-order.js";
import { requireOwnFault } from "./own-fault.js";

/** One file of the list. */
export interface SeriesFile extends SeriesItem {
  /** The file as a Blob, or why it is not one. */
  readonly source: Blob | OverlayError;
}

/** A file and its header's facts, or why it cannot be read. */
export interface Inspected extends SeriesFile {
  readonly facts: InstanceFacts | OverlayError;
  /** What a write needs of the file, so that it is read once; `null` where it has to be read again. */
  readonly kept: string | null;
}

/** @throws OverlayError `invalid-request` for anything that is not a list. An item that is not a file gets an error of its own. */
export function seriesFiles(files: Iterable<OverlaySource>): readonly SeriesFile[] {
  return requireList<OverlaySource>(files, "files").map((file, index): SeriesFile => {
    try {
      return { file, index, name: nameOf(file, index), source: toBlob(file) };
    } catch (error) {
      return { file, index, name: nameOf(file, index), source: error as OverlayError };
    }
  });
}

/** Inspect every file; `tell` is called for each, in their order. */
export async function inspectFiles(
  pool: WorkerPool,
  files: readonly SeriesFile[],
  keep: boolean,
  ended: AbortSignal,
  tell: (file: SeriesFile) => void,
): Promise<readonly Inspected[]> {
  const inspect = (source: Blob): Promise<Pick<Inspected, "facts" | "kept">> =>
    pool.run({ type: "inspect", source, keep }, { signal: ended });
  return await eachFile(pool, files, inspect, (error) => ({ facts: error, kept: null }), ended, tell);
}

/** Do the same with every file, in their order; a file that fails does not end the others. */
export async function eachFile<R extends object>(
  pool: WorkerPool,
  files: readonly SeriesFile[],
  run: (source: Blob) => Promise<R>,
  failed: (error: OverlayError) => R,
  ended: AbortSignal,
  tell: (file: SeriesFile) => void,
): Promise<readonly (SeriesFile & R)[]> {
  const one = async (file: SeriesFile): Promise<SeriesFile & R> => {
    const { source } = file;
    if (source instanceof OverlayError) return { ...file, ...failed(source) };
    try {
      return { ...file, ...(await run(source)) };
    } catch (error) {
      return { ...file, ...failed(requireOwnFault(error, ended)) };
    }
  };
  const found: (SeriesFile & R)[] = [];
  for await (const file of inOrder(files, pool.ahead, (each) => ({ result: one(each), weight: 0 }))) {
    tell(file);
    found.push(file);
  }
  return found;
}
