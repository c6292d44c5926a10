/** What a STOW-RS answer says about each instance (PS3.18 sections 10.5.3 and I.2). */
import { type DicomJson, itemsOf, numberOf, TAG, textOf, toDicomJson } from "./dicom-json.js";

/** What the archive said about one instance. */
export interface Verdict {
  readonly type: "stored" | "duplicate" | "perhaps-duplicate" | "refused";
  /** Failure Reason or Warning Reason (PS3.4 annex B, PS3.18 table 10.5.3-2); `null` where it gave none. */
  readonly reason: number | null;
}

/** The verdicts by SOP Instance UID, and those of which the archive did not say whose they are. */
export interface Verdicts {
  readonly byInstance: ReadonlyMap<string, Verdict>;
  readonly nameless: readonly Verdict[];
}

/** "Processing failure", the standard's "duplicate SOP Instance", and Azure's code for it. */
const PROCESSING_FAILURE = 0x0110;
const DUPLICATES = [0x0111, 0xb00e];

/** Read a store's answer; `null` where it says nothing about instances. */
export function readVerdicts(text: string): Verdicts | null {
  const answer = parsed(text);
  // Some archives answer with a list, of one Data Set or of several.
  const sets = (Array.isArray(answer) ? answer : [answer]).map(toDicomJson).filter((data) => data !== null);
  const all = (...tags: string[]): DicomJson[] =>
    sets.flatMap((data) => tags.flatMap((tag) => itemsOf(data, tag)));
  const failed = all(TAG.FailedSOPSequence, TAG.OtherFailuresSequence).map(failure);
  // DICOMcloud names what it stored in Referenced Instance Sequence.
  const stored = all(TAG.ReferencedSOPSequence, TAG.ReferencedInstanceSequence).map(success);
  if (failed.length + stored.length === 0) return null;
  // If an archive names an instance twice, a failure counts more.
  const named = [...stored, ...failed].filter(
    (entry): entry is readonly [string, Verdict] => entry[0] !== null,
  );
  return {
    byInstance: new Map(named),
    nameless: failed.filter(([uid]) => uid === null).map(([, verdict]) => verdict),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // HTML, XML, or nothing at all.
    return null;
  }
}

function failure(item: DicomJson): readonly [string | null, Verdict] {
  const reason = numberOf(item, TAG.FailureReason);
  const type =
    reason === PROCESSING_FAILURE ? "perhaps-duplicate" : isDuplicate(reason) ? "duplicate" : "refused";
  return [textOf(item, TAG.ReferencedSOPInstanceUID), { type, reason }];
}

function success(item: DicomJson): readonly [string | null, Verdict] {
  const reason = numberOf(item, TAG.WarningReason);
  return [
    textOf(item, TAG.ReferencedSOPInstanceUID),
    { type: isDuplicate(reason) ? "duplicate" : "stored", reason },
  ];
}

function isDuplicate(reason: number | null): boolean {
  return reason !== null && DUPLICATES.includes(reason);
}

/** Return a reason code in words. */
export function explainReason(reason: number | null): string {
  if (reason === null) return "The archive gave no reason.";
  const words =
    REASONS.find(([from, to]) => reason >= from && reason <= to)?.[2] ?? "a reason of the archive's own";
  return `${words[0]?.toUpperCase()}${words.slice(1)} (reason ${reason.toString(16).toUpperCase().padStart(4, "0")}).`;
}

/** First code, last code, meaning: PS3.7 annex C, PS3.4 tables B.2-1 and GG.4-1, PS3.18 table I.2-2. */
const REASONS: readonly (readonly [number, number, string])[] = [
  [0x0106, 0x0106, "the archive found an attribute's value invalid"],
  [0x0110, 0x0110, "the archive could not process it"],
  [0x0111, 0x0111, "the archive has an instance of this UID already"],
  [0x0117, 0x0117, "the archive found the UID of the instance invalid"],
  [0x0119, 0x0119, "the data do not match the class of the instance"],
  [0x0120, 0x0120, "an attribute is missing"],
  [0x0122, 0x0122, "the archive does not store this class of instances"],
  [0x0124, 0x0124, "the archive does not allow it to this user"],
  [0x0211, 0x0211, "the archive does not know the operation"],
  [0x0213, 0x0213, "the archive is out of resources"],
  [0xa700, 0xa7ff, "the archive is out of resources"],
  [0xa900, 0xa9ff, "the data do not match the class of the instance"],
  [0xb000, 0xb000, "the archive changed some attributes"],
  [0xb006, 0xb006, "the archive left out some attributes"],
  [0xb007, 0xb007, "the data do not match the class of the instance"],
  [0xb00e, 0xb00e, "the archive has an instance of this UID already"],
  [0xc000, 0xcfff, "the archive does not understand it"],
];
