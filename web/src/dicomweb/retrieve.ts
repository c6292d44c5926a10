/**
 * WADO-RS (PS3.18 section 10.4): the instances of a series as Files, the bytes as the archive holds them.
 *
 * Theory of operation: the whole series is one request, whose parts become Files as they stream in; what a lost
 * connection left out is asked for instance by instance, a few at a time, so that a loss costs one instance and not the
 * series. (One request for each from the start is slower: Orthanc compresses small answers for every browser, which
 * takes it ten times longer than sending them.)
 */
import { isOverlayError, OverlayError } from "../errors.js";
import type { Answer } from "./answer.js";
import { Archive, type ArchiveOptions, waitOf } from "./archive.js";
import { badAnswer, isConnectionLost, refusal } from "./archive-errors.js";
import { BlobPieces } from "./blob-pieces.js";
import { type DicomJson, TAG, textOf } from "./dicom-json.js";
import { isUid, readIdentity } from "./identity.js";
import { boundaryOf, readMultipart } from "./multipart.js";
import { queryInstances } from "./query.js";

/** How instances are fetched. */
export interface RetrieveOptions extends ArchiveOptions {
  /** Study Instance UID. */
  readonly study: string;
  /** Series Instance UID. */
  readonly series: string;
  /** SOP Instance UIDs; default: all of the series. */
  readonly instances?: readonly string[];
  /** Requests at a time where instances are asked for one by one; default 4. */
  readonly requests?: number;
  readonly onProgress?: (progress: RetrieveProgress) => void;
}

/** How far fetching is. Numbers never fall. */
export interface RetrieveProgress {
  /** Instances that are here. */
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
}

/** One instance as it came from the archive. */
export interface RetrievedInstance {
  readonly sopInstanceUid: string;
  /** The instance as the archive sent it, named `SOPINSTANCEUID.dcm`. */
  readonly file: File;
  /** What the archive's query says about it, by tag (DICOM JSON Model). */
  readonly attributes: DicomJson;
}

/** Accept every transfer syntax: without this an archive may decompress, and the bytes would be others. */
const ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*';

const DEFAULT_REQUESTS = 4;

/**
 * Fetch a series, in the order in which the archive lists it.
 *
 * A series with a hole is no series: an instance that cannot be had is an error.
 *
 * @throws OverlayError `archive-unreachable`, `archive-slow`, `archive-refused`, `archive-response`, `not-dicom`,
 *   `invalid-request`, with `detail.index` where one instance is meant; `signal.reason`.
 */
