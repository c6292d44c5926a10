/**
 * One archive: its address, how a request is allowed, and how long it may take.
 *
 * Theory of operation: a request is tried again where trying again can help: once with new headers after 401, and with
 * growing waits after 429, 502, 503, 504 and a lost connection. Whether a request that may have been carried out is sent
 * again is the caller's decision (`retry`): a store asks the archive first. A redirect is never followed, because a body
 * with patient data would follow it. An answer has to bring bytes all the time: one that only drips is given up.
 */
import { OverlayError } from "../errors.js";
import { Answer, Watch } from "./answer.js";
import { isConnectionLost, isLater } from "./archive-errors.js";

/** What a request is sent with; a function is asked at the start, and once more after each 401. */
export type ArchiveHeaders =
  | HeadersInit
  | ((reason: "start" | "unauthorized") => HeadersInit | Promise<HeadersInit>);

/** Where the archive is, and how it is asked. */
export interface ArchiveOptions {
  /** The root of the archive's DICOMweb services, for example `"/dicom-web"`; relative to the page, or absolute. */
  readonly url: string | URL;
  /** Sent with every request, for example `Authorization`. */
  readonly headers?: ArchiveHeaders;
  /** Your own `fetch`, for example one that signs requests; default: the browser's. */
  readonly fetch?: typeof fetch;
  /** Milliseconds without progress after which a request is given up; default 30,000. */
  readonly patience?: number;
  /** Times that a request is tried; default 6, which waits up to half a minute for an archive that restarts. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

export interface ArchiveRequest {
  readonly method?: "GET" | "POST";
  readonly accept: string;
  readonly contentType?: string;
  readonly body?: Blob;
  /** Try again after a lost connection and 502, 503, 504; default yes. */
  readonly retry?: boolean;
}

const DEFAULT_PATIENCE = 30_000;
const DEFAULT_ATTEMPTS = 6;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** Bytes a second that an upload is trusted to make at least; a browser does not tell how far it is. */
const SLOWEST_UPLOAD = 50_000;

/** The archive as the modules of this folder see it. */
export class Archive {
  readonly #options: ArchiveOptions;
  readonly #root: string;
  #headers: Promise<Headers> | null = null;

  constructor(options: ArchiveOptions) {
    this.#options = options;
    this.#root = rootOf(options.url);
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  get attempts(): number {
    return this.#options.attempts ?? DEFAULT_ATTEMPTS;
  }

  /** An address that an answer named, relative to the request `path` that it answered, as an absolute one. */
  resolve(address: string, path: string): string {
    return new URL(address, new URL(path, this.#root)).href;
  }

  /** The same archive with another signal. */
  withSignal(signal: AbortSignal): Archive {
    return new Archive({ ...this.#options, signal });
  }

  /**
   * Send a request and return the answer, whatever its status but those that are tried again.
   *
   * @param path - below the root, or an absolute address of the same origin.
   * @throws OverlayError `archive-unreachable`, `archive-slow`, `archive-refused`; `signal.reason`.
   */
  async request(path: string, request: ArchiveRequest): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= this.attempts || request.retry === false;
      try {
        const answer = await this.#sendAllowed(path, request);
        if (isLast || !isLater(answer.status)) return answer;
        const wait = waitOf(attempt, answer.header("retry-after"));
        answer.discard();
        await this.pause(wait);
      } catch (error) {
        if (isLast || !isConnectionLost(error)) throw error;
        await this.pause(waitOf(attempt));
      }
    }
  }

  /** Wait before another attempt; rejects with `signal.reason`. */
  async pause(milliseconds: number): Promise<void> {
    const { signal } = this;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  async #sendAllowed(path: string, request: ArchiveRequest): Promise<Answer> {
    const answer = await this.#send(path, request, await this.#headersOf("start"));
    if (answer.status !== 401 || typeof this.#options.headers !== "function") return answer;
    answer.discard();
    this.#headers = null;
    return await this.#send(path, request, await this.#headersOf("unauthorized"));
  }

  async #headersOf(reason: "start" | "unauthorized"): Promise<Headers> {
    const { headers } = this.#options;
    this.#headers ??= Promise.resolve(typeof headers === "function" ? headers(reason) : headers).then(
      (given) => new Headers(given),
    );
    return await this.#headers;
  }

  async #send(path: string, request: ArchiveRequest, given: Headers): Promise<Answer> {
    const { signal } = this;
    signal?.throwIfAborted();
    const headers = new Headers(given);
    headers.set("accept", request.accept);
    if (request.contentType !== undefined) headers.set("content-type", request.contentType);
    const patience = this.#options.patience ?? DEFAULT_PATIENCE;
    const watch = new Watch(signal, patience);
    watch.allow(patience + ((request.body?.size ?? 0) / SLOWEST_UPLOAD) * 1000);
    try {
      const send = this.#options.fetch ?? globalThis.fetch.bind(globalThis);
      const response = await send(this.#addressOf(path), {
        method: request.method ?? "GET",
        headers,
        body: request.body ?? null,
        redirect: "manual",
        signal: watch.signal,
      });
      requireNoRedirect(response);
      return new Answer(response, watch);
    } catch (error) {
      watch.end();
      throw watch.translate(error);
    }
  }

  #addressOf(path: string): string {
    const address = new URL(path, this.#root);
    if (address.origin === new URL(this.#root).origin) return address.href;
    throw new OverlayError(
      "archive-refused",
      "The archive names an address of another origin, which is not asked.",
      {
        found: "other-origin",
      },
    );
  }
}

/** Milliseconds to wait after attempt `attempt` (from 1): what the archive asks for, else twice as long each time. */
export function waitOf(attempt: number, retryAfter: string | null = null): number {
  if (retryAfter !== null) {
    const seconds = /^\d+$/.test(retryAfter.trim())
      ? Number(retryAfter)
      : (Date.parse(retryAfter) - Date.now()) / 1000;
    if (Number.isFinite(seconds)) return Math.min(Math.max(seconds * 1000, 0), LONGEST_WAIT);
  }
  return Math.min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT);
}

function requireNoRedirect({ type, status }: Response): void {
  if (type !== "opaqueredirect" && (status < 300 || status > 399 || status === 304)) return;
  throw new OverlayError(
    "archive-refused",
    "The archive sends to another address, which is not followed: give that address as url.",
    { found: "redirect" },
  );
}

function rootOf(url: string | URL): string {
  try {
    const absolute = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
    absolute.hash = "";
    absolute.search = "";
    if (!absolute.pathname.endsWith("/")) absolute.pathname += "/";
    return absolute.href;
  } catch {
    throw new OverlayError("invalid-request", "Expected the address of the archive's DICOMweb services.", {
      field: "url",
    });
  }
}
