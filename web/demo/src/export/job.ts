/** One run of an export: write and check; progress, cancelling, one result a file. */
import { isOverlayError, type Notice, type OverlayExporter } from "dicom-overlay";
import { codeOf } from "../app/faults.js";
import { type ExportItem, type ExportOptions, toPlaneInput } from "./plan.js";
import { type Verification, verifyResult } from "./verify.js";

export interface ExportResult {
  readonly item: ExportItem;
  readonly outcome: "written" | "copied" | "failed";
  readonly blob: Blob | null;
  /** Code of the error of a file that failed. */
  readonly code: string | null;
  readonly notices: readonly Notice[];
  readonly verification: Verification | null;
  /** Code of the error that ended the check, or the saving. */
  readonly checkCode: string | null;
}

export interface ExportTools {
  readonly exporter: OverlayExporter;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Files on their way at the same time; the package's pool shares them among its workers. */
const AHEAD = 4;

/** Write every item; results in the items' order. One bad file is a result; cancelling rejects. */
export async function writeItems(
  items: readonly ExportItem[],
  { instance }: Pick<ExportOptions, "instance">,
  tools: ExportTools,
): Promise<ExportResult[]> {
  const series = instance === "derived" ? { seriesInstanceUid: newUid() } : {};
  return await eachAhead(items, tools, (item) => writeItem(item, { instance, ...series }, tools));
}

/** Check every result that was written, and return the results with what was found. */
export async function checkResults(
  results: readonly ExportResult[],
  tools: ExportTools,
): Promise<ExportResult[]> {
  return await eachAhead(results, tools, async (result) => {
    if (result.blob === null) return result;
    try {
      const { exporter, signal } = tools;
      return { ...result, verification: await verifyResult(exporter, result.item, result.blob, signal) };
    } catch (error) {
      tools.signal.throwIfAborted();
      return { ...result, checkCode: codeOf(error) };
    }
  });
}

async function writeItem(
  item: ExportItem,
  options: { instance: "keep" | "derived"; seriesInstanceUid?: string },
  { exporter, signal }: ExportTools,
): Promise<ExportResult> {
  const rest = { verification: null, checkCode: null };
  const { source, planes, removed } = item;
  if (planes.length === 0 && removed.length === 0)
    return { item, outcome: "copied", blob: source.file, code: null, notices: [], ...rest };
<<<<<<< HEAD:web/demo/src/export/job.ts
  const notices: Notice[] = [];
  const edit = { signal, onNotice: (notice: Notice) => notices.push(notice) };
  try {
    let blob: Blob = source.file;
    if (removed.length > 0) blob = await exporter.removeOverlays(blob, removed, edit);
    if (planes.length > 0) {
      const inputs = planes.map((plane) => toPlaneInput(plane, source));
      blob = await exporter.writeOverlays(blob, inputs, { ...options, ...edit });
    }
=======
  try {
    const { blob, notices } = await exporter.writeOverlays(
      source.file,
      planes.map((plane) => toPlaneInput(plane, source)),
      { ...options, signal },
    );
>>>>>>> pool:web/demo/src/export-job.ts
    return { item, outcome: "written", blob, code: null, notices, ...rest };
  } catch (error) {
    signal.throwIfAborted();
    if (isOverlayError(error, "disposed") || isOverlayError(error, "worker-start-failed")) throw error;
    const code = codeOf(error);
    // A fault of ours and not of the file: whoever looks into it needs the cause, which stays on this machine.
    if (code === "internal") console.error(error);
    return { item, outcome: "failed", blob: null, code, notices: [], ...rest };
  }
}

async function eachAhead<T, R>(
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

/** A UID derived from a random UUID (PS3.5 section B.2); `crypto.randomUUID` is missing on plain HTTP. */
function newUid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n)}`;
}
