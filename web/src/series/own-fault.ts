/** Which errors are one file's, and which end a whole series. */
import { fromErrorRecord, isOverlayError, type OverlayError, toErrorRecord } from "../errors.js";

/** Errors after which no further file can succeed. */
const FATAL_CODES: readonly string[] = [
  "disposed",
  "worker-start-failed",
  "worker-mismatch",
  "runtime-mismatch",
  "protocol-mismatch",
];

/** Return the error of one file; throw what ends the whole series. */
export function requireOwnFault(error: unknown, ended: AbortSignal): OverlayError {
  if (ended.aborted) throw ended.reason;
  if (!isOverlayError(error)) return fromErrorRecord(toErrorRecord(error), error);
  if (FATAL_CODES.includes(error.code)) throw error;
  return error;
}
