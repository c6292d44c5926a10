/**
 * What every sink does with a result: read it, prove that it is what was made, say what became of it.
 *
 * A result is a Blob of slices of the user's file. Browsers differ in what they do when that file has changed since:
 * Chromium refuses to read, Firefox reads what is there now, which may be less. So the bytes are counted here.
 */
import { OverlayError } from "../errors.js";
import type { OverlaySource } from "../values/plane.js";
import { hasChanged } from "../values/source.js";

/** What a sink needs of a result; a `SeriesResult` has it. */
export interface NamedBlob {
  /** Made safe and unique by the sink. */
  readonly name: string;
  /** Absent where the export of this file failed. */
  readonly blob?: Blob | undefined;
  /** What the Blob was made from. */
  readonly file?: OverlaySource | undefined;
  /** Default: the position among the results. */
  readonly index?: number | undefined;
  /** Why there is no Blob. */
  readonly error?: OverlayError | undefined;
}

/** NamedBlobs as an export yields them, or a list. */
export type NamedBlobs = AsyncIterable<NamedBlob> | Iterable<NamedBlob>;

interface Named {
  /** The result's `index`, else its position among the results, from 0. */
  readonly index: number;
  /** The result's name, as it was given. */
  readonly name: string;
}

/** A file that could not be saved, or whose export had failed. Nothing of it was left behind. */
export interface UnsavedFile extends Named {
  readonly outcome: "failed";
  readonly error: OverlayError;
}

/** What became of one result in a folder or a ZIP. */
export type SavedFile =
  | (Named & { readonly outcome: "saved"; readonly savedAs: string; readonly bytes: number })
  | UnsavedFile;

/** What became of one result that was handed to the browser's downloads: no page is told what happens then. */
export type OfferedFile =
  | (Named & { readonly outcome: "offered"; readonly savedAs: string; readonly bytes: number })
  | UnsavedFile;

/** Options of every sink. */
export interface SaveOptions<Outcome = SavedFile> {
  /** Told about each result as soon as it is saved, or is not. */
  readonly onSaved?: ((file: Outcome) => void) | undefined;
  /** Ends the saving, which then rejects with `signal.reason`. What is saved stays; nothing half-written does. */
  readonly signal?: AbortSignal | undefined;
}

/** A result with its place. */
export interface Numbered {
  readonly result: NamedBlob;
  readonly index: number;
}

/** Bytes that are read as one piece, and checked before the first of them is written. */
export const WHOLE: number = 32 * 1024 * 1024;

/** Yield the results one by one; abort, or an end of the loop before theirs, ends their source. */
export async function* numbered(
  results: NamedBlobs,
  signal: AbortSignal | undefined,
): AsyncGenerator<Numbered> {
  signal?.throwIfAborted();
  const source: AsyncIterator<NamedBlob> | Iterator<NamedBlob> =
    Symbol.asyncIterator in results ? results[Symbol.asyncIterator]() : results[Symbol.iterator]();
  let isOver = false;
  try {
    for (let position = 0; ; position++) {
      const { done, value } = await unlessAborted(source.next(), signal);
      if (done === true) {
        isOver = true;
        return;
      }
      yield { result: value, index: value.index ?? position };
    }
  } catch (error) {
    isOver ||= signal?.aborted !== true;
    throw error;
  } finally {
    // Not awaited: a source that is busy ends when it can, and nobody takes what it then says.
    if (!isOver) void Promise.resolve(source.return?.()).catch(() => undefined);
  }
}

/** Save every result with `save` and return what became of them; an error of one file is its outcome. */
export async function saveEach<Outcome>(
  results: NamedBlobs,
  { onSaved, signal }: SaveOptions<Outcome | UnsavedFile>,
  save: (blob: Blob, item: Numbered) => Promise<Outcome>,
): Promise<readonly (Outcome | UnsavedFile)[]> {
  const outcomes: (Outcome | UnsavedFile)[] = [];
  for await (const item of numbered(results, signal)) {
    const outcome = await saveOne(item, signal, save);
    outcomes.push(outcome);
    onSaved?.(outcome);
  }
  return outcomes;
}

async function saveOne<Outcome>(
  item: Numbered,
  signal: AbortSignal | undefined,
  save: (blob: Blob, item: Numbered) => Promise<Outcome>,
): Promise<Outcome | UnsavedFile> {
  const { result, index } = item;
  try {
    return await save(requireBlob(item), item);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof OverlayError) || error.code === "unsupported-sink") throw error;
    return { index, name: result.name, outcome: "failed", error };
  }
}

/** Return a result's Blob, or throw why there is none. */
export function requireBlob({ result, index }: Numbered): Blob {
  if (result.blob !== undefined) return result.blob;
  throw (
    result.error ?? new OverlayError("invalid-request", "A result without a Blob.", { field: "blob", index })
  );
}

/**
 * Read a result in pieces of at most {@link WHOLE} bytes, and prove that they are what was made.
 *
 * @throws OverlayError `file-changed` when the source is not what it was; `file-access` when it cannot be read.
 */
export async function* readChecked(
  blob: Blob,
  { result, index }: Numbered,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  requireUnchanged(result, index);
  for (let start = 0; start < blob.size; start += WHOLE) {
    const expected = Math.min(WHOLE, blob.size - start);
    const bytes = await readPiece(blob, start, expected, index);
    if (bytes.length !== expected) throw changed(index, { expected: blob.size, found: start + bytes.length });
    requireUnchanged(result, index);
    yield bytes;
  }
}

async function readPiece(
  blob: Blob,
  start: number,
  length: number,
  index: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const piece = start === 0 && length === blob.size ? blob : blob.slice(start, start + length);
  try {
    return new Uint8Array(await piece.arrayBuffer());
  } catch (error) {
    const found = errorName(error);
    if (found === "NotReadableError") throw changed(index, { found }, error);
    const message = "The result could not be read: its file may be gone, or the memory used up.";
    throw new OverlayError("file-access", message, { index, found }, { cause: error });
  }
}

function requireUnchanged({ file }: NamedBlob, index: number): void {
  if (file !== undefined && hasChanged(file)) throw changed(index, { found: "other-file" });
}

function changed(index: number, detail: Record<string, string | number>, cause?: unknown): OverlayError {
  const message = "The file changed on disk after it was exported, so the result can no longer be saved.";
  return new OverlayError("file-changed", message, { index, ...detail }, { cause });
}

/** Return what a failed write is, by the name of the browser's error: no space, no permission, the folder gone. */
export function writeError(error: unknown, index: number): OverlayError {
  if (error instanceof OverlayError) return error;
  const message = "The file could not be written.";
  const detail = { index, found: errorName(error), step: "write" };
  return new OverlayError("file-access", message, detail, { cause: error });
}

/** Of whatever realm the error is. */
export function errorName(error: unknown): string {
  return typeof error === "object" && error !== null && "name" in error ? String(error.name) : typeof error;
}

/** Wait for a promise, but no longer than until the signal aborts. */
export async function unlessAborted<T>(promise: Promise<T> | T, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
    aborted.catch(() => undefined);
  }
}
