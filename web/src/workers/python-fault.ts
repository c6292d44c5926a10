/** What an unexpected Python exception may say of itself: its class and where in the wheel, never its text. A leaf. */
import { OverlayError } from "../errors.js";

/** Where an exception came from, without any value that it names. */
export interface PythonFault {
  /** For example `"KeyError"`. */
  readonly exception: string;
  /** Module and line in the wheel, for example `"dicom_overlay/edit/plan.py:120"`; `"unknown"` outside it. */
  readonly place: string;
}

/** Read class and place out of a traceback. */
export function faultOf(traceback: string): PythonFault {
  let exception = "unknown";
  let place = "unknown";
  let isNamed = true;
  for (const line of traceback.split("\n")) {
    const own = OWN_FRAME.exec(line);
    if (own) place = `${own[1]}:${own[2]}`;
    if (FRAME.test(line)) isNamed = false;
    // After the last frame: its source line, indented, then the exception, whose text may have more lines.
    if (isNamed || !/^[A-Za-z_]/.test(line)) continue;
    exception = /^([\w.]+)(?::|$)/.exec(line)?.[1] ?? "unknown";
    isNamed = true;
  }
  return { exception, place };
}

/** The error of a Python exception that is not an error of the caller's. */
export function pythonFault(error: Error): OverlayError {
  return faultError(faultOf(error.message), error);
}

/** The same from what Python itself says of its exception. */
export function faultError(fault: unknown, cause?: Error): OverlayError {
  const { exception, place } = fault as PythonFault;
  const message = `Unexpected ${exception} at ${place}; this is a fault of dicom-overlay.`;
  const detail = { found: cause?.name ?? "PythonError", exception, place };
  return new OverlayError("internal", message, detail, cause);
}

const FRAME = /^ {2}File "[^"]*", line \d+/;
const OWN_FRAME = /^ {2}File "[^"]*\b(dicom_overlay\/[\w/]+\.py)", line (\d+)/;
