/** QIDO-RS (PS3.18 section 10.6) and metadata (10.4.1.1.2): what an archive says that it has. */
import type { OverlayError } from "../errors.js";
import type { Service } from "./addresses.js";
import type { Archive } from "./archive.js";
import { badAnswer } from "./archive-errors.js";
import { type DicomJson, numberOf, TAG, textOf, toDicomJson } from "./dicom-json.js";
import { isUid, requireUid } from "./identity.js";
import { readJsonItems } from "./json-items.js";

export const JSON_TYPE = "application/dicom+json";

/** Instances that are asked for at a time, tried in this order; `null`: as many as the archive sends by itself. */
const PAGE_SIZES = [null, 200, 50];

/** Pages of one series: an archive that always finds another instance is given up. */
const MOST_PAGES = 10_000;

/** Instances that one page may name again. */
const MOST_REPEATS = 10_000;

/** Statuses that may mean that a page is too large. */
const PAGE_TOO_LARGE = [400, 413, 422];

/** A series of an archive. */
export interface SeriesUids {
  /** Study Instance UID. */
  readonly study: string;
  /** Series Instance UID. */
  readonly series: string;
}

/** Return the UIDs of options. @throws OverlayError `invalid-request` where one is missing or is not a UID. */
export function seriesOf({ study, series }: SeriesUids): SeriesUids {
  return { study: requireUid(study, "study"), series: requireUid(series, "series") };
}

export function pathOf({ study, series }: SeriesUids): string {
  return `studies/${study}/series/${series}`;
}

/**
 * Read the Data Sets of an answer in DICOM JSON, one by one; none for 204.
 *
 * @throws OverlayError `archive-refused`; `archive-response` for anything else, an empty answer too.
 */
export async function* fetchDataSets(
  archive: Archive,
  service: Service,
  path: string,
): AsyncGenerator<DicomJson> {
  const answer = await archive.get(service, path, JSON_TYPE, (sent) => sent);
  if (answer.status === 204) return answer.discard();
  answer.requireFound();
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

/** Yield the instances of an answer by UID; `null` for one of another series, which an archive should not send. */
export async function* fetchInstances(
  archive: Archive,
  service: Service,
  path: string,
  series: string,
): AsyncGenerator<readonly [string, DicomJson | null]> {
  for await (const data of fetchDataSets(archive, service, path)) {
    const uid = textOf(data, TAG.SOPInstanceUID);
    if (!isUid(uid)) throw badAnswer("it lists an instance without a UID");
    yield [uid, (textOf(data, TAG.SeriesInstanceUID) ?? series) === series ? data : null];
  }
}

/** What an archive lists of a series. */
export interface Listing {
  /** What it says about each instance, by SOP Instance UID, in its order. */
  readonly instances: ReadonlyMap<string, DicomJson>;
  /** Why instances may be missing; `null` where the last page was empty. */
  readonly doubt: OverlayError | null;
}

/**
 * List a series, page after page until one is empty or brings nothing new.
 *
 * No page says whether it is the last: an archive may send fewer than it has, and ignore or refuse `offset`.
 *
 * @throws OverlayError where the archive cannot be reached, refuses the login, or sends an answer that makes no sense.
 */
export async function listInstances(archive: Archive, uids: SeriesUids): Promise<Listing> {
  const instances = new Map<string, DicomJson>();
  const seen = new Set<string>();
  let [received, size] = [0, 0];
  for (let page = 0; page < MOST_PAGES; page++) {
    const [known, offset] = [seen.size, received];
    try {
      const path = `${pathOf(uids)}/instances${pageQuery(offset, size)}`;
      for await (const [uid, data] of fetchInstances(archive, "qido", path, uids.series)) {
        received++;
        if (data !== null && !seen.has(uid)) instances.set(uid, data);
        seen.add(uid);
        if (received - offset - (seen.size - known) > MOST_REPEATS)
          throw badAnswer("its list does not end", { expected: MOST_REPEATS });
      }
    } catch (thrown) {
      const error = archive.requireOwn(thrown);
      if (isShut(error)) throw error;
      if (offset > 0) return { instances, doubt: isEmpty(error) ? null : error };
      if (seen.size > 0) return { instances, doubt: error };
      if (!PAGE_TOO_LARGE.includes(statusOf(error) ?? 0) || ++size === PAGE_SIZES.length)
        return await listMetadata(archive, uids, error);
      continue;
    }
    if (seen.size > known) continue;
    return { instances, doubt: received > offset ? badAnswer("it sends the same page again") : null };
  }
  return { instances, doubt: badAnswer("its list of instances does not end", { found: seen.size }) };
}

function pageQuery(offset: number, size: number): string {
  const limit = PAGE_SIZES[size];
  const parts = [...(limit ? [`limit=${limit}`] : []), ...(offset > 0 ? [`offset=${offset}`] : [])];
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** What the metadata of the series list, for an archive whose search fails. */
async function listMetadata(archive: Archive, uids: SeriesUids, doubt: OverlayError): Promise<Listing> {
  const instances = new Map<string, DicomJson>();
  try {
    const path = `${pathOf(uids)}/metadata`;
    for await (const [uid, data] of fetchInstances(archive, "wado", path, uids.series))
      if (data !== null) instances.set(uid, data);
  } catch (error) {
    if (isShut(archive.requireOwn(error))) throw error;
    return { instances, doubt };
  }
  return { instances, doubt: null };
}

/** Tell whether to stop asking: the archive cannot be reached, refuses the login, or sends an answer that makes no sense. */
function isShut(error: OverlayError): boolean {
  if (isEmpty(error)) return false;
  const status = statusOf(error);
  return status === null || status === 401 || status === 403;
}

function isEmpty({ code, detail }: OverlayError): boolean {
  return code === "archive-response" && detail["found"] === "empty";
}

/**
 * Return how many instances the archive says that a series has (0020,1209).
 *
 * @returns `null` where it does not say.
 */
export async function countInstances(
  archive: Archive,
  { study, series }: SeriesUids,
): Promise<number | null> {
  const path = `studies/${study}/series?SeriesInstanceUID=${series}`;
  for (const query of [`${path}&includefield=${TAG.NumberOfSeriesRelatedInstances}`, path]) {
    try {
      for await (const data of fetchDataSets(archive, "qido", query)) {
        if (textOf(data, TAG.SeriesInstanceUID) === series)
          return numberOf(data, TAG.NumberOfSeriesRelatedInstances);
      }
      return null;
    } catch (error) {
      if (statusOf(archive.requireOwn(error)) !== 400) return null;
    }
  }
  return null;
}

/** Return the HTTP status of a refusal, or `null` for any other error. */
export function statusOf({ code, detail: { status } }: OverlayError): number | null {
  return code === "archive-refused" && typeof status === "number" ? status : null;
}
