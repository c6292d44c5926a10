/** Which instance a file is, from its File Meta Information (PS3.10 section 7.1); no other byte is read. */
import { OverlayError } from "../errors.js";

/** What the first bytes of a DICOM file say. */
export interface FileIdentity {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

/** The two elements stand behind the preamble and group length, and in front of everything that may be long. */
const HEAD_LENGTH = 2048;
const LONG_VRS = ["OB", "UN", "SQ", "OW", "UT"];

/**
 * Read who a file is.
 *
 * @throws OverlayError `not-dicom`: no prefix, or no File Meta Information with the two UIDs.
 */
export async function readIdentity(file: Blob): Promise<FileIdentity> {
  const head = await file.slice(0, HEAD_LENGTH).arrayBuffer();
  const view = new DataView(head);
  const bytes = new Uint8Array(head);
  const found: Record<number, string> = {};
  if (latin1(bytes.subarray(128, 132)) === "DICM") {
    for (let at = 132; at + 12 <= head.byteLength && view.getUint16(at, true) === 2; ) {
      const element = view.getUint16(at + 2, true);
      const isLong = LONG_VRS.includes(latin1(bytes.subarray(at + 4, at + 6)));
      const start = at + (isLong ? 12 : 8);
      const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
      if (element === 2 || element === 3) {
        found[element] = latin1(bytes.subarray(start, start + length)).replace(/[\0 ]+$/, "");
      }
      at = start + length;
    }
  }
  const { 2: sopClassUid, 3: sopInstanceUid } = found;
  if (!isUid(sopClassUid) || !isUid(sopInstanceUid)) {
    throw new OverlayError("not-dicom", "Expected a DICOM file with File Meta Information.");
  }
  return { sopClassUid, sopInstanceUid };
}

/** Tell whether a text can be a UID (PS3.5 section 9.1), so that it may stand in an address. */
export function isUid(text: unknown): text is string {
  return typeof text === "string" && text.length <= 64 && /^[0-9]+(\.[0-9]+)*$/.test(text);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