export async function fromDicomWeb(options: RetrieveOptions): Promise<readonly RetrievedInstance[]> {
  const path = `studies/${requireUid(options.study, "study")}/series/${requireUid(options.series, "series")}`;
  const stop = new AbortController();
  const { signal } = options;
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const archive = new Archive({ ...options, signal: stop.signal });
    const wanted = await listOf(archive, path, options.instances);
    const retrieval = new Retrieval(archive, path, wanted, options);
    if (options.instances === undefined && wanted.length > 1) await retrieval.stream();
    return await retrieval.complete(stop, options.requests ?? DEFAULT_REQUESTS);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

interface Wanted {
  readonly sopInstanceUid: string;
  readonly attributes: DicomJson;
}

async function listOf(
  archive: Archive,
  path: string,
  instances: readonly string[] | undefined,
): Promise<readonly Wanted[]> {
  const listed = await queryInstances(archive, path);
  const all = listed.map((attributes) => {
    const sopInstanceUid = textOf(attributes, TAG.sopInstanceUid);
    if (!isUid(sopInstanceUid)) throw badAnswer("it lists an instance without a UID");
    return { sopInstanceUid, attributes };
  });
  if (instances === undefined) {
    if (all.length === 0) throw refusal(404);
    return all;
  }
  const known = new Map(all.map((wanted) => [wanted.sopInstanceUid, wanted]));
  return instances.map((uid, index) => {
    const sopInstanceUid = requireUid(uid, "instances");
    const found = known.get(sopInstanceUid);
    if (found === undefined)
      throw new OverlayError("archive-refused", "The archive has no such instance in this series.", {
        index,
        status: 404,
      });
    return found;
  });
}

/** One series on its way. */
class Retrieval {
  readonly #archive: Archive;
  readonly #path: string;
  readonly #wanted: readonly Wanted[];
  readonly #onProgress: RetrieveOptions["onProgress"];
  readonly #files: (File | undefined)[];
  #done = 0;
  #bytes = 0;

  constructor(archive: Archive, path: string, wanted: readonly Wanted[], { onProgress }: RetrieveOptions) {
    this.#archive = archive;
    this.#path = path;
    this.#wanted = wanted;
    this.#onProgress = onProgress;
    this.#files = new Array(wanted.length);
  }

  /** Take what one request for the whole series brings; what it does not bring is left to {@link complete}. */
  async stream(): Promise<void> {
    const places = new Map(this.#wanted.map(({ sopInstanceUid }, index) => [sopInstanceUid, index]));
    const answer = await this.#archive.request(this.#path, { accept: ACCEPT });
    if (answer.status !== 200) return answer.discard();
    try {
      for await (const blob of readInstances(answer)) {
        const { sopInstanceUid } = await readIdentity(blob);
        const index = places.get(sopInstanceUid);
        // One that came into the series after it was listed.
        if (index !== undefined) this.#put(index, blob);
      }
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
  }

  /** Fetch what is missing, a few requests at a time; the first error ends them all. */
  async complete(stop: AbortController, requests: number): Promise<readonly RetrievedInstance[]> {
    const missing = [...this.#files.keys()].filter((index) => this.#files[index] === undefined);
    const work = async (): Promise<void> => {
      for (let index = missing.shift(); index !== undefined; index = missing.shift())
        await this.#fetch(index);
    };
    const workers = Array.from({ length: Math.max(1, Math.min(requests, missing.length)) }, work);
    try {
      await Promise.all(workers);
    } catch (error) {
      stop.abort(error);
      await Promise.allSettled(workers);
      throw error;
    }
    return this.#wanted.map((wanted, index) => ({ ...wanted, file: this.#files[index] as File }));
  }

  /** Fetch one instance; a body that broke off is asked for again from its beginning. */
  async #fetch(index: number): Promise<void> {
    const { sopInstanceUid } = this.#wanted[index] as Wanted;
    try {
      for (let attempt = 1; ; attempt++) {
        // `request` has attempts of its own.
        const answer = await this.#archive.request(`${this.#path}/instances/${sopInstanceUid}`, {
          accept: ACCEPT,
        });
        if (answer.status !== 200) {
          answer.discard();
          throw refusal(answer.status);
        }
        try {
          return this.#put(index, await readOne(answer, sopInstanceUid));
        } catch (error) {
          if (attempt >= this.#archive.attempts || !isBroken(error)) throw error;
          await this.#archive.pause(waitOf(attempt));
        }
      }
    } catch (error) {
      throw placed(error, index);
    }
  }

  #put(index: number, blob: Blob): void {
    if (this.#files[index] !== undefined) return;
    const { sopInstanceUid } = this.#wanted[index] as Wanted;
    this.#files[index] = new File([blob], `${sopInstanceUid}.dcm`, { type: "application/dicom" });
    this.#done++;
    this.#bytes += blob.size;
    this.#onProgress?.({ done: this.#done, total: this.#wanted.length, bytes: this.#bytes });
  }
}

/** Tell whether an answer broke off. */
function isBroken(error: unknown): boolean {
  return (
    isConnectionLost(error) || (isOverlayError(error, "archive-response") && error.detail["found"] === "cut")
  );
}

/** Return the one instance of an answer. */
async function readOne(answer: Answer, sopInstanceUid: string): Promise<Blob> {
  let found: Blob | null = null;
  for await (const blob of readInstances(answer)) {
    if (found !== null) throw badAnswer("it sent more than the one instance asked for");
    found = blob;
  }
  if (found === null) throw badAnswer("it sent no instance");
  const identity = await readIdentity(found);
  if (identity.sopInstanceUid !== sopInstanceUid) {
    throw badAnswer("it sent another instance than the one asked for");
  }
  return found;
}

/** Yield the DICOM files of an answer, in multipart or one by itself. */
async function* readInstances(answer: Answer): AsyncGenerator<Blob> {
  const { mediaType } = answer;
  if (mediaType === "application/dicom") {
    const pieces = new BlobPieces();
    for await (const chunk of answer.chunks()) pieces.add(chunk);
    yield pieces.end();
    return;
  }
  if (mediaType !== "multipart/related") {
    answer.discard();
    throw badAnswer("it is no DICOM file", { expected: "multipart/related", found: mediaType });
  }
  let pieces = new BlobPieces();
  for await (const event of readMultipart(answer.chunks(), boundaryOf(answer.header("content-type") ?? ""))) {
    if (event.type === "data") pieces.add(event.bytes);
    else if (event.type === "end") {
      yield pieces.end();
      pieces = new BlobPieces();
    } else requireDicom(event.headers.get("content-type"));
  }
}

function requireDicom(contentType: string | undefined): void {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === undefined || type === "application/dicom") return;
  throw badAnswer("a part is no DICOM file", { expected: "application/dicom", found: type });
}

/** Say which instance an error is about, by its place. */
function placed(error: unknown, index: number): unknown {
  if (!isOverlayError(error)) return error;
  return new OverlayError(error.code, error.message, { ...error.detail, index }, error);
}

function requireUid(text: string, field: string): string {
  if (isUid(text)) return text;
  throw new OverlayError("invalid-request", "Expected a UID: digits and dots, at most 64.", { field });
}
