/**
 * The check after an export, which takes nobody's word: the result is read back, its new planes are compared with the
 * masks, then they are cut out again and what remains is compared with the original.
 */
import type { OverlayExporter } from "dicom-overlay";
import type { ElementDifference } from "./dicom-image.js";
import type { ExportItem } from "./export-plan.js";
import type { ImageClient } from "./image-client.js";

export interface Verification {
  /** Planes that the result has more than the original: group and label. */
  readonly found: readonly { readonly group: number; readonly label: string }[];
  readonly masksEqual: boolean;
  /** Null where it could not be told: the file's elements could not be listed, and its header was changed too. */
  readonly pixelsEqual: boolean | null;
  /** Lower-case hex SHA-256 of Pixel Data before the export, or null. */
  readonly pixelHash: string | null;
  /** After cutting the new planes out, every byte is the original's. */
  readonly restored: boolean;
  /** Elements that differ besides the new planes. */
  readonly otherDifferences: readonly ElementDifference[];
  /** Elements of the new planes. */
  readonly planeElements: number;
  readonly note: string | null;
}

/** Read `result` back and compare it with what was asked for. */
export async function verifyResult(
  exporter: OverlayExporter,
  images: ImageClient,
  item: ExportItem,
  result: Blob,
  signal: AbortSignal,
): Promise<Verification> {
  const original = item.source.file;
  const { planes: old } = await exporter.readOverlays(original, { signal });
  const before = new Set(old.map(({ group }) => group));
  const { planes: after } = await exporter.readOverlays(result, { signal });
  const added = after.filter(({ group }) => !before.has(group));
  const masksEqual =
    added.length === item.planes.length &&
    item.planes.every(({ name, packed }, i) => {
      const plane = added[i];
      return plane !== undefined && (plane.label ?? "") === name.trim() && sameBits(plane.packed, packed);
    });
  const groups = added.map(({ group }) => group);
  const stripped =
    groups.length === 0 ? result : (await exporter.removeOverlays(result, { groups, signal })).blob;
  const [whole, rest] = await Promise.all([
    images.compare(original, result),
    images.compare(original, stripped),
  ]);
  return {
    found: added.map(({ group, label }) => ({ group, label: label ?? "" })),
    masksEqual,
    // Where every byte is the original's without the planes, no parser need be asked.
    pixelsEqual: rest.sameBytes || whole.pixelsEqual,
    pixelHash: whole.pixelHashBefore,
    restored: rest.sameBytes,
    otherDifferences: rest.differences,
    planeElements: whole.differences.length - rest.differences.length,
    note: whole.listingError,
  };
}

/** What a check came to: `"unknown"` where nothing is wrong, but Pixel Data could not be compared. */
export function judgeCheck(item: ExportItem, verification: Verification | null): "good" | "unknown" | "bad" {
  if (verification === null || verification.pixelsEqual === false) return "bad";
  const asWanted = item.planes.length === 0 ? verification.restored : verification.masksEqual;
  if (!asWanted) return "bad";
  return verification.pixelsEqual === null ? "unknown" : "good";
}

/** Equal bits; padding at the end may differ in length, not in value. */
function sameBits(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return false;
  return true;
}
