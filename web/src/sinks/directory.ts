/** NamedBlobs into a folder that the user chose: nothing is overwritten unasked, and no half-written file is left. */
import { isOverlayError, OverlayError } from "../errors.js";
import { isObject, type Rules, wrong } from "../values/check.js";
import type { Contents } from "../values/contents.js";
import { TEXTS } from "../values/rules.js";
import { requireSaving, SAVE } from "./check.js";
import type { NamedBlob, NamedBlobs, SavedFile, SaveOptions } from "./named-blob.js";
import { UniqueNames } from "./names.js";
import {
  asWriteError,
  contentsIn,
  errorName,
  type Numbered,
  numbered,
  readChecked,
  readWhole,
  saveEach,
  WHOLE,
  writeError,
} from "./saving.js";

/** What `FileSystemFileHandle` has and a folder needs. */
export interface WritableHandle {
  readonly name: string;
  /** Absent where the browser cannot write to the user's files. */
  createWritable?: (() => Promise<WritableStream<Uint8Array>>) | undefined;
}

/** What `FileSystemDirectoryHandle` has and {@link toDirectory} needs. */
export interface DirectoryHandle {
  getFileHandle(name: string, options?: { create?: boolean | undefined }): Promise<WritableHandle>;
  removeEntry(name: string): Promise<void>;
}

/** What happens where the folder has a file of a result's name. */
export type ExistingFiles = "refuse" | "rename" | "replace";

export interface DirectoryOptions extends SaveOptions {
  /**
   * - `"refuse"` (default): `file-exists`, before anything is written.
   * - `"rename"`: the result becomes `name (2)`.
   * - `"replace"`: the result takes the file's place once it is complete; until then, and on any error, the old file
   *   stays. Use this to save back into the files that were opened. Afterwards the browser no longer reads such a file
   *   through the `File` that was chosen: ask for it again, or read what was saved.
   */
  readonly existingFiles?: ExistingFiles | undefined;
  /**
   * The names of all results, for `"refuse"`: they are looked up in the folder before the first result is taken.
   * Without them, all results are collected before the first one is written.
   */
  readonly names?: readonly string[] | undefined;
}

/**
 * Write results into a folder that the user chose with `showDirectoryPicker()`, or into the browser's own storage.
 *
 * @returns what became of each result, in their order; a file that could not be saved does not end the rest.
 * @throws OverlayError `file-exists` (`detail.index`, `detail.count`) where a name is taken and `existingFiles` is
 *   `"refuse"`; `unsupported-sink` where the browser cannot write to folders: use `toZip`; `invalid-request` for an
 *   option that is not valid. An error of the results themselves is thrown as it is.
 */
export async function toDirectory(
  folder: DirectoryHandle,
  results: NamedBlobs,
  given?: DirectoryOptions,
): Promise<readonly SavedFile[]> {
  const options = requireSaving(results, given, DIRECTORY);
  const isFolder = isObject(folder) && typeof folder.getFileHandle === "function";
  if (!isFolder) throw wrong("the handle of a folder", "folder");
  const { names, signal, existingFiles: existing = "refuse" } = options;
  requireWritableFolders();
  const target = new Folder(folder, signal);
  const taken = existing === "refuse" ? await refuseTaken(target, results, names, signal) : results;
  const save = async (contents: Contents, item: Numbered): Promise<SavedFile> => {
    const savedAs = await target.save(contents, item, existing);
    return { index: item.index, name: item.result.name, outcome: "saved", savedAs, bytes: contents.size };
  };
  return await saveEach<SavedFile>(taken, options, save, LANES);
}

const DIRECTORY: Rules<DirectoryOptions> = {
  ...SAVE,
  existingFiles: ["refuse", "rename", "replace"],
  names: TEXTS,
};

/** Files that are written at the same time: a browser needs a while to put each into place. */
const LANES = 4;

