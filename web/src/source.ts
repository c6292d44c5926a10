import { OverlayError } from "./errors.js";
import type { OverlaySource } from "./plane.js";

/**
 * Return the source as a Blob; bytes in memory are copied into one, a Blob or File is used as it is.
 *
 * @throws OverlayError `invalid-request` for anything else, or an empty or detached buffer.
 */
export function toBlob(source: OverlaySource): Blob {
  if (source instanceof Blob) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    if (source.byteLength === 0) {
      throw new OverlayError(
        "not-dicom",
        "The file is empty, or its buffer was transferred away (detached).",
        {
          found: 0,
        },
      );
    }
    return new Blob([source as BlobPart]);
  }
  throw new OverlayError("invalid-request", "Expected a File, Blob, ArrayBuffer or typed array.", {
    field: "file",
  });
}

/** Return the name of a File, or a made-up one for bytes that have none. */
export function nameOf(source: OverlaySource, index: number): string {
  if (typeof File !== "undefined" && source instanceof File && source.name !== "") return source.name;
  return `instance-${String(index + 1).padStart(4, "0")}.dcm`;
}
