/** QIDO-RS (PS3.18 section 10.6): what an archive has. */
import { isOverlayError, type OverlayError } from "../errors.js";
import type { Service } from "./addresses.js";
import type { Archive } from "./archive.js";
import { badAnswer, refusal } from "./archive-errors.js";
import { type DicomJson, numberOf, TAG, textOf, toDicomJson } from "./dicom-json.js";
import { isUid } from "./identity.js";
import { readJsonItems } from "./json-items.js";

export const JSON_TYPE = "application/dicom+json";

/** Instances that are asked for at a time, tried in this order; `null`: as many as the archive likes to send. */
const PAGE_SIZES = [null, 200, 50];

/** Pages of one series: an archive that always finds another instance is given up. */
const MOST_PAGES = 10_000;

/** Instances that one page may name again. */
const MOST_REPEATS = 10_000;

/** Statuses that may mean that a page is too large. */
const PAGE_TOO_LARGE = [400, 413, 422];

/** Statuses that say that the caller may not, or that the archive is out of order: another request would fare alike. */
const OUT_OF_ORDER = [401, 403];

/** Read the Data Sets of an answer in DICOM JSON, one by one; none for 204. */
export async function* fetchDataSets(
  archive: Archive,
  service: Service,
  path: string,
): AsyncGenerator<DicomJson> {
  const answer = await archive.request(service, path, { accept: JSON_TYPE });
  if (answer.status === 204) return answer.discard();
  if (answer.status !== 200 && answer.status !== 206) {
    answer.discard();
    throw refusal(answer.status);
  }
  if (!answer.mediaType.endsWith("json")) {
    const { mediaType } = answer;
    answer.discard();
    throw badAnswer("it is not JSON", { expected: JSON_TYPE, found: mediaType });
  }
  for await (const item of readJsonItems(answer.chunks())) {
    const data = toDicomJson(item);
    if (data !== null) yield data;
  }
}

/** What the archive says about the instances of a series, by SOP Instance UID, in its order. */
export type Listing = ReadonlyMap<string, DicomJson>;

/**
 * List a series, page after page until one is empty or brings nothing new.
 *
 * No page says whether it is the last: an archive may send fewer than it has, and may ignore `offset`.
 *
 * @param path - of the series, below the root.
 */
export async function listInstances(archive: Archive, path: string): Promise<Listing> {
  const listing = new Map<string, DicomJson>();
  let [received, size] = [0, 0];
  for (let page = 0; page < MOST_PAGES; page++) {
    const before = listing.size;
    try {
      received += await addPage(listing, archive, `${path}/instances${pageQuery(received, size)}`);
    } catch (error) {
      const status = statusOf(error);
      if (status === null || OUT_OF_ORDER.includes(status)) throw error;
      // Behind the last instance some archives refuse to look.
      if (listing.size > 0) return listing;
      if (!PAGE_TOO_LARGE.includes(status) || ++size === PAGE_SIZES.length)
        return await listMetadata(archive, path, error);
      continue;
    }
    if (listing.size === before) return listing;
  }
  throw badAnswer("its list of instances does not end", { found: listing.size });
}

function pageQuery(offset: number, size: number): string {
  const limit = PAGE_SIZES[size];
  const parts = [...(limit ? [`limit=${limit}`] : []), ...(offset > 0 ? [`offset=${offset}`] : [])];
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Add the instances of one answer; returns how many it had, known ones included. */
async function addPage(
  listing: Map<string, DicomJson>,
  archive: Archive,
  path: string,
  service: Service = "qido",
): Promise<number> {
  let [count, repeats] = [0, 0];
  for await (const data of fetchDataSets(archive, service, path)) {
    const uid = textOf(data, TAG.sopInstanceUid);
    if (!isUid(uid)) throw badAnswer("it lists an instance without a UID");
    count++;
    if (!listing.has(uid)) listing.set(uid, data);
    else if (++repeats > MOST_REPEATS) throw badAnswer("its list does not end", { expected: MOST_REPEATS });
  }
  return count;
}

/** What the metadata of the series list, for an archive that offers no search. */
async function listMetadata(archive: Archive, path: string, refused: unknown): Promise<Listing> {
  const listing = new Map<string, DicomJson>();
  try {
    await addPage(listing, archive, `${path}/metadata`, "wado");
  } catch (error) {
    archive.signal?.throwIfAborted();
    if (!isOverlayError(error)) throw error;
    throw refused;
  }
  return listing;
}

/**
 * Return how many instances the archive says that a series has (0020,1209).
 *
 * @returns `null` where it does not say.
 */
export async function countInstances(
  archive: Archive,
  study: string,
  series: string,
): Promise<number | null> {
  const path = `studies/${study}/series?SeriesInstanceUID=${series}`;
  for (const query of [`${path}&includefield=${TAG.instancesOfSeries}`, path]) {
    try {
      for await (const data of fetchDataSets(archive, "qido", query)) {
        if (textOf(data, TAG.seriesInstanceUid) === series) return numberOf(data, TAG.instancesOfSeries);
      }
      return null;
    } catch (error) {
      archive.signal?.throwIfAborted();
      if (!isOverlayError(error)) throw error;
      if (statusOf(error) !== 400) return null;
    }
  }
  return null;
}

/** Return the HTTP status of a refusal, or `null` for any other error. */
export function statusOf(error: unknown): number | null {
  const status = isOverlayError(error, "archive-refused") ? (error as OverlayError).detail["status"] : null;
  return typeof status === "number" ? status : null;
}
