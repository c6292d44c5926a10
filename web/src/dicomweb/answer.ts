/** An answer of an archive, read as it comes, and the watch that ends a request without progress. */
import { OverlayError } from "../errors.js";
import { badAnswer, refusal } from "./archive-errors.js";

/** Fewer bytes than this within the time limit do not count as progress. */
const LEAST_PROGRESS = 1024;

/** A browser's timer that is to take longer ends at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

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

  /** The media type in lower case, without parameters. */
  get mediaType(): string {
    return (this.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  }

  /** @throws OverlayError `archive-refused` for an answer without what was asked for; its body is not read. */
  requireFound(): void {
    if (this.status === 200 || this.status === 206) return;
    this.discard();
    throw refusal(this.status);
  }

  /** The bytes as they come; leaving the loop early ends the request. @internal */
  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const reader = this.#response.body?.getReader();
    if (reader === undefined) return;
    this.#watch.allow();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.#watch.count(value.length);
        yield value as Uint8Array<ArrayBuffer>;
      }
    } catch (error) {
      throw this.#watch.translate(error);
    } finally {
      this.#watch.end();
      await reader.cancel().catch(() => undefined);
    }
  }

  /** The body as text, at most `limit` bytes. */
  async text(limit: number = 64 << 20): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    for await (const chunk of this.chunks()) {
      size += chunk.length;
      if (size > limit) throw badAnswer("the answer is too long", { expected: limit, found: size });
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }

  /** The body as JSON, or `undefined` where it is not JSON. */
  async json(): Promise<unknown> {
    const text = await this.text();
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  }

  /** End the request without reading. */
  discard(): void {
    this.#watch.end();
    this.#response.body?.cancel().catch(() => undefined);
  }
}

/** Aborts a request that makes no progress, or whose caller aborts. */
export class Watch {
  readonly #controller = new AbortController();
  readonly #outside: AbortSignal | undefined;
  readonly #patience: number;
  readonly #onAbort = (): void => this.#controller.abort(this.#outside?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
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
    this.#timer = setTimeout(() => this.#look(), Math.min(milliseconds, LONGEST_TIMER));
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
