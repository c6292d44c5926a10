/** Input: what was dropped or chosen, as files with their path and, if the browser gives it, their folder. */

import { codeOf } from "../words/faults.js";

export interface NamedFile {
  readonly path: string;
  readonly file: File;
  /** The folder on disk, which results can be saved back into. */
  readonly folder: FileSystemDirectoryHandle | null;
}

/** A file or folder that could not be read. */
export interface LostFile {
  readonly path: string;
  readonly code: string;
}

export interface Found {
  readonly files: readonly NamedFile[];
  readonly lost: readonly LostFile[];
}

/** What Chromium has beyond the standard's types. */
interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}
export type FolderPicker = (options: { mode: "read" | "readwrite" }) => Promise<FileSystemDirectoryHandle>;

const MASK_NAME = /\.(png|npy|nii|nii\.gz|nrrd|mha)$/i;

/** Separates mask files, known by their names, from everything else. */
export function sortFiles(files: readonly NamedFile[]): { masks: File[]; images: NamedFile[] } {
  return {
    masks: files.filter(({ path }) => MASK_NAME.test(path)).map(({ file }) => file),
    images: files.filter(({ path }) => !MASK_NAME.test(path)),
  };
}

/** The folder dialog of the browser, where it has one. */
export function folderPicker(): FolderPicker | null {
  const { showDirectoryPicker } = globalThis as { showDirectoryPicker?: FolderPicker };
  return showDirectoryPicker === undefined ? null : showDirectoryPicker.bind(globalThis);
}

/** The files of an `<input type="file">`, with their folder's name where it has one. */
export function filesOfList(list: readonly File[]): Found {
  const files = list.map((file) => ({ path: file.webkitRelativePath || file.name, file, folder: null }));
  return { files, lost: [] };
}

/**
 * The files of a drop, folders walked.
 *
 * Everything must be taken before the first `await`: the browser empties the transfer after the event.
 */
export async function filesOfDrop(transfer: DataTransfer): Promise<Found> {
  const taken = [...transfer.items]
    .filter(({ kind }) => kind === "file")
    .map((item) => ({
      handle: (item as HandleItem).getAsFileSystemHandle?.().catch(() => null) ?? Promise.resolve(null),
      entry: item.webkitGetAsEntry(),
      file: item.getAsFile(),
    }));
  const walk = new Walk();
  for (const { handle: promise, entry, file } of taken) {
    const handle = await promise;
    if (handle?.kind === "directory") await walk.folder(handle as FileSystemDirectoryHandle, handle.name);
    else if (entry?.isDirectory === true) await walk.entry(entry);
    else if (file !== null) walk.files.push({ path: file.name, file, folder: null });
  }
  return walk;
}

/** The files of a folder and of those in it. */
export async function walkFolder(folder: FileSystemDirectoryHandle): Promise<Found> {
  const walk = new Walk();
  await walk.folder(folder, folder.name);
  return walk;
}

/** What is found on the way; a file or folder that vanishes meanwhile is noted and does not end the walk. */
class Walk implements Found {
  readonly files: NamedFile[] = [];
  readonly lost: LostFile[] = [];

  /** Entries of one folder are asked for together, as each is a round trip. */
  async folder(folder: FileSystemDirectoryHandle, path: string): Promise<void> {
    const entries = folder as unknown as AsyncIterable<[string, FileSystemHandle]>;
    const asked: Promise<void>[] = [];
    await this.orLose(path, async () => {
      for await (const [name, handle] of entries) {
        const below = path === "" ? name : `${path}/${name}`;
        if (handle.kind === "directory") asked.push(this.folder(handle as FileSystemDirectoryHandle, below));
        else asked.push(this.file(handle as FileSystemFileHandle, below, folder));
      }
    });
    await Promise.all(asked);
  }

  async entry(entry: FileSystemEntry): Promise<void> {
    const path = entry.fullPath.replace(/^\//, "");
    await this.orLose(path, async () => {
      if (entry.isDirectory) {
        const below = await readFolder((entry as FileSystemDirectoryEntry).createReader());
        await Promise.all(below.map((one) => this.entry(one)));
        return;
      }
      const one = entry as FileSystemFileEntry;
      const file = await new Promise<File>((resolve, reject) => one.file(resolve, reject));
      this.files.push({ path, file, folder: null });
    });
  }

  private async file(
    handle: FileSystemFileHandle,
    path: string,
    folder: FileSystemDirectoryHandle,
  ): Promise<void> {
    await this.orLose(path, async () => {
      this.files.push({ path, file: await handle.getFile(), folder });
    });
  }

  private async orLose(path: string, take: () => Promise<void>): Promise<void> {
    try {
      await take();
    } catch (error) {
      this.lost.push({ path, code: codeOf(error) });
    }
  }
}

/** A reader hands out at most 100 entries a call (Chromium). */
async function readFolder(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
