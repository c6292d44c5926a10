/**
 * What every sink does with a result: read it, check that it is what was made, report what became of it.
 *
 * A result is new bytes and spans of the user's file. Browsers differ in what they do when that file has changed since:
 * Chromium refuses to read, Firefox reads what is there now, which may be less. So the bytes are counted here.
 */
import { OverlayError } from "../errors.js";
import { Contents, contentsOf, isSpan, type Span } from "../values/contents.js";
import { drawn } from "../values/drawn.js";
import { hasChanged } from "../values/source.js";
import { requireResult, requireResults } from "./check.js";
import type { NamedBlob, NamedBlobs, SaveOptions, UnsavedFile } from "./named-blob.js";

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
  requireResults(results);
  let position = 0;
  for await (const result of drawn(results, signal)) {
    yield { result: requireResult(result), index: result.index ?? position };
    position++;
  }
}

/**
 * Save every result with `save` and return what became of them, in their order; an error of one file is its outcome.
 *
 * @param most - how many are saved at a time; together they are at most {@link WHOLE} bytes, or one alone.
 */
export async function saveEach<Outcome>(
  results: NamedBlobs,
  { onSaved, signal }: SaveOptions<Outcome | UnsavedFile>,
  save: (contents: Contents, item: Numbered) => Promise<Outcome>,
  most = 1,
): Promise<readonly (Outcome | UnsavedFile)[]> {
  const outcomes: (Outcome | UnsavedFile)[] = [];
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let bytes = 0;
  let count = 0;
  const start = (item: Numbered, at: number, size: number): void => {
    bytes += size;
    const one = saveOne(item, signal, save)
      .then((outcome) => {
        outcomes[at] = outcome;
        onSaved?.(outcome);
      })
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        bytes -= size;
        running.delete(one);
      });
    running.add(one);
  };
  try {
    for await (const item of numbered(results, signal)) {
      const size = contentsIn(item.result)?.size ?? 0;
      while (running.size > 0 && bytes + size > WHOLE) await Promise.race(running);
      if (failures.length > 0) break;
      start(item, count++, size);
      while (running.size >= most) await Promise.race(running);
      if (failures.length > 0) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failures.length > 0) throw failures[0];
  return outcomes;
}

async function saveOne<Outcome>(
  item: Numbered,
  signal: AbortSignal | undefined,
  save: (contents: Contents, item: Numbered) => Promise<Outcome>,
): Promise<Outcome | UnsavedFile> {
  const { result, index } = item;
  try {
    return await save(requireContents(item), item);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof OverlayError) || error.code === "unsupported-sink") throw error;
    return { index, name: result.name, outcome: "failed", error };
  }
}

/** Return what a result holds; `null` where its export failed. */
export function contentsIn(result: NamedBlob): Contents | null {
  const own = contentsOf(result);
  if (own !== null) return own;
  return result.blob === undefined ? null : new Contents(result.blob, null);
}

/** Return what a result holds, or throw why it holds nothing. */
export function requireContents({ result, index }: Numbered): Contents {
  const found = contentsIn(result);
  if (found !== null) return found;
  throw (
    result.error ?? new OverlayError("invalid-request", "A result without a Blob.", { field: "blob", index })
  );
}

/**
 * Read a result in pieces of at most {@link WHOLE} bytes, and prove that they are what was made. One of up to that size
 * is one piece.
 *
 * @throws OverlayError `file-changed` when the source is not what it was; `file-access` when it cannot be read.
 * @internal
 */
export async function* readChecked(
  contents: Contents,
  item: Numbered,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (contents.size === 0) return;
  if (contents.size <= WHOLE) {
    yield await readWhole(contents, item);
    return;
  }
  const { blob, pieces } =
    contents.pieces === null ? contents : { blob: contents.source, pieces: contents.pieces };
  for (const piece of pieces ?? [[0, blob.size] as const]) {
    if (!isSpan(piece)) yield piece as Uint8Array<ArrayBuffer>;
    else {
      for (let start = piece[0]; start < piece[1]; start += WHOLE)
        yield await readSpan(blob, [start, Math.min(start + WHOLE, piece[1])], item);
    }
  }
}

/** Read a result as one piece. A source of its size is read as a whole: that is quicker than slices of it. @internal */
export async function readWhole(contents: Contents, item: Numbered): Promise<Uint8Array<ArrayBuffer>> {
  const { pieces, source, size } = contents;
  if (pieces === null) return await readSpan(contents.blob, [0, contents.blob.size], item);
  const whole = source.size <= 2 * size ? await readSpan(source, [0, source.size], item) : null;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    const part = !isSpan(piece)
      ? piece
      : (whole?.subarray(...piece) ?? (await readSpan(source, piece, item)));
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function readSpan(
  blob: Blob,
  [start, end]: Span,
  { result, index }: Numbered,
): Promise<Uint8Array<ArrayBuffer>> {
  requireUnchanged(result, index);
  const piece = start === 0 && end === blob.size ? blob : blob.slice(start, end);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await piece.arrayBuffer());
  } catch (error) {
    const found = errorName(error);
    if (found === "NotReadableError") throw changed(index, { found }, error);
    const message = "The result could not be read: its file may be gone, or memory may have run out.";
    throw new OverlayError("file-access", message, { index, found }, error);
  }
  if (bytes.length !== end - start) throw changed(index, { expected: end - start, found: bytes.length });
  requireUnchanged(result, index);
  return bytes;
}

function requireUnchanged({ file }: NamedBlob, index: number): void {
  if (file !== undefined && hasChanged(file)) throw changed(index, { found: "other-file" });
}

function changed(index: number, detail: Record<string, string | number>, cause?: unknown): OverlayError {
  const message = "The file changed on disk after it was exported, so the result can no longer be saved.";
  return new OverlayError("file-changed", message, { index, ...detail }, cause);
}

const NO_PERMISSION =
  'The page may not write there. Call `requestPermission({ mode: "readwrite" })` of the handle when the user clicks, or let the user choose the place again.';

/** Why a write failed and what helps, by the name of the browser's error. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["NotAllowedError", NO_PERMISSION],
  ["SecurityError", NO_PERMISSION],
  ["NotFoundError", "The folder or file is no longer where it was: was it moved, renamed or deleted?"],
  ["QuotaExceededError", "There is not enough space for the file."],
  [
    "NoModificationAllowedError",
    "The file is in use by another page or program: close it there and try again.",
  ],
]);

/** Return what a failed write is; `detail.found` is the name of the browser's error. */
export function writeError(error: unknown, index: number): OverlayError {
  if (error instanceof OverlayError) return error;
  const found = errorName(error);
  const message = REASONS.get(found) ?? "The file could not be written.";
  return new OverlayError("file-access", message, { index, found, step: "write" }, error);
}

/** What a write of result `index` catches. */
export function asWriteError(index: number): (error: unknown) => never {
  return (error) => {
    throw writeError(error, index);
  };
}

/** Return the name of an error of any realm. */
export function errorName(error: unknown): string {
  return typeof error === "object" && error !== null && "name" in error ? String(error.name) : typeof error;
}
