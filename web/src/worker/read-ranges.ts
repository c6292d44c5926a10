import { OverlayError } from "../errors.js";
import type { ReadRange } from "./bridge.js";

/** Synchronous reading of a Blob, and what went wrong with it. */
export interface RangeReader {
  /** Bytes of the file; 0 without one. */
  readonly size: number;
  readonly read: ReadRange;
  /** The first bytes of the file as they were read or given; `null` before that. */
  head(): Uint8Array | null;
  /** The error of the read that failed, which Python can only pass on as an unknown exception. */
  failure(): OverlayError | null;
}

/**
 * Read ranges of `source` as Python asks for them; nothing else of the file is touched.
 *
 * @param known - its first bytes from an earlier reading, or `null`.
 */
export function readRanges(source: Blob | null, known: Uint8Array | null): RangeReader {
  let failed: OverlayError | null = null;
  let head = known;
  const read: ReadRange = (start, end) => {
    try {
      if (source === null) throw new OverlayError("invalid-request", "This request has no file to read.");
      if (head !== null && end <= head.length) return head.subarray(start, end);
      const bytes = new Uint8Array(new FileReaderSync().readAsArrayBuffer(source.slice(start, end)));
      if (start === 0) head = bytes;
      return bytes;
    } catch (error) {
      failed = readError(error, start);
      throw failed;
    }
  };
  return { size: source?.size ?? 0, read, head: () => head, failure: () => failed };
}

/** NotReadableError is what browsers throw when a File on disk is not what it was when it was chosen. */
function readError(error: unknown, offset: number): OverlayError {
  if (error instanceof OverlayError) return error;
  const found = error instanceof DOMException ? error.name : "unknown";
  if (found === "NotReadableError") {
    const message = "The file changed on disk, or may no longer be read, since it was chosen.";
    return new OverlayError("file-changed", message, { offset, found }, { cause: error });
  }
  return new OverlayError("file-access", "The file could not be read.", { offset, found }, { cause: error });
}
