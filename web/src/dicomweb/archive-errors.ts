/** What can go wrong with an archive, as errors of the package. */
import { isOverlayError, OverlayError } from "../errors.js";

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "the archive did not understand the request",
  401: "the archive asks for a login",
  403: "the archive forbids it",
  404: "the archive has no such thing",
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
): OverlayError {
  return new OverlayError(
    "archive-response",
    `The archive did not answer as DICOMweb does: ${what}.`,
    detail,
  );
}

/** Build the error of an answer that says no. */
export function refusal(status: number): OverlayError {
  const words =
    STATUS_WORDS[status] ?? (status >= 500 ? "the archive failed" : "the archive refused the request");
  return new OverlayError("archive-refused", `HTTP status ${status}: ${words}.`, { status });
}

/** Tell whether the connection was lost, so that the request may or may not have been carried out. */
export function isConnectionLost(error: unknown): boolean {
  return isOverlayError(error, "archive-unreachable");
}

/** Tell whether a status says "not now": the request may have reached the archive or not. */
export function isLater(status: number): boolean {
  return [429, 502, 503, 504].includes(status);
}
