/** Files, each with planes of its own, through the pool: one result for each, in their order. */

import { isObject, requireList, requireSource, requireText, unknownWord, wrong } from "../values/check.js";
import { Contents, withContents } from "../values/contents.js";
import { newUid } from "../values/new-uid.js";
import type { ExportItem, ExportOptions } from "../values/options.js";
import type { OverlaySource } from "../values/plane.js";
import type { FailedFile, SeriesItem, SeriesResult, UnchangedFile, WrittenFile } from "../values/results.js";
import { nameOf, toBlob } from "../values/source.js";
import { type WriteRules, writeJob } from "../workers/edit-jobs.js";
import type { WorkerPool } from "../workers/pool.js";
import type { EditedFile } from "../workers/protocol.js";
import { endable } from "./endable.js";
import { inOrder, type Running } from "./in-order.js";
import { requireOwnFault } from "./own-fault.js";

/** An item whose planes are made when it is its turn. */
export interface LazyItem {
  readonly file: OverlaySource;
  readonly name: string;
  /** @throws OverlayError for anything that is not a file. */
  readonly source: () => Blob;
  /** @throws OverlayError why the file cannot be written. */
  readonly prepare: () => Pick<ExportItem, "planes"> & Pick<WriteRules, "kept" | "cleared">;
}

/** See `OverlayExporter.exportFiles`. */
export function exportFiles(
  pool: WorkerPool,
  items: Iterable<ExportItem> | AsyncIterable<ExportItem>,
  options: ExportOptions,
): AsyncIterableIterator<SeriesResult> {
  return endable(options.signal, async function* (ended) {
    const { onProgress } = options;
    const total = countOf(requireItems(items));
    let done = 0;
    let bytes = 0;
    for await (const result of writeFiles(pool, lazily(items), options, ended)) {
      done++;
      bytes += sizeOf(result.file);
      onProgress?.({ done, total, file: result.file, bytes });
      yield result;
    }
  });
}

/** Write the items; those that cannot be written are results, too. Ends with `ended`. */
export async function* writeFiles(
  pool: WorkerPool,
  items: Iterable<LazyItem> | AsyncIterable<LazyItem>,
  options: ExportOptions,
  ended: AbortSignal,
): AsyncGenerator<SeriesResult, void, undefined> {
  const seriesSeed = options.instance === "derived" ? newUid() : undefined;
  const rules = { ...options, seriesSeed, signal: ended };
  yield* inOrder(items, pool.ahead, (item, index) => {
    const about: SeriesItem = { file: item.file, index, name: item.name };
    const failed = (error: unknown): FailedFile => ({
      ...about,
      outcome: "failed",
      error: requireOwnFault(error, ended),
    });
    try {
      const { result, weight } = writeFile(pool, about, item, rules);
      return { result: result.catch(failed), weight };
    } catch (error) {
      return { result: new Promise((resolve) => resolve(failed(error))), weight: 0 };
    }
  });
}

function writeFile(
  pool: WorkerPool,
  about: SeriesItem,
  item: LazyItem,
  rules: WriteRules & ExportOptions,
): Running<WrittenFile | UnchangedFile> {
  const source = item.source();
  const { planes, kept, cleared = [] } = item.prepare();
  if (planes.length === 0 && cleared.length === 0) {
    const nothing = { groups: [], notices: [], sopInstanceUid: null, pieces: null };
    return { result: Promise.resolve(fileResult(about, source, nothing)), weight: 0 };
  }
  const { job, run } = writeJob(source, planes, { ...rules, kept, cleared });
  const result = pool.run(job, run).then((edited) => fileResult(about, source, edited));
  return { result, weight: run.weight ?? 0 };
}

function fileResult(
  about: SeriesItem,
  source: Blob,
  { pieces, groups, notices, sopInstanceUid }: EditedFile,
): WrittenFile | UnchangedFile {
  const made = new Contents(source, pieces);
  if (pieces === null) {
    const facts = { groups: [], notices, sopInstanceUid: null } as const;
    return withContents({ ...about, outcome: "unchanged", ...facts } as const, made);
  }
  return withContents({ ...about, outcome: "written", groups, notices, sopInstanceUid } as const, made);
}

async function* lazily(items: Iterable<ExportItem> | AsyncIterable<ExportItem>): AsyncGenerator<LazyItem> {
  let index = 0;
  for await (const item of items) {
    const { file, planes, name = nameOf(file, index) } = requireItem(item);
    index++;
    yield { file, name, source: () => toBlob(file), prepare: () => ({ planes }) };
  }
}

function requireItems<T>(items: T): T & object {
  requireSource(items, "a list of objects with file and planes", "items");
  return items as T & object;
}

const ITEM: Readonly<Record<keyof ExportItem, true>> = { file: true, planes: true, name: true };

function requireItem(item: ExportItem): ExportItem {
  const isItem = isObject(item) && "file" in item && unknownWord(item, ITEM) === undefined;
  if (!isItem) throw wrong("objects with file, planes and perhaps a name", "items");
  // Each is read once: a caller's getter may make the masks.
  const { file, planes, name } = item;
  if (name !== undefined) requireText(name, "name");
  return { file, planes: requireList(planes, "planes"), name };
}

function countOf(items: object): number | null {
  if (Array.isArray(items)) return items.length;
  return "size" in items && typeof items.size === "number" ? items.size : null;
}

/** Bytes of a source; 0 for anything that is not one. */
export function sizeOf(file: OverlaySource): number {
  if (typeof file !== "object" || file === null) return 0;
  const size: unknown = "size" in file ? file.size : file.byteLength;
  return typeof size === "number" ? size : 0;
}
