/** Which instance a file is. */
import { OverlayError } from "../errors.js";
import { wrong } from "../values/check.js";
import { readHead, textIn } from "./head.js";

/** What a file says of itself. */
export interface FileIdentity {
  readonly sopInstanceUid: string;
  /** Study and Series Instance UID; `null` where they are not in the head of the file. */
  readonly study: string | null;
  readonly series: string | null;
}

const SOP_INSTANCE_UID = 0x00080018;
const STUDY_INSTANCE_UID = 0x0020000d;
const SERIES_INSTANCE_UID = 0x0020000e;

/** The three are among the first elements; private elements before them may be long. */
const LIMIT = 4 << 20;

/**
 * Read which instance a file is.
 *
 * The Data Set says it. Media Storage SOP Instance UID of group 2 should be equal (PS3.10 section 7.1), and is often
 * not, or missing: archives go by the Data Set.
 *
 * @throws OverlayError `not-dicom`: no Data Set, or one without a SOP Instance UID.
 */
export async function readIdentity(file: Blob): Promise<FileIdentity> {
  const head = await readHead(file, [SOP_INSTANCE_UID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID], LIMIT);
  const [sopInstanceUid, study, series] = [SOP_INSTANCE_UID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID].map(
    (tag) => textIn(head, tag),
  );
  if (!isUid(sopInstanceUid)) {
    throw new OverlayError("not-dicom", "Expected a DICOM file with a SOP Instance UID.");
  }
  return { sopInstanceUid, study: isUid(study) ? study : null, series: isUid(series) ? series : null };
}

/**
 * Tell whether a text can be a UID in an address: a UID (PS3.5 section 9.1), or letters as some anonymizers write them.
 *
 * No character has a meaning in an address, and no text is a step up.
 */
export function isUid(text: unknown): text is string {
  return typeof text === "string" && /^[\w.-]{1,64}$/.test(text) && !/^\.+$/.test(text);
}

/** @throws OverlayError `invalid-request` with the field for what cannot be a UID. */
export function requireUid(text: unknown, field: string): string {
  if (isUid(text)) return text;
  throw wrong("a UID of at most 64 characters", field);
}
