/** MetaImage volumes in one file (.mha), as ITK writes them: their place is in LPS. */
import { Fault } from "../workers/fault.js";
import { inflate } from "./inflate.js";
import { readNumbers } from "./numbers.js";
import { geometryOf, type LabelVolume } from "./volume.js";

/** MetaImage's names of types, by NumPy's. */
const KINDS: Readonly<Record<string, string>> = {
  MET_CHAR: "i1",
  MET_UCHAR: "u1",
  MET_SHORT: "i2",
  MET_USHORT: "u2",
  MET_INT: "i4",
  MET_UINT: "u4",
  MET_LONG_LONG: "i8",
  MET_ULONG_LONG: "u8",
  MET_FLOAT: "f4",
  MET_DOUBLE: "f8",
};

/** A header ends well before this. */
const MOST_HEADER = 64 * 1024;

export function isMetaImage(bytes: Uint8Array): boolean {
  return /^\s*(ObjectType|NDims|Comment)\s*=/.test(new TextDecoder("latin1").decode(bytes.subarray(0, 24)));
}

export async function readMetaImage(bytes: Uint8Array<ArrayBuffer>): Promise<LabelVolume> {
  const { fields, start } = readHeader(bytes);
  const field = (name: string): string => fields.get(name.toLowerCase()) ?? "";
  const isTrue = (name: string): boolean => /^(true|t|1)$/i.test(field(name));
  const numbers = (name: string): number[] =>
    field(name)
      .split(/\s+/)
      .filter((part) => part !== "")
      .map(Number);
  if (field("ElementDataFile").toUpperCase() !== "LOCAL") throw new Fault("mask-detached");
  const sizes = numbers("DimSize");
  const kind = KINDS[field("ElementType")];
  const isVector = Number(field("ElementNumberOfChannels") || 1) !== 1;
  const isText = /^(false|f|0)$/i.test(field("BinaryData"));
  const isScaled =
    Number(field("ElementToIntensityFunctionSlope") || 1) !== 1 ||
    Number(field("ElementToIntensityFunctionOffset") || 0) !== 0;
  const isBehind = Number(field("HeaderSize") || 0) > 0;
  if (
    kind === undefined ||
    isVector ||
    isText ||
    isScaled ||
    isBehind ||
    sizes.length < 2 ||
    sizes.length > 3
  )
    throw new Fault("mask-unsupported-type", { dimensions: sizes.length });
  const [columns = 1, rows = 1, slices = 1] = sizes;
  const isPacked = isTrue("CompressedData");
  const body = isPacked ? await inflate(bytes.subarray(start), "deflate") : bytes.subarray(start);
  const isBig = isTrue("BinaryDataByteOrderMSB") || isTrue("ElementByteOrderMSB");
  const data = readNumbers(body, kind, !isBig, columns * rows * slices, isPacked);
  const said = (...names: string[]): number[] => names.map(numbers).find(({ length }) => length > 0) ?? [];
  const origin = said("Offset", "Position", "Origin");
  const given = said("TransformMatrix", "Rotation", "Orientation");
  const apart = said("ElementSpacing", "ElementSize");
  if (origin.length === 0 && given.length === 0) return { data, columns, rows, slices };
  // As ITK reads it: what is not said of the axes is that they are the patient's, in steps of 1 mm.
  const axes = given.length === 0 ? [1, 0, 0, 0, 1, 0, 0, 0, 1] : given;
  const spacing = apart.length === 0 ? [1, 1, 1] : apart;
  const isMetric = /^(mm|\?)?$/i.test(field("DistanceUnits"));
  if (origin.length !== 3 || axes.length !== 9 || spacing.length !== 3 || !isMetric)
    throw new Fault("mask-half-place");
  // Each row of the header's matrix is the direction of an axis.
  const steps = spacing.map((length, c) => axes.slice(3 * c, 3 * c + 3).map((value) => value * length));
  return { data, columns, rows, slices, ...geometryOf(steps, origin) };
}

function readHeader(bytes: Uint8Array): { fields: Map<string, string>; start: number } {
  const fields = new Map<string, string>();
  for (let start = 0; start < Math.min(bytes.length, MOST_HEADER); ) {
    const end = bytes.indexOf(10, start);
    if (end < 0) break;
    const line = new TextDecoder("latin1").decode(bytes.subarray(start, end));
    const [name = "", ...rest] = line.split("=");
    fields.set(name.trim().toLowerCase(), rest.join("=").trim());
    start = end + 1;
    // The data begin after this line.
    if (/^\s*ElementDataFile\s*$/i.test(name)) return { fields, start };
  }
  throw new Fault("mask-damaged");
}
