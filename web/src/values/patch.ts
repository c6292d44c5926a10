import { OverlayError } from "../errors.js";

/** Half-open range `[start, end)` of the original file, in bytes from its start, and what takes its place. */
export interface Splice {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Every byte that an edit changes: disjoint splices in ascending order, for a file of exactly `sourceSize` bytes. */
export interface Patch {
  readonly sourceSize: number;
  readonly splices: readonly Splice[];
}

/**
 * Return the patched file as a Blob made of slices of the original; nothing is read or copied.
 *
 * @param source - the file the patch was planned for; the result refers to it, so it must stay on disk unchanged
 *   until the result was saved.
 * @throws OverlayError `patch-mismatch` when the file has another size or the splices are not in order.
 */
export function applyPatch(source: Blob, patch: Patch): Blob {
  if (source.size !== patch.sourceSize) {
    throw new OverlayError("patch-mismatch", "The patch was planned for a file of another size.", {
      expected: patch.sourceSize,
      found: source.size,
    });
  }
  const parts: BlobPart[] = [];
  let position = 0;
  for (const { start, end, bytes } of patch.splices) {
    if (start < position || end < start || end > source.size) {
      throw new OverlayError(
        "patch-mismatch",
        "The splices overlap, are out of order or pass the file's end.",
        {
          offset: start,
        },
      );
    }
    if (start > position) parts.push(source.slice(position, start));
    parts.push(bytes as Uint8Array<ArrayBuffer>);
    position = end;
  }
  if (position < source.size) parts.push(source.slice(position));
  return new Blob(parts, { type: "application/dicom" });
}
