/** QIDO-RS (PS3.18 section 10.6): what an archive has. */
import type { Archive } from "./archive.js";
import { badAnswer, refusal } from "./archive-errors.js";
import { type DicomJson, isDataSet } from "./dicom-json.js";

export const JSON_TYPE = "application/dicom+json";

/** Instances asked for at a time; an archive may send fewer. */
const PAGE = 1000;

/** Return the Data Sets of an answer in DICOM JSON; none for 204. */
export async function fetchDataSets(archive: Archive, path: string): Promise<readonly DicomJson[]> {
  const answer = await archive.request(path, { accept: JSON_TYPE });
  if (answer.status === 204) return [];
  if (answer.status !== 200) {
    answer.discard();
    throw refusal(answer.status);
  }
  if (!answer.mediaType.endsWith("json")) {
    const { mediaType } = answer;
    answer.discard();
    throw badAnswer("it is no JSON", { expected: JSON_TYPE, found: mediaType });
  }
  const found = await answer.json();
  if (!Array.isArray(found) || !found.every(isDataSet)) throw badAnswer("it is no list of Data Sets");
  return found;
}

/** Return what the archive says about every instance of a series, page after page. */
export async function queryInstances(archive: Archive, series: string): Promise<readonly DicomJson[]> {
  const all: DicomJson[] = [];
  for (;;) {
    const page = await fetchDataSets(archive, `${series}/instances?limit=${PAGE}&offset=${all.length}`);
    all.push(...page);
    // An archive that knows no offset sends the same again: all of them came with the first page.
    if (page.length < PAGE) return all;
  }
}

/**
 * Tell whether the archive has an instance.
 *
 * @returns `null` where it cannot say: it offers no such query, or cannot be reached.
 */
export async function hasInstance(archive: Archive, sopInstanceUid: string): Promise<boolean | null> {
  try {
    const path = `instances?SOPInstanceUID=${sopInstanceUid}&limit=1`;
    const found = await fetchDataSets(archive, path);
    return found.some((data) => data["00080018"]?.Value?.[0] === sopInstanceUid);
  } catch (error) {
    archive.signal?.throwIfAborted();
    if (error instanceof Error) return null;
    throw error;
  }
}
