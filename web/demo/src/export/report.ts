/** The report of an export as CSV, and the words of its cells, shared with the table on the page. */

import { explainCode } from "../words/faults.js";
import { words } from "../words/words.js";
import type { ExportResult } from "./job.js";

export interface ReportRow {
  readonly file: string;
  readonly savedAs: string;
  readonly outcome: string;
  readonly planes: string;
  readonly masks: string;
  readonly pixels: string;
  readonly rest: string;
}

/** The words in the cells of one result. */
export function reportRow(result: ExportResult): ReportRow {
  const { item, outcome, code, saved, savedAs, saveCode, verification, checkCode } = result;
  const w = words.value;
  const how = {
    written: w.written,
    copied: w.copiedUnchanged,
    failed: w.failed(code ?? "", explainCode(code ?? "")),
  };
  const lost = outcome === "failed" || saved ? null : (saveCode ?? "not-saved");
  const base = {
    file: item.source.path,
    savedAs: savedAs ?? "",
    outcome: lost === null ? how[outcome] : w.notArrived(lost, explainCode(lost)),
  };
  if (verification === null) {
    const why = checkCode === null ? w.notChecked : w.checkFailed(checkCode);
    const cell = outcome === "failed" ? "" : why;
    return { ...base, planes: cell, masks: cell, pixels: cell, rest: cell };
  }
  return {
    ...base,
    planes:
      verification.found.map(({ group, label }) => `${hex(group)} ${label}`.trim()).join(", ") || w.none,
    masks: sayEqual(verification.masksEqual),
    pixels: sayEqual(verification.pixelsEqual),
    rest: describeRest(verification),
  };
}

function sayEqual(equal: boolean | null): string {
  const { yes, no, notCompared } = words.value;
  if (equal === null) return notCompared;
  return equal ? yes : no;
}

function describeRest({
  restored,
  otherDifferences,
  planeElements,
  note,
}: NonNullable<ExportResult["verification"]>): string {
  const w = words.value;
  const added = planeElements > 0 ? w.elementsAdded(planeElements) : "";
  if (restored) return added + w.restored;
  if (note !== null) return w.listing[note];
  if (otherDifferences.length === 0) return added + w.noOther;
  const list = otherDifferences.map(({ tag, change }) => `${tag} ${w.change[change]}`).join(", ");
  return added + w.alsoChanged(list);
}

/** The whole report; an apostrophe keeps spreadsheets from running a cell as a formula. */
export function reportCsv(results: readonly ExportResult[]): string {
  const lines = results.map((result) => {
    const row = reportRow(result);
    const laid = result.item.planes.filter(({ againstPosition }) => againstPosition);
    const notices = [
      ...result.notices.map(({ code }) => code),
      ...laid.map(({ name }) => `laid-against-position (${name})`),
    ].join(" ");
    const hash = result.verification?.pixelHash ?? "";
    return [row.file, row.savedAs, row.outcome, row.planes, row.masks, row.pixels, row.rest, hash, notices];
  });
  return [words.value.csvColumns, ...lines].map((cells) => cells.map(csvCell).join(",")).join("\r\n");
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function hex(group: number): string {
  return group.toString(16).toUpperCase().padStart(4, "0");
}
