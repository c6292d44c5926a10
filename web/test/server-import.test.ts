import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const package_ = fileURLToPath(new URL("../", import.meta.url));

/** Every global of browsers that Node has too, or a polyfill could bring. What modules themselves need is left. */
const GUARD = `
const touched = [];
const names = ["Blob", "File", "FileList", "ImageData", "Worker", "navigator", "window", "self", "document", "location",
  "crypto", "fetch", "localStorage", "sessionStorage", "indexedDB", "caches", "FileReader", "ReadableStream",
  "WritableStream", "TransformStream", "Response", "Request", "AbortController", "AbortSignal", "TextEncoder",
  "TextDecoder", "DOMException", "SharedArrayBuffer", "WebAssembly", "structuredClone", "trustedTypes", "Intl"];
for (const name of names) {
  Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) });
}
`;

describe("the package on a server", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "server-"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(package_, join(folder, "node_modules", "dicom-overlay"), "dir");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(text: string): string {
    const script = join(folder, "script.mjs");
    writeFileSync(script, text);
    return execFileSync(process.execPath, [script], { encoding: "utf8" }).trim();
  }

  it("touches no global of the browser while it is imported", () => {
    const text = `${GUARD}
      const { createOverlayExporter, toZip } = await import("dicom-overlay");
      process.stdout.write(JSON.stringify([touched, typeof createOverlayExporter, typeof toZip]));`;
    expect(JSON.parse(run(text))).toEqual([[], "function", "function"]);
  });

  it("would see it if it did", () => {
    const text = `${GUARD}
      await import("data:text/javascript,globalThis.Blob;globalThis.document");
      process.stdout.write(JSON.stringify(touched));`;
    expect(JSON.parse(run(text))).toEqual(["Blob", "document"]);
  });

  it("finds each entry by its name", () => {
    const text = `
      const entries = ["dicom-overlay", "dicom-overlay/worker", "dicom-overlay/vite", "dicom-overlay/package.json"];
      const root = import.meta.resolve("dicom-overlay/package.json").slice(0, -"package.json".length);
      console.log(entries.map((name) => import.meta.resolve(name).slice(root.length)).join(" "));`;
    expect(run(text)).toBe("dist/index.js dist/worker/main.js node/vite.js package.json");
  });

  it("says that an exporter needs Web Workers where there are none", () => {
    const text = `
      const { createOverlayExporter } = await import("dicom-overlay");
      try { await createOverlayExporter({ runtimeUrl: "http://localhost/runtime/" }); } catch (error) { console.log(error.code, error.detail.cause); }`;
    expect(run(text)).toBe("worker-start-failed no-workers");
  });

  it("says unsupported-sink for a download where there is no page", () => {
    const text = `
      const { download } = await import("dicom-overlay");
      try { download(new Blob(["x"]), "x"); } catch (error) { console.log(error.code); }`;
    expect(run(text)).toBe("unsupported-sink");
  });
});
