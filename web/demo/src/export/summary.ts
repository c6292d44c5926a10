/**
 * The words about an export: what was saved, what was not and why, what is still unsaved, and the result of the
 * checks.
 */
import type { SavedWork } from "../model/document.js";
import { explainCode } from "../words/faults.js";
import { words } from "../words/words.js";
import type { ExportResult } from "./job.js";
import { judgeCheck } from "./verify.js";

/** One text for the status line and the table. */
export function summarize(results: readonly ExportResult[], handedOver: boolean, unsaved: SavedWork): string {
  const w = words.value;
  const saved = results.filter((result) => result.saved).length;
  const parts = [handedOver ? w.handedOver(saved, results.length) : w.saved(saved, results.length)];
  for (const [code, names] of reasons(results)) parts.push(w.notSaved(names), explainCode(code));
  parts.push(describeChecks(results));
  for (const [code, names] of uncheckable(results)) parts.push(w.notCheckable(names), explainCode(code));
  if (handedOver && saved > 0) parts.push(w.lookForDownload);
  const names = unsaved.layers.map(({ name }) => name);
  parts.push(w.staysUnsaved(names, unsaved.removed.length));
  return parts.filter((part) => part !== "").join(" ");
}

/** Names of the files that were not saved, by the code of the reason. */
function reasons(results: readonly ExportResult[]): Map<string, string[]> {
  return namesBy(results, ({ outcome, code, saved, saveCode }) =>
    saved ? null : ((outcome === "failed" ? code : saveCode) ?? "not-saved"),
  );
}

/** Names of saved files whose check ended without a verdict, by the code of the reason. */
function uncheckable(results: readonly ExportResult[]): Map<string, string[]> {
  return namesBy(results, ({ saved, checkCode }) => (saved ? checkCode : null));
}

function namesBy(
  results: readonly ExportResult[],
  codeOf: (result: ExportResult) => string | null,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const result of results) {
    const code = codeOf(result);
    if (code !== null) found.set(code, [...(found.get(code) ?? []), result.item.name]);
  }
  return found;
}

/** The verdicts on saved files; nothing if there is none. */
function describeChecks(results: readonly ExportResult[]): string {
  const w = words.value;
  const checked = results.filter(({ saved, verification }) => saved && verification !== null);
  if (checked.length === 0) return "";
  const count = { good: 0, unknown: 0, bad: 0 };
  for (const { item, verification } of checked) count[judgeCheck(item, verification)]++;
  if (count.bad > 0) return w.checkedBad(count.bad, checked.length);
  return count.unknown === 0 ? w.checkedGood : w.checkedUnknown(count.unknown, checked.length);
}
