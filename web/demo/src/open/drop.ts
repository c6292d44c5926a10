/** Ways in: what was dropped or chosen, as files with their path and, where the browser gives it, their folder. */

export interface NamedFile {
  readonly path: string;
  readonly file: File;
  /** The folder on disk, which results can be saved back into. */
  readonly folder: FileSystemDirectoryHandle | null;
}

/** What Chromium has beyond the standard's types. */
interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}
export type FolderPicker = (options: { mode: "read" | "readwrite" }) => Promise<FileSystemDirectoryHandle>;

const MASK_NAME = /\.(png|npy|nii|nii\.gz)$/i;

/** Mask files by their names, and everything else. */
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
export function filesOfList(list: FileList | null): NamedFile[] {
  return [...(list ?? [])].map((file) => ({
    path: file.webkitRelativePath || file.name,
    file,
    folder: null,
  }));
}

/**
 * The files of a drop, folders walked.
 *
 * Everything must be taken before the first `await`: the browser empties the transfer after the event.
 */
export async function filesOfDrop(transfer: DataTransfer): Promise<NamedFile[]> {
  const taken = [...transfer.items]
    .filter(({ kind }) => kind === "file")
    .map((item) => ({
      handle: (item as HandleItem).getAsFileSystemHandle?.().catch(() => null) ?? Promise.resolve(null),
      entry: item.webkitGetAsEntry(),
      file: item.getAsFile(),
    }));
  const files: NamedFile[] = [];
  for (const { handle: promise, entry, file } of taken) {
    const handle = await promise;
    if (handle?.kind === "directory") files.push(...(await walkFolder(handle as FileSystemDirectoryHandle)));
    else if (entry?.isDirectory === true) files.push(...(await walkEntry(entry)));
    else if (file !== null) files.push({ path: file.name, file, folder: null });
  }
  return files;
}

/** The files of a folder and of those in it; those of one folder are asked for together, as each is a round trip. */
export async function walkFolder(
  folder: FileSystemDirectoryHandle,
  path = folder.name,
): Promise<NamedFile[]> {
  const entries = folder as unknown as AsyncIterable<[string, FileSystemHandle]>;
  const found: Promise<NamedFile[]>[] = [];
  for await (const [name, handle] of entries) {
    const below = path === "" ? name : `${path}/${name}`;
    if (handle.kind === "directory") found.push(walkFolder(handle as FileSystemDirectoryHandle, below));
    else found.push(fileOf(handle as FileSystemFileHandle, below, folder));
  }
  return (await Promise.all(found)).flat();
}

async function fileOf(
  handle: FileSystemFileHandle,
  path: string,
  folder: FileSystemDirectoryHandle,
): Promise<NamedFile[]> {
  return [{ path, file: await handle.getFile(), folder }];
}

async function walkEntry(entry: FileSystemEntry): Promise<NamedFile[]> {
  if (entry.isDirectory) {
    const below = await readFolder((entry as FileSystemDirectoryEntry).createReader());
    return (await Promise.all(below.map(walkEntry))).flat();
  }
  const one = entry as FileSystemFileEntry;
  const file = await new Promise<File>((resolve, reject) => one.file(resolve, reject));
  return [{ path: one.fullPath.replace(/^\//, ""), file, folder: null }];
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
