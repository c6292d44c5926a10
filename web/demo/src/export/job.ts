/** One run of an export: write and check; progress, cancelling, one result a file. */
import type { ExportItem as FileItem, NamedBlob, Notice, OverlayExporter } from "dicom-overlay";
import { newUid } from "../../../src/values/new-uid.js";
import { codeOf } from "../words/faults.js";
import { type ExportItem, type ExportOptions, toPlaneInput } from "./plan.js";
import { type Verification, verifyResult } from "./verify.js";

export interface ExportResult {
  readonly item: ExportItem;
  readonly outcome: "written" | "copied" | "failed";
  /** The package's own result, whose pieces a sink writes; null where the file failed. */
  readonly made: MadeFile | null;
  /** Code of the error of a file that failed. */
  readonly code: string | null;
  /** Groups of the written planes, in the order of the item's planes. */
  readonly groups: readonly number[];
  readonly notices: readonly Notice[];
  /** The new instance's UID; null where the instance was kept. */
  readonly sopInstanceUid: string | null;
  /** Whether the file arrived where it was to be saved; false until it did. */
  readonly saved: boolean;
  /** The name that it got there, of several equal ones a number behind it; null where it was not saved. */
  readonly savedAs: string | null;
  /** Code of the error that ended the saving of this file. */
  readonly saveCode: string | null;
  readonly verification: Verification | null;
  /** Code of the error that ended the check. */
  readonly checkCode: string | null;
}

/** A result as a sink takes it. */
export type MadeFile = NamedBlob & { readonly blob: Blob };

export interface ExportTools {
  readonly exporter: OverlayExporter;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** A file without the planes that are to be removed. */
interface Base {
  readonly blob: Blob;
  readonly sopInstanceUid: string | null;
  readonly notices: readonly Notice[];
}

/** The identity of what is written. */
interface Identity {
  readonly instance: ExportOptions["instance"];
  /** One new series for the whole export. */
  readonly seriesInstanceUid?: string;
}

/** Files in progress at the same time; the package's pool spreads them over its workers. */
const AHEAD = 4;

/** Write every item; results in the items' order. One bad file is a result; cancelling rejects. */
export async function writeItems(
  items: readonly ExportItem[],
  { instance }: Pick<ExportOptions, "instance">,
  { exporter, signal, onProgress }: ExportTools,
): Promise<ExportResult[]> {
  const identity: Identity = { instance, ...(instance === "derived" ? { seriesInstanceUid: newUid() } : {}) };
  // Planes that are to go are cut out first; what remains is written like any other file.
  const bases = await eachAhead(items, { signal, onProgress }, (item) =>
    removePlanes(item, identity, exporter, signal),
  );
  const ready = items.flatMap((item, k) => {
    const base = bases[k];
    return base === undefined || typeof base === "string" ? [] : [{ item, base }];
  });
  const results = new Map<ExportItem, ExportResult>();
  const options = {
    ...identity,
    signal,
    onProgress: ({ done }: { done: number }) => onProgress(done, ready.length),
  };
  for await (const result of exporter.exportFiles(fileItems(ready), options)) {
    const entry = ready[result.index];
    if (entry === undefined) continue;
    const { item, base } = entry;
    if (result.outcome === "failed") {
      results.set(item, failure(item, codeOf(result.error)));
      // A fault of ours and not of the file: whoever looks into it needs the cause, which stays on this machine.
      if (result.error.code === "internal") console.error(result.error);
      continue;
    }
    results.set(item, {
      ...failure(item, null),
      outcome: result.outcome === "written" || item.removed.length > 0 ? "written" : "copied",
      // The Blob of a file that lost planes first was made of the user's file: a sink holds it against that one.
      made:
        item.removed.length === 0
          ? result
          : { name: item.name, blob: result.blob, file: item.source.file, index: result.index },
      groups: result.groups,
      notices: [...base.notices, ...result.notices],
      sopInstanceUid: result.sopInstanceUid ?? base.sopInstanceUid,
    });
  }
  return items.map((item, k) => results.get(item) ?? failure(item, String(bases[k])));
}

/** Planes are packed when their file's turn comes: 500 files cost no 500 copies. */
function* fileItems(ready: readonly { item: ExportItem; base: Base }[]): Generator<FileItem> {
  for (const { item, base } of ready) {
    const planes = item.planes.map((plane) => toPlaneInput(plane, item.source));
    yield { file: base.blob, name: item.name, planes };
  }
}

/** The file without the planes that are to go, or the code of what went wrong. */
async function removePlanes(
  { source, removed, planes }: ExportItem,
  identity: Identity,
  exporter: OverlayExporter,
  signal: AbortSignal,
): Promise<Base | string> {
  if (removed.length === 0) return { blob: source.file, sopInstanceUid: null, notices: [] };
  try {
    // Where planes are written afterwards, that step gives the new identity.
    const own = planes.length === 0 ? identity : {};
    return await exporter.removeOverlays(source.file, { groups: removed, signal, ...own });
  } catch (error) {
    signal.throwIfAborted();
    return codeOf(error);
  }
}

/** The result of a file that was not written; `code` says why. */
export function failure(item: ExportItem, code: string | null): ExportResult {
  return {
    item,
    outcome: "failed",
    made: null,
    code,
    groups: [],
    notices: [],
    sopInstanceUid: null,
    saved: false,
    savedAs: null,
    saveCode: null,
    verification: null,
    checkCode: null,
  };
}

/**
 * Check every result that was written, and return the results with what was found. Cancelling ends the checks; what was
 * found before counts.
 */
export async function checkResults(
  results: readonly ExportResult[],
  tools: ExportTools,
): Promise<ExportResult[]> {
  const { exporter, signal } = tools;
  const checked = [...results];
  const check = async (at: number, result: ExportResult): Promise<void> => {
    if (result.made === null) return;
    try {
      const verification = await verifyResult(exporter, result.item, result.made.blob, signal);
      checked[at] = { ...result, verification };
    } catch (error) {
      signal.throwIfAborted();
      checked[at] = { ...result, checkCode: codeOf(error) };
    }
  };
  try {
    await eachAhead([...results.entries()], tools, ([at, result]) => check(at, result));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return checked;
}

/** Work on a few items at once; results in their order. */
export async function eachAhead<T, R>(
  items: readonly T[],
  { signal, onProgress }: Pick<ExportTools, "signal" | "onProgress">,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let done = 0;
  const run = async (): Promise<void> => {
    for (const [index, item] of queue) {
      signal.throwIfAborted();
      results[index] = await work(item);
      onProgress(++done, items.length);
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, run));
  return results;
}
