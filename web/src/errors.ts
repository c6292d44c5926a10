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

/** What the detail of these codes always has; it may have more. */
export interface ErrorDetails {
  readonly "invalid-request": { readonly field?: string | undefined };
  readonly "invalid-plane": { readonly field?: string | undefined };
  readonly "group-in-use": { readonly group: number };
  readonly "file-exists": { readonly index: number; readonly count: number };
  /** Why no worker started, with the file, status or directive where that is the reason. */
  readonly "worker-start-failed": {
    readonly cause: string;
    readonly file?: string | undefined;
    readonly status?: number | undefined;
    readonly directive?: string | undefined;
  };
  /** `old` is the older side; `null` where that cannot be told. */
  readonly "worker-mismatch": {
    readonly expected: string;
    readonly found: string;
    readonly old: "worker" | "page" | null;
  };
  readonly "runtime-mismatch": {
    readonly expected: string;
    readonly found: string;
    readonly old: "runtime" | "package" | null;
  };
}

/** The detail of an error with this code. */
export type DetailOf<C extends ErrorCode> = [C] extends [keyof ErrorDetails]
  ? ErrorDetails[C] & ErrorDetail
  : ErrorDetail;

/** An error as plain data, the form in which it crosses from Python to the worker and to the page. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail: ErrorDetail;
}

/** What this package rejects with, except for an aborted call, which rejects with `signal.reason` untouched. */
export class OverlayError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "OverlayError";
  /** Stable, kebab-case; decide on this, not on the message. */
  readonly code: C;
  /** Flat evidence, free of patient data. */
  readonly detail: DetailOf<C>;
  /**
   * Code and detail again; its own `cause` is the error that was caught.
   *
   * A structured clone turns this into a plain `Error` and drops every property except `cause`, from which
   * {@link toOverlayError} builds the error again.
   */
  override readonly cause: unknown;

  constructor(code: C, message: string, detail?: ErrorDetail, cause?: unknown) {
    super(message);
    this.code = code;
    this.detail = (detail ?? {}) as DetailOf<C>;
    this.cause = { code, detail: this.detail, ...(cause === undefined ? {} : { cause }) };
    // In V8 the stack begins with a title. Some ways of passing an error keep only the stack: its title has the code.
    if (this.stack !== undefined)
      this.stack = this.stack.replace(/^(?:Overlay)?Error:/, `OverlayError [${code}]:`);
  }
}

/**
 * Tell whether a value is an OverlayError, including one made by another copy of this package.
 *
 * @param code - also require this code.
 */
export function isOverlayError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is OverlayError<C> {
  const isOne =
    error instanceof Error && error.name === "OverlayError" && "code" in error && isErrorCode(error.code);
  return isOne && (code === undefined || error.code === code);
}

/**
 * Return the OverlayError that a value was before it crossed to another thread or frame.
 *
 * @param value - an OverlayError, what `structuredClone` or `postMessage` made of one, its record, or a copy that kept
 *   only name, message and stack (the detail is then lost, and the engine must put a title on stacks, as V8 does).
 * @returns `null` for anything else.
 */
export function toOverlayError(value: unknown): OverlayError | null {
  if (isOverlayError(value)) return value;
  if (typeof value !== "object" || value === null) return null;
  const { message, cause, stack } = value as { message?: unknown; cause?: unknown; stack?: unknown };
  const evidence = [value, cause, { code: /^OverlayError \[([a-z-]+)\]/.exec(String(stack))?.[1] }].find(
    isEvidence,
  );
  return evidence === undefined ? null : fromErrorRecord({ ...evidence, message }, evidence.cause);
}

interface Evidence {
  readonly code: ErrorCode;
  readonly detail?: unknown;
  readonly cause?: unknown;
}

function isEvidence(value: unknown): value is Evidence {
  return typeof value === "object" && value !== null && "code" in value && isErrorCode(value.code);
}

function isErrorCode(value: unknown): value is ErrorCode {
  return ERROR_CODES.some((code) => code === value);
}

/**
 * Return the record of a caught value.
 *
 * A value that is not an `OverlayError` is a bug in this package: it becomes `internal`, with the kind of error in
 * `detail.found`. Its text is left out, because a traceback may quote values from a file.
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

/**
 * Build an error from a record that came from outside (JSON from Python, a message).
 *
 * A code that this package does not know becomes `internal`, so that `code` is always one of {@link ERROR_CODES}.
 */
export function fromErrorRecord(record: unknown, cause?: unknown): OverlayError {
  const { code, message, detail } = (record ?? {}) as Partial<Record<keyof ErrorRecord, unknown>>;
  if (isErrorCode(code)) {
    const evidence = typeof detail === "object" && detail !== null ? (detail as ErrorDetail) : {};
    return new OverlayError(code, typeof message === "string" ? message : "", evidence, cause);
  }
  const found = String(code);
  return new OverlayError("internal", `Unknown error code ${found}.`, { found }, cause);
}
