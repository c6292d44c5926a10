/**
 * Makes the page work offline. Each build has its own cache, filled whole before the worker is installed; a new build
 * waits until the user takes it over, so a page never mixes two versions.
 *
 * Every answer of the page's own files carries the page's Content-Security-Policy as a header too: a policy in the page's `<meta>` does not reach
 * workers, and the workers are where the files are read.
 */
declare const SITE_VERSION: string;
declare const SITE_FILES: readonly string[];
declare const SITE_POLICY: string;

interface ExtendableEventLike extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEventLike extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ServiceWorkerScope {
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly unknown[]>;
  };
  readonly registration: { readonly scope: string };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEventLike) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEventLike) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

const scope = globalThis as unknown as ServiceWorkerScope;
const PREFIX = "dicom-overlay-demo ";
const CACHE = PREFIX + SITE_VERSION;

scope.addEventListener("install", (event) => {
  event.waitUntil(fill());
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(dropOld().then(() => scope.clients.claim()));
});

scope.addEventListener("message", (event) => {
  if (event.data === "take-over") void scope.skipWaiting();
});

scope.addEventListener("fetch", (event) => {
  const name = nameOf(event.request);
  if (name !== null) event.respondWith(answer(name, event.request));
});

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(SITE_FILES.map((name) => keep(cache, name)));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function keep(cache: Cache, name: string): Promise<void> {
  // Some hosts send "index.html" on to the folder, whose own address they answer.
  const asked = name === "index.html" ? "" : name;
  // Past the HTTP cache: half of an old build there must not get in.
  const response = await fetch(addressOf(asked), { cache: "no-cache" });
  if (!response.ok) throw new Error(`no ${name}`);
  // A page from the cache would go on failing after the host has been mended.
  if (!isUsable(name, response.headers.get("content-type") ?? "")) throw new Error(`wrong type of ${name}`);
  await cache.put(addressOf(name), unmarked(response));
}

/** Whether a browser takes a file under this type: scripts and styles need theirs, and a page in place of a file is an error page. */
function isUsable(name: string, type: string): boolean {
  if (/\.m?js$/.test(name)) return /^(text|application)\/(x-)?(java|ecma)script\b/i.test(type);
  if (name.endsWith(".css")) return /^text\/css\b/i.test(type);
  return name.endsWith(".html") === /^(text\/html|application\/xhtml)\b/i.test(type);
}

function addressOf(name: string): string {
  return new URL(name, scope.registration.scope).href;
}

/** The same answer without the mark of a redirect, which no navigation accepts. */
function unmarked(response: Response): Response {
  if (!response.redirected) return response;
  const { body, status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

/** Pages of the version before may still be open and ask for their own files, so theirs stay until one page is left. */
async function dropOld(): Promise<void> {
  const pages = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.length > 1) return;
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Only the page's own files are answered: what else lies under its address is somebody else's. */
function nameOf({ method, url, mode }: Request): string | null {
  const { scope: base } = scope.registration;
  if (method !== "GET" || !url.startsWith(base)) return null;
  const { pathname } = new URL(url);
  const name = decodeURIComponent(pathname.slice(new URL(base).pathname.length));
  if (name === "" && mode === "navigate") return "index.html";
  // The build puts a hash into these names: one that is not of this version is of another.
  return SITE_FILES.includes(name) || name.startsWith("assets/") ? name : null;
}

async function answer(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const known = (await cache.match(addressOf(name))) ?? (await caches.match(addressOf(name)));
  return withPolicy(known ?? (await fetch(request)));
}

/** Types that are neither a document nor a script: no policy applies to them, and Python's megabytes go on untouched. */
const PLAIN = /^application\/(wasm|octet-stream)\b/;

function withPolicy(response: Response): Response {
  if (response.status === 0) return response;
  if (PLAIN.test(response.headers.get("content-type") ?? "")) return response;
  const headers = new Headers(response.headers);
  headers.set("Content-Security-Policy", SITE_POLICY);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
