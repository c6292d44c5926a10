/**
 * WADO-RS (PS3.18 section 10.4): the instances of a series as Files, the bytes as the archive holds them.
 *
 * Theory of operation: the whole series is one request, whose parts become Files as they stream in; what it left out is
 * asked for instance by instance, a few at a time. (One request for each from the start is slower: Orthanc compresses
 * small answers for every browser, which takes it ten times longer than sending them.)
 *
 * No single answer is trusted to be whole. What the search lists, what the answer for the series holds, and the number
 * of instances that the archive gives for the series (0020,1209) are put together: an instance that any of them knows of
 * is in the result, as a File or as failed.
 */
import { OverlayError } from "../errors.js";
import { type Rules, requireList } from "../values/check.js";
import { ANYTHING, COUNT } from "../values/rules.js";
import { ARCHIVE, Archive, type ArchiveOptions } from "./archive.js";
import { badAnswer, isHopeless, refusal } from "./archive-errors.js";
import type { DicomJson } from "./dicom-json.js";
import { type FileIdentity, readIdentity, requireUid } from "./identity.js";
import { fetchInstance, RETRIEVE_TYPE, readInstances } from "./instance.js";
import { countInstances, type Listing, listInstances, pathOf, type SeriesUids, seriesOf } from "./query.js";

/** How instances are fetched. */
export interface RetrieveOptions extends ArchiveOptions, SeriesUids {
  /** SOP Instance UIDs; default: all of the series. */
  readonly instances?: readonly string[] | undefined;
  /** Requests at a time where instances are asked for one by one; default 4. */
  readonly requests?: number | undefined;
  /** Most bytes of one instance; default 2 GiB. */
  readonly maxBytes?: number | undefined;
  readonly onProgress?: ((progress: RetrieveProgress) => void) | undefined;
}

const RETRIEVE: Rules<RetrieveOptions> = {
  ...ARCHIVE,
  study: requireUid,
  series: requireUid,
  instances: ANYTHING,
  requests: COUNT,
  maxBytes: COUNT,
  onProgress: "function",
};

/** How far fetching is. Numbers never fall. */
export interface RetrieveProgress {
  /** Instances fetched so far. */
  readonly done: number;
  /** Instances known of so far. */
  readonly total: number;
  readonly bytes: number;
}

/** One instance as it came from the archive. */
export interface FetchedInstance {
  readonly outcome: "fetched";
  readonly sopInstanceUid: string;
  /** The instance as the archive sent it, named `SOPINSTANCEUID.dcm`. */
  readonly file: File;
  /** What the archive's search says about it, by tag (DICOM JSON Model); empty where the search left it out. */
  readonly attributes: DicomJson;
}

/** One instance that the series has and the archive did not send. */
export interface MissingInstance {
  readonly outcome: "failed";
  /** `null` where the archive counts the instance but does not name it anywhere. */
  readonly sopInstanceUid: string | null;
  readonly error: OverlayError;
}

/** What became of one instance; look at `outcome` before you use a series. */
export type RetrievedInstance = FetchedInstance | MissingInstance;

const DEFAULT_REQUESTS = 4;
const DEFAULT_MAX_BYTES = 2 ** 31;

/** How many parts may be other instances or repeat known ones before an answer counts as endless. */
const MOST_REPEATS = 1000;

/**
 * Fetch a series, in the order in which the archive lists it; what it sends without listing it comes after that.
 *
 * @returns one entry for each instance, `"fetched"` or `"failed"`. A series with a hole is not a series: decide what to
 *   do before you write into the rest.
 * @throws OverlayError where no instance at all could be fetched: `archive-unreachable`, `archive-slow`,
 *   `archive-refused`, `archive-response`, `not-dicom`; `invalid-request`; `signal.reason`.
 */
export async function fromDicomWeb(options: RetrieveOptions): Promise<readonly RetrievedInstance[]> {
  const archive = Archive.of(options, RETRIEVE);
  const wanted =
    options.instances === undefined ? undefined : requireList(options.instances, "instances", requireUid);
  const retrieval = new Retrieval(archive, seriesOf(options), options);
  archive.signal?.throwIfAborted();
  return wanted === undefined ? await retrieval.ofAll() : await retrieval.of(wanted);
}

/** One series on its way. */
class Retrieval {
  readonly #archive: Archive;
  readonly #uids: SeriesUids;
  readonly #options: RetrieveOptions;
  readonly #maxBytes: number;
  /** In the order of the result. */
  readonly #known = new Set<string>();
  readonly #files = new Map<string, File>();
  readonly #errors = new Map<string, OverlayError>();
  #listing: Listing = { instances: new Map(), doubt: null };
  #bytes = 0;

