/**
 * The files of the runtime folder while Python starts: counted, checked, and every failure said at once.
 *
 * Pyodide asks for them through `fetch`, and does not report some of its failures: a broken wasm only writes to
 * the console and its promise never settles. So `fetch` is wrapped for the time of the start, and the start is raced
 * against {@link Assets.failure}.
 */
import { OverlayError } from "../errors.js";
import { corsMessage, isAnswered } from "../workers/cors.js";
import { refusedBy } from "./policy.js";

/** One file of `runtime.json`. */
export interface AssetRecord {
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** The browser's own `fetch`, whether it is wrapped or not. */
const realFetch = globalThis.fetch.bind(globalThis);

/** Bytes that came, of all that are expected. */
export type ByteCounter = (loadedBytes: number, totalBytes: number) => void;

export class Assets {
  readonly #folder: string;
  readonly #records: ReadonlyMap<string, AssetRecord>;
  readonly #count: ByteCounter;
  readonly #checks: Promise<void>[] = [];
  #loaded = 0;
  #total: number;
  #fail: (error: OverlayError) => void = () => undefined;
  /** Never resolves; rejects with the first failure. */
  readonly failure: Promise<never>;

  /**
   * @param folder - the runtime folder's address, which its files' addresses begin with.
   * @param expected - names of the files that this start will load, for the total.
   */
  constructor(
    folder: string,
    records: readonly AssetRecord[],
    expected: (name: string) => boolean,
    count: ByteCounter,
  ) {
    this.#folder = folder;
    this.#records = new Map(records.map((record) => [record.name, record]));
    this.#total = records.reduce((sum, { name, bytes }) => (expected(name) ? sum + bytes : sum), 0);
    this.#count = count;
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failure.catch(() => undefined);
  }

  /** Wrap `fetch` until {@link release}. */
  watch(): void {
    globalThis.fetch = (input, init) => this.fetch(input, init);
  }

  release(): void {
    globalThis.fetch = realFetch;
  }

