/** What the service worker keeps, on hosts that answer with another type, or with their own page in place of a file. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const TYPES = {
  "index.html": "text/html; charset=utf-8",
  "assets/main-1.js": "text/javascript",
  "assets/main-1.css": "text/css",
  "runtime/pyodide.mjs": "application/javascript",
  "runtime/pyodide.asm.wasm": "application/wasm",
  "runtime/python_stdlib.zip": "application/octet-stream",
};

/** Install the worker on a host that answers with these types; the names that it kept, or none where it was not installed. */
async function keptFrom(types: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const kept: string[] = [];
  const waited: Promise<unknown>[] = [];
  const cache = { put: (url: string) => Promise.resolve(kept.push(url.slice("https://host/".length))) };
  const caches = { open: () => Promise.resolve(cache), delete: () => Promise.resolve(kept.splice(0)) };
  const fetch = (url: string): Promise<Response> => {
    const name = url.slice("https://host/".length) || "index.html";
    return Promise.resolve(new Response("", { headers: { "content-type": types[name] ?? "" } }));
  };
  const addEventListener = (type: string, listen: (event: unknown) => void): void => {
    if (type === "install") listen({ waitUntil: (promise: Promise<unknown>) => waited.push(promise) });
  };
  const scope = { caches, fetch, addEventListener, registration: { scope: "https://host/" } };
  const site = { SITE_VERSION: "1", SITE_FILES: Object.keys(types), SITE_POLICY: "" };
  for (const [name, value] of Object.entries({ ...scope, ...site })) vi.stubGlobal(name, value);
  // A script and not a module, so it has no type.
  await import("../src/shell/service-worker.js" as string);
  await Promise.allSettled(waited);
  return kept.sort();
}

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllGlobals());

describe("the service worker", () => {
  it("keeps every file of a host that names their types", async () => {
    expect(await keptFrom(TYPES)).toEqual(Object.keys(TYPES).sort());
  });

  it.each([
    ["runtime/pyodide.mjs", "application/octet-stream"],
    ["assets/main-1.js", "text/plain"],
    ["assets/main-1.css", "text/plain"],
    ["index.html", "application/octet-stream"],
    ["runtime/python_stdlib.zip", "text/html"],
    ["assets/main-1.js", "text/html"],
  ])(
    "keeps nothing where the host sends %s as %s, so that it works once the host is mended",
    async (name, type) => {
      expect(await keptFrom({ ...TYPES, [name]: type })).toEqual([]);
    },
  );
});
