/** An answer of an archive, read as it comes, and the watch that ends a request without progress. */
import { OverlayError } from "../errors.js";
import { BlobPieces } from "../values/blob-pieces.js";
import { unlessAborted } from "../values/drawn.js";
import { after, type Timer } from "../values/timers.js";
import { badAnswer, refusal } from "./archive-errors.js";

/** Fewer bytes than this within the time limit do not count as progress. */
const LEAST_PROGRESS = 1024;

/** An answer whose body is read as it comes. */
export class Answer {
  readonly status: number;
  readonly #response: Response;
  readonly #watch: Watch;

  constructor(response: Response, watch: Watch) {
    this.status = response.status;
    this.#response = response;
    this.#watch = watch;
    if (response.body === null) watch.end();
  }

  header(name: string): string | null {
    return this.#response.headers.get(name);
  }

  get mediaType(): string {
    return mediaTypeOf(this.header("content-type"));
  }

  /**
   * @throws OverlayError `archive-refused` for an answer without what was asked for, `archive-response` for a range of
   *   it (RFC 9110 section 14.4); its body is not read.
   */
  requireFound(): this {
    const isFound = this.status === 200 || this.status === 206;
    const range = this.header("content-range");
    if (isFound && (range === null || isWhole(range))) return this;
    this.discard();
    if (!isFound) throw refusal(this.status);
    throw badAnswer("it sent a part of what was asked for", { found: range });
  }

  /** The bytes as they come; leaving the loop early ends the request. @internal */
  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const reader = this.#response.body?.getReader();
    if (reader === undefined) return;
    this.#watch.allow();
    try {
      for (;;) {
        const { done, value } = await unlessAborted(reader.read(), this.#watch.signal);
        if (done) return;
        this.#watch.count(value.length);
        yield value as Uint8Array<ArrayBuffer>;
      }
    } catch (error) {
      throw this.#watch.translate(error);
    } finally {
      this.#watch.end();
      // Not awaited: a stream of the caller's own fetch may never say that it has ended.
      void reader.cancel().catch(() => undefined);
    }
  }

  /** The body as text, at most `limit` bytes. */
  async text(limit: number = 64 << 20): Promise<string> {
    const pieces = new BlobPieces();
    for await (const chunk of this.chunks()) {
      pieces.add(chunk);
      if (pieces.size > limit)
        throw badAnswer("the answer is too long", { expected: limit, found: pieces.size });
    }
    return await pieces.blob().text();
  }

  /** End the request without reading. */
  discard(): void {
    this.#watch.end();
    this.#response.body?.cancel().catch(() => undefined);
  }
}

/** Tell whether a Content-Range is all that there is. */
function isWhole(range: string): boolean {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range.trim()) ?? [];
  return first === "0" && Number(last) + 1 === Number(size);
}

/** The media type of a Content-Type, in lower case and without parameters; empty where there is none. */
export function mediaTypeOf(contentType: string | null | undefined): string {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Aborts a request that makes no progress, or whose caller aborts. */
export class Watch {
  readonly #controller = new AbortController();
  readonly #outside: AbortSignal | undefined;
  readonly #patience: number;
  readonly #onAbort = (): void => this.#controller.abort(this.#outside?.reason);
  #timer: Timer;
  #bytes = 0;
  #isSlow = false;

  constructor(outside: AbortSignal | undefined, patience: number) {
    this.#outside = outside;
    this.#patience = patience;
    outside?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Let this many milliseconds pass until the next look. */
  allow(milliseconds: number = this.#patience): void {
    clearTimeout(this.#timer);
    this.#bytes = 0;
    this.#timer = after(milliseconds, () => this.#look());
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outside?.removeEventListener("abort", this.#onAbort);
  }

  /** What the caller is told of an error that `fetch` or a read threw. */
  translate(error: unknown): unknown {
    if (this.#outside?.aborted) return this.#outside.reason;
    if (this.#isSlow) {
      return new OverlayError("archive-slow", "The archive made no progress for too long.", {
        milliseconds: this.#patience,
      });
    }
    if (error instanceof OverlayError) return error;
    const message =
      "The archive cannot be reached, the connection was lost, or the browser forbids it (CORS).";
    return new OverlayError("archive-unreachable", message, {}, error);
  }

  #look(): void {
    if (this.#bytes >= LEAST_PROGRESS) {
      this.allow();
      return;
    }
    this.#isSlow = true;
    this.#controller.abort();
  }
}
