/** Builds the demo into `web/site`: a static folder that works under any address, with no other server needed. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { defineConfig, type Plugin, transformWithEsbuild } from "vite";

const demo = fileURLToPath(new URL(".", import.meta.url));
const web = resolve(demo, "..");
const site = join(web, "site");
/** Held back from the offline cache: what the page does not use, or asks for at the user's wish, or is not the page's. */
const NOT_CACHED =
  /^(docs|harness|downloads)\/|(^runtime\/(numpy|pillow)-)|\.md$|\.map$|^\.|^sw\.js$|^config\.json$/;

/**
 * dcmjs-imaging hides its `fetch` and `require` from bundlers inside `eval`, which the page's
 * Content-Security-Policy forbids. The browser's branch needs no `eval`, and the Node branch is never taken.
 */
function withoutEval(): Plugin {
  return {
    name: "dcmjs-imaging-without-eval",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("dcmjs-imaging.min.js")) return null;
      const fetching = 'eval("fetch(this.webAssemblyModulePathOrUrl || wasmFilename)")';
      if (!code.includes(fetching)) this.error("dcmjs-imaging has changed: look at its use of eval again");
      return code
        .replaceAll(fetching, "fetch(this.webAssemblyModulePathOrUrl || wasmFilename)")
        .replaceAll(/eval\("require\('(\w+)'\)"\)/g, "undefined");
    },
  };
}

/** Put the runtime, the sample, the hosting notes and the service worker beside the built page. */
function completeSite(): Plugin {
  return {
    name: "complete-site",
    apply: "build",
    async closeBundle() {
      // With numpy, for the harness; the page does not ask for it.
      cpSync(join(web, "dist", "runtime-full"), join(site, "runtime"), { recursive: true });
      cpSync(join(web, "docs", "hosting.md"), join(site, "README.md"));
      writeFileSync(join(site, "sample.zip"), packSample());
      await writeServiceWorker();
    },
  };
}

function packSample(): Uint8Array {
  const folder = join(web, ".cache", "sample");
  const python = resolve(web, "../.venv/bin/python");
  execFileSync(python, [join(web, "scripts", "build_sample.py"), folder], { stdio: "inherit" });
  const names = readdirSync(folder).filter((name) => name.endsWith(".dcm"));
  // A fixed date, and in local time, which is what a ZIP holds: the same sample gives the same bytes in every time zone.
  const mtime = new Date(1980, 0, 1);
  const entries = names.map((name) => [name, [readFileSync(join(folder, name)), { level: 9, mtime }]]);
  return zipSync(Object.fromEntries(entries));
}

async function writeServiceWorker(): Promise<void> {
  const files = listFiles(site).filter((name) => !NOT_CACHED.test(name));
  const hash = createHash("sha256");
  for (const name of files) hash.update(name).update(readFileSync(join(site, name)));
  const source = readFileSync(join(demo, "src", "shell", "service-worker.ts"), "utf8");
  const policy = /content="(default-src[^"]*)"/.exec(readFileSync(join(site, "index.html"), "utf8"))?.[1];
  if (policy === undefined) throw new Error("the page has lost its Content-Security-Policy");
  const { code } = await transformWithEsbuild(source, "service-worker.ts", {
    minify: true,
    sourcemap: false,
    define: {
      SITE_VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)),
      SITE_FILES: JSON.stringify(files),
      SITE_POLICY: JSON.stringify(policy),
    },
  });
  writeFileSync(join(site, "sw.js"), code);
}

function listFiles(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, entry);
    if (statSync(path).isFile()) found.push(relative(folder, path).replaceAll("\\", "/"));
  }
  return found.sort();
}

mkdirSync(site, { recursive: true });

export default defineConfig({
  root: demo,
  base: "./",
  resolve: {
    alias: [
      { find: /^dicom-overlay\/dicomweb$/, replacement: join(web, "dist", "dicomweb.js") },
      { find: /^dicom-overlay$/, replacement: join(web, "dist", "index.js") },
      // dcmjs-imaging brings an older copy of its own; one is enough.
      { find: /^dcmjs$/, replacement: join(web, "node_modules", "dcmjs", "build", "dcmjs.es.js") },
    ],
  },
  build: {
    outDir: site,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es", plugins: () => [withoutEval()] },
  plugins: [withoutEval(), completeSite()],
});
