/** One run of an export: write, save, check; progress, cancelling, one result a file. */
import { isOverlayError, type Notice, type OverlayExporter } from "dicom-overlay";
import { type ExportItem, type ExportOptions, toPlaneInput } from "./export-plan.js";
import type { ImageClient } from "./image-client.js";
import { codeOf } from "./messages.js";
import { type Verification, verifyResult } from "./verify.js";

export type ExportPhase = "starting Python" | "writing" | "saving" | "checking";

export interface ExportProgress {
  readonly phase: ExportPhase;
  readonly done: number;
  readonly total: number;
}

export interface ExportResult {
  readonly item: ExportItem;
  readonly outcome: "written" | "copied" | "failed";
  readonly blob: Blob | null;
  /** Code of the error of a file that failed. */
  readonly code: string | null;
  readonly notices: readonly Notice[];
  verification: Verification | null;
  /** Code of the error that ended the check. */
  checkCode: string | null;
}

export interface ExportTools {
  readonly exporter: OverlayExporter;
  readonly images: ImageClient;
  readonly onProgress: (progress: ExportProgress) => void;
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
  const results: ExportResult[] = [];
  let done = 0;
  await eachAhead(items, tools.signal, async (item, index) => {
    results[index] = await writeItem(item, { instance, ...series }, tools);
    done += 1;
    tools.onProgress({ phase: "writing", done, total: items.length });
  });
  return results;
}

/** Check every result that was written, and put the finding into it. */
export async function checkResults(results: readonly ExportResult[], tools: ExportTools): Promise<void> {
  const written = results.filter(({ blob }) => blob !== null);
  let done = 0;
  await eachAhead(written, tools.signal, async (result) => {
    try {
      const { exporter, images, signal } = tools;
      result.verification = await verifyResult(exporter, images, result.item, result.blob as Blob, signal);
    } catch (error) {
      tools.signal.throwIfAborted();
      result.checkCode = codeOf(error);
    }
    done += 1;
    tools.onProgress({ phase: "checking", done, total: written.length });
  });
}

async function writeItem(
  item: ExportItem,
  options: { instance: "keep" | "derived"; seriesInstanceUid?: string },
  { exporter, signal }: ExportTools,
): Promise<ExportResult> {
  const rest = { verification: null, checkCode: null };
  const { source, planes } = item;
  if (planes.length === 0)
    return { item, outcome: "copied", blob: source.file, code: null, notices: [], ...rest };
  try {
    const { blob, notices } = await exporter.writeOverlays(
      source.file,
      planes.map((plane) => toPlaneInput(plane, source)),
      { ...options, signal },
    );
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

async function eachAhead<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const run = async (): Promise<void> => {
    for (const [index, item] of queue) {
      signal.throwIfAborted();
      await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, run));
}

/** A UID derived from a random UUID (PS3.5 section B.2); `crypto.randomUUID` is missing on plain HTTP. */
function newUid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n)}`;
}
