/** The plug-in for Vite: `import { dicomOverlayRuntime } from "dicom-overlay/vite"`. */
import { readRuntime } from "./runtime-folder.js";

const TYPES = /** @type {Readonly<Record<string, string>>} */ ({
  js: "text/javascript",
  mjs: "text/javascript",
  json: "application/json",
  txt: "text/plain",
  wasm: "application/wasm",
});

/**
 * Serve the runtime with Vite's development server, and write it into the build.
 *
 * It also keeps this package out of Vite's pre-bundling, which would lose its worker.
 *
 * @param {{ readonly path?: string | undefined, readonly packages?: readonly string[] | undefined }} [options]
 *   `path`: where the runtime lies below the site's base, default `"runtime/"`: what you give as `runtimeUrl`.
 *   `packages`: further packages, `numpy` or `pillow`; the exporter needs none.
 * @returns {import("vite").Plugin}
 */
export function dicomOverlayRuntime({ path = "runtime/", packages = [] } = {}) {
  const folder = `${path.replace(/^\/+|\/+$/g, "")}/`;
  let base = "/";
  /** @type {ReturnType<typeof readRuntime> | undefined} */
  let files;
  const read = () => {
    files ??= readRuntime({ packages });
    return files;
  };
  return {
    name: "dicom-overlay-runtime",
    config: () => ({ optimizeDeps: { exclude: ["dicom-overlay"] } }),
    configResolved(config) {
      // A relative base is served at the root.
      base = config.base.startsWith("/") ? config.base : "/";
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const { pathname } = new URL(request.url ?? "/", "http://localhost");
        const name = pathname.startsWith(base + folder) ? pathname.slice((base + folder).length) : null;
        if (name === null) {
          next();
          return;
        }
        read().then((all) => {
          const file = all.find((candidate) => candidate.name === name);
          // An answer of our own: Vite's would be the page, which is not a runtime file.
          if (file === undefined) {
            response.writeHead(404).end();
            return;
          }
          const type = TYPES[name.split(".").pop() ?? ""] ?? "application/octet-stream";
          response.setHeader("content-type", type).setHeader("cache-control", "no-cache").end(file.data);
        }, next);
      });
    },
    async generateBundle() {
      if (this.environment?.config.consumer === "server") return;
      for (const { name, data } of await read()) {
        this.emitFile({ type: "asset", fileName: folder + name, source: data });
      }
    },
  };
}