/** Return the results once it is sure that none of their names is taken. */
async function refuseTaken(
  target: Folder,
  results: NamedBlobs,
  names: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<NamedBlobs> {
  if (names !== undefined) {
    await target.requireFree(names);
    return results;
  }
  const all: NamedBlob[] = [];
  for await (const { result } of numbered(results, signal)) all.push(result);
  await target.requireFree(all.filter((result) => contentsIn(result) !== null).map(({ name }) => name));
  return all;
}

/** Milliseconds of the last pause before a held file is left where it is: 2.5 s in all. */
const LONGEST_PAUSE = 1_280;

class Folder {
  readonly #handle: DirectoryHandle;
  readonly #signal: AbortSignal | undefined;
  readonly #names = new UniqueNames();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(handle: DirectoryHandle, signal: AbortSignal | undefined) {
    this.#handle = handle;
    this.#signal = signal;
  }

  /** @throws OverlayError `file-exists` where one of the names is taken; nothing was written then. */
  async requireFree(names: readonly string[]): Promise<void> {
    const unique = new UniqueNames();
    const found = await Promise.all(names.map((name, index) => this.#isTaken(unique.next(name), index)));
    const index = found.indexOf(true);
    if (index !== -1) throw exists(index, found.filter(Boolean).length);
  }

  /**
   * Write a file and return its name; the browser puts it into place when it is whole, and what was made for it goes when
   * it is not. Files are named and made one after the other, so that each sees those before it; then they are written.
   */
  async save(contents: Contents, item: Numbered, existing: ExistingFiles): Promise<string> {
    const { index, result } = item;
    // A file of one piece is read and compared before the folder sees anything of it.
    const reading = contents.size <= WHOLE ? readWhole(contents, item) : null;
    reading?.catch(() => undefined);
    const made = await this.#inTurn(async () => {
      const { savedAs, isNew } = await this.#choose(result.name, existing, index);
      const whole = await reading;
      return { savedAs, isNew, whole, file: await this.#make(savedAs, index) };
    });
    const { savedAs, isNew, whole, file } = made;
    let writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | null = null;
    try {
      writer = await openFile(file, index);
      if (whole !== null) await this.#put(writer, whole, index);
      else for await (const bytes of readChecked(contents, item)) await this.#put(writer, bytes, index);
      this.#signal?.throwIfAborted();
      await writer.close().catch(asWriteError(index));
      return savedAs;
    } catch (error) {
      await writer?.abort().catch(() => undefined);
      if (isNew) await this.#remove(savedAs);
      throw error;
    }
  }

  /** Do a step when those that were asked for before it are done, however they ended. */
  async #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const own = this.#turn.then(step, step);
    this.#turn = own.catch(() => undefined);
    return await own;
  }

  /** Return the name for a result, and whether the file is to be made. */
  async #choose(
    name: string,
    existing: ExistingFiles,
    index: number,
  ): Promise<{ readonly savedAs: string; readonly isNew: boolean }> {
    // Only a file of just this name is the one to replace, even if the name would not do for a new file.
    if (existing === "replace" && (await this.#has(name, index)) && this.#names.take(name))
      return { savedAs: name, isNew: false };
    const first = this.#names.next(name);
    if (!(await this.#isTaken(first, index))) return { savedAs: first, isNew: true };
    if (existing === "refuse") throw exists(index, 1);
    for (;;) {
      const savedAs = this.#names.next(name);
      if (!(await this.#isTaken(savedAs, index))) return { savedAs, isNew: true };
    }
  }

  /** Tell whether the folder has this name; a name that no folder can have is one that it does not have. */
  async #has(name: string, index: number): Promise<boolean> {
    if (/[/\\]/.test(name)) return false;
    return await this.#isTaken(name, index).catch((error: unknown) => {
      if (isOverlayError(error) && error.detail["found"] === "TypeError") return false;
      throw error;
    });
  }

  async #make(name: string, index: number): Promise<WritableHandle> {
    this.#signal?.throwIfAborted();
    return await this.#handle.getFileHandle(name, { create: true }).catch(asWriteError(index));
  }

  /** Remove what was made; a busy browser holds the file for a while after its stream has ended. */
  async #remove(name: string): Promise<void> {
    for (let pause = 10; pause <= LONGEST_PAUSE; pause *= 2) {
      try {
        await this.#handle.removeEntry(name);
        return;
      } catch (error) {
        if (["NotFoundError", "NotAllowedError", "TypeError"].includes(errorName(error))) return;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async #put(
    writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
    bytes: Uint8Array<ArrayBuffer>,
    index: number,
  ): Promise<void> {
    this.#signal?.throwIfAborted();
    await writer.write(bytes).catch(asWriteError(index));
  }

  /** The file system itself says whether it has the name: it alone knows how it compares them. */
  async #isTaken(name: string, index: number): Promise<boolean> {
    this.#signal?.throwIfAborted();
    try {
      if (isObject(await this.#handle.getFileHandle(name))) return true;
    } catch (error) {
      const found = errorName(error);
      if (found === "NotFoundError") return false;
      // A folder of this name.
      if (found === "TypeMismatchError") return true;
      throw writeError(error, index);
    }
    throw wrong("the handle of a folder", "folder");
  }
}

async function openFile(
  file: WritableHandle,
  index: number,
): Promise<WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>> {
  if (typeof file.createWritable !== "function") throw unsupported();
  const writable = await file.createWritable().catch(asWriteError(index));
  const writer = writable.getWriter();
  // A failure is thrown by the next write.
  writer.closed.catch(() => undefined);
  return writer;
}

/** Fails before the folder gets an empty file that cannot be filled. */
function requireWritableFolders(): void {
  const { FileSystemFileHandle: handle } = globalThis as { FileSystemFileHandle?: { prototype: object } };
  if (handle !== undefined && !("createWritable" in handle.prototype)) throw unsupported();
}

function unsupported(): OverlayError {
  return new OverlayError("unsupported-sink", "This browser cannot write to a folder.", {
    found: "no-writable",
  });
}

function exists(index: number, count: number): OverlayError {
  const message = "The folder has a file of this name already; nothing was overwritten.";
  return new OverlayError("file-exists", message, { index, count });
}
