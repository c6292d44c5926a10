/** Batches of instances on their way into the archive: sent, judged by its answer, and looked up where that is unclear. */
import { isOverlayError, OverlayError } from "../errors.js";
import type { Answer } from "./answer.js";
import { type Archive, waitOf } from "./archive.js";
import { badAnswer, isConnectionLost, isHopeless, isLater, refusal } from "./archive-errors.js";
import { askFor, type Found, type Question } from "./ask.js";
import type { FileIdentity } from "./identity.js";
import type { Ledger, Place } from "./ledger.js";
import { multipartBody } from "./multipart.js";
import { JSON_TYPE } from "./query.js";
import { explainReason, readVerdicts, type Verdict } from "./store-answer.js";

/** One instance to be stored. */
export interface Item extends Place, FileIdentity {
  readonly sopInstanceUid: string;
  readonly blob: Blob;
  /** The archive cannot have had it before: its UID was made for this store, or the archive said that it does not have it. */
  isOurs: boolean;
  /** A request with it was lost: the archive may have it. */
  isSent: boolean;
  /** Paths at which the archive did not find it before, although it could not say that it has none. */
  missedAt: readonly string[];
}

/** Milliseconds to find out, after an abort, what was stored. */
export const LAST_LOOK = 600;

/** Instances that the archive is asked for at a time. */
const QUESTIONS = 4;

/** Times that the archive is asked for what it should have: an index may be a moment behind. */
const LOOKS = 4;

/** Statuses of a batch that one bad instance of it can cause. */
const PERHAPS_ONE = [400, 409, 413, 422];

/** Statuses of a request that was not taken at all. */
const NOT_TAKEN = [429, 503];

/** Statuses of a store after which the next would get the same answer, in addition to those of {@link isHopeless}. */
const NO_SUCH_SERVICE = [404, 406];

/** Sends batches, one after the other. */
export class Sender {
  readonly #archive: Archive;
  readonly #ledger: Ledger;
  readonly #path: string;

  constructor(archive: Archive, ledger: Ledger, study: string | undefined) {
    this.#archive = archive;
    this.#ledger = ledger;
    this.#path = study === undefined ? "studies" : `studies/${study}`;
  }

  /** Store a batch: each of its instances has an entry at the end. Does not reject. */
  async store(batch: readonly Item[]): Promise<void> {
    try {
      await this.#storeNew(batch);
    } catch (cause) {
      const error = isOverlayError(cause)
        ? cause
        : new OverlayError("internal", "Unexpected error; this is a fault of dicom-overlay.", {}, cause);
      this.#ledger.end(error);
      for (const item of batch) this.#ledger.settle(item, { outcome: "unknown", error });
    }
  }

