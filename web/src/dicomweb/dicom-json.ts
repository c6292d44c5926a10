/** The DICOM JSON Model (PS3.18 annex F), as far as a client of an archive needs it. */
import { badAnswer } from "./archive-errors.js";

/** One attribute: its VR, and its value in one of three forms. */
export interface DicomJsonAttribute {
  readonly vr?: string | undefined;
  readonly Value?: readonly unknown[] | undefined;
  readonly InlineBinary?: string | undefined;
  readonly BulkDataURI?: string | undefined;
}

/** A Data Set: attributes by tag, eight upper-case hexadecimal digits. */
export type DicomJson = Readonly<Record<string, DicomJsonAttribute>>;

/** Tags by keyword; some archives write the keyword instead. */
export const TAG = {
  SOPInstanceUID: "00080018",
  ReferencedInstanceSequence: "0008114A",
  ReferencedSOPInstanceUID: "00081155",
  WarningReason: "00081196",
  FailureReason: "00081197",
  FailedSOPSequence: "00081198",
  ReferencedSOPSequence: "00081199",
  OtherFailuresSequence: "0008119A",
  SeriesInstanceUID: "0020000E",
  NumberOfSeriesRelatedInstances: "00201209",
  NumberOfFrames: "00280008",
  Rows: "00280010",
  Columns: "00280011",
} as const;

const TAGS: ReadonlyMap<string, string> = new Map(Object.entries(TAG));

/**
 * Read what an archive sent as a Data Set: by tag in either case, or by keyword with bare values.
 *
 * @returns `null` for a value that is not an object.
 */
export function toDicomJson(value: unknown): DicomJson | null {
  if (!isObject(value)) return null;
  return Object.fromEntries(
    Object.entries(value).map(([name, attribute]) => {
      const tag = TAGS.get(name) ?? (/^[0-9a-f]{8}$/i.test(name) ? name.toUpperCase() : name);
      return [tag, ofUnknownVr(tag, toAttribute(attribute))];
    }),
  );
}

/** Elements of a plane that are 16-bit numbers, and Overlay Data, which stays as it is. */
const [NUMBERS, BITS] = [["0010", "0011", "0050", "0051", "0100"], "3000"];

/** Read an attribute of a plane that came as VR UN: many dictionaries lack groups that repeat. */
function ofUnknownVr(tag: string, attribute: DicomJsonAttribute): DicomJsonAttribute {
  const [element, { vr, InlineBinary }] = [tag.slice(4), attribute];
  if (vr !== "UN" || InlineBinary === undefined || !/^60[01]/.test(tag) || element === BITS) return attribute;
  const bytes = fromBase64(InlineBinary);
  if (!NUMBERS.includes(element)) return { Value: textsIn(bytes) };
  const view = new DataView(bytes.buffer);
  const numbers = Array.from({ length: bytes.length >> 1 }, (_, at) => view.getInt16(2 * at, true));
  return { Value: element === "0050" ? numbers : numbers.map((number) => number & 0xffff) };
}

/** The values of a text; none where it is not UTF-8: nothing says which character set the bytes are in. */
function textsIn(bytes: Uint8Array): readonly string[] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.replace(/[\0 ]+$/, "").split("\\");
  } catch {
    return [];
  }
}

/** @throws OverlayError `archive-response` */
export function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch (cause) {
    throw badAnswer("a value is not base64", { found: "broken-base64" }, cause);
  }
}

const FORMS = ["vr", "Value", "InlineBinary", "BulkDataURI"];

function toAttribute(value: unknown): DicomJsonAttribute {
  if (isObject(value) && FORMS.some((form) => form in value)) {
    const { Value } = value;
    return Value === undefined || Array.isArray(Value) ? value : { ...value, Value: [Value] };
  }
  if (value === null || value === undefined) return {};
  return { Value: Array.isArray(value) ? value : [value] };
}

/** Return the first value as text without padding, or `null`. */
export function textOf(data: DicomJson, tag: string): string | null {
  const value = data[tag]?.Value?.[0];
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.replace(/[\0 ]+$/, "") : null;
}

/** Return the value at `index` as a finite number, or `null`; numbers may come as text (IS, DS). */
export function numberOf(data: DicomJson, tag: string, index = 0): number | null {
  const value = data[tag]?.Value?.[index];
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** Return the items of a sequence; none where it is absent. */
export function itemsOf(data: DicomJson, tag: string): readonly DicomJson[] {
  return (data[tag]?.Value ?? []).map(toDicomJson).filter((item) => item !== null);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
