/** The DICOM JSON Model (PS3.18 annex F), as far as a client of an archive needs it. */

/** One attribute: its VR, and its value in one of three forms. */
export interface DicomJsonAttribute {
  readonly vr?: string | undefined;
  readonly Value?: readonly unknown[] | undefined;
  readonly InlineBinary?: string | undefined;
  readonly BulkDataURI?: string | undefined;
}

/** A Data Set: attributes by tag, eight upper-case hexadecimal digits. */
export type DicomJson = Readonly<Record<string, DicomJsonAttribute>>;

export const TAG = {
  sopInstanceUid: "00080018",
  referencedInstanceSequence: "0008114A",
  referencedSopInstanceUid: "00081155",
  warningReason: "00081196",
  failureReason: "00081197",
  failedSopSequence: "00081198",
  referencedSopSequence: "00081199",
  seriesInstanceUid: "0020000E",
  instancesOfSeries: "00201209",
  numberOfFrames: "00280008",
  rows: "00280010",
  columns: "00280011",
} as const;

/** What archives that write keywords instead of tags call them. */
const KEYWORDS: Readonly<Record<string, string>> = {
  SOPInstanceUID: TAG.sopInstanceUid,
  ReferencedInstanceSequence: TAG.referencedInstanceSequence,
  ReferencedSOPInstanceUID: TAG.referencedSopInstanceUid,
  WarningReason: TAG.warningReason,
  FailureReason: TAG.failureReason,
  FailedSOPSequence: TAG.failedSopSequence,
  ReferencedSOPSequence: TAG.referencedSopSequence,
  SeriesInstanceUID: TAG.seriesInstanceUid,
  NumberOfSeriesRelatedInstances: TAG.instancesOfSeries,
  NumberOfFrames: TAG.numberOfFrames,
  Rows: TAG.rows,
  Columns: TAG.columns,
};

/**
 * Read what an archive sent as a Data Set: by tag in either case, or by keyword with bare values.
 *
 * @returns `null` for a value that is not an object.
 */
export function toDicomJson(value: unknown): DicomJson | null {
  if (!isObject(value)) return null;
  return Object.fromEntries(
    Object.entries(value).map(([name, attribute]) => [
      KEYWORDS[name] ?? (/^[0-9a-f]{8}$/i.test(name) ? name.toUpperCase() : name),
      toAttribute(attribute),
    ]),
  );
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
