/** A file as a caller has it → a Blob, its name, and whether it has changed since. */
import { OverlayError } from "../errors.js";
import { isArrayBuffer, isBlob, isFile, isPlainBuffer, isSharedBuffer } from "./kinds.js";
import type { OverlaySource } from "./plane.js";

/** Size and time of each file when it was first taken, for as long as the page holds the file. */
const taken = new WeakMap<Blob, { readonly size: number; readonly lastModified: number }>();

/**
 * Return the source as a Blob; bytes in memory are copied into one, a Blob or File is used as it is.
 *
 * Files and buffers of other realms (iframes, popups), shared and resizable ones are taken as well.
 *
 * @param field - what the caller calls the value, for the error.
 * @throws OverlayError `not-dicom` for an empty or detached buffer, `invalid-request` for anything that is not a file.
 */
export function toBlob(source: OverlaySource | SharedArrayBuffer, field = "file"): Blob {
  if (isBlob(source)) return remembered(source);
  if (ArrayBuffer.isView(source) || isArrayBuffer(source) || isSharedBuffer(source)) {
    const bytes = bytesOf(source);
    if (bytes.length > 0) return new Blob([bytes]);
    const message = "The file is empty, or its buffer was transferred away (detached).";
    throw new OverlayError("not-dicom", message, { field, found: 0 });
  }
  throw new OverlayError("invalid-request", "Expected a File, Blob, ArrayBuffer or typed array.", {
    field,
    found: source === null ? "null" : typeof source,
  });
}

/** Return the name of a File, or a made-up one for bytes that have none. */
export function nameOf(source: OverlaySource, index: number): string {
  if (isFile(source) && source.name !== "") return source.name;
  return `instance-${String(index + 1).padStart(4, "0")}.dcm`;
}

/**
 * Say whether a file has another size or time than when it was taken, as far as the browser tells.
 *
 * WebKit asks the disk each time. Chromium and Firefox keep what they knew; Chromium then refuses to read.
 */
export function hasChanged(source: unknown): boolean {
  if (!isBlob(source)) return false;
  const before = taken.get(source);
  return before !== undefined && (before.size !== source.size || before.lastModified !== timeOf(source));
}

function remembered(source: Blob): Blob {
  if (!taken.has(source)) taken.set(source, { size: source.size, lastModified: timeOf(source) });
  return source;
}

function timeOf(source: Blob): number {
  return isFile(source) ? source.lastModified : 0;
}

/** Blobs take neither shared nor resizable memory; a copy of the viewed bytes is neither. Empty where detached. */
function bytesOf(source: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (lengthOf(source) === 0) return new Uint8Array(0);
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return isPlainBuffer(view.buffer) ? (view as Uint8Array<ArrayBuffer>) : new Uint8Array(view);
}

function lengthOf(source: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): number {
  try {
    return source.byteLength;
  } catch {
    // A DataView throws when its buffer was transferred away.
    return 0;
  }
}
