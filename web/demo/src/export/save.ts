/** Where results go: a ZIP, a folder, the folder they came from, single downloads, the host's archive. */
import {
  download,
  downloadAll,
  type FileHandle,
  isOverlayError,
  type OfferedFile,
  type SavedFile,
  toDirectory,
  toZipBlob,
  toZipFile,
} from "dicom-overlay";
import { type StoredInstance, toDicomWeb } from "dicom-overlay/dicomweb";
import { folderPicker } from "../open/drop.js";
import { archive } from "../shell/config.js";
import { codeOf } from "../words/faults.js";
import type { ExportResult, MadeFile } from "./job.js";
import type { SinkName } from "./plan.js";

export const ARCHIVE_NAME = "overlay-export.zip";

type SavePicker = (options: object) => Promise<FileHandle>;

/** A place that the user chose in the dialog that the click opened. */
export interface Place {
  readonly folder: FileSystemDirectoryHandle | null;
  readonly file: FileHandle | null;
}

/** What saving came to. */
export interface Saved {
  /** The results, each with what became of it. */
  readonly results: readonly ExportResult[];
  /** The files were handed to the browser; only it knows whether they arrived. */
  readonly handedOver: boolean;
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

/** Ask where to save, if the sink needs to know; null when the user closes the dialog. */
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

/** One result that is being saved: its place among all, and what a sink writes. */
interface Outgoing {
  readonly at: number;
  readonly result: ExportResult;
  readonly made: MadeFile;
}

/** The outcome of saving one result: null if it was saved, else a code. */
type Arrivals = Map<number, string | null>;

interface SaveTools {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Save what was written; a file that does not arrive has the reason in its result and does not end the rest.
 *
 * Cancelling ends the saving, not the answer: what was saved before stays saved, and the results say so.
 *
 * @throws OverlayError `file-exists` or `unsupported-sink`, before anything is written.
 */
export async function saveResults(
  results: readonly ExportResult[],
  sink: SinkName,
  place: Place,
  { signal, onProgress }: SaveTools,
): Promise<Saved> {
  const outgoing = results.flatMap((result, at): Outgoing[] =>
    result.made === null ? [] : [{ at, result, made: result.made }],
  );
  const arrivals: Arrivals = new Map();
  const names = new Map<number, string>();
  const note: Note = (at, code, savedAs) => {
    arrivals.set(at, code);
    if (savedAs !== undefined) names.set(at, savedAs);
    onProgress(arrivals.size, outgoing.length);
  };
  let rest = "not-saved";
  try {
    if (outgoing.length > 0) await put(outgoing, sink, place, signal, note);
  } catch (error) {
    if (signal.aborted) rest = "save-cancelled";
    else if (isOverlayError(error, "file-exists") || isOverlayError(error, "unsupported-sink")) throw error;
    else rest = codeOf(error);
    // An unfinished ZIP counts as empty.
    if (sink === "zip" || sink === "zip-to") arrivals.clear();
  }
  return {
    results: results.map((result, index) => {
      if (result.made === null) return result;
      const code = arrivals.get(index);
      const saved = code === null;
      const savedAs = saved ? (names.get(index) ?? result.item.name) : null;
      return { ...result, saved, savedAs, saveCode: code === undefined ? rest : code };
    }),
    handedOver: sink === "zip" || sink === "files",
  };
}

async function put(
  outgoing: readonly Outgoing[],
  sink: SinkName,
  place: Place,
  signal: AbortSignal,
  note: Note,
): Promise<void> {
  const files = outgoing.map(({ made }) => made);
  /** What a sink is told: its results come with the place that the package, or their list, gave them. */
  const toldOf = (sent: readonly Outgoing[]): Told => {
    const places = new Map(sent.map(({ at, made }, k) => [made.index ?? k, at]));
    const onSaved = (file: SavedFile | OfferedFile): void => {
      const at = places.get(file.index) ?? -1;
      if (file.outcome === "failed") note(at, codeOf(file.error));
      else note(at, null, file.savedAs);
    };
    return { signal, onSaved };
  };
  const told = toldOf(outgoing);
  switch (sink) {
    case "archive":
      await sendAll(outgoing, signal, note);
      return;
    case "folder": {
      const { folder } = place;
      const names = files.map(({ name }) => name);
      if (folder !== null) await inTurn(signal, () => toDirectory(folder, files, { ...told, names }));
      return;
    }
    case "back":
      for (const { at, result } of outgoing) if (result.item.source.folder === null) note(at, "no-folder");
      await inTurn(signal, async () => {
        for (const [folder, sent] of byFolder(outgoing)) {
          const named = sent.map(({ made }) => made);
          await toDirectory(folder, named, { ...toldOf(sent), existingFiles: "replace" });
        }
      });
      return;
    case "zip-to":
      if (place.file !== null) await toZipFile(place.file, files, told);
      return;
    case "zip":
      if (files.length > 1) await offerZip(files, told);
      else await downloadAll(files, told);
      return;
    case "files":
      await downloadAll(files, told);
      return;
    default:
      sink satisfies never;
  }
}

type Note = (at: number, code: string | null, savedAs?: string) => void;

interface Told {
  readonly signal: AbortSignal;
  readonly onSaved: (file: SavedFile | OfferedFile) => void;
}

const TURN = "dicom-overlay saving";

/**
 * Tabs write into folders one after the other. At the same time, two could find one name free, or one original as it
 * was, and both would call saved what only the later one has put there.
 */
async function inTurn(signal: AbortSignal, save: () => Promise<unknown>): Promise<void> {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  await (locks === undefined ? save() : locks.request(TURN, { signal }, save));
}

/** One ZIP as a download; none where no file could be read. */
async function offerZip(files: readonly MadeFile[], { signal, onSaved }: Told): Promise<void> {
  let packed = 0;
  const archived = await toZipBlob(files, {
    signal,
    onSaved: (file) => {
      if (file.outcome === "saved") packed += 1;
      onSaved(file);
    },
  });
  if (packed > 0) download(archived, ARCHIVE_NAME);
}

/** Each file goes over its original, folder by folder: a file is old or new, never half. */
function byFolder(outgoing: readonly Outgoing[]): Map<FileSystemDirectoryHandle, Outgoing[]> {
  const folders = new Map<FileSystemDirectoryHandle, Outgoing[]>();
  for (const one of outgoing) {
    const { folder } = one.result.item.source;
    if (folder !== null) folders.set(folder, [...(folders.get(folder) ?? []), one]);
  }
  return folders;
}

/** Store new instances in the host's archive, which says what it did with each. */
async function sendAll(outgoing: readonly Outgoing[], signal: AbortSignal, note: Note): Promise<void> {
  const target = archive.value;
  if (target === null) return;
  const sent = outgoing.map(({ made, result }) => ({
    name: made.name,
    blob: made.blob,
    outcome: result.outcome === "written" ? ("written" as const) : ("unchanged" as const),
    sopInstanceUid: result.sopInstanceUid,
  }));
  const report = await toDicomWeb(sent, { url: target.url, signal });
  for (const { index, ...stored } of report.instances) note(outgoing[index]?.at ?? -1, arrivalOf(stored));
}

/** Null where the archive has the image as it was sent, else a code. */
export function arrivalOf({
  outcome,
  reason,
  error,
}: Pick<StoredInstance, "outcome" | "reason" | "error">): string | null {
  switch (outcome) {
    case "written":
      return reason === null ? null : "archive-changed";
    case "unchanged":
      return "not-sent";
    case "unknown":
      return "archive-unknown";
    default:
      return codeOf(error);
  }
}

/** Ask for leave to write into the folders that the files came from; straight from a click. */
export async function mayWrite(folders: ReadonlySet<FileSystemDirectoryHandle>): Promise<boolean> {
  for (const folder of folders) {
    const handle = folder as FileSystemDirectoryHandle & {
      requestPermission?(options: { mode: "readwrite" }): Promise<PermissionState>;
    };
    // "prompt": the question was closed without an answer.
    const state = (await handle.requestPermission?.({ mode: "readwrite" })) ?? "granted";
    if (state !== "granted") return false;
  }
  return true;
}
