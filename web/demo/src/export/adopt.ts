/** After files were saved over their originals: each layer belongs to its plane in them, and what was removed is gone. */
import type { Doc, Layer, PlaneOrigin, Removal } from "../model/document.js";
import type { OpenedFile } from "../model/series.js";
import type { ExportResult } from "./job.js";

/** The document as it is once these results lie in place of their originals; planes are known by the groups they got. */
export function adoptSaved(doc: Doc, results: readonly ExportResult[]): Doc {
  const saved = results.filter((result) => result.saved && result.outcome === "written");
  const gone = new Set(saved.map(({ item }) => item.source.id));
  return {
    ...doc,
    layers: doc.layers.map((layer) => withPlanes(layer, saved)),
    removed: doc.removed.flatMap((removal) => withoutFiles(removal, gone)),
  };
}

function withPlanes(layer: Layer, saved: readonly ExportResult[]): Layer {
  const written = saved.flatMap(({ item, groups }): [number, number][] => {
    const group = groups[item.planes.findIndex(({ layerId }) => layerId === layer.id)];
    return group === undefined ? [] : [[item.source.id, group]];
  });
  if (written.length === 0) return layer;
  const label = layer.name.trim();
  const fresh: PlaneOrigin = {
    label,
    name: layer.name,
    groups: new Map(),
    overlayType: "G",
    subtype: null,
    description: null,
  };
  const origin = layer.origin ?? fresh;
  return { ...layer, origin: { ...origin, groups: new Map([...origin.groups, ...written]) } };
}

/** A group of a file that was written may hold another plane now, so what is left of a removal names others only. */
function withoutFiles(removal: Removal, gone: ReadonlySet<number>): Removal[] {
  const left = [...removal.groups].filter(([id]) => !gone.has(id));
  if (left.length === removal.groups.size) return [removal];
  return left.length === 0 ? [] : [{ groups: new Map(left) }];
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
