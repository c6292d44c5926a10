/** Where results go: a ZIP, a folder, the folder they came from, single downloads, the host's archive. */
import {
  download,
  downloadAll,
  type FileHandle,
  type NamedBlob,
  type OfferedFile,
  type SavedFile,
  toDirectory,
  toZipBlob,
  toZipFile,
} from "dicom-overlay";
import { toDicomWeb } from "dicom-overlay/dicomweb";
import { folderPicker } from "../open/drop.js";
import { archive } from "../shell/config.js";
import { codeOf } from "../words/faults.js";
import type { ExportResult } from "./job.js";
import type { SinkName } from "./plan.js";

export const ARCHIVE_NAME = "overlay-export.zip";

type SavePicker = (options: object) => Promise<FileHandle>;

/** A place that the user chose, straight from the click. */
export interface Place {
  readonly folder: FileSystemDirectoryHandle | null;
  readonly file: FileHandle | null;
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

/** One result on its way, with what a sink needs to know of it. */
interface Outgoing extends NamedBlob {
  readonly blob: Blob;
  readonly result: ExportResult;
}

/** Save what was written; what does not arrive is said, and does not end the rest. */
export async function saveResults(
  results: readonly ExportResult[],
  sink: SinkName,
  place: Place,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Saved> {
  const named = results.flatMap((result): Outgoing[] => {
    const { item, blob } = result;
    return blob === null ? [] : [{ name: item.name, blob, file: item.source.file, result }];
  });
  let done = 0;
  const told = { signal, onSaved: () => onProgress(++done, named.length) };
  if (named.length === 0) return { files: 0, handedOver: false, failed: [] };
  if (sink === "archive") return await sendAll(named, signal, told.onSaved);
  if (sink === "folder" && place.folder !== null) {
    const names = named.map(({ name }) => name);
    return savedOf(await toDirectory(place.folder, named, { ...told, names }));
  }
  if (sink === "back") return await saveBack(named, told);
  if (sink === "zip-to" && place.file !== null) return savedOf(await toZipFile(place.file, named, told));
  if (sink === "zip" && named.length > 1) {
    const outcomes: SavedFile[] = [];
    const onSaved = (file: SavedFile): void => {
      outcomes.push(file);
      told.onSaved();
    };
    download(await toZipBlob(named, { signal, onSaved }), ARCHIVE_NAME);
    return { ...savedOf(outcomes), handedOver: true };
  }
  return { ...savedOf(await downloadAll(named, told)), handedOver: true };
}

function savedOf(outcomes: readonly (SavedFile | OfferedFile)[]): Saved {
  const failed = outcomes.flatMap((one) =>
    one.outcome === "failed" ? [{ name: one.name, code: codeOf(one.error) }] : [],
  );
  return { files: outcomes.length - failed.length, handedOver: false, failed };
}

/** Each file over its original, folder by folder: a file is old or new, never half. */
async function saveBack(
  named: readonly Outgoing[],
  told: { readonly signal: AbortSignal; readonly onSaved: () => void },
): Promise<Saved> {
  const byFolder = new Map<FileSystemDirectoryHandle, Outgoing[]>();
  for (const one of named) {
    const { folder } = one.result.item.source;
    if (folder !== null) byFolder.set(folder, [...(byFolder.get(folder) ?? []), one]);
  }
  const outcomes: SavedFile[] = [];
  for (const [folder, files] of byFolder) {
    outcomes.push(...(await toDirectory(folder, files, { ...told, existingFiles: "replace" })));
  }
  return savedOf(outcomes);
}

/** Store new instances in the host's archive, which says what it did with each. */
async function sendAll(named: readonly Outgoing[], signal: AbortSignal, onSent: () => void): Promise<Saved> {
  const target = archive.value;
  if (target === null) return { files: 0, handedOver: false, failed: [] };
  const sent = named.map(({ name, blob, result }) => ({
    name,
    blob,
    outcome: result.outcome === "written" ? ("written" as const) : ("unchanged" as const),
    ...(result.sopInstanceUid === undefined ? {} : { sopInstanceUid: result.sopInstanceUid }),
  }));
  const report = await toDicomWeb(sent, { url: target.url, signal, onProgress: onSent });
  const failed = report.instances.flatMap(({ name, outcome, error }) =>
    error === null ? [] : [{ name, code: outcome === "unknown" ? "archive-unknown" : codeOf(error) }],
  );
  return { files: report.instances.length - failed.length, handedOver: false, failed };
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