  /** Resolves when every file that was fetched has the checksum of `runtime.json`. */
  async verified(): Promise<void> {
    await Promise.all(this.#checks);
  }

  /**
   * Fetch a script and compare it with `runtime.json` before it is imported: `import` does not show its bytes.
   *
   * @throws OverlayError `worker-start-failed` where it is another file, or did not come.
   */
  async compare(name: string): Promise<void> {
    const record = this.#records.get(name);
    if (record === undefined) {
      const message = `runtime.json does not list ${name}.`;
      throw new OverlayError("worker-start-failed", message, { cause: "checksum", file: name });
    }
    await this.#check(await this.#request(`${this.#folder}${name}`, undefined, name), record, true);
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const url = urlOf(input);
    if (!url.startsWith(this.#folder)) return await realFetch(input, init);
    const name = url.slice(this.#folder.length);
    try {
      const response = await this.#request(input, init, name);
      const record = this.#records.get(name);
      // The original goes on untouched: a response rebuilt by hand would lose the browser's cache of compiled wasm.
      if (record !== undefined) {
        const check = this.#check(response.clone(), record, init?.integrity === undefined);
        this.#checks.push(check.catch((error) => this.#fail(error as OverlayError)));
      }
      return response;
    } catch (error) {
      this.#fail(error as OverlayError);
      // Pyodide would leave some of these rejections unhandled; the start is over anyway, and this worker with it.
      return await new Promise<never>(() => undefined);
    }
  }

  async #request(input: RequestInfo | URL, init: RequestInit | undefined, name: string): Promise<Response> {
    // Revalidated each time: a browser must not mix the files of two releases from its cache.
    const options: RequestInit = { ...init, cache: "no-cache" };
    const { integrity: _integrity, ...unchecked } = options;
    let response: Response;
    try {
      response = await realFetch(input, options);
    } catch (error) {
      // `fetch` says nothing about why it failed; a second try without the checksum tells.
      if (init?.integrity) {
        requireRightFile(await this.#arrival(input, unchecked, name), name);
        throw wrongChecksum(name);
      }
      throw await unreachable(urlOf(input), name, error);
    }
    requireRightFile(response, name);
    return response;
  }

  async #arrival(input: RequestInfo | URL, options: RequestInit, name: string): Promise<Response> {
    try {
      return await realFetch(input, options);
    } catch (error) {
      throw await unreachable(urlOf(input), name, error); // not even without: the network it is
    }
  }

  async #check(copy: Response, { name, bytes, sha256 }: AssetRecord, digest: boolean): Promise<void> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    try {
      const reader = (copy.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        size += next.value.length;
        this.#add(next.value.length);
        if (digest) chunks.push(next.value);
      }
    } catch (error) {
      const message = `The network failed before all of ${name} had come.`;
      throw new OverlayError("worker-start-failed", message, { cause: "network", file: name }, error);
    }
    // Outside secure contexts browsers compute no digest; the size still tells most mistakes.
    const wrong =
      size !== bytes || (digest && crypto.subtle !== undefined && (await sha256Of(chunks)) !== sha256);
    if (wrong) throw wrongChecksum(name);
  }

  #add(bytes: number): void {
    this.#loaded += bytes;
    this.#total = Math.max(this.#total, this.#loaded);
    this.#count(this.#loaded, this.#total);
  }
}

function urlOf(input: RequestInfo | URL): string {
  return input instanceof Request ? input.url : String(input);
}

/**
 * Check what a server sent for a file.
 *
 * @throws OverlayError `worker-start-failed`: an error status, a page of HTML (what servers of single-page sites send
 *   for a file that is not there), or a type with which the browser will not take the file.
 */
export function requireRightFile({ ok, status, headers }: Response, file: string): void {
  if (!ok) {
    const message = `The server answered ${status} for ${file}.`;
    throw new OverlayError("worker-start-failed", message, { cause: "http-status", file, status });
  }
  const type = (headers.get("content-type") ?? "").trim().toLowerCase();
  const [essence = ""] = type.split(/\s*;/);
  if (essence === "text/html") {
    const message = `The server sent a page of HTML for ${file}: the file is not there, or needs a login.`;
    throw new OverlayError("worker-start-failed", message, { cause: "content-type", file, found: essence });
  }
  // WebAssembly is compiled only from this very type, without so much as a `charset`.
  if (file.endsWith(".wasm")) requireType("application/wasm", type === "application/wasm", file, type);
  if (/\.m?js$/.test(file)) requireType("text/javascript", SCRIPT_TYPE.test(essence), file, essence);
}

const SCRIPT_TYPE = /^(text|application)\/(x-)?(java|ecma)script$/;

function requireType(expected: string, isRight: boolean, file: string, found: string): void {
  if (isRight) return;
  const message = `The server must send ${file} as \`${expected}\`${found === "" ? "" : `, not as \`${found}\``}.`;
  throw new OverlayError("worker-start-failed", message, { cause: "content-type", file, found });
}

/** The error of a file that did not come at all: refused by a policy or by its server's CORS rule, or lost on the way. */
export async function unreachable(url: string, file: string, cause: unknown): Promise<OverlayError> {
  const isThere = await isAnswered(url, realFetch);
  // Asked afterwards: the event of a refusal may come later than the failure.
  const refused = await refusedByPolicy(url, file, cause);
  if (refused !== null) return refused;
  const { protocol, host } = new URL(url);
  const message = isThere ? corsMessage(file) : `${file} could not be fetched from ${protocol}//${host}.`;
  const detail = { cause: isThere ? "cors" : "network", file };
  return new OverlayError("worker-start-failed", message, detail, cause);
}

/** The error of a file that the worker's policy refused; `null` where it did not. */
export async function refusedByPolicy(
  url: string,
  file: string,
  cause: unknown,
): Promise<OverlayError | null> {
  const directive = await refusedBy(url);
  if (directive === null) return null;
  const message = `The Content-Security-Policy of the worker's script refuses ${file} (${directive}).`;
  const detail = { cause: "content-security-policy", file, directive };
  return new OverlayError("worker-start-failed", message, detail, cause);
}

function wrongChecksum(file: string): OverlayError {
  const message = `${file} is not the file that runtime.json names: its checksum or size differs.`;
  return new OverlayError("worker-start-failed", message, { cause: "checksum", file });
}

async function sha256Of(chunks: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await new Blob([...chunks]).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
