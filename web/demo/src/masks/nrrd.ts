/** NRRD volumes in one file (.nrrd), as 3D Slicer writes them; segmentations with a list of layers too. */
import { Fault } from "../workers/fault.js";
import { inflate } from "./inflate.js";
import { readNumbers } from "./numbers.js";
import { geometryOf, type LabelArray, type LabelVolume } from "./volume.js";

/** NRRD's names of types, for each of NumPy's. */
const NAMES = {
  i1: ["signed char", "int8", "int8_t"],
  u1: ["uchar", "unsigned char", "uint8", "uint8_t"],
  i2: ["short", "short int", "signed short", "signed short int", "int16", "int16_t"],
  u2: ["ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"],
  i4: ["int", "signed int", "int32", "int32_t"],
  u4: ["uint", "unsigned int", "uint32", "uint32_t"],
  i8: ["longlong", "long long", "long long int", "signed long long", "int64", "int64_t"],
  u8: ["ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"],
  f4: ["float"],
  f8: ["double"],
};
const KINDS = new Map(Object.entries(NAMES).flatMap(([kind, names]) => names.map((name) => [name, kind])));

/** NRRD's names of numbers written as text. */
const TEXTS = ["ascii", "text", "txt"];

/** Signs that turn the first two axes of a space to left and posterior. */
const SPACES: Readonly<Record<string, readonly [number, number, number]>> = {
  "left-posterior-superior": [1, 1, 1],
  lps: [1, 1, 1],
  "right-anterior-superior": [-1, -1, 1],
  ras: [-1, -1, 1],
  "left-anterior-superior": [1, -1, 1],
  las: [1, -1, 1],
};

export function isNrrd(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 7)).startsWith("NRRD000");
}

/** Read a NRRD; one volume, or one for each layer of a segmentation. */
export async function readNrrd(bytes: Uint8Array<ArrayBuffer>): Promise<LabelVolume[]> {
  const { fields, start } = readHeader(bytes);
  const field = (name: string): string => fields.get(name) ?? "";
  if (fields.has("data file") || fields.has("datafile")) throw new Fault("mask-detached");
  const sizes = numbersIn(field("sizes"));
  const kind = KINDS.get(field("type").toLowerCase());
  if (kind === undefined || sizes.length < 2 || sizes.some((n) => !(n >= 1)))
    throw new Fault("mask-unsupported-type", { dimensions: sizes.length });
  const list = listAxis(field("kinds"), sizes.length);
  const spatial = sizes.filter((_, axis) => axis !== list);
  if (spatial.length > 3) throw new Fault("mask-unsupported-type", { dimensions: sizes.length });
  const count = sizes.reduce((a, b) => a * b, 1);
  if (["line skip", "lineskip", "byte skip", "byteskip"].some((skip) => Number(field(skip)) !== 0))
    throw new Fault("mask-unsupported-type");
  const encoding = field("encoding").toLowerCase();
  const isLittle = field("endian").toLowerCase() !== "big";
  const body = bytes.subarray(start);
  const values = TEXTS.includes(encoding)
    ? readText(body, kind, count)
    : readNumbers(await bodyOf(body, encoding), kind, isLittle, count, encoding.startsWith("gz"));
  const [columns = 1, rows = 1, slices = 1] = spatial;
  const size = { columns, rows, slices };
  const place = placeOf(fields, list);
  const layers = list === null ? 1 : (sizes[list] ?? 1);
  return Array.from({ length: layers }, (_, layer) => ({
    data: layers === 1 ? values : takeEvery(values, layer, layers),
    ...size,
    ...place,
    names: namesOf(fields, layer),
  }));
}

