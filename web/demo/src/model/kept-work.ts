/**
 * Work as it is kept in the browser: layers and removals of a series, packed. Files and pictures are known by a hash of
 * their UIDs alone, so nothing of a header, no pixel and no name but those that the user gave his layers is kept.
 */
import { deflateSync, inflateSync } from "fflate";
import { BitMask } from "./bitmask.js";
import { addLayer, type Doc, type Layer, type PlaneOrigin } from "./document.js";
import { type OpenedFile, pictureKey, type Series } from "./series.js";

/** Group by the hash of a file. */
type KeptGroups = readonly (readonly [file: string, group: number])[];

interface KeptLayer extends Pick<Layer, "name" | "colour" | "opacity" | "visible" | "againstPosition"> {
  readonly origin: (Omit<PlaneOrigin, "groups"> & { readonly groups: KeptGroups }) | null;
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
  readonly removed: readonly KeptGroups[];
}

/** Hashes of the files of a series, by file number. */
export type FileHashes = ReadonlyMap<number, string>;

/** A hash of a text that tells nothing of it; null where the page is not served safely and the browser offers none. */
export async function hashOf(text: string): Promise<string | null> {
  const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
  if (subtle === undefined) return null;
  const digest = await subtle.digest("SHA-256", new TextEncoder().encode(`dicom-overlay ${text}`));
  return Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A file is found again by its instance or, where it has none, by its path. */
export async function hashFiles(files: readonly OpenedFile[]): Promise<FileHashes> {
  const hashes = await Promise.all(files.map(({ facts, path }) => hashOf(facts.sopInstanceUid ?? path)));
  return new Map(files.flatMap(({ id }, k) => (hashes[k] == null ? [] : [[id, hashes[k]] as const])));
}

/** Masks are never changed once they are in a layer, so each is packed once. */
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
      origin: origin === null ? null : { ...origin, groups: groupsOf(origin.groups) },
      masks: [...masks].flatMap(([key, mask]) => packMask(key, mask, hashes)),
    })),
    removed: removed.map(({ groups }) => groupsOf(groups)),
  };
}

function packMask(key: string, mask: BitMask, hashes: FileHashes): KeptMask[] {
  const [id = "", frame = ""] = key.split("#");
  const hash = hashes.get(Number(id));
  if (hash === undefined) return [];
  const packed = packedMasks.get(mask) ?? new Uint8Array(deflateSync(mask.bits, { level: 1 }));
  packedMasks.set(mask, packed);
  return [{ picture: `${hash}#${frame}`, rows: mask.rows, columns: mask.columns, packed }];
}

/** A document with the layers and removals that were kept; what lies in files that are not open is left out. */
export function unpackWork(doc: Doc, work: KeptWork, { files }: Series, hashes: FileHashes): Doc {
  const byHash = new Map(files.flatMap((file) => [[hashes.get(file.id) ?? "", file] as const]));
  const groupsOf = (groups: KeptGroups): Map<number, number> =>
    new Map(
      groups.flatMap(([hash, group]) => {
        const file = byHash.get(hash);
        return file === undefined ? [] : [[file.id, group] as const];
      }),
    );
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
    const own = origin === null ? null : { ...origin, groups: groupsOf(origin.groups) };
    next = addLayer(next, name, { ...style, masks: new Map(found), origin: own }) ?? next;
  }
  const removed = work.removed
    .map((groups) => ({ groups: groupsOf(groups) }))
    .filter(({ groups }) => groups.size > 0);
  return { ...next, removed: [...next.removed, ...removed] };
}
