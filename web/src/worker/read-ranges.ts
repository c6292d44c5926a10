import { OverlayError } from "../errors.js";

/** What `scan` asks for first, in bytes: nearly every header is in it. */
const HEAD = 64 * 1024;

/** What `scan` asks for after Pixel Data, at most, in bytes. */
const TAIL = 4 * 1024;

/** A file's bytes as Python asks for them, and what went wrong with them. */
export interface RangeReader {
  /** Bytes of the file; 0 without one. */
  readonly size: number;
  /** Bytes [start, end), from the file's start. */
  read(start: number, end: number): Uint8Array;
  /** The first bytes, where they were read; `null` where they were not needed. */
  head(length: number): Uint8Array | null;
  /** The error of the read that failed, which Python can only pass on as an unknown exception. */
  failure(): OverlayError | null;
}

/** Bytes of a file that were read: `[start, start + bytes.length)` from its start. */
interface FilePart {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * Opens files for one worker.
 *
 * Reads are what a small job waits for most, so the ones that Python is known to ask for start together, for all files of
 * a message, before it asks: the heads, and the tails where the last message's were asked for (files of one series end
 * alike). Whatever else it asks for is read when it does, and nothing else of the file is touched.
 */
export class FileReaders {
  #expectsTail = false;

  /** Never rejects: Python's own read says what failed. */
  async open(source: Blob): Promise<RangeReader> {
    const { size } = source;
    const spans: [start: number, end: number][] = [[0, Math.min(HEAD, size)]];
    if (this.#expectsTail && size > HEAD) spans.push([Math.max(HEAD, size - TAIL), size]);
    const read = await Promise.all(spans.map(([start, end]) => readAhead(source, start, end)));
    return new Reader(
      source,
      read.filter((part) => part !== null),
    );
  }

  /** Open a file whose header is known: nothing is read ahead. */
  openKnown(source: Blob): RangeReader {
    return new Reader(source, []);
  }

  /** Python has all it wanted of a message's files: what that was tells what to read ahead of the next ones. */
  done(readers: readonly RangeReader[]): void {
    const asked = readers.filter((reader) => reader instanceof Reader && reader.wasRead) as Reader[];
    if (asked.length > 0) this.#expectsTail = asked.some(({ askedTail }) => askedTail);
  }
}

class Reader implements RangeReader {
  readonly size: number;
  askedTail = false;
  wasRead = false;
  readonly #source: Blob;
  readonly #parts: readonly FilePart[];
  #failed: OverlayError | null = null;

  constructor(source: Blob, parts: readonly FilePart[]) {
    this.size = source.size;
    this.#source = source;
    this.#parts = parts;
  }

  read(start: number, end: number): Uint8Array {
    this.wasRead = true;
    this.askedTail ||= start > 0 && start >= this.size - TAIL;
    try {
      return this.#find(start, end) ?? readNow(this.#source, start, end);
    } catch (error) {
      this.#failed = readError(error, start);
      throw this.#failed;
    }
  }

  head(length: number): Uint8Array | null {
    return this.#find(0, length);
  }

  failure(): OverlayError | null {
    return this.#failed;
  }

  #find(start: number, end: number): Uint8Array | null {
    for (const part of this.#parts) {
      if (part.start <= start && end <= part.start + part.bytes.length)
        return part.bytes.subarray(start - part.start, end - part.start);
    }
    return null;
  }
}

/** For jobs that are about no file. */
export const noFile: RangeReader = {
  size: 0,
  read: () => {
    throw new OverlayError("internal", "This job has no file to read.");
  },
  head: () => null,
  failure: () => null,
};

async function readAhead(source: Blob, start: number, end: number): Promise<FilePart | null> {
  try {
    return { start, bytes: new Uint8Array(await source.slice(start, end).arrayBuffer()) };
  } catch {
    // Python asks for it again, if it needs it at all, and that read's error is the one told.
    return null;
  }
}

function readNow(source: Blob, start: number, end: number): Uint8Array {
  return new Uint8Array(new FileReaderSync().readAsArrayBuffer(source.slice(start, end)));
}

/** NotReadableError is what browsers throw when a File on disk is not what it was when it was chosen. */
function readError(error: unknown, offset: number): OverlayError {
  const found = error instanceof DOMException ? error.name : "unknown";
  if (found === "NotReadableError") {
    const message = "The file changed on disk, or may no longer be read, since it was chosen.";
    return new OverlayError("file-changed", message, { offset, found }, error);
  }
  return new OverlayError("file-access", "The file could not be read.", { offset, found }, error);
}
