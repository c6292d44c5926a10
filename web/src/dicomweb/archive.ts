/**
 * One archive: its address, how a request is allowed, and how long it may take.
 *
 * Theory of operation: a request is tried again where trying again can help: once with new headers after 401, and with
 * growing waits after 429, 502, 503, 504 and a lost connection. A store is never sent again here, since it may have been
 * carried out: its caller asks the archive first. A redirect is never followed, because a body with patient data would
 * follow it. An answer has to bring bytes all the time: one that only drips is given up.
 */
import { isOverlayError, OverlayError } from "../errors.js";
import { type Rules, requireNumber, requireOptions, wrong } from "../values/check.js";
import { unlessAborted } from "../values/drawn.js";
import { ANYTHING, CALL, COUNT } from "../values/rules.js";
import { Addresses, type ArchiveRoots, type Service } from "./addresses.js";
import { Answer, Watch } from "./answer.js";
import { isConnectionLost, isLater } from "./archive-errors.js";
import { type ArchiveHeaders, Login } from "./login.js";

/** Where the archive is, and how it is asked. */
export interface ArchiveOptions {
  /**
   * The root of the archive's DICOMweb services, for example `"/dicom-web"`; relative to the page, or absolute. Give
   * `{ wado, qido, stow }` where they differ. A query in it is sent with every request.
   */
  readonly url: string | URL | ArchiveRoots;
  /** Sent with every request, for example `Authorization`. */
  readonly headers?: ArchiveHeaders | undefined;
  /** Your own `fetch`, for example one that signs requests; default: the browser's. */
  readonly fetch?: typeof fetch | undefined;
  /** Milliseconds without progress after which a request is given up; default 30,000. */
  readonly patience?: number | undefined;
  /** How often a request is tried; default 6, which waits up to half a minute for an archive that restarts. */
  readonly attempts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A search or a retrieval; with a body, of its media type, a store. */
interface ArchiveRequest {
  readonly accept: string;
  readonly body?: Blob | undefined;
}

/** The rules for the options of every function in this folder. */
export const ARCHIVE: Rules<ArchiveOptions> = {
  ...CALL,
  url: ANYTHING,
  headers: ANYTHING,
  fetch: "function",
  patience: (value, field) => {
    if (!(requireNumber(value, field) > 0)) throw wrong("a number above zero", field);
  },
  attempts: COUNT,
};

const DEFAULT_PATIENCE = 30_000;
const DEFAULT_ATTEMPTS = 6;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** The slowest upload that is waited for, in bytes a second; a browser does not tell how far it is. */
const SLOWEST_UPLOAD = 50_000;

/** The archive, for the modules of this folder. */
export class Archive {
  readonly addresses: Addresses;
  readonly #options: ArchiveOptions;
  readonly #login: Login;

  /** @param options - checked. */
  private constructor(options: ArchiveOptions, login = new Login(options.headers)) {
    this.#options = options;
    this.addresses = new Addresses(options.url);
    this.#login = login;
  }

  /** @throws OverlayError `invalid-request` for an invalid value; TypeError for an unknown option. */
  static of<T extends ArchiveOptions>(options: T, rules: Rules<T>): Archive {
    return new Archive(requireOptions(options, rules));
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  get attempts(): number {
    return this.#options.attempts ?? DEFAULT_ATTEMPTS;
  }

  /** The same archive with the same login, but another signal or number of attempts. */
  with(options: Pick<ArchiveOptions, "signal" | "attempts">): Archive {
    return new Archive({ ...this.#options, ...options }, this.#login);
  }

  /**
   * Ask for something and `read` the answer, whatever its status; both are tried again where that may help. What is
   * read after `read` has returned, as of an answer that comes piece by piece, is not.
   *
   * @param path - below the root of the service, or an absolute address that {@link Addresses} made.
   * @throws OverlayError `archive-unreachable`, `archive-slow`, `archive-refused`; `signal.reason`; what `read` throws.
   */
  async get<T>(
    service: Service,
    path: string,
    accept: string,
    read: (answer: Answer) => T | Promise<T>,
  ): Promise<T> {
    const address = this.addresses.of(service, path);
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= this.attempts;
      let retryAfter: string | null = null;
      try {
        const answer = await this.#sendAllowed(address, { accept });
        if (isLast || !isLater(answer.status)) return await read(answer);
        retryAfter = answer.header("retry-after");
        answer.discard();
      } catch (error) {
        if (isLast || !isConnectionLost(error)) throw error;
      }
      await this.pause(waitOf(attempt, retryAfter));
    }
  }

  /** Send something once, and return the answer, whatever its status; errors as with {@link get}. */
  async post(path: string, accept: string, body: Blob): Promise<Answer> {
    return await this.#sendAllowed(this.addresses.of("stow", path), { accept, body });
  }

  /** Wait before another attempt; rejects with `signal.reason`. */
  async pause(milliseconds: number): Promise<void> {
    this.signal?.throwIfAborted();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    try {
      await unlessAborted(wait, this.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Return the error of one request; throw what ends the call: an abort, or what the caller gave. */
  requireOwn(error: unknown): OverlayError {
    this.signal?.throwIfAborted();
    if (!isOverlayError(error) || error.code === "invalid-request") throw error;
    return error;
  }

  async #sendAllowed(address: string, request: ArchiveRequest): Promise<Answer> {
    const used = await unlessAborted(this.#login.headers(), this.signal);
    const answer = await this.#send(address, request, used);
    if (answer.status !== 401) return answer;
    try {
      const renewed = await unlessAborted(this.#login.renewed(used), this.signal);
      if (renewed === null) return answer;
      answer.discard();
      return await this.#send(address, request, renewed);
    } catch (error) {
      answer.discard();
      throw error;
    }
  }

  async #send(address: string, request: ArchiveRequest, given: Headers): Promise<Answer> {
    const { signal } = this;
    signal?.throwIfAborted();
    const headers = new Headers(given);
    headers.set("accept", request.accept);
    if (request.body !== undefined) headers.set("content-type", request.body.type);
    const patience = this.#options.patience ?? DEFAULT_PATIENCE;
    const watch = new Watch(signal, patience);
    watch.allow(patience + ((request.body?.size ?? 0) / SLOWEST_UPLOAD) * 1000);
    try {
      const send = this.#options.fetch ?? globalThis.fetch.bind(globalThis);
      // The caller's own fetch may ignore the signal.
      const sent = send(address, {
        method: request.body === undefined ? "GET" : "POST",
        headers,
        body: request.body ?? null,
        redirect: "manual",
        signal: watch.signal,
      });
      const response = await unlessAborted(sent, watch.signal);
      requireNoRedirect(response);
      return new Answer(response, watch);
    } catch (error) {
      watch.end();
      throw watch.translate(error);
    }
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
