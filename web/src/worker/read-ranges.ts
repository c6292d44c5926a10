import { OverlayError } from "../errors.js";
import type { FilePart } from "../workers/protocol.js";
import type { ReadRange } from "./bridge.js";

/** What `scan` asks for first, in bytes: nearly every header is in it. */
const HEAD = 64 * 1024;

/** What `scan` asks for after Pixel Data, at most, in bytes. */
const TAIL = 4 * 1024;

/** A file's bytes as Python asks for them, and what went wrong with them. */
export interface RangeReader {
  /** Bytes of the file; 0 without one. */
  readonly size: number;
  readonly read: ReadRange;
  /** What was read ahead or given. */
  readonly parts: readonly FilePart[];
  /** These bytes where they are among `parts`; nothing is read. */
  find(start: number, end: number): Uint8Array | null;
  /** The error of the read that failed, which Python can only pass on as an unknown exception. */
  failure(): OverlayError | null;
  /** Python has all it wanted: what that was tells what to read ahead of the next file. */
  done(): void;
}

/**
 * Opens files for one worker.
 *
 * Reads are what a small job waits for most, so the ones that Python is known to ask for start together, before it
 * asks: the head, and the tail where the last file's was asked for (files of one series end alike). Whatever else it
 * asks for is read when it does, and nothing else of the file is touched.
 */
export class FileReaders {
  #expectsTail = false;

  /** @param known - parts from an earlier opening of the same file. Never rejects: Python's own read says what failed. */
  async open(source: Blob, known: readonly FilePart[]): Promise<RangeReader> {
    const { size } = source;
    const spans: [start: number, end: number][] = [[0, Math.min(HEAD, size)]];
    if (this.#expectsTail && size > HEAD) spans.push([Math.max(HEAD, size - TAIL), size]);
    const ahead = spans.filter(([start, end]) => find(known, start, end) === null);
    const read = await Promise.all(ahead.map(([start, end]) => readAhead(source, start, end)));
    const parts = [...known, ...read.filter((part) => part !== null)];
    return this.#reader(source, parts);
  }

  #reader(source: Blob, parts: readonly FilePart[]): RangeReader {
    const tail = source.size - TAIL;
    let failed: OverlayError | null = null;
    let askedTail = false;
    const read: ReadRange = (start, end) => {
      askedTail ||= start > 0 && start >= tail;
      try {
        return (
          find(parts, start, end) ??
          new Uint8Array(new FileReaderSync().readAsArrayBuffer(source.slice(start, end)))
        );
      } catch (error) {
        failed = readError(error, start);
        throw failed;
      }
    };
    const done = (): void => {
      this.#expectsTail = askedTail;
    };
    return {
      size: source.size,
      read,
      parts,
      find: (start, end) => find(parts, start, end),
      failure: () => failed,
      done,
    };
  }
}

/** For requests that are about no file. */
export const noFile: RangeReader = {
  size: 0,
  read: () => {
    throw new OverlayError("invalid-request", "This request has no file to read.");
  },
  parts: [],
  find: () => null,
  failure: () => null,
  done: () => undefined,
};

async function readAhead(source: Blob, start: number, end: number): Promise<FilePart | null> {
  try {
    return { start, bytes: new Uint8Array(await source.slice(start, end).arrayBuffer()) };
  } catch {
    // Python asks for it again, if it needs it at all, and that read's error is the one told.
    return null;
  }
}

function find(parts: readonly FilePart[], start: number, end: number): Uint8Array | null {
  for (const part of parts) {
    if (part.start <= start && end <= part.start + part.bytes.length)
      return part.bytes.subarray(start - part.start, end - part.start);
  }
  return null;
}

/** NotReadableError is what browsers throw when a File on disk is not what it was when it was chosen. */
function readError(error: unknown, offset: number): OverlayError {
  const found = error instanceof DOMException ? error.name : "unknown";
  if (found === "NotReadableError") {
    const message = "The file changed on disk, or may no longer be read, since it was chosen.";
    return new OverlayError("file-changed", message, { offset, found }, { cause: error });
  }
  return new OverlayError("file-access", "The file could not be read.", { offset, found }, { cause: error });
}
