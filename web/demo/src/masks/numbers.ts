/** Numbers of a file's own type and byte order as the typed array of their kind. */
import { Fault } from "../workers/fault.js";
import type { LabelArray } from "./volume.js";

interface Numbers {
  new (from: number | ArrayBuffer): LabelArray;
  readonly BYTES_PER_ELEMENT: number;
}
type Kind = readonly [array: Numbers, get: Getter];
type Getter = `get${"Uint" | "Int"}${8 | 16 | 32}` | `getFloat${32 | 64}` | `getBig${"Uint" | "Int"}64`;

/** By NumPy's names: b bool, u unsigned, i signed, f real, then the width in bytes; 64 bits become doubles. */
const KINDS: Readonly<Record<string, Kind>> = {
  b1: [Uint8Array, "getUint8"],
  u1: [Uint8Array, "getUint8"],
  i1: [Int8Array, "getInt8"],
  u2: [Uint16Array, "getUint16"],
  i2: [Int16Array, "getInt16"],
  u4: [Uint32Array, "getUint32"],
  i4: [Int32Array, "getInt32"],
  u8: [Float64Array, "getBigUint64"],
  i8: [Float64Array, "getBigInt64"],
  f2: [Float32Array, "getUint16"],
  f4: [Float32Array, "getFloat32"],
  f8: [Float64Array, "getFloat64"],
};

/**
 * Read `count` numbers of `kind` from the start of `bytes`.
 *
 * @param isWhole - `bytes` hold nothing else
 * @throws Fault `mask-unsupported-type`, or `mask-damaged` where there are fewer bytes, or too many
 */
export function readNumbers(
  bytes: Uint8Array,
  kind: string,
  little: boolean,
  count: number,
  isWhole = false,
): LabelArray {
  const known = KINDS[kind];
  if (known === undefined) throw new Fault("mask-unsupported-type");
  const [array, get] = known;
  const width = Number(kind.slice(1));
  const isRight = isWhole ? bytes.length === count * width : bytes.length >= count * width;
  if (!isRight || count < 1) throw new Fault("mask-damaged");
  // Every machine that runs a browser is little endian.
  if ((little || width === 1) && array.BYTES_PER_ELEMENT === width && !get.startsWith("getBig"))
    return new array(bytes.slice(0, count * width).buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new array(count);
  for (let i = 0; i < count; i++) values[i] = Number(view[get](i * width, little));
  return kind === "f2" ? values.map(realOfHalf) : values;
}

/** The number in the 16 bits of a half float; not every browser reads them. */
function realOfHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
