/** The files of a series: as Blobs, and what their headers say, each header read once. */
import { OverlayError } from "../errors.js";
import type { InstanceFacts, OverlaySource } from "../values/plane.js";
import type { SeriesItem } from "../values/results.js";
import { nameOf, toBlob } from "../values/source.js";
import type { WorkerPool } from "../workers/pool.js";
import type { FilePart } from "../workers/protocol.js";
import { inOrder } from "./in-order.js";
import { requireOwnFault } from "./own-fault.js";

/** One file of the list. */
export interface SeriesFile extends SeriesItem {
  /** The file as a Blob, or why it is none. */
  readonly source: Blob | OverlayError;
}

/** A file and its header's facts, or why it cannot be read. */
export interface Inspected extends SeriesFile {
  readonly facts: InstanceFacts | OverlayError;
  /** What was read of it, kept until it is written. */
  parts: readonly FilePart[];
}

/** Bytes that an export may keep of its files; what is beyond is read twice. */
const PARTS_LIMIT = 64 * 1024 * 1024;

/** @throws OverlayError `invalid-request` for what is no list. A file that is none is an error of its own. */
export function seriesFiles(files: Iterable<OverlaySource>): readonly SeriesFile[] {
  if (typeof files !== "object" || files === null || !(Symbol.iterator in files)) {
    throw new OverlayError("invalid-request", "Expected a list of files.", { field: "files" });
  }
  return Array.from(files, (file, index): SeriesFile => {
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
  ended: AbortSignal,
  tell: (file: SeriesFile) => void,
): Promise<readonly Inspected[]> {
  let room = PARTS_LIMIT;
  const inspect = async (file: SeriesFile): Promise<Inspected> => {
    const { source } = file;
    if (source instanceof OverlayError) return { ...file, facts: source, parts: [] };
    try {
      const job = { type: "inspect", source, parts: room > 0 ? "keep" : "drop" } as const;
      const { facts, parts } = await pool.run(job, { signal: ended });
      room -= parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
      return { ...file, facts, parts };
    } catch (error) {
      return { ...file, facts: requireOwnFault(error, ended), parts: [] };
    }
  };
  const found: Inspected[] = [];
  for await (const inspected of inOrder(files, pool.ahead, inspect)) {
    tell(inspected);
    found.push(inspected);
  }
  return found;
}
