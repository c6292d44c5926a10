/**
 * Work as it is kept in the browser: layers and removals of a series, packed. Files and pictures are known by a hash of
 * their UIDs alone. No pixel and nothing of a header is kept but the labels of planes that are replaced or removed: these
 * planes are found by them again.
 */
import { deflateSync, inflateSync } from "fflate";
import { BitMask } from "./bitmask.js";
import { addLayer, type Doc, type Layer, type PlaneOrigin, type Removal } from "./document.js";
import { type OpenedFile, pictureKey, type Series } from "./series.js";

/** Group by the hash of a file. */
type KeptGroups = readonly (readonly [file: string, group: number])[];

interface KeptLayer extends Pick<Layer, "name" | "colour" | "opacity" | "visible" | "againstPosition"> {
  /** The plane that it replaces; the rest is read from the file again. */
  readonly origin:
    | (Pick<PlaneOrigin, "label" | "name" | "overlayType"> & { readonly groups: KeptGroups })
    | null;
  readonly masks: readonly KeptMask[];
}

interface KeptMask {
  readonly picture: string;
  readonly rows: number;
  readonly columns: number;
  readonly packed: Uint8Array<ArrayBuffer>;
}

/** What is kept of a series' document. */
export interface KeptWork {
  readonly layers: readonly KeptLayer[];
  readonly removed: readonly (Omit<Removal, "groups"> & { readonly groups: KeptGroups })[];
}

/** The hash of each file of a series, by file number. */
export type FileHashes = ReadonlyMap<number, string>;

/** A hash of a text that tells nothing of it; null where the page is not served safely and the browser offers none. */
export async function hashOf(text: string): Promise<string | null> {
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
  if (subtle === undefined) return null;
  const digest = await subtle.digest("SHA-256", new TextEncoder().encode(`dicom-overlay ${text}`));
  return Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A file is found again by its instance. Where it has none, or where several open files have the same one, its path and
 * its turn among the files of that path say which it is.
 */
export async function hashFiles(files: readonly OpenedFile[]): Promise<FileHashes> {
  const uids = files.map(({ facts }) => facts.sopInstanceUid);
  const copies = countEach(uids);
  const turns = new Map<string, number>();
  const texts = files.map(({ path }, k) => {
    const uid = uids[k] ?? null;
    if (uid !== null && copies.get(uid) === 1) return uid;
    const own = `${uid ?? ""} ${path}`.trim();
    const turn = (turns.get(own) ?? 0) + 1;
    turns.set(own, turn);
    return turn === 1 ? own : `${own} ${turn}`;
  });
  const hashes = await Promise.all(texts.map(hashOf));
  return new Map(files.flatMap(({ id }, k) => (hashes[k] == null ? [] : [[id, hashes[k]] as const])));
}

function countEach<T>(values: readonly T[]): Map<T, number> {
  const count = new Map<T, number>();
  for (const value of values) count.set(value, (count.get(value) ?? 0) + 1);
  return count;
}

/** A mask does not change once it is in a layer, so each is packed once. */
const packedMasks = new WeakMap<BitMask, Uint8Array<ArrayBuffer>>();

export function packWork({ layers, removed }: Pick<Doc, "layers" | "removed">, hashes: FileHashes): KeptWork {
  const groupsOf = (groups: ReadonlyMap<number, number>): KeptGroups =>
    [...groups].flatMap(([id, group]) => {
      const hash = hashes.get(id);
      return hash === undefined ? [] : [[hash, group] as const];
    });
  return {
    layers: layers.map(({ name, colour, opacity, visible, againstPosition, origin, masks }) => ({
      name,
      colour,
      opacity,
      visible,
      againstPosition,
      origin: origin === null ? null : packOrigin(origin, groupsOf(origin.groups)),
      masks: [...masks].flatMap(([key, mask]) => packMask(key, mask, hashes)),
    })),
    removed: removed.map((removal) => ({ ...removal, groups: groupsOf(removal.groups) })),
  };
}

function packOrigin({ label, name, overlayType }: PlaneOrigin, groups: KeptGroups): KeptLayer["origin"] {
  return { label, name, overlayType, groups };
}

function packMask(key: string, mask: BitMask, hashes: FileHashes): KeptMask[] {
  const [id = "", frame = ""] = key.split("#");
  const hash = hashes.get(Number(id));
  if (hash === undefined) return [];
  const packed = packedMasks.get(mask) ?? new Uint8Array(deflateSync(mask.bits, { level: 1 }));
  packedMasks.set(mask, packed);
  return [{ picture: `${hash}#${frame}`, rows: mask.rows, columns: mask.columns, packed }];
}

/** A document with the kept work, and what could not be restored. */
export interface Unpacked {
  readonly doc: Doc;
  /** Marked pictures whose files are not open, or whose layer did not fit. */
  readonly leftOut: number;
}

/** A document with the layers and removals that were kept. */
export function unpackWork(doc: Doc, work: KeptWork, { files }: Series, hashes: FileHashes): Unpacked {
  const byHash = new Map(files.flatMap((file) => [[hashes.get(file.id) ?? "", file] as const]));
  let leftOut = 0;
  const groupsOf = (groups: KeptGroups): Map<number, number> => {
    const found = groups.flatMap(([hash, group]) => {
      const file = byHash.get(hash);
      return file === undefined ? [] : [[file.id, group] as const];
    });
    leftOut += groups.length - found.length;
    return new Map(found);
  };
  let next: Doc = {
    ...doc,
    layers: doc.layers.filter(({ masks, origin }) => masks.size > 0 || origin !== null),
  };
  for (const { masks, origin, name, ...style } of work.layers) {
    const found = masks.flatMap(({ picture, rows, columns, packed }): [string, BitMask][] => {
      const [hash = "", frame = "0"] = picture.split("#");
      const file = byHash.get(hash);
      if (file?.facts.rows !== rows || file.facts.columns !== columns) return [];
      return [[pictureKey(file, Number(frame)), new BitMask(rows, columns, inflateSync(packed))]];
    });
    const groups = groupsOf(origin?.groups ?? []);
    const own =
      origin === null || groups.size === 0 ? null : { ...origin, groups, subtype: null, description: null };
    const isBare = found.length === 0 && own === null;
    const added = isBare ? null : addLayer(next, name, { ...style, masks: new Map(found), origin: own });
    leftOut += masks.length - (added === null ? 0 : found.length);
    next = added ?? next;
  }
  const removed = work.removed
    .map((removal) => ({ ...removal, groups: groupsOf(removal.groups) }))
    .filter(({ groups }) => groups.size > 0);
  const { layers } = next.layers.length === 0 ? doc : next;
  return { doc: { ...next, layers, removed: [...next.removed, ...removed] }, leftOut };
}
