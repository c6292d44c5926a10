/** DICOM files in the answers of WADO-RS (PS3.18 section 10.4), in multipart or one by itself. */
import { BlobPieces } from "../values/blob-pieces.js";
import type { Answer } from "./answer.js";
import type { Archive } from "./archive.js";
import { badAnswer } from "./archive-errors.js";
import { readIdentity } from "./identity.js";
import { partsOf } from "./multipart.js";

/** Accept every transfer syntax: without this an archive may decompress the pixels and send different bytes. */
export const RETRIEVE_TYPE = 'multipart/related; type="application/dicom"; transfer-syntax=*';

/** Parts of an answer for one instance that may be something else. */
const MOST_OTHERS = 1000;

/**
 * Fetch one instance; a body that broke off is asked for again from its beginning.
 *
 * @param path - of the series, below the root.
 * @throws OverlayError `archive-*`; `signal.reason`.
 */
export async function fetchInstance(
  archive: Archive,
  path: string,
  sopInstanceUid: string,
  maxBytes: number,
): Promise<Blob> {
  return await archive.get("wado", `${path}/instances/${sopInstanceUid}`, RETRIEVE_TYPE, (answer) =>
    readOne(answer.requireFound(), sopInstanceUid, maxBytes),
  );
}

/** Yield the parts of an answer that may be DICOM files; a part that says that it is something else is passed over. */
export async function* readInstances(answer: Answer, maxBytes: number): AsyncGenerator<Blob> {
  let [pieces, size, isDicom] = [new BlobPieces(), 0, false];
  for await (const event of partsOf(answer, ["application/dicom"])) {
    if (event.type === "part") {
      isDicom = DICOM_TYPES.includes(event.mediaType);
      [pieces, size] = [new BlobPieces(), 0];
    } else if (event.type === "data") {
      if (isDicom) pieces.add(event.bytes);
      size += event.bytes.length;
      if (size > maxBytes)
        throw badAnswer("an instance is too long or does not end", { expected: maxBytes, found: size });
    } else if (isDicom) yield pieces.blob();
  }
}

/** Return the one instance of an answer, which may repeat it or hold others too. */
async function readOne(answer: Answer, sopInstanceUid: string, maxBytes: number): Promise<Blob> {
  let found: Blob | null = null;
  let others = 0;
  for await (const blob of readInstances(answer, maxBytes)) {
    if (found !== null) return found;
    const identity = await readIdentity(blob).catch(() => null);
    if (identity?.sopInstanceUid === sopInstanceUid) found = blob;
    else if (++others > MOST_OTHERS) break;
  }
  if (found !== null) return found;
  throw badAnswer(others > 0 ? "it sent what was not asked for" : "it sent no instance");
}

/** Some archives name no type, or one that says nothing; whether it is DICOM is then looked at. */
const DICOM_TYPES = ["", "application/dicom", "application/octet-stream"];
