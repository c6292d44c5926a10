/** The report of an export as CSV, and the words of its cells, shared with the table on the page. */
import type { ExportResult } from "./export-job.js";
import { explainCode } from "./messages.js";

export interface ReportRow {
  readonly file: string;
  readonly savedAs: string;
  readonly outcome: string;
  readonly planes: string;
  readonly masks: string;
  readonly pixels: string;
  readonly rest: string;
}

const HEADINGS = [
  "file",
  "saved as",
  "export",
  "planes found",
  "mask equal",
  "pixel data equal",
  "rest of the file",
  "pixel data sha-256",
  "notices",
];

/** The cells of one result in words. */
export function reportRow(result: ExportResult): ReportRow {
  const { item, outcome, code, verification, checkCode } = result;
  const words = {
    written: "Written",
    copied: "Copied unchanged",
    failed: `Failed (${code}): ${explainCode(code ?? "")}`,
  };
  const base = {
    file: item.source.path,
    savedAs: result.blob === null ? "" : item.name,
    outcome: words[outcome],
  };
  if (verification === null) {
    const why = checkCode === null ? "not checked" : `check failed (${checkCode})`;
    const cell = outcome === "failed" ? "" : why;
    return { ...base, planes: cell, masks: cell, pixels: cell, rest: cell };
  }
  return {
    ...base,
    planes:
      verification.found.map(({ group, label }) => `${hex(group)} ${label}`.trim()).join(", ") || "none",
    masks: sayEqual(verification.masksEqual),
    pixels: sayEqual(verification.pixelsEqual),
    rest: describeRest(verification),
  };
}

function sayEqual(equal: boolean | null): string {
  if (equal === null) return "not compared";
  return equal ? "Yes" : "NO";
}

function describeRest({
  restored,
  otherDifferences,
  planeElements,
  note,
}: NonNullable<ExportResult["verification"]>): string {
  const added = planeElements > 0 ? `${planeElements} elements of the planes added; ` : "";
  if (restored) return `${added}without them every byte is the original's`;
  if (note !== null) return note;
  if (otherDifferences.length === 0) return `${added}no other element differs, coded in other bytes`;
  const list = otherDifferences.map(({ tag, change }) => `${tag} ${change}`).join(", ");
  return `${added}also ${list}`;
}

/** The whole report; cells that a spreadsheet would run as a formula are disarmed with an apostrophe. */
export function reportCsv(results: readonly ExportResult[]): string {
  const lines = results.map((result) => {
    const row = reportRow(result);
    const notices = result.notices.map(({ code }) => code).join(" ");
    const hash = result.verification?.pixelHash ?? "";
    return [row.file, row.savedAs, row.outcome, row.planes, row.masks, row.pixels, row.rest, hash, notices];
  });
  return [HEADINGS, ...lines].map((cells) => cells.map(csvCell).join(",")).join("\r\n");
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function hex(group: number): string {
  return group.toString(16).toUpperCase().padStart(4, "0");
}
