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
  const field = (name: string): string => fields.get(name) ?? "";
  const numbers = (name: string): number[] =>
    field(name)
      .split(/\s+/)
      .filter((part) => part !== "")
      .map(Number);
  if (field("ElementDataFile") !== "LOCAL") throw new Fault("mask-detached");
  const sizes = numbers("DimSize");
  const kind = KINDS[field("ElementType")];
  const isVector = Number(field("ElementNumberOfChannels") || 1) !== 1;
  if (kind === undefined || isVector || sizes.length < 2 || sizes.length > 3)
    throw new Fault("mask-unsupported-type", { dimensions: sizes.length });
  const [columns = 1, rows = 1, slices = 1] = sizes;
  const isPacked = field("CompressedData") === "True";
  const body = isPacked ? await inflate(bytes.subarray(start), "deflate") : bytes.subarray(start);
  const isBig = field("BinaryDataByteOrderMSB") === "True" || field("ElementByteOrderMSB") === "True";
  const data = readNumbers(body, kind, !isBig, columns * rows * slices);
  const origin = ["Offset", "Position", "Origin"].map(numbers).find(({ length }) => length === 3);
  const axes = ["TransformMatrix", "Rotation", "Orientation"].map(numbers).find(({ length }) => length === 9);
  const spacing = numbers("ElementSpacing");
  if (sizes.length < 3 || origin === undefined || axes === undefined || spacing.length !== 3)
    return { data, columns, rows, slices };
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
    fields.set(name.trim(), rest.join("=").trim());
    start = end + 1;
    // The data begin after this line.
    if (name.trim() === "ElementDataFile") return { fields, start };
  }
  throw new Fault("mask-damaged");
}
