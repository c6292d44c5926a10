/**
 * What a value is, whatever realm it comes from.
 *
 * Iframes and popups have constructors of their own, so `instanceof` is false for their files and arrays. The getters
 * below work on the engine's objects of any realm: they return a value for objects of their kind and throw for any
 * other. Nothing is looked up while the module loads, because a server may have none of these classes.
 */

import type { MaskArray } from "./plane.js";

/** A `Blob` or `File`. */
export function isBlob(value: unknown): value is Blob {
  return typeof Blob === "function" && has(Blob.prototype, "size", value);
}

export function isFile(value: unknown): value is File {
  return typeof File === "function" && has(File.prototype, "lastModified", value);
}

export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return has(ArrayBuffer.prototype, "byteLength", value);
}

/** Only some pages have the class, but WebAssembly can make such a buffer on all of them. */
export function isSharedBuffer(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === "[object SharedArrayBuffer]";
}

/** Memory that can be moved, and from which Blobs are made: neither shared nor resizable. */
export function isPlainBuffer(value: unknown): value is ArrayBuffer {
  return isArrayBuffer(value) && !("resizable" in value && value.resizable === true);
}

/** Name of a typed array's class. */
export type ArrayKind =
  | `${"Uint8" | "Int8" | "Uint16" | "Int16" | "Uint32" | "Int32" | "Float16" | "Float32" | "Float64"}Array`
  | "Uint8ClampedArray"
  | `${"BigInt64" | "BigUint64"}Array`;

/** Return the class of a typed array, `null` for anything else, including a `DataView`. */
export function kindOf(value: unknown): ArrayKind | null {
  const kind = getterOf(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.call(value);
  return (kind ?? null) as ArrayKind | null;
}

/**
 * Make an array of the engine's own class, of so many items or over a buffer.
 *
 * Never by an array's own methods or constructor: those of a subclass may do otherwise, as `Buffer.slice` shares memory.
 */
export function plainArray(kind: ArrayKind, from: number | ArrayBuffer): MaskArray | Uint8ClampedArray {
  const classes = globalThis as unknown as Record<
    ArrayKind,
    new (
      from: number | ArrayBuffer,
    ) => MaskArray | Uint8ClampedArray
  >;
  return new classes[kind](from);
}

function has(prototype: object, property: string, value: unknown): boolean {
  try {
    getterOf(prototype, property)?.call(value);
    return true;
  } catch {
    // The engine's own way to say "not of this kind".
    return false;
  }
}

function getterOf(prototype: object, property: string | symbol): ((this: unknown) => unknown) | undefined {
  return Object.getOwnPropertyDescriptor(prototype, property)?.get;
}
