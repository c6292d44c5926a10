/** The DICOM JSON Model (PS3.18 annex F), as far as a client of an archive needs it. */

/** One attribute: its VR, and its value in one of three forms. */
export interface DicomJsonAttribute {
  readonly vr?: string;
  readonly Value?: readonly unknown[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

/** A Data Set: attributes by tag, eight upper-case hexadecimal digits. */
export type DicomJson = Readonly<Record<string, DicomJsonAttribute>>;

export const TAG = {
  sopInstanceUid: "00080018",
  referencedSopInstanceUid: "00081155",
  retrieveUrl: "00081190",
  warningReason: "00081196",
  failureReason: "00081197",
  failedSopSequence: "00081198",
  referencedSopSequence: "00081199",
  numberOfFrames: "00280008",
} as const;

/** Return the first value as text, or `null`. */
export function textOf(data: DicomJson, tag: string): string | null {
  const value = data[tag]?.Value?.[0];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : null;
}

/** Return the value at `index` as a finite number, or `null`; numbers may come as text (IS, DS). */
export function numberOf(data: DicomJson, tag: string, index = 0): number | null {
  const value = data[tag]?.Value?.[index];
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** Return the items of a sequence; none where it is absent. */
export function itemsOf(data: DicomJson, tag: string): readonly DicomJson[] {
  return (data[tag]?.Value ?? []).filter(isDataSet);
}

/** Tell whether a value from outside can be read as a Data Set. */
export function isDataSet(value: unknown): value is DicomJson {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
