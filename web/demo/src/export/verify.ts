/**
 * The check after an export, which takes nobody's word: the result is read back and its planes are compared with the
 * masks; then all planes that were written, replaced or removed are cut out of result and original, and what remains of
 * both is compared.
 */
import type { OverlayExporter } from "dicom-overlay";
import type { ElementDifference, FileComparison } from "../image/protocol.js";
import { patientWorker } from "../image/workers.js";
import type { ExportItem } from "./plan.js";

export interface Verification {
  /** Planes that were written: group and label. */
  readonly found: readonly { readonly group: number; readonly label: string }[];
  readonly masksEqual: boolean;
  /** Null if it is not known: the file's elements could not be listed, and its header was changed too. */
  readonly pixelsEqual: boolean | null;
  /** Lower-case hex SHA-256 of Pixel Data before the export, or null. */
  readonly pixelHash: string | null;
  /** Without the planes every byte is the original's. */
  readonly restored: boolean;
  /** Elements that differ besides the planes. */
  readonly otherDifferences: readonly ElementDifference[];
  /** Elements of the planes. */
  readonly planeElements: number;
  readonly note: FileComparison["listingError"];
}

/** Read `result` back and compare it with what was asked for. */
export async function verifyResult(
  exporter: OverlayExporter,
  item: ExportItem,
  result: Blob,
  signal: AbortSignal,
): Promise<Verification> {
  const original = item.source.file;
  const before = new Set(
    (await exporter.readOverlays(original, { signal })).planes.map(({ group }) => group),
  );
  const { planes: after } = await exporter.readOverlays(result, { signal });
  const replaced = item.planes.flatMap(({ group }) => group ?? []);
  // A group that was emptied may be the first free one for a new plane.
  const freed = new Set([...item.removed, ...replaced]);
  const written = after.filter(({ group }) => !before.has(group) || freed.has(group));
  const left = [...written];
  const masksEqual =
    written.length === item.planes.length &&
    item.planes.every(({ name, pack, group }) => {
      const packed = pack();
      const at = left.findIndex(
        (plane) =>
          (group === null || plane.group === group) &&
          (plane.label ?? "") === name.trim() &&
          sameBits(plane.packed, packed),
      );
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  const groups = written.map(({ group }) => group);
  const cutFrom = async (file: Blob, which: readonly number[]): Promise<Blob> =>
    which.length === 0 ? file : (await exporter.removeOverlays(file, { groups: which, signal })).blob;
  const stripped = await cutFrom(result, groups);
  const bare = await cutFrom(original, [...freed]);
  const compare = (one: Blob, two: Blob): Promise<FileComparison> =>
    patientWorker.ask<"compare">({ type: "compare", before: one, after: two }, { signal });
  const [whole, rest] = [await compare(original, result), await compare(bare, stripped)];
  return {
    found: written.map(({ group, label }) => ({ group, label: label ?? "" })),
    masksEqual,
    // Where every byte is the original's without the planes, no parser need be asked.
    pixelsEqual: rest.sameBytes || whole.pixelsEqual,
    pixelHash: whole.pixelHash,
    restored: rest.sameBytes,
    otherDifferences: rest.differences,
    planeElements: Math.max(0, whole.differences.length - rest.differences.length),
    note: whole.listingError,
  };
}

/** What a check came to: `"unknown"` where nothing is wrong, but Pixel Data could not be compared. */
export function judgeCheck(item: ExportItem, verification: Verification | null): "good" | "unknown" | "bad" {
  if (verification === null) return "bad";
  const { pixelsEqual, masksEqual, restored, otherDifferences, note } = verification;
  if (pixelsEqual === false || !masksEqual) return "bad";
  if (restored) return "good";
  // A new instance differs in its header, though not in its other planes. A kept one may be encoded in other bytes, as a
  // deflated file is; a copy, and a file that only lost planes, may not.
  const isNew = item.instance === "derived" && item.planes.length + item.removed.length > 0;
  const strange = isNew ? otherDifferences.filter(({ tag }) => /^\(60[01]/.test(tag)) : otherDifferences;
  if (strange.length > 0 || (item.planes.length === 0 && !isNew)) return "bad";
  return note === null && pixelsEqual !== null ? "good" : "unknown";
}

/** Equal bits; padding at the end may differ in length, not in value. */
function sameBits(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return false;
  return true;
}