  constructor(archive: Archive, uids: SeriesUids, options: RetrieveOptions) {
    this.#archive = archive;
    this.#uids = uids;
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  /** Fetch these instances alone. */
  async of(instances: readonly string[]): Promise<RetrievedInstance[]> {
    this.#listing = await listInstances(this.#archive, this.#uids);
    for (const uid of instances) this.#known.add(uid);
    await this.#complete();
    return instances.length === 0 ? [] : this.#results();
  }

  /** Fetch whatever the series has. */
  async ofAll(): Promise<RetrievedInstance[]> {
    const [listing, count] = await Promise.all([
      listInstances(this.#archive, this.#uids),
      countInstances(this.#archive, this.#uids),
    ]);
    this.#listing = listing;
    for (const uid of listing.instances.keys()) this.#known.add(uid);
    const isStreamed = await this.#stream();
    await this.#complete();
    const results = this.#results();
    const found = this.#known.size;
    const unnamed = Math.min((count ?? 0) - found, MOST_UNNAMED);
    const missing = badAnswer("the series has more instances than it lists and sends", {
      expected: count,
      found,
    });
    for (let at = 0; at < unnamed; at++) results.push(unnamedOf(missing, results.length));
    // Neither the search, nor the count, nor the answer for the series proves that this is all.
    if (listing.doubt !== null && count !== found && unnamed <= 0 && !isStreamed) {
      const words = "nothing tells whether the list of instances is complete";
      results.push(unnamedOf(badAnswer(words, { found }, listing.doubt), results.length));
    }
    return results;
  }

  /**
   * Take what one request for the whole series brings; what it does not bring is left to {@link #complete}.
   *
   * @returns whether it came to its end.
   */
  async #stream(): Promise<boolean> {
    let repeats = 0;
    try {
      const answer = await this.#archive.get("wado", pathOf(this.#uids), RETRIEVE_TYPE, (sent) =>
        sent.requireFound(),
      );
      for await (const blob of readInstances(answer, this.#maxBytes)) {
        const identity = await readIdentity(blob).catch(() => null);
        if (identity !== null && this.#isWanted(identity)) this.#put(identity.sopInstanceUid, blob);
        else if (++repeats > MOST_REPEATS) return false;
      }
      return answer.status === 200;
    } catch (error) {
      this.#archive.requireOwn(error);
      return false;
    }
  }

  /** Tell whether an instance is one of the series that is not here yet; an archive may send others too. */
  #isWanted({ sopInstanceUid, series }: FileIdentity): boolean {
    if (this.#files.has(sopInstanceUid)) return false;
    return this.#known.has(sopInstanceUid) || series === null || series === this.#uids.series;
  }

  /** Fetch what is missing, a few requests at a time. */
  async #complete(): Promise<void> {
    const missing = [...this.#known].filter((uid) => !this.#files.has(uid));
    let next = 0;
    let hopeless: OverlayError | null = null;
    const work = async (): Promise<void> => {
      while (next < missing.length) {
        const uid = missing[next++] as string;
        const error = hopeless ?? (await this.#fetch(uid));
        if (error === null) continue;
        this.#errors.set(uid, error);
        if (isHopeless(error)) hopeless ??= error;
      }
    };
    const { requests = DEFAULT_REQUESTS } = this.#options;
    await Promise.all(Array.from({ length: Math.min(requests, missing.length) }, work));
  }

  async #fetch(sopInstanceUid: string): Promise<OverlayError | null> {
    try {
      const path = pathOf(this.#uids);
      this.#put(sopInstanceUid, await fetchInstance(this.#archive, path, sopInstanceUid, this.#maxBytes));
      return null;
    } catch (error) {
      return this.#archive.requireOwn(error);
    }
  }

  #put(sopInstanceUid: string, blob: Blob): void {
    this.#known.add(sopInstanceUid);
    this.#files.set(sopInstanceUid, new File([blob], `${sopInstanceUid}.dcm`, { type: "application/dicom" }));
    this.#bytes += blob.size;
    this.#options.onProgress?.({ done: this.#files.size, total: this.#known.size, bytes: this.#bytes });
  }

  #results(): RetrievedInstance[] {
    const [error] = this.#errors.values();
    if (this.#files.size === 0) throw error ?? this.#listing.doubt ?? refusal(404);
    return [...this.#known].map((sopInstanceUid, index): RetrievedInstance => {
      const file = this.#files.get(sopInstanceUid);
      const attributes = this.#listing.instances.get(sopInstanceUid) ?? {};
      if (file !== undefined) return { outcome: "fetched", sopInstanceUid, file, attributes };
      return { outcome: "failed", sopInstanceUid, error: placed(this.#errors.get(sopInstanceUid), index) };
    });
  }
}

function unnamedOf(error: OverlayError, index: number): MissingInstance {
  return { outcome: "failed", sopInstanceUid: null, error: placed(error, index) };
}

/** Instances without a name that a result lists, should an archive's count be absurd. */
const MOST_UNNAMED = 100_000;

/** Say which instance an error is about, by its place in the result. */
function placed(error: OverlayError | undefined, index: number): OverlayError {
  if (error !== undefined && isHopeless(error)) return error;
  const { code, message, detail, cause } = error ?? badAnswer("it did not send an instance");
  return new OverlayError(code, message, { ...detail, index }, cause);
}
