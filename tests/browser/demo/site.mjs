/** The built site on a free port of this machine; every request is written down. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const site = fileURLToPath(new URL("../../../web/site/", import.meta.url));

const types = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/**
 * Serve `web/site`. `replace(name)` may give another body for a file, as a new build would.
 *
 * `redirects`: "/index.html" is sent on to "/", as some hosts do.
 *
 * `archive`, an address, is what `/dicom-web/` is passed on to, as a host's server would.
 *
 * @returns the address, the paths asked for, and a function that stops the server.
 */
export async function serveSite(replace = () => undefined, archive = null, redirects = false) {
  const requests = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    requests.push(path);
    if (redirects && path === "/index.html") return void response.writeHead(308, { location: "/" }).end();
    if (archive !== null && path.startsWith("/dicom-web/")) {
      const { method, headers, url } = request;
      const passed = forward(`${archive}${url}`, { method, headers: { ...headers, host: new URL(archive).host } }, (answered) => {
        response.writeHead(answered.statusCode, answered.headers);
        answered.pipe(response);
      });
      passed.on("error", () => response.writeHead(502).end());
      request.pipe(passed);
      return;
    }
    answer(path, replace, response).catch(() => response.writeHead(404).end());
  });
  return { ...(await listening(server)), requests };
}

/** Let a server listen on a free port of this machine. */
export async function listening(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${port}`, stop };
}

async function answer(path, replace, response) {
  const name = normalize(path.endsWith("/") ? `${path}index.html` : path).slice(1);
  if (name.startsWith("..")) return void response.writeHead(403).end();
  const headers = { "content-type": types[extname(name)] ?? "application/octet-stream", "cache-control": "no-cache" };
  const other = await replace(name);
  if (other !== undefined) return void response.writeHead(200, headers).end(other);
  const file = join(site, name);
  const { size } = await stat(file);
  response.writeHead(200, { ...headers, "content-length": size });
  createReadStream(file).pipe(response);
}
