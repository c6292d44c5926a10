import { OverlayError } from "../errors.js";
import type { ReadRange } from "./bridge.js";

/** Synchronous reading of a Blob, and what went wrong with it. */
export interface RangeReader {
  readonly read: ReadRange;
  /** The error of the read that failed, which Python can only pass on as an unknown exception. */
  failure(): OverlayError | null;
}

/** Read ranges of `source` as Python asks for them; nothing else of the file is touched. */
export function readRanges(source: Blob | null): RangeReader {
  let failed: OverlayError | null = null;
  const read: ReadRange = (start, end) => {
    try {
      if (source === null) throw new OverlayError("invalid-request", "This request has no file to read.");
      return new Uint8Array(new FileReaderSync().readAsArrayBuffer(source.slice(start, end)));
    } catch (error) {
      failed = readError(error, start);
      throw failed;
    }
  };
  return { read, failure: () => failed };
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