  /** Ask first for what the archive may have already. Orthanc answers "stored" for that, and drops the new bytes. */
  async #storeNew(batch: readonly Item[]): Promise<void> {
    const known = this.#ledger.isOver ? [] : batch.filter(({ isOurs }) => !isOurs);
    const found = await this.#ask(known, this.#archive);
    for (const [item, { has, asked }] of found) {
      if (has === false) item.isOurs = true;
      else if (has === null) item.missedAt = asked.filter(isNotFound).map(({ path }) => path);
      else this.#ledger.fail(item, exists(), { asked });
    }
    await this.#send(batch.filter((item) => found.get(item)?.has !== true));
  }

  /** Send instances until each has an outcome. */
  async #send(items: readonly Item[]): Promise<void> {
    let left = items;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (this.#ledger.isOver) return await this.#skip(left);
      let retryAfter: string | null = null;
      try {
        const answer = await this.#post(left);
        if (!isLater(answer.status)) return await this.#judge(answer, left);
        retryAfter = answer.header("retry-after");
        answer.discard();
        for (const item of left) item.isSent ||= !NOT_TAKEN.includes(answer.status);
        if (attempt >= this.#archive.attempts) return await this.#giveUp(left, refusal(answer.status));
      } catch (error) {
        if (this.#ledger.isAborted) return await this.#lookOnce(left, null);
        if (!isOverlayError(error)) throw error;
        const mayBeThere = isConnectionLost(error) || error.code === "archive-slow";
        if (!mayBeThere) return this.#refuse(left, error);
        for (const item of left) item.isSent = true;
        if (error.code === "archive-slow" || attempt >= this.#archive.attempts)
          return await this.#giveUp(left, error);
      }
      await this.#archive.pause(waitOf(attempt, retryAfter)).catch(() => undefined);
      if (this.#ledger.isOver) return await this.#skip(left);
      left = await this.#takeFound(left);
    }
  }

  async #post(items: readonly Item[]): Promise<Answer> {
    const { body, contentType } = multipartBody(items.map(({ blob }) => blob));
    const request = { method: "POST", accept: JSON_TYPE, contentType, body, retry: false } as const;
    return await this.#archive.request("stow", this.#path, request);
  }

  /** Settle instances by what the archive answered; a batch that one of them may have spoilt is sent in halves. */
  async #judge(answer: Answer, items: readonly Item[]): Promise<void> {
    const { status } = answer;
    const isGood = status >= 200 && status <= 299;
    // An answer that cannot be read is treated as an empty one.
    const verdicts = readVerdicts(await answer.text().catch(() => ""));
    if (this.#ledger.isAborted && verdicts === null) return await this.#lookOnce(items, null);
    if (verdicts === null) {
      if (isGood) return await this.#find(items, badAnswer("it says nothing about the instances"), "unknown");
      if (PERHAPS_ONE.includes(status) && items.length > 1) {
        await this.#send(items.slice(0, items.length >> 1));
        return await this.#send(items.slice(items.length >> 1));
      }
      if (PERHAPS_ONE.includes(status)) return await this.#refuseUnlessFound(items, refusal(status));
      // A server that failed may have failed after it stored.
      if (status >= 500 && status !== 501) return await this.#find(items, refusal(status), "failed");
      return this.#refuse(items, refusal(status));
    }
    const unnamed = items.filter(({ sopInstanceUid }) => !verdicts.byInstance.has(sopInstanceUid));
    for (const item of items) {
      const verdict = verdicts.byInstance.get(item.sopInstanceUid);
      if (verdict !== undefined) await this.#settleBy(item, verdict);
    }
    const [nameless] = verdicts.nameless;
    const isOneVerdict = verdicts.nameless.every(({ reason }) => reason === nameless?.reason);
    if (nameless !== undefined && isOneVerdict && unnamed.length === verdicts.nameless.length) {
      for (const item of unnamed) await this.#settleBy(item, nameless);
    } else if (unnamed.length > 0) {
      await this.#find(unnamed, badAnswer("it does not name every instance"), "unknown");
    }
  }

  async #settleBy(item: Item, { type, reason }: Verdict): Promise<void> {
    if (type === "stored") return await this.#settleStored(item, reason);
    // A browser may send a request again by itself: the duplicate is then what it has just stored.
    if (type === "duplicate" && item.isOurs) return this.#ledger.settle(item, { outcome: "written" });
    if (type === "duplicate") return this.#ledger.fail(item, exists(), { reason });
    const detail = reason === null ? {} : { reason };
    const error = new OverlayError("archive-refused", explainReason(reason), detail);
    if (type === "refused") return this.#ledger.fail(item, error, { reason });
    // Some archives call a duplicate a processing failure.
    await this.#refuseUnlessFound([item], error, reason);
  }

  /** Believe "stored", unless the archive could not say before whether it has the instance: some then keep the old one. */
  async #settleStored(item: Item, reason: number | null): Promise<void> {
    const message = reason === null ? null : explainReason(reason);
    if (item.isOurs) return this.#ledger.settle(item, { outcome: "written", reason, message });
    const { has, asked } = (await this.#ask([item], this.#archive)).get(item) as Found;
    // What it did not find before and finds now is new.
    const isNew = has === true && item.missedAt.includes(asked.at(-1)?.path ?? "");
    if (isNew) return this.#ledger.settle(item, { outcome: "written", reason, message, asked });
    const words = "whether it had the instance before, and kept that, could not be found out";
    this.#ledger.settle(item, { outcome: "unknown", reason, error: badAnswer(words), asked });
  }

  /** Settle instances that the archive refused, unless it has them: a duplicate is refused in many ways. */
  async #refuseUnlessFound(
    items: readonly Item[],
    error: OverlayError,
    reason: number | null = null,
  ): Promise<void> {
    const found = await this.#ask(
      items.filter(({ isOurs }) => isOurs),
      this.#archive,
    );
    for (const item of items) {
      const { has = false, asked = [] } = found.get(item) ?? {};
      if (has === true) this.#ledger.settle(item, { outcome: "written", asked });
      else if (has === null && item.isSent)
        this.#ledger.settle(item, { outcome: "unknown", error, reason, asked });
      else this.#ledger.fail(item, error, { reason, asked });
    }
  }

  /** Look for instances with patience; `otherwise` is the outcome of one that a search does not find. */
  async #find(items: readonly Item[], error: OverlayError, otherwise: "failed" | "unknown"): Promise<void> {
    let left = new Map<Item, Found | null>(items.map((item) => [item, null]));
    for (let look = 1; left.size > 0; look++) {
      const found = await this.#ask([...left.keys()], this.#archive);
      if (this.#ledger.isAborted) return await this.#lookOnce([...left.keys()], error);
      left = new Map();
      for (const [item, one] of found) {
        const { has, asked } = one;
        if (has === true) this.#ledger.settle(item, { outcome: "written", asked });
        else if (has === false && look < LOOKS) left.set(item, one);
        else this.#ledger.settle(item, { outcome: has === null ? "unknown" : otherwise, error, asked });
      }
      if (left.size > 0) await this.#archive.pause(waitOf(look)).catch(() => undefined);
    }
  }

  /** Settle what the archive has; return what it does not have, or cannot say. */
  async #takeFound(items: readonly Item[]): Promise<readonly Item[]> {
    const found = await this.#ask(items, this.#archive);
    for (const [item, { has, asked }] of found)
      if (has === true) this.#ledger.settle(item, { outcome: "written", asked });
    return items.filter((item) => found.get(item)?.has !== true);
  }

  /** After an abort or the last attempt: find out what was stored, in at most a moment. */
  async #lookOnce(items: readonly Item[], ended: OverlayError | null): Promise<void> {
    const archive = this.#archive.with({ signal: AbortSignal.timeout(LAST_LOOK), attempts: 1 });
    const words = "The request ended before the archive answered.";
    const error = ended ?? new OverlayError("archive-unreachable", words);
    // An instance may still be on its way into the archive, so its absence proves nothing.
    for (const [item, { has, asked }] of await this.#ask(items, archive, items.length))
      this.#ledger.settle(
        item,
        has === true ? { outcome: "written", asked } : { outcome: "unknown", error, asked },
      );
  }

  /** End the store: what was never taken has failed, what may be there is looked for. */
  async #giveUp(items: readonly Item[], error: OverlayError): Promise<void> {
    this.#ledger.end(error);
    for (const item of items) if (!item.isSent) this.#ledger.fail(item, error);
    await this.#lookOnce(
      items.filter(({ isSent }) => isSent),
      error,
    );
  }

  /** Settle instances that the archive refused as a whole; end the store where the next would be refused too. */
  #refuse(items: readonly Item[], error: OverlayError): void {
    if (isHopeless(error) || NO_SUCH_SERVICE.includes(Number(error.detail["status"])))
      this.#ledger.end(error);
    for (const item of items) this.#ledger.fail(item, error);
  }

  async #skip(items: readonly Item[]): Promise<void> {
    for (const item of items) if (!item.isSent) this.#ledger.skip(item);
    await this.#lookOnce(
      items.filter(({ isSent }) => isSent),
      null,
    );
  }

  /** What the archive says about instances, a few questions at a time. */
  async #ask(
    items: readonly Item[],
    archive: Archive,
    atOnce: number = QUESTIONS,
  ): Promise<ReadonlyMap<Item, Found>> {
    const found = new Map<Item, Found>();
    for (let at = 0; at < items.length; at += atOnce) {
      const asked = items.slice(at, at + atOnce);
      const answers = await Promise.all(
        // Also where the caller aborted: the loops above see that at their next turn.
        asked.map((item) => askFor(archive, item).catch((): Found => ({ has: null, asked: [] }))),
      );
      for (const [place, answer] of answers.entries()) found.set(asked[place] as Item, answer);
    }
    return found;
  }
}

function isNotFound({ answer }: Question): boolean {
  return answer === "archive-refused 404";
}

function exists(): OverlayError {
  const words = "The archive has an instance of this UID already, and keeps it.";
  return new OverlayError("file-exists", words);
}
