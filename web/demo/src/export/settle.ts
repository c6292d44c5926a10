/** Which of the user's work is in files after an export, and which is not. */
import { type Doc, type Layer, type Removal, type SavedWork, workedLayers } from "../model/document.js";
import type { Series } from "../model/series.js";
import type { ExportResult } from "./job.js";
import { judgeCheck } from "./verify.js";

/** A result counts where it was written and saved and, where it was checked, was found equal. */
export function isGood(result: ExportResult): boolean {
  if (result.outcome === "failed" || !result.saved) return false;
  const { item, verification, checkCode } = result;
  if (checkCode !== null) return false;
  return verification === null || judgeCheck(item, verification) !== "bad";
}

/** Layers and removals of which every file is saved. */
export function savedWork(doc: Doc, series: Series, results: readonly ExportResult[]): SavedWork {
  const good = new Map(results.filter(isGood).map(({ item }) => [item.source.id, item]));
  const carries = (id: number, layer: Layer): boolean =>
    good.get(id)?.planes.some(({ layerId }) => layerId === layer.id) === true;
  const lacks = ({ groups }: Removal): boolean =>
    [...groups].every(([id, group]) => good.get(id)?.removed.includes(group) === true);
  return {
    layers: workedLayers(doc).filter((layer) => {
      const files = filesOf(layer, series);
      return files.size > 0 && [...files].every((id) => carries(id, layer));
    }),
    removed: doc.removed.filter(lacks),
  };
}

/** Numbers of the files that a layer is marked in, or whose plane it replaces. */
function filesOf({ masks, origin }: Layer, { pictures }: Series): Set<number> {
  const marked = pictures.filter(({ key }) => masks.has(key)).map(({ source }) => source.id);
  return new Set([...marked, ...(origin?.groups.keys() ?? [])]);
}

/** Turns results that failed their check, or could not be checked, into failures: none of them replaces its original. */
export function keepBadBack(results: readonly ExportResult[]): ExportResult[] {
  return results.map((result) => {
    const { item, made, verification, checkCode } = result;
    if (made === null) return result;
    const isBad = verification !== null && judgeCheck(item, verification) === "bad";
    const code = checkCode ?? (isBad ? "check-failed" : null);
    return code === null ? result : { ...result, outcome: "failed", made: null, code };
  });
}