function readHeader(bytes: Uint8Array): { fields: Map<string, string>; start: number } {
  const end = bytes.findIndex(
    (byte, i) => byte === 10 && (bytes[i + 1] === 10 || (bytes[i + 1] === 13 && bytes[i + 2] === 10)),
  );
  if (end < 0) throw new Fault("mask-damaged");
  const fields = new Map<string, string>();
  for (const line of new TextDecoder().decode(bytes.subarray(0, end)).trimEnd().split(/\r?\n/).slice(1)) {
    const [, name, value] = /^([^#:][^:]*):=?\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name.trim().toLowerCase(), value.trim());
  }
  return { fields, start: end + (bytes[end + 1] === 10 ? 2 : 3) };
}

function numbersIn(text: string): number[] {
  return text
    .split(/[\s,()]+/)
    .filter((part) => part !== "")
    .map(Number);
}

/** The axis that runs over layers, which a segmentation has first; null where all axes are in space. */
function listAxis(kinds: string, dimensions: number): number | null {
  if (dimensions < 4) return null;
  const at = kinds.split(/\s+/).findIndex((kind) => kind === "list" || kind === "vector");
  if (at > 0) throw new Fault("mask-unsupported-type", { dimensions });
  return at < 0 ? null : at;
}

async function bodyOf(bytes: Uint8Array<ArrayBuffer>, encoding: string): Promise<Uint8Array> {
  if (encoding === "raw") return bytes;
  if (encoding === "gzip" || encoding === "gz") return await inflate(bytes, "gzip");
  if (encoding !== "hex") throw new Fault("mask-unsupported-type");
  const digits = new TextDecoder("latin1").decode(bytes).replace(/\s+/g, "");
  if (/[^0-9a-f]/i.test(digits)) throw new Fault("mask-damaged");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Numbers written as text; what does not fit into the type is cut to it, as ITK does. */
function readText(bytes: Uint8Array, kind: string, count: number): LabelArray {
  const numbers = new TextDecoder("latin1").decode(bytes).trim().split(/\s+/).slice(0, count).map(Number);
  if (numbers.length < count || numbers.some(Number.isNaN)) throw new Fault("mask-damaged");
  const values = readNumbers(new Uint8Array(count * Number(kind.slice(1))), kind, true, count);
  values.set(numbers);
  return values;
}

/** The place of the volume in LPS; none where the header tells nothing of it. */
function placeOf(fields: ReadonlyMap<string, string>, list: number | null): Partial<LabelVolume> {
  if (["space", "space directions", "space origin"].every((name) => !fields.get(name))) return {};
  const signs = SPACES[(fields.get("space") ?? "").toLowerCase()];
  const directions = [...(fields.get("space directions") ?? "").matchAll(/none|\([^)]*\)/g)]
    .map(([text]) => text)
    .filter((text, axis) => axis !== list && text !== "none")
    .map(numbersIn);
  const origin = numbersIn(fields.get("space origin") ?? "");
  const units = [...(fields.get("space units") ?? "").matchAll(/"([^"]*)"/g)];
  const isMetric = units.every(([, unit]) => unit === "mm" || unit === "");
  if (signs === undefined || origin.length !== 3 || directions.length !== 3 || !isMetric)
    throw new Fault("mask-half-place");
  const turned = (vector: readonly number[]): number[] => vector.map((value, r) => value * (signs[r] ?? 1));
  return geometryOf(directions.map(turned), turned(origin));
}

/** Names of a Slicer segmentation's labels in one layer; older files give each segment a layer and no value. */
function namesOf(fields: ReadonlyMap<string, string>, layer: number): Map<number, string> {
  const names = new Map<number, string>();
  for (let k = 0; fields.has(`segment${k}_id`) || fields.has(`segment${k}_name`); k++) {
    const own = fields.get(`segment${k}_layer`) ?? String(k);
    if (Number(own) !== layer) continue;
    names.set(Number(fields.get(`segment${k}_labelvalue`) ?? 1), fields.get(`segment${k}_name`) ?? "");
  }
  return names;
}

function takeEvery(values: LabelArray, first: number, step: number): LabelArray {
  const taken = values.slice(0, values.length / step);
  for (let i = 0; i < taken.length; i++) taken[i] = values[first + i * step] ?? 0;
  return taken;
}
