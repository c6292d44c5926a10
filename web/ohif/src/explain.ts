/** Errors in words for a person; the codes stay for programs. */
import { isOverlayError } from "dicom-overlay";

/** Return what went wrong. Messages of the package hold no value of a file; others are not shown. */
export function explain(error: unknown): string {
  if (!isOverlayError(error)) return "Something unexpected went wrong in the overlay plug-in.";
  const index = error.detail["index"];
  const where = typeof index === "number" ? ` (image ${index + 1})` : "";
  return `${error.message}${where} [${error.code}]`;
}
