/** What can go wrong with an archive, as errors of the package. */
import { isOverlayError, OverlayError } from "../errors.js";

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "the archive did not understand the request",
  401: "the archive asks for a login",
  403: "the archive forbids it",
  404: "the archive does not have it, or does not offer this",
  405: "the archive does not offer this",
  406: "the archive cannot send it in this form",
  413: "the request is too large for the archive",
  415: "the archive does not take this form of data",
  501: "the archive does not offer this",
};

/** Build the error of an answer that is not what the standard asks for. */
export function badAnswer(
  what: string,
  detail: Readonly<Record<string, string | number | null>> = {},
  cause?: unknown,
): OverlayError {
  const message = `The archive did not answer as DICOMweb does: ${what}.`;
  return new OverlayError("archive-response", message, detail, cause);
}

/** Build the error of an answer that says no. */
export function refusal(status: number): OverlayError {
  const words =
    STATUS_WORDS[status] ?? (status >= 500 ? "the archive failed" : "the archive refused the request");
  return new OverlayError("archive-refused", `HTTP status ${status}: ${words}.`, { status });
}

/** Tell whether the connection was lost, before the answer or in it: the request may or may not have been carried out. */
export function isConnectionLost(error: unknown): boolean {
  return isOverlayError(error) && (error.code === "archive-unreachable" || error.detail["found"] === "cut");
}

/** Tell whether a status says "not now": the request may have reached the archive or not. */
export function isLater(status: number): boolean {
  return [429, 502, 503, 504].includes(status);
}

/** Statuses after which the next request would get the same answer. */
const HOPELESS = [401, 403, 405, 415, 501];

/** Tell whether an error is about the archive as a whole, so that other requests of the kind would fail alike. */
export function isHopeless(error: OverlayError): boolean {
  if (error.code !== "archive-refused")
    return error.code !== "archive-response" && error.code !== "not-dicom";
  const { status } = error.detail;
  return typeof status !== "number" || HOPELESS.includes(status) || isLater(status);
}
