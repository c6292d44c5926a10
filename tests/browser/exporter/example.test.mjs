/** The worked example of the guide, as it stands, with an editor's data. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, giveFiles, launch, openPage } from "./browsers.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const { transformSync } = createRequire(join(web, "package.json"))("esbuild");

describe(`the worked example in ${browserName}`, { timeout: 120_000 }, () => {
  const { folder, remove } = makeFolder();
  let server;
  let page;
  let close;

  before(async () => {
    ({ server, page, close } = await openTestPage({ serve, launch, openPage }));
  });
  after(async () => {
    await close?.();
    remove();
  });

  it("writes one plane for each visible layer, and tells which file failed", async () => {
    const paths = native("series", folder, native("find", "CT_small.dcm"), [[0, 0, 2], [0, 0, 1]], {});
    const bad = join(folder, "notes.txt");
    writeFileSync(bad, "no DICOM");
    await giveFiles(page, ...paths, bad);
    const { code } = transformSync(readFileSync(join(web, "examples/visian-export.ts"), "utf8"), { loader: "ts" });
    const found = await page.evaluate(
      async (text, origin) => {
        const runtime = `${origin}/runtime/`;
        const script = new Blob([text.replace('"dicom-overlay"', `"${origin}/index.js"`)], { type: "text/javascript" });
        const { exportLayers, warmUp } = await import(URL.createObjectURL(script));
        const size = { columns: 128, rows: 128, slices: 2 };
        const layers = [
          { name: "Läsion 1", isVisible: true, data: new Uint8Array([...maskOf(128 * 128, 7), ...maskOf(128 * 128, 8)]) },
          { name: "hidden", isVisible: false, data: maskOf(128 * 128 * 2) },
          { name: "Organ", isVisible: true, data: new Uint8Array(128 * 128 * 2).fill(1) },
        ];
        const { zip, written, failures } = await exportLayers(files(), layers, size, runtime);
        const exporter = await warmUp(runtime);
        exporter.dispose();
        const bytes = new Uint8Array(await zip.arrayBuffer());
        let binary = "";
        for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
        return { zip: btoa(binary), written, failures: failures.map(({ name }) => name) };
      },
      code,
      server.origin,
    );
    assert.deepEqual([found.written, found.failures], [2, ["notes.txt"]]);
    const archive = join(folder, "layers.zip");
    writeFileSync(archive, Buffer.from(found.zip, "base64"));
    const planes = Object.values(native("unzip", archive, join(folder, "unzipped")));
    assert.deepEqual(planes.map((all) => all.map(({ label }) => label)), [["L?sion 1", "Organ"], ["L?sion 1", "Organ"]]);
    // The first file lies higher, so it has the second slice.
    assert.deepEqual(planes.map(([lesion]) => lesion.sha256), [native("mask_hash", 128 * 128, 8), native("mask_hash", 128 * 128, 7)]);
    assert.equal(new Set(planes.flat().map(({ uid }) => uid)).size, 2);
  });
});
