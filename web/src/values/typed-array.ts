/** The class of a typed array, whatever realm (page, frame, worker) made it. A leaf. */

const KINDS = [
  "Uint8Array",
  "Int8Array",
  "Uint8ClampedArray",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** The class of a typed array, whatever realm made it; `null` for anything else. `instanceof` knows one realm alone. */
export function kindOf(value: unknown): (typeof KINDS)[number] | null {
  const kind: unknown = typedArrayTag?.call(value);
  return KINDS.find((known) => known === kind) ?? null;
}
