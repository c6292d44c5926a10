/**
 * STOW-RS (PS3.18 section 10.5): results into an archive, each with its own outcome.
 *
 * Theory of operation: results are gathered into batches of at most `maxBytes`; one batch is sent at a time while the
 * next is gathered. A batch whose request was lost may have been stored in part: the archive is asked for each of its
 * instances, and only what it does not have is sent again. So nothing is stored twice, and no outcome is a guess: what
 * could not be found out is "unknown".
 */
import { isOverlayError, OverlayError } from "../errors.js";
import type { Answer } from "./answer.js";
import { Archive, waitOf } from "./archive.js";
import { badAnswer, isConnectionLost, isLater, refusal } from "./archive-errors.js";
import { readIdentity } from "./identity.js";
import { multipartBody } from "./multipart.js";
import { hasInstance, JSON_TYPE } from "./query.js";
import { explainReason, readVerdicts, type Verdict } from "./store-answer.js";
import type { StorableResult, StoredInstance, StoreOptions, StoreReport } from "./store-report.js";

interface Item {
  readonly name: string;
  readonly index: number;
  readonly blob: Blob;
  readonly sopInstanceUid: string;
  /** Its UID was made for this result, so that no archive can have it. */
  readonly isNew: boolean;
}

const DEFAULT_MAX_BYTES = 64 << 20;

/** Instances that the archive is asked for at a time. */
const QUESTIONS = 4;

/** Milliseconds to find out, after an abort, what was stored. */
const LAST_LOOK = 600;

/** Statuses after which the next request would be answered alike. */
const HOPELESS = [401, 403, 404, 405, 406, 415, 501];

/**
 * Store results in an archive.
 *
 * The request's body is made of the results' Blobs; no file is read into memory. Does not reject for anything that the
 * archive or the network does: the report says what became of each result, also after an abort. It rejects with what
 * the results themselves reject with, and with `invalid-request`.
 *
 * @param results - what `exportFiles` or `exportSeries` yields, or named Blobs.
 */
export async function toDicomWeb(
  results: AsyncIterable<StorableResult> | Iterable<StorableResult>,
  options: StoreOptions,
): Promise<StoreReport> {
  return await new Store(options).run(results);
}

