/** What the elements of a file say about its pixels (PS3.3 C.7.6.3), with the defaults that real files need. */

/** Elements by keyword, as dcmjs names them. */
export type Elements = Record<string, unknown>;

export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samples: number;
  readonly allocated: number;
  readonly stored: number;
  readonly high: number;
  readonly signed: boolean;
  readonly planar: boolean;
  readonly photometric: string;
}

/** Bits Allocated of the elements that hold real numbers. */
const FLOATS = { FloatPixelData: 32, DoubleFloatPixelData: 64 } as const;

/** Read the format; throws an Error whose message is the code `no-image`. */
export function readFormat(elements: Elements): PixelFormat {
  const rows = numberOf(elements["Rows"]) ?? 0;
  const columns = numberOf(elements["Columns"]) ?? 0;
  if (!(rows > 0 && columns > 0)) throw new Error("no-image");
  const said = String(first(elements["PhotometricInterpretation"]) ?? "")
    .replace(/[^ -~]+/g, "")
    .trim();
  const samples = numberOf(elements["SamplesPerPixel"]) || (/^(RGB|YBR)/.test(said) ? 3 : 1);
  const float = floatKeyword(elements);
  const allocated = float === null ? numberOf(elements["BitsAllocated"]) || 8 : (FLOATS[float] as number);
  const stored = numberOf(elements["BitsStored"]) || allocated;
  return {
    rows,
    columns,
    frames: Math.max(1, numberOf(elements["NumberOfFrames"]) ?? 1),
    samples,
    allocated,
    stored,
    high: numberOf(elements["HighBit"]) || stored - 1,
    signed: numberOf(elements["PixelRepresentation"]) === 1,
    planar: numberOf(elements["PlanarConfiguration"]) === 1,
    photometric: said || (samples === 1 ? "MONOCHROME2" : "RGB"),
  };
}

/** The element that holds real numbers, where there is one. */
export function floatKeyword(elements: Elements): keyof typeof FLOATS | null {
  if (buffersOf(elements["FloatPixelData"]).length > 0) return "FloatPixelData";
  return buffersOf(elements["DoubleFloatPixelData"]).length > 0 ? "DoubleFloatPixelData" : null;
}

/** A binary value as dcmjs gives it: a buffer, or a list of one or several, or a list of lists. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  return [value].flat(2).filter((part): part is ArrayBuffer => part instanceof ArrayBuffer);
}

/** The first of several values, or the only one. */
export function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

/** The first value as a number; null where it is not a number. */
export function numberOf(value: unknown): number | null {
  const one = first(value);
  if (one === undefined || one === null || one === "") return null;
  const number = Number(one);
  return Number.isFinite(number) ? number : null;
}

/** All values as numbers, or null when one is not a number. */
export function numbersOf(value: unknown): number[] | null {
  if (value === undefined || value === null) return null;
  const all = (typeof value === "string" ? value.split("\\") : [value].flat()).map(Number);
  return all.length > 0 && all.every(Number.isFinite) ? all : null;
}

/** Item `index` of a sequence. */
export function itemOf(value: unknown, index = 0): Elements | null {
  const items = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const item: unknown = items[index];
  return typeof item === "object" && item !== null ? (item as Elements) : null;
}
