/** The worked example of the guide, as it stands, with an editor's data. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, giveFiles, launch, openPage } from "./browsers.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const { transformSync } = createRequire(join(web, "package.json"))("esbuild");

describe(`the worked example in ${browserName}`, () => {
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

  /** Runs in the page: the example as a module of its own, with the package of this origin. */
  const load = async (text, origin) => {
    const script = new Blob([text.replace('"dicom-overlay"', `"${origin}/index.js"`)], { type: "text/javascript" });
    globalThis.example = await import(URL.createObjectURL(script));
  };

  itOnce("writes one plane for each visible layer, and tells which file failed", async () => {
    const paths = native("series", folder, native("find", "CT_small.dcm"), [[0, 0, 2], [0, 0, 1]], {});
    const bad = join(folder, "notes.txt");
    writeFileSync(bad, "no DICOM");
    await giveFiles(page, ...paths, bad);
    const { code } = transformSync(readFileSync(join(web, "examples/visian-export.ts"), "utf8"), { loader: "ts" });
    await page.evaluate(load, code, server.origin);
    const found = await page.evaluate(
      async (origin) => {
        const runtime = `${origin}/runtime/`;
        const { exportLayers } = globalThis.example;
        const size = { columns: 128, rows: 128, slices: 2 };
        const layers = [
          { name: "Läsion 1", isVisible: true, data: new Uint8Array([...maskOf(128 * 128, 7), ...maskOf(128 * 128, 8)]) },
          { name: "hidden", isVisible: false, data: maskOf(128 * 128 * 2) },
          { name: "Organ", isVisible: true, data: new Uint8Array(128 * 128 * 2).fill(1) },
        ];
        const { zip, written, failures } = await exportLayers(files(), layers, size, runtime);
        const bytes = new Uint8Array(await zip.arrayBuffer());
        let binary = "";
        for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
        return { zip: btoa(binary), written, failures: failures.map(({ name }) => name) };
      },
      server.origin,
    );
    assert.deepEqual([found.written, found.failures], [2, ["notes.txt"]]);
    const archive = join(folder, "layers.zip");
    writeFileSync(archive, Buffer.from(found.zip, "base64"));
    const planes = Object.values(native("unzip", archive, join(folder, "unzipped")));
    assert.deepEqual(planes.map((all) => all.map(({ label }) => label)), [["L\u00e4sion 1", "Organ"], ["L\u00e4sion 1", "Organ"]]);
    // The first file lies higher, so it has the second slice.
    assert.deepEqual(planes.map(([lesion]) => lesion.sha256), [native("mask_hash", 128 * 128, 8), native("mask_hash", 128 * 128, 7)]);
    assert.equal(new Set(planes.flat().map(({ uid }) => uid)).size, 2);
  });

  itOnce("saves, opens again, changes and saves: each file has each layer once, and nothing else changed", async () => {
    const paths = native("series", folder, native("find", "CT_small.dcm"), [[0, 0, 2], [0, 0, 1]], {});
    native("add_plane", paths[0], 0x6006, {});
    await giveFiles(page, ...paths);
    const found = await page.evaluate(async (origin) => {
      const runtime = `${origin}/runtime/`;
      const { openLayers, saveLayers, warmUp } = globalThis.example;
      const size = { columns: 128, rows: 128, slices: 2 };
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("series", { create: true });
      const inFolder = async () => await Promise.all(files().map(async ({ name }) => (await folder.getFileHandle(name)).getFile()));
      const [one, two] = [maskOf(128 * 128 * 2, 1), maskOf(128 * 128 * 2, 2)];
      const saved = [await saveLayers(files(), [{ name: "L\u00e4sion", isVisible: true, data: one }], size, folder, runtime)];
      const first = await openLayers(await inFolder(), runtime);
      const changed = first.layers.map((layer) => ({ ...layer, data: two }));
      saved.push(await saveLayers(await inFolder(), changed, size, folder, runtime));
      const last = await openLayers(await inFolder(), runtime);
      (await warmUp(runtime)).dispose();
      const bytes = await Promise.all((await inFolder()).map(async (file) => [...new Uint8Array(await file.arrayBuffer())]));
      return {
        outcomes: saved.flat().map(({ outcome }) => outcome),
        names: [first, last].map(({ layers }) => layers.map(({ name }) => name)),
        equal: [
          first.layers[0].data.every((pixel, at) => pixel === Number(one[at])),
          last.layers.every(({ data }) => data.every((pixel, at) => pixel === Number(two[at]))),
        ],
        remarks: [first.remarks, last.remarks],
        bytes,
      };
    }, server.origin);
    assert.deepEqual(found.outcomes, ["saved", "saved", "saved", "saved"]);
    assert.deepEqual(found.names, [["L\u00e4sion", "Overlay 6006"], ["L\u00e4sion", "Overlay 6006"]]);
    assert.deepEqual(found.equal, [true, true]);
    assert.deepEqual(found.remarks, [[], []]);
    const written = found.bytes.map((bytes, at) => {
      const path = join(folder, `saved-${at}.dcm`);
      writeFileSync(path, Buffer.from(bytes));
      return native("planes", path);
    });
    // The second file had no plane in 6006; the layer that was read from there is in both now.
    assert.deepEqual(written.map((all) => all.map(({ group, label }) => [group, label])), [
      [[0x6000, "L\u00e4sion"], [0x6006, null]],
      [[0x6000, "L\u00e4sion"], [0x6006, null]],
    ]);
    assert.deepEqual(written.map(([{ pixels }]) => pixels), paths.map((path) => native("pixels", path)));
  });
});
