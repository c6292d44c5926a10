/**
 * STOW-RS (PS3.18 section 10.5): results into an archive, each with its own outcome.
 *
 * Theory of operation: results are gathered into batches of at most `maxBytes`; one batch is sent at a time while the
 * next is gathered. A batch whose request was lost may have been stored in part: the archive is asked for each of its
 * instances, and only what it does not have is sent again. So nothing is stored twice, and no outcome is a guess: what
 * could not be found out is `unknown`.
 */
import { isOverlayError, OverlayError } from "../errors.js";
import { isAsyncIterable, type Rules, requireSource } from "../values/check.js";
import { drawn } from "../values/drawn.js";
import { isBlob } from "../values/kinds.js";
import { COUNT } from "../values/rules.js";
import { ARCHIVE, Archive } from "./archive.js";
import { readIdentity, requireUid } from "./identity.js";
import { Ledger, type Place } from "./ledger.js";
import { type Item, LAST_LOOK, Sender } from "./sender.js";
import type { StorableResult, StoreOptions, StoreReport } from "./store-report.js";

const DEFAULT_MAX_BYTES = 64 << 20;

const STORE: Rules<StoreOptions> = {
  ...ARCHIVE,
  study: requireUid,
  maxBytes: COUNT,
  instance: ["derived", "keep"],
  onProgress: "function",
};

/**
 * Store results in an archive.
 *
 * The request's body is made of the results' Blobs; no file is read into memory. Once begun, it does not reject:
 * whatever the archive, the network, an abort, the results or one of your functions does, the report says what became
 * of each result. After an error that ends the store, the remaining results are still taken.
 *
 * @param results - what `exportFiles` or `exportSeries` yields, or named Blobs.
 * @throws OverlayError `invalid-request` for invalid options, before anything is sent.
 */
export async function toDicomWeb(
  results: AsyncIterable<StorableResult> | Iterable<StorableResult>,
  options: StoreOptions,
): Promise<StoreReport> {
  const archive = Archive.of(options, STORE);
  requireSource(results, "a list of results", "results");
  return await new Store(archive, options).run(results);
}

class Store {
  readonly #options: StoreOptions;
  readonly #ledger: Ledger;
  readonly #sender: Sender;
  readonly #seen = new Set<string>();

  constructor(archive: Archive, options: StoreOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options);
    this.#sender = new Sender(archive, this.#ledger, options.study);
  }

  async run(results: AsyncIterable<StorableResult> | Iterable<StorableResult>): Promise<StoreReport> {
    const { maxBytes = DEFAULT_MAX_BYTES, signal } = this.#options;
    // A list is taken to its end; a generator that waits for something is left alone a moment after an abort.
    const late = isAsyncIterable(results) && signal ? afterwards(signal, LAST_LOOK) : null;
    let batch: Item[] = [];
    let size = 0;
    let sending = Promise.resolve();
    const send = async (): Promise<void> => {
      await sending;
      const full = batch;
      batch = [];
      size = 0;
      sending = this.#sender.store(full);
    };
    let index = 0;
    let thrown: OverlayError | null = null;
    try {
      for await (const result of drawn(results, late?.signal)) {
        const item = await this.#itemOf(result, index++);
        if (item === null) continue;
        if (batch.length > 0 && size + item.blob.size > maxBytes) await send();
        batch.push(item);
        size += item.blob.size;
      }
    } catch (error) {
      thrown = this.#ledger.isAborted ? null : ofResults(error);
    } finally {
      late?.stop();
    }
    await send();
    await sending;
    if (thrown !== null) this.#ledger.end(thrown);
    return this.#ledger.report();
  }

  /** Return what is to be sent of a result; `null` where its outcome is known already. */
  async #itemOf(result: StorableResult, index: number): Promise<Item | null> {
    const name = typeof result?.name === "string" ? result.name : `instance-${index + 1}`;
    const place: Place = { name, index, sopInstanceUid: result?.sopInstanceUid ?? null };
    try {
      if (result?.outcome === "unchanged")
        this.#ledger.settle(place, { outcome: "unchanged", message: "Nothing was written into it." });
      else if (result?.outcome !== "failed" && this.#ledger.isOver) this.#ledger.skip(place);
      else return await this.#identified(place, requireStorable(result, index, this.#options.instance));
    } catch (error) {
      this.#ledger.fail(place, isOverlayError(error) ? error : unreadable(error, index));
    }
    return null;
  }

  async #identified(place: Place, blob: Blob): Promise<Item> {
    const identity = await readIdentity(blob);
    if (this.#seen.has(identity.sopInstanceUid))
      throw wrong("Two results are the same instance.", place.index);
    this.#seen.add(identity.sopInstanceUid);
    const isOurs = place.sopInstanceUid === identity.sopInstanceUid;
    return { ...place, ...identity, blob, size: blob.size, isOurs, isSent: false, missedAt: [] };
  }
}

/** Return the file of a result; throws where there is none, or an archive would not take it. */
function requireStorable(result: StorableResult, index: number, instance: StoreOptions["instance"]): Blob {
  const { blob, outcome, error } = result ?? {};
  if (outcome === "failed" || !isBlob(blob)) throw error ?? wrong("Expected a result with a file.", index);
  if (result.sopInstanceUid !== null || instance === "keep") return blob;
  const words =
    'An archive keeps the first copy of an instance: export with instance: "derived", or store with instance: "keep".';
  throw wrong(words, index, "instance");
}

function wrong(words: string, index: number, field?: string): OverlayError {
  return new OverlayError("invalid-request", words, field === undefined ? { index } : { field, index });
}

function unreadable(cause: unknown, index: number): OverlayError {
  return new OverlayError("file-access", "The file cannot be read.", { index }, cause);
}

/** A signal that aborts some milliseconds after another one, until it is stopped. */
function afterwards(signal: AbortSignal, milliseconds: number): { signal: AbortSignal; stop: () => void } {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (): void => {
    timer = setTimeout(() => late.abort(signal.reason), milliseconds);
  };
  const stop = (): void => {
    signal.removeEventListener("abort", wait);
    clearTimeout(timer);
  };
  if (signal.aborted) wait();
  else signal.addEventListener("abort", wait, { once: true });
  return { signal: late.signal, stop };
}

/** What the results themselves threw. */
function ofResults(error: unknown): OverlayError {
  if (isOverlayError(error)) return error;
  const words = "The results could not be read to their end.";
  return new OverlayError("invalid-request", words, { field: "results" }, error);
}
