/** After files were saved over their originals: each layer belongs to its plane in them, and what was removed is gone. */
import type { Doc, GroupByFile, Layer, Removal } from "../model/document.js";
import type { OpenedFile } from "../model/series.js";
import type { ExportResult } from "./job.js";

/** The document as it is once these results lie in place of their originals; planes are known by the groups they got. */
export function adoptSaved(doc: Doc, results: readonly ExportResult[]): Doc {
  const saved = results.filter((result) => result.saved && result.outcome === "written");
  // The groups of each file that were written or removed.
  const changed = new Map(
    saved.map(({ item, groups }) => [item.source.id, new Set([...item.removed, ...groups])]),
  );
  return {
    ...doc,
    layers: doc.layers.map((layer) => withPlanes(layer, saved, changed)),
    removed: doc.removed.flatMap((removal) => withoutGroups(removal, changed)),
  };
}

type ChangedGroups = ReadonlyMap<number, ReadonlySet<number>>;

function withPlanes(layer: Layer, saved: readonly ExportResult[], changed: ChangedGroups): Layer {
  const { origin } = layer;
  let { label, name } = origin ?? { label: "", name: "" };
  const groups = new Map(origin === null ? [] : unchangedGroups(origin.groups, changed));
  for (const { item, groups: written } of saved) {
    const at = item.planes.findIndex(({ layerId }) => layerId === layer.id);
    const [plane, group] = [item.planes[at], written[at]];
    if (plane === undefined || group === undefined) continue;
    groups.set(item.source.id, group);
    label = plane.name.trim();
    name = plane.name || name;
  }
  if (groups.size === 0) return origin === null ? layer : { ...layer, origin: null };
  const { overlayType = "G", subtype = null, description = null } = origin ?? {};
  return { ...layer, origin: { label, name, groups, overlayType, subtype, description } };
}

/** A removal of planes that are still there. */
function withoutGroups(removal: Removal, changed: ChangedGroups): Removal[] {
  const left = unchangedGroups(removal.groups, changed);
  if (left.length === removal.groups.size) return [removal];
  return left.length === 0 ? [] : [{ ...removal, groups: new Map(left) }];
}

function unchangedGroups(groups: GroupByFile, changed: ChangedGroups): [number, number][] {
  return [...groups].filter(([id, group]) => changed.get(id)?.has(group) !== true);
}

/** Ask the folder for a file that was written: a browser reads no file that changed. */
export async function reopen(source: OpenedFile): Promise<void> {
  try {
    const handle = await source.folder?.getFileHandle(source.file.name);
    if (handle !== undefined) source.file = await handle.getFile();
  } catch {
    // Removed meanwhile; whatever reads it next says so.
  }
}
