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
  const names = unsaved.layers.map(({ name }) => name);
  parts.push(w.staysUnsaved(names, unsaved.removed.length));
  return parts.filter((part) => part !== "").join(" ");
}

/** Names of the files that were not saved, by the code of the reason. */
function reasons(results: readonly ExportResult[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { item, outcome, code, saved, saveCode } of results) {
    if (saved) continue;
    const why = (outcome === "failed" ? code : saveCode) ?? "not-saved";
    found.set(why, [...(found.get(why) ?? []), item.name]);
  }
  return found;
}

/** The result of the checks of saved files; nothing if none was checked. */
function describeChecks(results: readonly ExportResult[]): string {
  const w = words.value;
  const checked = results.filter(
    ({ saved, verification, checkCode }) => saved && (verification !== null || checkCode !== null),
  );
  if (checked.length === 0) return "";
  const count = { good: 0, unknown: 0, bad: 0 };
  for (const { item, verification } of checked) count[judgeCheck(item, verification)]++;
  if (count.bad > 0) return w.checkedBad(count.bad, checked.length);
  return count.unknown === 0 ? w.checkedGood : w.checkedUnknown(count.unknown, checked.length);
}
