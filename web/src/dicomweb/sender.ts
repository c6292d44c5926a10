/** Batches of instances on their way into the archive: sent, judged by its answer, and looked up where that is unclear. */
import { fromErrorRecord, isOverlayError, OverlayError, toErrorRecord } from "../errors.js";
import type { Answer } from "./answer.js";
import { type Archive, waitOf } from "./archive.js";
import { badAnswer, isConnectionLost, isHopeless, isLater, refusal } from "./archive-errors.js";
import { askFor, type Found, type Question } from "./ask.js";
import type { FileIdentity } from "./identity.js";
import type { Ledger, Place, Settlement } from "./ledger.js";
import { multipartBody } from "./multipart.js";
import { JSON_TYPE } from "./query.js";
import { explainReason, readVerdicts, type Verdict, type Verdicts } from "./store-answer.js";

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
      await this.#send(await this.#withoutKnown(batch));
    } catch (cause) {
      const error = isOverlayError(cause) ? cause : fromErrorRecord(toErrorRecord(cause), cause);
      this.#ledger.end(error);
      for (const item of batch) this.#ledger.settle(item, { outcome: "unknown", error });
    }
  }

  /** Ask first for what the archive may have already. Orthanc answers "stored" for that, and drops the new bytes. */
  async #withoutKnown(batch: readonly Item[]): Promise<readonly Item[]> {
    const doubtful = this.#ledger.isOver ? [] : batch.filter(({ isOurs }) => !isOurs);
    const found = await this.#ask(doubtful);
    for (const [item, { has, asked }] of found) {
      if (has === false) item.isOurs = true;
      else if (has === null) item.missedAt = asked.filter(isNotFound).map(({ path }) => path);
      else this.#ledger.fail(item, exists(), { asked });
    }
    return batch.filter((item) => found.get(item)?.has !== true);
  }

  /** Send instances until each has an outcome. */
  async #send(items: readonly Item[]): Promise<void> {
    let left = items;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (this.#ledger.isOver) return await this.#leave(left, null);
      let retryAfter: string | null = null;
      try {
        const body = multipartBody(left.map(({ blob }) => blob));
        const answer = await this.#archive.post(this.#path, JSON_TYPE, body);
        if (!isLater(answer.status)) return await this.#judge(answer, left);
        retryAfter = answer.header("retry-after");
        answer.discard();
        for (const item of left) item.isSent ||= !NOT_TAKEN.includes(answer.status);
        if (attempt >= this.#archive.attempts) return await this.#leave(left, refusal(answer.status));
      } catch (error) {
        if (this.#ledger.isAborted) return await this.#lookOnce(left, null);
        if (!isOverlayError(error)) throw error;
        const isSlow = error.code === "archive-slow";
        if (!isSlow && !isConnectionLost(error)) return this.#refuse(left, error);
        for (const item of left) item.isSent = true;
        if (isSlow || attempt >= this.#archive.attempts) return await this.#leave(left, error);
      }
      await this.#archive.pause(waitOf(attempt, retryAfter)).catch(() => undefined);
      if (this.#ledger.isOver) return await this.#leave(left, null);
      left = await this.#look(left, () => null);
    }
  }

  /** Settle instances by what the archive answered; a batch that one of them may have spoilt is sent in halves. */
  async #judge(answer: Answer, items: readonly Item[]): Promise<void> {
    const { status } = answer;
    // An answer that cannot be read is treated as an empty one.
    const verdicts = readVerdicts(await answer.text().catch(() => ""));
    if (verdicts !== null) return await this.#settleAll(verdicts, items);
    if (this.#ledger.isAborted) return await this.#lookOnce(items, null);
    if (status >= 200 && status <= 299)
      return await this.#find(items, badAnswer("it says nothing about the instances"), "unknown");
    if (PERHAPS_ONE.includes(status)) {
      if (items.length === 1) return await this.#refuseUnlessFound(items, refusal(status));
      await this.#send(items.slice(0, items.length >> 1));
      return await this.#send(items.slice(items.length >> 1));
    }
    // A server that failed may have failed after it stored.
    if (status >= 500 && status !== 501) return await this.#find(items, refusal(status), "failed");
    this.#refuse(items, refusal(status));
  }

  async #settleAll({ byInstance, nameless }: Verdicts, items: readonly Item[]): Promise<void> {
    const unnamed: Item[] = [];
    for (const item of items) {
      const verdict = byInstance.get(item.sopInstanceUid);
      if (verdict === undefined) unnamed.push(item);
      else await this.#settleBy(item, verdict);
    }
    const [first] = nameless;
    const isOneVerdict = nameless.every(({ reason }) => reason === first?.reason);
    if (first !== undefined && isOneVerdict && unnamed.length === nameless.length) {
      for (const item of unnamed) await this.#settleBy(item, first);
    } else await this.#find(unnamed, badAnswer("it does not name every instance"), "unknown");
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
    const { has, asked } = (await this.#ask([item])).get(item) as Found;
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
    for (const item of items) if (!item.isOurs) this.#ledger.fail(item, error, { reason });
    await this.#look(
      items.filter(({ isOurs }) => isOurs),
      ({ isSent }, has) => ({ outcome: has === null && isSent ? "unknown" : "failed", error, reason }),
    );
  }

  /** Look for instances with patience; `otherwise` is the outcome of one that a search does not find. */
  async #find(items: readonly Item[], error: OverlayError, otherwise: "failed" | "unknown"): Promise<void> {
    let left = items;
    for (let look = 1; left.length > 0; look++) {
      left = await this.#look(left, (_, has) => {
        if (this.#ledger.isAborted || (has === false && look < LOOKS)) return null;
        return { outcome: has === null ? "unknown" : otherwise, error };
      });
      if (this.#ledger.isAborted) return await this.#lookOnce(left, error);
      if (left.length > 0) await this.#archive.pause(waitOf(look)).catch(() => undefined);
    }
  }

  /** After an abort or the last attempt: find out what was stored, in at most a moment. */
  async #lookOnce(items: readonly Item[], ended: OverlayError | null): Promise<void> {
    const archive = this.#archive.with({ signal: AbortSignal.timeout(LAST_LOOK), attempts: 1 });
    const words = "The request ended before the archive answered.";
    const error = ended ?? new OverlayError("archive-unreachable", words);
    // An instance may still be on its way into the archive, so its absence proves nothing.
    await this.#look(items, () => ({ outcome: "unknown", error }), archive, items.length);
  }

  /** Leave instances: what may be there is looked for, the rest was not sent, or has failed by the error that ends the store. */
  async #leave(items: readonly Item[], error: OverlayError | null): Promise<void> {
    if (error !== null) this.#ledger.end(error);
    for (const item of items.filter(({ isSent }) => !isSent)) {
      if (error === null) this.#ledger.skip(item);
      else this.#ledger.fail(item, error);
    }
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

  /**
   * Settle what the archive has.
   *
   * @param otherwise - what becomes of one that it does not have (`false`), or of which it cannot say (`null`).
   * @returns those of which nothing becomes.
   */
  async #look(
    items: readonly Item[],
    otherwise: (item: Item, has: false | null) => Settlement | null,
    archive?: Archive,
    atOnce?: number,
  ): Promise<readonly Item[]> {
    const left: Item[] = [];
    for (const [item, { has, asked }] of await this.#ask(items, archive, atOnce)) {
      const settlement: Settlement | null = has === true ? { outcome: "written" } : otherwise(item, has);
      if (settlement === null) left.push(item);
      else this.#ledger.settle(item, { ...settlement, asked });
    }
    return left;
  }

  /** What the archive says about instances, a few questions at a time. */
  async #ask(
    items: readonly Item[],
    archive: Archive = this.#archive,
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