class Store {
  readonly #options: StoreOptions;
  readonly #archive: Archive;
  readonly #instances: StoredInstance[] = [];
  readonly #seen = new Set<string>();
  #error: OverlayError | null = null;
  #bytes = 0;
  #done = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#archive = new Archive(options);
  }

  async run(results: AsyncIterable<StorableResult> | Iterable<StorableResult>): Promise<StoreReport> {
    const { maxBytes = DEFAULT_MAX_BYTES } = this.#options;
    let batch: Item[] = [];
    let size = 0;
    let sending = Promise.resolve();
    const send = async (): Promise<void> => {
      await sending;
      const full = batch;
      batch = [];
      size = 0;
      sending = this.#storeBatch(full);
    };
    let index = 0;
    try {
      for await (const result of results) {
        const item = await this.#itemOf(result, index++);
        if (item === null) continue;
        if (batch.length > 0 && size + item.blob.size > maxBytes) await send();
        batch.push(item);
        size += item.blob.size;
        if (this.#isOver) break;
      }
    } catch (error) {
      await sending;
      if (!this.#isAborted) throw error;
    }
    await send();
    await sending;
    this.#instances.sort((a, b) => a.index - b.index);
    return { instances: this.#instances, error: this.#error, aborted: this.#isAborted };
  }

  get #isAborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  get #isOver(): boolean {
    return this.#isAborted || this.#error !== null;
  }

  /** Return what is to be sent of a result; `null` where its outcome is known already. */
  async #itemOf(result: StorableResult, index: number): Promise<Item | null> {
    const { name, blob, outcome, sopInstanceUid } = result;
    const place = { name, index, sopInstanceUid: sopInstanceUid ?? null };
    if (blob === undefined || outcome === "failed") {
      const error =
        result.error ?? new OverlayError("invalid-request", "Expected a result with a file.", { index });
      return this.#settle(place, { outcome: "failed", error, message: error.message });
    }
    if (outcome === "unchanged") {
      return this.#settle(place, { outcome: "unchanged", message: "Nothing was written into it." });
    }
    if (sopInstanceUid === null && this.#options.instance !== "keep") {
      const error = new OverlayError(
        "invalid-request",
        'An archive keeps the first copy of an instance: export with instance: "derived", or store with instance: "keep".',
        { field: "instance", index },
      );
      return this.#settle(place, { outcome: "failed", error, message: error.message });
    }
    try {
      const { sopInstanceUid: uid } = await readIdentity(blob);
      if (this.#seen.has(uid)) {
        const error = new OverlayError("invalid-request", "Two results are the same instance.", { index });
        return this.#settle(place, { outcome: "failed", error, message: error.message });
      }
      this.#seen.add(uid);
      return { name, index, blob, sopInstanceUid: uid, isNew: typeof sopInstanceUid === "string" };
    } catch (error) {
      if (!isOverlayError(error)) throw error;
      return this.#settle(place, { outcome: "failed", error, message: error.message });
    }
  }

  /** Send a batch until each of its instances has an outcome. */
  async #storeBatch(batch: readonly Item[]): Promise<void> {
    let left = batch;
    // Orthanc answers "stored" for an instance that it has already and drops the new bytes: only asking first is true.
    const known = left.filter(({ isNew }) => !isNew);
    if (known.length > 0 && !this.#isOver) {
      const absent = new Set(await this.#askedFor(known, "already-there"));
      left = left.filter((item) => item.isNew || absent.has(item));
    }
    for (let attempt = 1; left.length > 0; attempt++) {
      if (this.#isOver)
        return this.#settleAll(left, { outcome: "not-sent", message: "The store ended before." });
      let retryAfter: string | null = null;
      try {
        const answer = await this.#send(left);
        if (!isLater(answer.status)) return await this.#judge(answer, left);
        retryAfter = answer.header("retry-after");
        answer.discard();
        if (attempt >= this.#archive.attempts) return this.#give(left, refusal(answer.status));
      } catch (error) {
        if (this.#isAborted) return await this.#lookOnce(left);
        if (!isOverlayError(error)) throw error;
        if (error.code === "archive-slow") return await this.#giveUp(left, error);
        if (!isConnectionLost(error)) return this.#give(left, error);
        if (attempt >= this.#archive.attempts) return await this.#giveUp(left, error);
      }
      if (!(await this.#waited(waitOf(attempt, retryAfter)))) return await this.#lookOnce(left);
      left = await this.#askedFor(left, "stored");
    }
  }

  async #send(items: readonly Item[]): Promise<Answer> {
    const { body, contentType } = multipartBody(items.map(({ blob }) => blob));
    const path = this.#options.study === undefined ? "studies" : `studies/${this.#options.study}`;
    return await this.#archive.request(path, {
      method: "POST",
      accept: JSON_TYPE,
      contentType,
      body,
      retry: false,
    });
  }

  /** Settle a batch by what the archive answered; too large a batch is sent in halves. */
  async #judge(answer: Answer, items: readonly Item[]): Promise<void> {
    if (answer.status === 413 && items.length > 1) {
      answer.discard();
      await this.#storeBatch(items.slice(0, items.length >> 1));
      return await this.#storeBatch(items.slice(items.length >> 1));
    }
    const verdicts = answer.mediaType.endsWith("json") ? readVerdicts(await answer.json()) : null;
    if (verdicts === null) {
      answer.discard();
      if (answer.status < 200 || answer.status > 299) return this.#give(items, refusal(answer.status));
      return await this.#settleUnnamed(
        items,
        badAnswer("it says nothing about the instances", { found: answer.mediaType }),
      );
    }
    const unnamed = items.filter(({ sopInstanceUid }) => !verdicts.byInstance.has(sopInstanceUid));
    for (const item of items) {
      const verdict = verdicts.byInstance.get(item.sopInstanceUid);
      if (verdict !== undefined) this.#settleBy(item, verdict);
    }
    const [nameless] = verdicts.nameless;
    if (nameless !== undefined && unnamed.length === verdicts.nameless.length) {
      for (const item of unnamed) this.#settleBy(item, nameless);
    } else if (unnamed.length > 0) {
      await this.#settleUnnamed(unnamed, badAnswer("it does not name every instance"));
    }
  }

  #settleBy(item: Item, { outcome, reason }: Verdict): void {
    this.#settle(item, { outcome, reason, message: outcome === "stored" ? null : explainReason(reason) });
  }

  /** Ask for instances that the answer left out: what is not there was refused without a word. */
  async #settleUnnamed(items: readonly Item[], error: OverlayError): Promise<void> {
    const left = await this.#askedFor(items, "stored");
    this.#settleAll(left, { outcome: "refused", error, message: error.message });
  }

  /** Settle what the archive has; return what it does not have, or cannot say. */
  async #askedFor(items: readonly Item[], outcome: "stored" | "already-there"): Promise<readonly Item[]> {
    const left: Item[] = [];
    const message = outcome === "stored" ? null : explainReason(0x0111);
    for (let at = 0; at < items.length; at += QUESTIONS) {
      const asked = items.slice(at, at + QUESTIONS);
      const found = await Promise.all(asked.map((item) => this.#has(item, this.#archive)));
      for (const [place, item] of asked.entries()) {
        if (found[place] === true) this.#settle(item, { outcome, message });
        else left.push(item);
      }
    }
    return left;
  }

  /** `null` also where the caller aborted: the loop above sees that at its next turn. */
  async #has(item: Item, archive: Archive): Promise<boolean | null> {
    return await hasInstance(archive, item.sopInstanceUid).catch(() => null);
  }

  /** After an abort or the last attempt: find out what was stored, in at most a moment. */
  async #lookOnce(items: readonly Item[]): Promise<void> {
    const archive = new Archive({ ...this.#options, signal: AbortSignal.timeout(LAST_LOOK), attempts: 1 });
    const found = await Promise.all(items.map((item) => this.#has(item, archive)));
    for (const [place, item] of items.entries()) {
      if (found[place] === true) this.#settle(item, { outcome: "stored" });
      // It may still be on its way into the archive, so that its absence says nothing.
      else
        this.#settle(item, { outcome: "unknown", message: "The request ended before the archive answered." });
    }
  }

  async #giveUp(items: readonly Item[], error: OverlayError): Promise<void> {
    this.#error ??= error;
    await this.#lookOnce(items);
  }

  /** Settle a batch that the archive refused as a whole; end the store where the next would fare alike. */
  #give(items: readonly Item[], error: OverlayError): void {
    const { status } = error.detail;
    if (typeof status !== "number" || HOPELESS.includes(status) || isLater(status)) this.#error ??= error;
    this.#settleAll(items, { outcome: "refused", error, message: error.message });
  }

  async #waited(milliseconds: number): Promise<boolean> {
    return await this.#archive.pause(milliseconds).then(
      () => true,
      () => false,
    );
  }

  #settleAll(
    items: readonly Item[],
    result: Partial<StoredInstance> & Pick<StoredInstance, "outcome">,
  ): void {
    for (const item of items) this.#settle(item, result);
  }

  #settle(
    item: Pick<StoredInstance, "name" | "index" | "sopInstanceUid"> & { readonly blob?: Blob },
    result: Partial<StoredInstance> & Pick<StoredInstance, "outcome">,
  ): null {
    const { name, index, sopInstanceUid } = item;
    this.#instances.push({
      reason: null,
      message: null,
      error: null,
      ...result,
      name,
      index,
      sopInstanceUid,
    });
    this.#done++;
    if (HAS_IT.includes(result.outcome)) this.#bytes += item.blob?.size ?? 0;
    this.#options.onProgress?.({ done: this.#done, bytes: this.#bytes, name, outcome: result.outcome });
    return null;
  }
}

const HAS_IT: readonly StoredInstance["outcome"][] = ["stored", "stored-with-warning", "already-there"];
