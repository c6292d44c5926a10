/** Errors by code, and in words. Never an attribute value. */
import { isOverlayError } from "dicom-overlay";
import { WorkerFault } from "../workers/link.js";
import { words } from "./words.js";

/** The code of anything thrown; `internal` for what has none. */
export function codeOf(error: unknown): string {
  if (isOverlayError(error) || error instanceof WorkerFault) return error.code;
  if (error instanceof DOMException && (error.name === "NotReadableError" || error.name === "NotFoundError"))
    return "file-access";
  return "internal";
}

/** A sentence or two for the user. */
export function explainCode(code: string): string {
  const { faults, unknownFault } = words.value;
  return (faults as Readonly<Record<string, string>>)[code] ?? unknownFault(code);
}

/** As {@link explainCode}, with sizes where the error knows them. */
export function explain(error: unknown): string {
  const text = explainCode(codeOf(error));
  if (!(error instanceof WorkerFault)) return text;
  const { columns, rows, slices, wantedColumns, wantedRows, wantedSlices } = error.detail;
  if (columns === undefined || wantedColumns === undefined) return text;
  const depth = slices === undefined ? "" : ` × ${slices}`;
  const wantedDepth = wantedSlices === undefined ? "" : ` × ${wantedSlices}`;
  return `${text} ${words.value.sizes(`${columns} × ${rows}${depth}`, `${wantedColumns} × ${wantedRows}${wantedDepth}`)}`;
}
