/**
 * A server of this machine for the built package, and for packages with one fault each.
 *
 * `/…` is `web/dist`; `/page.html` an empty page with a file input, `/policy.html` the same under the guide's
 * Content-Security-Policy, `/blocked.html` the same where every storage throws; `/pyodide/…` the npm package pyodide;
 * `/faulty/NAME/…` is `web/dist` with the fault NAME below; `/counting/…` is `web/dist` whose worker tells how many
 * bytes of files it read.
 */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../../web/dist/", import.meta.url));

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const page = `<!doctype html><title>exporter</title><input type="file" id="files" multiple>`;

/** What the guide says that a page's policy must allow, and no more (but for the browser's favicon). */
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self'";

/** Each fault: for one file of the runtime, what is sent instead. `null` destroys the connection half-way. */
const faults = {
  "no-runtime": (name) => (name.startsWith("runtime/") ? { status: 404, body: "" } : undefined),
  "no-wasm": (name) => (name.endsWith(".wasm") ? { status: 404, body: "" } : undefined),
  "no-stdlib": (name) => (name.endsWith("python_stdlib.zip") ? { status: 404, body: "" } : undefined),
  "no-wheel": (name) => (/dicom_overlay-.*\.whl$/.test(name) ? { status: 404, body: "" } : plainly(name)),
  "html-wheel": (name) => (/dicom_overlay-.*\.whl$/.test(name) ? { type: "text/html", body: page } : plainly(name)),
  "html-loader": (name) => (name.endsWith("pyodide.mjs") ? { type: "text/html", body: page } : undefined),
  "html-asm": (name) => (name.endsWith("pyodide.asm.js") ? { type: "text/html", body: page } : undefined),
  "no-asm": (name) => (name.endsWith("pyodide.asm.js") ? { status: 404, body: "" } : undefined),
  "octet-wasm": (name, data) =>
    name.endsWith(".wasm") ? { type: "application/octet-stream", body: data } : undefined,
  "charset-wasm": (name, data) =>
    name.endsWith(".wasm") ? { type: "application/wasm; charset=utf-8", body: data } : undefined,
  "text-loader": (name, data) => (name.endsWith("pyodide.mjs") ? { type: "text/plain", body: data } : undefined),
  "no-loader": (name) => (name.endsWith("pyodide.mjs") ? { status: 404, body: "" } : undefined),
  "html-wasm": (name) => (name.endsWith(".wasm") ? { type: "text/html", body: page } : undefined),
  "html-manifest": (name) => (name.endsWith("runtime.json") ? { type: "text/html", body: page } : undefined),
  "odd-manifest": (name, data) =>
    name.endsWith("runtime.json") ? { body: String(data).replace(/"files": \[/, '"files": [null, ') } : undefined,
  "broken-wasm": (name, data) => (name.endsWith(".wasm") ? { body: flipped(data) } : undefined),
  "broken-wheel": (name, data) => (/dicom_overlay-.*\.whl$/.test(name) ? { body: flipped(data) } : plainly(name)),
  "cut-wasm": (name, data) => (name.endsWith(".wasm") ? { body: data.subarray(0, data.length >> 1), cut: true } : undefined),
  "html-worker": (name) => (name.endsWith("worker/main.js") ? { type: "text/html", body: page } : undefined),
  "text-worker": (name, data) =>
    name.endsWith("worker/main.js") ? { type: "text/plain", body: data } : undefined,
  "broken-worker": (name) => (name.endsWith("worker/main.js") ? { body: "self.onmessage = (;" } : undefined),
  "old-worker": (name, data) => (name.endsWith("worker/main.js") ? { body: versioned(data, "0.0.9") } : undefined),
  "new-worker": (name, data) => (name.endsWith("worker/main.js") ? { body: versioned(data, "9.9.9") } : undefined),
  "first-worker": (name) =>
    name.endsWith("worker/main.js")
      ? { body: "self.onmessage = ({ data: { id } }) => self.postMessage({ type: 'done', id, result: {} });" }
      : undefined,
  "no-worker": (name) => (name.endsWith("worker/main.js") ? { status: 404, body: "" } : undefined),
  "silent-worker": (name) => (name.endsWith("worker/main.js") ? { body: "self.onmessage = () => {};" } : undefined),
  "other-worker": (name) =>
    name.endsWith("worker/main.js") ? { body: "self.onmessage = () => self.postMessage('hello');" } : undefined,
  "stuck-worker": (name, data) => (name.endsWith("worker/main.js") ? { body: stuckOnRead + data } : undefined),
  "old-package": (name, data) =>
    name.endsWith("runtime.json") ? { body: String(data).replace(/"package": "[^"]*"/, '"package": "0.0.9"') } : undefined,
  "new-package": (name, data) =>
    name.endsWith("runtime.json") ? { body: String(data).replace(/"package": "[^"]*"/, '"package": "9.9.9"') } : undefined,
  "other-protocol": (name, data) =>
    name.endsWith("runtime.json") ? { body: String(data).replace(/"protocol": \d+/, '"protocol": 99') } : undefined,
  "blocked-storage": (name, data) => (name.endsWith("worker/main.js") ? { body: blockStorage + data } : undefined),
  // Other bytes that run all the same.
  "other-loader": (name, data) => (name.endsWith("pyodide.mjs") ? { body: `${data}\n// another` } : undefined),
  "other-asm": (name, data) => (name.endsWith("pyodide.asm.js") ? { body: `${data}\n// another` } : undefined),
  "no-snapshot": plainly,
  "other-snapshot": (name, data) =>
    name.endsWith("runtime.json")
      ? { body: String(data).replace(/("madeFrom": \{\s*"[^"]*": ")./, "$1x") }
      : undefined,
  "broken-snapshot": (name, data) => (name.endsWith("snapshot.bin") ? { body: flipped(data) } : undefined),
};

/** Headers of pages under `/under/NAME/`, where `web/dist` lies too, with headers of its own. */
const trusting = (name) => `${policy}; require-trusted-types-for 'script'; trusted-types ${name}`;
const forbidding = policy.replace(" 'wasm-unsafe-eval'", "");
const under = {
  "no-wasm": { page: { "content-security-policy": forbidding }, files: { "content-security-policy": forbidding } },
  "no-workers": { page: { "content-security-policy": policy.replace("worker-src 'self'", "worker-src 'none'") }, files: {} },
  "trusted-types": {
    page: { "content-security-policy": trusting("dicom-overlay") },
    files: { "content-security-policy": trusting("dicom-overlay") },
  },
  "other-types": { page: { "content-security-policy": trusting("theirs") }, files: {} },
  embedder: { page: { "cross-origin-embedder-policy": "require-corp" }, files: {} },
  "embedder-both": {
    page: { "cross-origin-embedder-policy": "require-corp" },
    files: { "cross-origin-embedder-policy": "require-corp" },
  },
  cdn: { page: {}, files: { "access-control-allow-origin": "*" } },
};

/** The worker's script as another release would have it. */
function versioned(data, version) {
  return String(data).replace(/(PACKAGE_VERSION = )"[^"]*"/, `$1"${version}"`);
}

/** No read of a user's file ever ends, as from a dead network drive. */
const stuckOnRead = `
  FileReaderSync.prototype.readAsArrayBuffer = () => { for (;;); };
  const { arrayBuffer, slice } = Blob.prototype;
  const ofFiles = new WeakSet();
  const isOfFile = (blob) => blob instanceof File || ofFiles.has(blob);
  Blob.prototype.slice = function (...given) {
    const part = slice.apply(this, given);
    if (isOfFile(this)) ofFiles.add(part);
    return part;
  };
  Blob.prototype.arrayBuffer = function () {
    return isOfFile(this) ? new Promise(() => {}) : arrayBuffer.call(this);
  };
`;

/** What a page finds whose user allows no storage: every door to it throws. */
const blockStorage = `
  const denied = () => new DOMException("The operation is insecure.", "SecurityError");
  for (const name of ["caches", "indexedDB", "localStorage", "sessionStorage"]) {
    Object.defineProperty(globalThis, name, { configurable: true, get: () => { throw denied(); } });
  }
  for (const [name, call] of [["locks", "request"], ["storage", "getDirectory"]]) {
    if (navigator[name] !== undefined) navigator[name][call] = () => Promise.reject(denied());
  }
`;

/** What a module says to the page around its frame. */
const inFrame = `
  import { createOverlayExporter } from "/index.js";
  const exporter = await createOverlayExporter({ runtimeUrl: "/runtime/", workers: 1 }).catch((error) => error);
  parent.postMessage(exporter instanceof Error ? JSON.stringify([exporter.code, exporter.detail]) : "started", "*");
  exporter.dispose?.();
`;

const countReads = `
  const reads = new BroadcastChannel("reads");
  const { readAsArrayBuffer } = FileReaderSync.prototype;
  FileReaderSync.prototype.readAsArrayBuffer = function (blob) {
    reads.postMessage(blob.size);
    return readAsArrayBuffer.call(this, blob);
  };
  const { arrayBuffer } = Blob.prototype;
  Blob.prototype.arrayBuffer = function () {
    reads.postMessage(this.size);
    return arrayBuffer.call(this);
  };
`;

/** Without the snapshot Python starts the plain way, from the wheels. */
function plainly(name) {
  return name.endsWith("snapshot.bin") ? { status: 404, body: "" } : undefined;
}

function flipped(data) {
  const copy = Buffer.from(data);
  copy[copy.length >> 1] ^= 0xff;
  return copy;
}

/**
 * Serve `root` (default: the built package) on a free port.
 *
 * @returns the server's address and a function that stops it.
 */
export async function serve(root = dist) {
  const requests = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    requests.push(path);
    answer(root, path, response).catch((error) => {
      response.writeHead(error.code === "ENOENT" ? 404 : 500).end();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`, requests, stop };
}

async function answer(root, path, response) {
  if (path === "/page.html") return void send(response, 200, "text/html", page);
  if (path === "/blocked.html") return void send(response, 200, "text/html", `<script>${blockStorage}</script>${page}`);
  if (path === "/in-frame.js") return void send(response, 200, "text/javascript", inFrame);
  if (path === "/policy.html") {
    response.setHeader("content-security-policy", policy);
    return void send(response, 200, "text/html", page);
  }
  const [, rule, inside] = /^\/under\/([^/]+)\/(.*)$/.exec(path) ?? [];
  if (rule !== undefined) return void (await answerUnder(root, under[rule], inside, response));
  const [, kind, fault, rest] = /^\/(faulty)\/([^/]+)\/(.*)$/.exec(path) ?? [];
  const [, counted] = /^\/counting\/(.*)$/.exec(path) ?? [];
  const name = normalize(rest ?? counted ?? path.slice(1));
  if (name.startsWith("..")) return void response.writeHead(403).end();
  const [, core] = /^pyodide\/(.*)$/.exec(name) ?? [];
  const file = core ? join(dist, "../node_modules/pyodide", core) : join(root, name);
  const type = types[extname(name)] ?? "application/octet-stream";
  const { size } = await stat(file);
  // Workers and scripts take their policy from their own responses.
  response.setHeader("content-security-policy", policy);
  const counts = counted === "worker/main.js";
  const changed = kind ? faults[fault](name, await readFile(file)) : undefined;
  if (changed === undefined && !counts) {
    response.writeHead(200, { "content-type": type, "content-length": size, "cache-control": "no-cache" });
    createReadStream(file).pipe(response);
    return;
  }
  const body = counts ? countReads + (await readFile(file, "utf8")) : changed.body;
  if (changed?.cut) {
    response.writeHead(200, { "content-type": type, "content-length": size });
    response.write(body, () => response.destroy());
    return;
  }
  send(response, changed?.status ?? 200, changed?.type ?? type, body);
}

async function answerUnder(root, { page: ofPage, files }, name, response) {
  const isPage = name === "page.html";
  for (const [header, value] of Object.entries(isPage ? ofPage : files)) response.setHeader(header, value);
  if (isPage) return void send(response, 200, "text/html", page);
  if (normalize(name).startsWith("..")) return void response.writeHead(403).end();
  const type = types[extname(name)] ?? "application/octet-stream";
  send(response, 200, type, await readFile(join(root, name)));
}

function send(response, status, type, body) {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}
