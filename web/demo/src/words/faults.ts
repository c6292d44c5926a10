/** Errors by code, and in words. Never an attribute value. */
import { isOverlayError } from "dicom-overlay";
import { Fault } from "../workers/fault.js";
import { words } from "./words.js";

/** What the browser's own names of errors mean, for a file that is read and for one that is written. */
const CAUSES: Readonly<Record<string, { readonly reading: string; readonly writing: string }>> = {
  QuotaExceededError: { reading: "no-space", writing: "no-space" },
  NotAllowedError: { reading: "no-permission", writing: "no-permission" },
  SecurityError: { reading: "no-permission", writing: "no-permission" },
  NoModificationAllowedError: { reading: "file-locked", writing: "file-locked" },
  NotFoundError: { reading: "file-gone", writing: "folder-gone" },
  NotReadableError: { reading: "file-access", writing: "folder-gone" },
};

/** The code of anything thrown; `internal` for what has none. */
export function codeOf(error: unknown): string {
  if (isOverlayError(error)) {
    const { found, step } = error.detail;
    if (error.code !== "file-access" && error.code !== "file-changed") return error.code;
    const cause = CAUSES[String(found)];
    return (step === "write" ? cause?.writing : error.code === "file-access" && cause?.reading) || error.code;
  }
  if (error instanceof Fault) return error.code;
  if (error instanceof DOMException) return CAUSES[error.name]?.reading ?? "internal";
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
  if (!(error instanceof Fault)) return text;
  const { columns, rows, slices, wantedColumns, wantedRows, wantedSlices } = error.detail;
  if (columns === undefined || wantedColumns === undefined) return text;
  const depth = slices === undefined ? "" : ` × ${slices}`;
  const wantedDepth = wantedSlices === undefined ? "" : ` × ${wantedSlices}`;
  return `${text} ${words.value.sizes(`${columns} × ${rows}${depth}`, `${wantedColumns} × ${wantedRows}${wantedDepth}`)}`;
}
