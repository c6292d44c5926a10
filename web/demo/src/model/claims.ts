/**
 * What a document claims about its files' planes: layers replace some, removals take some away. A claim names a
 * plane by its
 * group, and another program, another tab or an earlier visit may have put another plane there since. So each claim is
 * held against the files before it is acted on.
 */
import type { OverlayPlane } from "dicom-overlay";
import type { Doc, GroupByFile, History, Layer, Removal } from "./document.js";
import { planesOf } from "./planes.js";
import type { Series } from "./series.js";

/** The planes of files by file number; a file that could not be read is absent. */
export type FoundPlanes = ReadonlyMap<number, readonly OverlayPlane[]>;

/** Drop the claims that do not hold; returns the same document if all do. */
export function checkClaims(doc: Doc, found: FoundPlanes): Doc {
  const layers = doc.layers.map((layer) => checkLayer(layer, found));
  const removed = doc.removed.flatMap((removal) => checkRemoval(removal, found));
  const isSame = [...layers, ...removed].every(
    (one) => doc.layers.includes(one as Layer) || doc.removed.includes(one as Removal),
  );
  return isSame && removed.length === doc.removed.length ? doc : { ...doc, layers, removed };
}

function checkLayer(layer: Layer, found: FoundPlanes): Layer {
  const { origin } = layer;
  if (origin === null) return layer;
  const held = holding(origin.groups, found, origin);
  const plane = held.flatMap(([id, group]) => planeIn(found, id, group) ?? [])[0];
  const { subtype, description } = plane ?? origin;
  if (held.length === 0) return { ...layer, origin: null };
  if (held.length === origin.groups.size && subtype === origin.subtype && description === origin.description)
    return layer;
  return { ...layer, origin: { ...origin, groups: new Map(held), subtype, description } };
}

function checkRemoval(removal: Removal, found: FoundPlanes): Removal[] {
  const held = holding(removal.groups, found, removal);
  if (held.length === removal.groups.size) return [removal];
  return held.length === 0 ? [] : [{ ...removal, groups: new Map(held) }];
}

/** The groups that hold a plane of this label and type; those of files that were not read are believed. */
function holding(
  groups: GroupByFile,
  found: FoundPlanes,
  { label, overlayType }: Pick<Removal, "label" | "overlayType">,
): [number, number][] {
  return [...groups].filter(([id, group]) => {
    if (!found.has(id)) return true;
    const plane = planeIn(found, id, group);
    return (plane?.label ?? "").trim() === label && plane?.overlayType === overlayType;
  });
}

function planeIn(found: FoundPlanes, id: number, group: number): OverlayPlane | undefined {
  return found.get(id)?.find((plane) => plane.group === group);
}

/** Read the planes that a document claims. */
export async function findClaimed(
  { files }: Series,
  { layers, removed }: Pick<Doc, "layers" | "removed">,
  signal: AbortSignal,
): Promise<FoundPlanes> {
  const claims = [...layers.flatMap(({ origin }) => origin ?? []), ...removed];
  const ids = new Set(claims.flatMap(({ groups }) => [...groups.keys()]));
  const claimed = files.filter(({ id }) => ids.has(id));
  return claimed.length === 0 ? new Map() : await planesOf(claimed, signal);
}

/**
 * Check a history's claims against its files.
 *
 * @returns whether all of them hold; those that do not are dropped, from every state of the past as well
 */
export async function settleClaims(series: Series, past: History, signal: AbortSignal): Promise<boolean> {
  const found = await findClaimed(series, past.doc.value, signal);
  const before = past.doc.value;
  const after = checkClaims(before, found);
  if (countClaims(after) === countClaims(before)) return true;
  past.rewrite((doc) => checkClaims(doc, found));
  return false;
}

/** Planes that are claimed, each in each file. */
export function countClaims({ layers, removed }: Pick<Doc, "layers" | "removed">): number {
  return [...layers.flatMap(({ origin }) => origin ?? []), ...removed].reduce(
    (sum, { groups }) => sum + groups.size,
    0,
  );
}
