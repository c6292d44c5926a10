/** NamedBlobs into one ZIP archive, stored, while they come. */

import { OverlayError } from "../errors.js";
import { BlobPieces } from "../values/blob-pieces.js";
import { isObject, wrong } from "../values/check.js";
import { requireSaving, SAVE } from "./check.js";
import { crc32 } from "./crc32.js";
import type { NamedBlobs, SavedFile, SaveOptions, UnsavedFile } from "./named-blob.js";
import { UniqueNames } from "./names.js";
import {
  asWriteError,
  contentsIn,
  type Numbered,
  numbered,
  readChecked,
  readWhole,
  requireContents,
  WHOLE,
} from "./saving.js";
import { dataDescriptor, directoryEnd, directoryEntry, localHeader, type ZipEntry } from "./zip-format.js";

/** What `FileSystemFileHandle` (of `showSaveFilePicker`) has and {@link toZipFile} needs. */
export interface FileHandle {
  readonly name: string;
  /** Absent where the browser cannot write to the user's files. */
  createWritable?: (() => Promise<WritableStream<Uint8Array>>) | undefined;
}

/**
 * Put results into a ZIP while they come: stored, not compressed; ZIP64 where sizes or the number of files require it.
 *
 * Files of up to 32 MB are read and compared before the first of their bytes is written; a larger one that turns out
 * to have changed is left out of the archive's directory. NamedBlobs without a Blob (failed exports) are left out.
 *
 * @param results - what `exportSeries` yields; an error there is an error of the stream.
 * @param options - with `onSaved`, files that cannot be saved are reported to it and left out. Without it, the stream
 *   fails with their `OverlayError`: an archive that lacks a file must not look complete.
 * @returns the archive as a stream. For a Blob use {@link toZipBlob}: `new Response(stream).blob()` hides why it failed.
 */
export function toZip(results: NamedBlobs, options?: SaveOptions): ReadableStream<Uint8Array> {
  const chunks = chunksOf(results, requireSaving(results, options, SAVE));
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Put results into a ZIP and return it as a Blob, which browsers keep on their disk where it is large.
 *
 * @param options - as for {@link toZip}.
 * @throws OverlayError of the first file that cannot be saved, where there is no `onSaved`; `signal.reason` on abort.
 */
export async function toZipBlob(results: NamedBlobs, options?: SaveOptions): Promise<Blob> {
  const pieces = new BlobPieces();
  for await (const bytes of chunksOf(results, requireSaving(results, options, SAVE))) pieces.add(bytes);
  return pieces.blob("application/zip");
}

function chunksOf(
  results: NamedBlobs,
  { signal, onSaved }: SaveOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  return new Archive().write(results, signal, (outcome, item) => {
    if (onSaved !== undefined) onSaved(outcome);
    else if (outcome.outcome === "failed" && contentsIn(item.result) !== null) throw outcome.error;
  });
}

/**
 * Stream results as a ZIP into a file that the user chose, or into any other stream of bytes.
 *
 * @param target - a handle of `showSaveFilePicker`, whose file is always either the old one or the complete new one; or a
 *   `WritableStream`, which is closed at the end and aborted on an error.
 * @returns what became of each result, in their order.
 * @throws OverlayError `unsupported-sink` where the browser cannot write to the handle; `file-access` when writing
 *   fails. An error of the results themselves is thrown as it is.
 */
export async function toZipFile(
  target: FileHandle | WritableStream<Uint8Array>,
  results: NamedBlobs,
  given?: SaveOptions,
): Promise<readonly SavedFile[]> {
  const options = requireSaving(results, given, SAVE);
  const outcomes: SavedFile[] = [];
  const onOutcome = (outcome: SavedFile): void => {
    outcomes.push(outcome);
    options.onSaved?.(outcome);
  };
  const writer = (await openTarget(target)).getWriter();
  // A failure is thrown by the next write.
  writer.closed.catch(() => undefined);
  try {
    for await (const bytes of new Archive().write(results, options.signal, onOutcome)) {
      await writer.write(bytes).catch(asWriteError(outcomes.length));
    }
    options.signal?.throwIfAborted();
    await writer.close().catch(asWriteError(outcomes.length));
    return outcomes;
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    options.signal?.throwIfAborted();
    throw error;
  }
}

async function openTarget(
  target: FileHandle | WritableStream<Uint8Array>,
): Promise<WritableStream<Uint8Array>> {
  if (!isObject(target)) throw wrong("a file's handle or a WritableStream", "target");
  if ("getWriter" in target) return target;
  if (typeof target.createWritable === "function") {
    return await target.createWritable().catch(asWriteError(0));
  }
  throw new OverlayError("unsupported-sink", "This browser cannot write to the file.", {
    found: "no-writable",
  });
}

/** One archive: entries that are being written, and the directory of those that are. */
class Archive {
  readonly #names = new UniqueNames();
  readonly #directory: Uint8Array<ArrayBuffer>[] = [];
  readonly #time = new Date();
  #offset = 0;

  async *write(
    results: NamedBlobs,
    signal: AbortSignal | undefined,
    onOutcome: (outcome: SavedFile, item: Numbered) => void,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    for await (const item of numbered(results, signal)) {
      const outcome = yield* this.#entry(item, signal);
      onOutcome(outcome, item);
    }
    const start = this.#offset;
    for (const bytes of joined(this.#directory)) yield this.#passed(bytes);
    yield directoryEnd(this.#directory.length, this.#offset - start, start);
  }

  async *#entry(
    item: Numbered,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, SavedFile, undefined> {
    const { result, index } = item;
    const { name } = result;
    try {
      const contents = requireContents(item);
      const { size } = contents;
      // Read first, then written: the archive never holds a part of it.
      const whole = size <= WHOLE ? await readWhole(contents, item) : null;
      const savedAs = this.#names.next(name);
      const encoded = new TextEncoder().encode(savedAs);
      const entry: ZipEntry = { name: encoded, size, crc: whole && crc32(whole), time: this.#time };
      const offset = this.#offset;
      yield this.#passed(localHeader(entry));
      let crc = entry.crc ?? 0;
      if (whole === null) {
        for await (const bytes of readChecked(contents, item)) {
          signal?.throwIfAborted();
          crc = crc32(bytes, crc);
          yield this.#passed(bytes);
        }
        yield this.#passed(dataDescriptor(size, crc));
      } else if (size > 0) yield this.#passed(whole);
      this.#directory.push(directoryEntry(entry, crc, offset));
      return { index, name, outcome: "saved", savedAs, bytes: size };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof OverlayError)) throw error;
      return { index, name, outcome: "failed", error } satisfies UnsavedFile;
    }
  }

  #passed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    this.#offset += bytes.length;
    return bytes;
  }
}

/** Join small records, so that a hundred thousand files are not a hundred thousand writes. */
function* joined(records: readonly Uint8Array<ArrayBuffer>[]): Iterable<Uint8Array<ArrayBuffer>> {
  const batch = 1_000;
  for (let from = 0; from < records.length; from += batch) {
    const part = records.slice(from, from + batch);
    const bytes = new Uint8Array(part.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const record of part) {
      bytes.set(record, at);
      at += record.length;
    }
    yield bytes;
  }
}
