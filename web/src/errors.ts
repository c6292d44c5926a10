/**
 * The one error class of the package, as a leaf: nothing below it.
 *
 * A structured clone turns a subclass of `Error` into a plain `Error` without its `code`, and Pyodide's
 * `PythonError` holds only a traceback text. So errors cross every border as an {@link ErrorRecord} and are
 * built again here.
 */

/** Codes that Python raises; equal to `ERROR_CODES` in `python/dicom_overlay/errors.py` (a test compares them). */
export const PYTHON_ERROR_CODES = [
  "not-dicom",
  "malformed-data-set",
  "truncated",
  "limit-exceeded",
  "no-image",
  "unsupported-transfer-syntax",
  "unsupported-overlay",
  "invalid-mask",
  "mask-not-placed",
  "invalid-plane",
  "invalid-series",
  "invalid-request",
  "group-in-use",
  "no-free-group",
  "plane-not-found",
  "patch-mismatch",
  "file-access",
  "file-changed",
  "strict-notice",
] as const;

/** Codes that only JavaScript raises. */
export const BROWSER_ERROR_CODES = [
  "worker-start-failed",
  "worker-died",
  "protocol-mismatch",
  "runtime-mismatch",
  "worker-mismatch",
  "disposed",
  "unsupported-sink",
  "file-exists",
  "archive-unreachable",
  "archive-slow",
  "archive-refused",
  "archive-response",
  "not-sent",
  "internal",
] as const;

/** Every code an {@link OverlayError} can carry. */
export const ERROR_CODES: readonly ErrorCode[] = [...PYTHON_ERROR_CODES, ...BROWSER_ERROR_CODES];

/** A stable, kebab-case word for one kind of failure; the same in Python and in JavaScript. */
export type ErrorCode = (typeof PYTHON_ERROR_CODES)[number] | (typeof BROWSER_ERROR_CODES)[number];

/** Flat evidence: `offset`, `tag`, `group`, `expected`, `found`, `field`, `file`, `status`, … Never an attribute's value. */
export type ErrorDetail = Readonly<Record<string, string | number | boolean | null | readonly number[]>>;

/** An error as plain data, the form in which it crosses from Python to the worker and to the page. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail: ErrorDetail;
}

/** What this package rejects with, except for an aborted call, which rejects with `signal.reason` untouched. */
export class OverlayError extends Error {
  override readonly name = "OverlayError";
  /** Stable, kebab-case; decide on this, not on the message. */
  readonly code: ErrorCode;
  /** Flat evidence, free of patient data. */
  readonly detail: ErrorDetail;

  /** What was caught, where this error explains another one. */
  override readonly cause?: unknown;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}, cause?: unknown) {
    super(message);
    if (cause !== undefined) this.cause = cause;
    this.code = code;
    this.detail = detail;
  }
}

/**
 * Tell whether a caught value is an {@link OverlayError}, and one with this code when a code is given.
 *
 * Works across copies of the package (two bundles on one page), where `instanceof` does not.
 */
export function isOverlayError(error: unknown, code?: ErrorCode): error is OverlayError {
  if (!(error instanceof Error) || error.name !== "OverlayError" || !("code" in error)) return false;
  return code === undefined ? isErrorCode(error.code) : error.code === code;
}

/** Tell whether a value is one of {@link ERROR_CODES}. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return (ERROR_CODES as readonly unknown[]).includes(value);
}

/**
 * Return the record of a caught value.
 *
 * A value that is no `OverlayError` is a bug of this package: it becomes `internal` with the kind of error as
 * evidence. Its text is kept out of the message, because a traceback may quote what a file holds.
 */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (isOverlayError(error)) return { code: error.code, message: error.message, detail: error.detail };
  const found = error instanceof Error ? error.name : typeof error;
  return {
    code: "internal",
    message: `Unexpected ${found}; this is a fault of dicom-overlay.`,
    detail: { found },
  };
}

/** Build the error of a record again; `cause` is kept on the side where it was caught. */
export function fromErrorRecord(record: ErrorRecord, cause?: unknown): OverlayError {
  return new OverlayError(record.code, record.message, record.detail, cause);
}

/**
 * Check that a value from outside (JSON of Python, a message) is an error record.
 *
 * A code that this package does not know becomes `internal`, so that `code` is always one of {@link ERROR_CODES}.
 */
export function requireErrorRecord(value: unknown): ErrorRecord {
  if (typeof value === "object" && value !== null && "code" in value && "message" in value) {
    const detail = "detail" in value && typeof value.detail === "object" ? value.detail : null;
    if (isErrorCode(value.code)) {
      return { code: value.code, message: String(value.message), detail: (detail ?? {}) as ErrorDetail };
    }
    const found = String(value.code);
    return { code: "internal", message: `Unknown error code ${found}.`, detail: { found } };
  }
  return { code: "internal", message: "Expected an error record with code and message.", detail: {} };
}
