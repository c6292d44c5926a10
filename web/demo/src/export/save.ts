/** Where results go: a ZIP, a folder, the folder they came from, single downloads. */
import { download, toDirectory, toZip } from "dicom-overlay";
import { codeOf } from "../app/faults.js";
import { folderPicker } from "../open/drop.js";
import type { ExportResult } from "./job.js";
import type { SinkName } from "./plan.js";

export const ARCHIVE_NAME = "overlay-export.zip";

interface SaveHandle {
  createWritable(): Promise<WritableStream<Uint8Array>>;
}
type SavePicker = (options: object) => Promise<SaveHandle>;

/** A place that the user chose, straight from the click. */
export interface Place {
  readonly folder: FileSystemDirectoryHandle | null;
  readonly file: SaveHandle | null;
}

/** What became of the saving. */
export interface Saved {
  readonly files: number;
  /** The browser took the files over, and whether they arrived only it knows. */
  readonly handedOver: boolean;
  /** Name and code of what did not arrive. */
  readonly failed: readonly { readonly name: string; readonly code: string }[];
}

function savePicker(): SavePicker | null {
  const { showSaveFilePicker } = globalThis as { showSaveFilePicker?: SavePicker };
  return showSaveFilePicker === undefined ? null : showSaveFilePicker.bind(globalThis);
}

/** The sinks that this browser has for these files. */
export function offeredSinks(haveFolders: boolean, haveArchive: boolean): SinkName[] {
  const sinks: SinkName[] = ["zip"];
  if (savePicker() !== null) sinks.push("zip-to");
  if (folderPicker() !== null) sinks.push("folder");
  if (haveFolders) sinks.push("back");
  sinks.push("files");
  if (haveArchive) sinks.push("archive");
  return sinks;
}

/** Ask where to save, where the sink needs that; null when the user closes the dialog. */
export async function choosePlace(sink: SinkName): Promise<Place | null> {
  try {
    if (sink === "folder")
      return { folder: (await folderPicker()?.({ mode: "readwrite" })) ?? null, file: null };
    if (sink === "zip-to")
      return { folder: null, file: (await savePicker()?.({ suggestedName: ARCHIVE_NAME })) ?? null };
    return { folder: null, file: null };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

/** Save what was written. */
export async function saveResults(
  results: readonly ExportResult[],
  sink: SinkName,
  { folder, file }: Place,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Saved> {
  const named = results.flatMap(({ item, blob }) => (blob === null ? [] : [{ name: item.name, blob, item }]));
  const total = named.length;
  const counted = function* (): Generator<(typeof named)[number]> {
    for (const [k, one] of named.entries()) {
      signal.throwIfAborted();
      onProgress(k, total);
      yield one;
    }
  };
  if (total === 0) return { files: 0, handedOver: false, failed: [] };
  if (sink === "folder" && folder !== null)
    return { files: await toDirectory(folder, counted()), handedOver: false, failed: [] };
  if (sink === "back") return await saveBack(named, signal, onProgress);
  if (sink === "zip-to" && file !== null) {
    await toZip(counted()).pipeTo(await file.createWritable(), { signal });
    return { files: total, handedOver: false, failed: [] };
  }
  if (sink === "zip" && total > 1) {
    const zip = await new Response(toZip(counted())).blob();
    signal.throwIfAborted();
    download(new Blob([zip], { type: "application/zip" }), ARCHIVE_NAME);
    return { files: total, handedOver: true, failed: [] };
  }
  for (const { blob, name } of counted()) download(blob, name);
  return { files: total, handedOver: true, failed: [] };
}

/** Each file over its original: the browser writes beside it and swaps, so a file is old or new, never half. */
async function saveBack(
  named: readonly { blob: Blob; item: ExportResult["item"] }[],
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Saved> {
  const failed: { name: string; code: string }[] = [];
  let files = 0;
  for (const [k, { blob, item }] of named.entries()) {
    if (signal.aborted) break;
    onProgress(k, named.length);
    const { folder, file } = item.source;
    try {
      if (folder === null) throw new DOMException("no folder", "NotFoundError");
      const handle = await folder.getFileHandle(file.name);
      // The result reads from the original while it is written: the swap at the end keeps both apart.
      await blob.stream().pipeTo(await handle.createWritable(), { signal });
      files += 1;
    } catch (error) {
      if (!signal.aborted)
        failed.push({ name: file.name, code: error instanceof DOMException ? "file-access" : codeOf(error) });
    }
  }
  return { files, handedOver: false, failed };
}

/** Ask for leave to write into the folders that the files came from; straight from a click. */
export async function mayWrite(folders: ReadonlySet<FileSystemDirectoryHandle>): Promise<boolean> {
  for (const folder of folders) {
    const handle = folder as FileSystemDirectoryHandle & {
      requestPermission?(options: { mode: "readwrite" }): Promise<PermissionState>;
    };
    if ((await handle.requestPermission?.({ mode: "readwrite" })) === "denied") return false;
  }
  return true;
}
