/** The plug-in in Vite itself: its development server and its build. Browsers are in tests/browser/consumers. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, createServer, type InlineConfig } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dicomOverlayRuntime } from "../node/vite.js";

const runtime = new URL("../dist/runtime/", import.meta.url);

describe("the plug-in for Vite", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "vite-"));
    writeFileSync(join(root, "index.html"), "<!doctype html><title>page</title>");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const config = (more: InlineConfig = {}): InlineConfig => ({
    root,
    configFile: false,
    logLevel: "error",
    server: { port: 0, ws: false, watch: null },
    plugins: [dicomOverlayRuntime()],
    ...more,
  });

  for (const base of ["/", "/app/", "./"]) {
    it(`serves the runtime's files with their types, and 404 for others, where the base is ${base}`, async () => {
      const server = await (await createServer(config({ base }))).listen();
      try {
        expect(server.config.optimizeDeps.exclude).toContain("dicom-overlay");
        const listening = server.httpServer?.address() ?? null;
        if (listening === null || typeof listening === "string") throw new Error("no port");
        const address = `http://localhost:${listening.port}${base === "/app/" ? base : "/"}runtime/`;
        const wasm = await fetch(`${address}pyodide.asm.wasm`);
        expect([wasm.status, wasm.headers.get("content-type")]).toEqual([200, "application/wasm"]);
        expect(
          Buffer.from(await wasm.arrayBuffer()).equals(readFileSync(new URL("pyodide.asm.wasm", runtime))),
        ).toBe(true);
        const snapshot = await fetch(`${address}snapshot.bin?x=1`);
        expect([snapshot.status, snapshot.headers.get("content-encoding")]).toEqual([200, null]);
        expect((await snapshot.arrayBuffer()).byteLength).toBe(
          readFileSync(new URL("snapshot.bin", runtime)).length,
        );
        expect((await fetch(`${address}pyodide.mjs`)).headers.get("content-type")).toBe("text/javascript");
        expect((await fetch(`${address}none.whl`)).status).toBe(404);
      } finally {
        await server.close();
      }
    });
  }

  it("writes the runtime into the build, under another path and with numpy where asked", async () => {
    const outDir = join(root, "out");
    await build(
      config({ build: { outDir }, plugins: [dicomOverlayRuntime({ path: "/py/", packages: ["numpy"] })] }),
    );
    const written = readdirSync(join(outDir, "py"));
    expect(written.filter((name) => !name.startsWith("numpy-")).sort()).toEqual(readdirSync(runtime).sort());
    expect(written.some((name) => name.startsWith("numpy-"))).toBe(true);
    expect(
      readFileSync(join(outDir, "py/pyodide.asm.js")).equals(
        readFileSync(new URL("pyodide.asm.js", runtime)),
      ),
    ).toBe(true);
  });

  it("writes nothing into a build for a server", async () => {
    const outDir = join(root, "server");
    writeFileSync(join(root, "entry.js"), "export const answer = 42;");
    await build(config({ build: { outDir, ssr: join(root, "entry.js") } }));
    expect(readdirSync(outDir)).toEqual(["entry.mjs"]);
  });
});
