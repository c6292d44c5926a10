/**
 * One origin for everything: OHIF at `/`, the package with the plug-in at `/dicom-overlay/`, and the archive's DICOMweb at
 * `/dicom-web/`, passed through as it streams. A browser needs no permission across origins then, and asks nobody else.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** Headers that belong to one connection and are not passed on (RFC 9110, section 7.6.1). */
const OF_ONE_CONNECTION = ["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "proxy-connection"];

/**
 * Serve the three together.
 *
 * @param viewer - OHIF's built folder (`dist`).
 * @param library - `web/dist`.
 * @param archive - the root of Orthanc, for example `http://127.0.0.1:8042`.
 * @param plugin - how OHIF is told of the plug-in: an address, or a descriptor (OHIF 3.14); `false` leaves it out.
 * @param pages - further texts by path, each `{ type, body }`.
 * @returns the address and `stop()`.
 */
export async function serveViewer({ viewer, library, archive, plugin = /** @type {string | object | false} */ ("/dicom-overlay/ohif.js"), port = 0, pages = {} }) {
  const texts = new Map(Object.entries(pages));
  texts.set("/app-config.js", { type: "text/javascript", body: appConfig(plugin) });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const fail = () => (response.headersSent ? response.destroy() : response.writeHead(500).end());
    if (pathname.startsWith("/dicom-web/") || pathname === "/dicom-web") return passOn(archive, request, response);
    answer(pathname).catch(fail);

    async function answer(path) {
      const text = texts.get(path);
      if (text) return void response.writeHead(200, { "content-type": text.type, "cache-control": "no-store" }).end(text.body);
      const inside = path.startsWith("/dicom-overlay/") ? path.slice("/dicom-overlay".length) : null;
      await sendFile(inside === null ? viewer : library, inside ?? path, request, response, inside === null);
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", () => resolve(undefined)));
  return {
    origin: `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** The configuration of OHIF: one data source, nothing of the internet, and the plug-in where it is wanted. */
function appConfig(plugin) {
  const config = {
    routerBasename: "/",
    showStudyList: true,
    extensions: plugin === false ? [] : [plugin],
    modes: [],
    customizationService: {},
    showLoadingIndicator: true,
    showWarningMessageForCrossOrigin: false,
    showCPUFallbackMessage: false,
    strictZSpacingForVolumeViewport: true,
    investigationalUseDialog: { option: "never" },
    defaultDataSourceName: "archive",
    dataSources: [
      {
        namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
        sourceName: "archive",
        configuration: {
          friendlyName: "Archive",
          name: "archive",
          wadoUriRoot: "/dicom-web",
          qidoRoot: "/dicom-web",
          wadoRoot: "/dicom-web",
          qidoSupportsIncludeField: false,
          imageRendering: "wadors",
          thumbnailRendering: "wadors",
          enableStudyLazyLoad: true,
          supportsFuzzyMatching: false,
          supportsWildcard: true,
          dicomUploadEnabled: true,
          omitQuotationForMultipartRequest: true,
          bulkDataURI: { enabled: true, relativeResolution: "studies" },
        },
      },
    ],
  };
  return `window.config = ${JSON.stringify(config, null, 2)};\n`;
}

async function sendFile(root, path, request, response, isSite) {
  const name = normalize(decodeURIComponent(path)).replace(/^[/\\]+/, "");
  if (name.startsWith("..")) return void response.writeHead(403).end();
  let file = join(root, name || "index.html");
  let info = await stat(file).catch(() => null);
  if (!info?.isFile()) {
    // A path of OHIF's own router, such as /viewer: its page; a file that is missing: no such file.
    if (!isSite || extname(name) !== "") return void response.writeHead(404).end();
    file = join(root, "index.html");
    info = await stat(file);
  }
  const tag = `"${info.size}-${Math.trunc(info.mtimeMs)}"`;
  if (request.headers["if-none-match"] === tag) return void response.writeHead(304).end();
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-length": info.size,
    "cache-control": "no-cache",
    etag: tag,
  });
  createReadStream(file).on("error", () => response.destroy()).pipe(response);
}

/** Pass a request on to the archive, and its answer back, both as they stream. */
export function passOn(archive, request, response) {
  const headers = withoutConnection(request.headers);
  const { host } = request.headers;
  // Orthanc builds the addresses of bulk data from these: they have to lead back here, not to its own port.
  Object.assign(headers, { "x-forwarded-host": host, "x-forwarded-proto": "http", forwarded: `host=${host};proto=http` });
  const upstream = httpRequest(new URL(request.url, archive), { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers));
    answer.on("error", () => response.destroy()).pipe(response);
  });
  upstream.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on("close", () => upstream.destroy());
  request.on("error", () => upstream.destroy()).pipe(upstream);
}

function withoutConnection(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_CONNECTION.includes(name)));
}
