/** The adapter for Visian, unchanged, with a document that holds its voxels in an order of its own. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, giveFiles, openPage } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { describeOnce } from "./once.mjs";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const { transformSync } = createRequire(join(web, "package.json"))("esbuild");

describeOnce(`the adapter for Visian in ${browserName}`, () => {
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

  /** Runs in the page: the adapter as a module of its own, with the package of this origin, and a document as Visian has it. */
  const load = async (text, origin) => {
    const script = new Blob([text.replace('"dicom-overlay"', `"${origin}/index.js"`)], { type: "text/javascript" });
    globalThis.adapter = await import(URL.createObjectURL(script));
    const size = [128, 128, 2];
    // The image of the page's series, turned by 180 degrees in its plane: first voxel at the last pixel of the lower image.
    globalThis.turned = (data) => ({
      size,
      data,
      origin: [127 * 0.661468, 127 * 0.661468, 1],
      spacing: [0.661468, 0.661468, 1],
      direction: { rows: 3, columns: 3, data: [-1, 0, 0, 0, -1, 0, 0, 0, 1] },
      imageType: { dimension: 3, components: 1, pixelType: 1, componentType: "uint8_t" },
    });
    /** Voxels in that order, from masks in the order in which ITK reads the series; and back. */
    globalThis.turn = (mask) => [0, 1].flatMap((k) => [...mask.slice(k * 16384, (k + 1) * 16384)].reverse());
    globalThis.layer = (title, voxels) => ({
      title,
      voxels,
      image: {
        voxels,
        toITKImage: (excluded = []) =>
          globalThis.turned(Float32Array.from(voxels, (voxel, at) => (excluded.some((other) => other.voxels[at]) ? 0 : voxel / 2))),
      },
    });
    globalThis.documentOf = (layers, files) => {
      const main = globalThis.layer("CT", new Array(128 * 128 * 2).fill(1));
      const document = {
        maxLayers: 4,
        annotationLayers: layers,
        mainImageLayer: main,
        get layers() {
          return [...layers, main];
        },
        getLayer: (id) => (id === "main" ? main : layers[Number(id)]),
        getExcludedSegmentations: (one) => layers.slice(0, layers.indexOf(one)),
        importAnnotation: async ({ name, data, direction, size: given }, filter, squash) => {
          if (filter !== undefined || squash !== true || direction.data[0] !== -1 || String(given) !== String(size)) throw new Error("not as Visian");
          return String(layers.push(globalThis.layer(name, [...data])) - 1);
        },
      };
      globalThis.adapter.keepFiles(document, "main", files);
      return document;
    };
  };

  const open = async (...paths) => {
    await giveFiles(page, ...paths);
    const { code } = transformSync(readFileSync(join(web, "examples/visian-export.ts"), "utf8"), { loader: "ts" });
    await page.evaluate(load, code, server.origin);
  };

  it("writes a plane for each layer where its voxels lie, and says which file failed", async () => {
    const paths = native("series", folder, native("find", "CT_small.dcm"), [[0, 0, 2], [0, 0, 1]], {});
    const bad = join(folder, "notes.txt");
    writeFileSync(bad, "not DICOM");
    await open(...paths, bad);
    const found = await page.evaluate(async (origin) => {
      const { adapter, documentOf, layer, turn } = globalThis;
      const mask = [...maskOf(128 * 128, 7), ...maskOf(128 * 128, 8)];
      const layers = [layer("Läsion", turn(mask)), layer("Lösion", new Array(128 * 128 * 2).fill(1))];
      const { zip, saved } = await adapter.exportLayers(documentOf(layers, files()), `${origin}/runtime/`);
      const bytes = new Uint8Array(await zip.arrayBuffer());
      let binary = "";
      for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return { zip: btoa(binary), failed: saved.flatMap(({ name, error }) => (error ? [name, error.code] : [])) };
    }, server.origin);
    assert.deepEqual(found.failed, ["notes.txt", "not-dicom"]);
    const archive = join(folder, "layers.zip");
    writeFileSync(archive, Buffer.from(found.zip, "base64"));
    const planes = Object.values(native("unzip", archive, join(folder, "unzipped")));
    assert.deepEqual(planes.map((all) => all.map(({ label }) => label)), [["Läsion", "Lösion 2"], ["Läsion", "Lösion 2"]]);
    // The first file lies higher, so it has the second slice.
    assert.deepEqual(planes.map(([lesion]) => lesion.sha256), [native("mask_hash", 128 * 128, 8), native("mask_hash", 128 * 128, 7)]);
    // What the layer above has is excluded, as the editor excludes it.
    assert.deepEqual(planes.map(([, rest]) => rest.set), planes.map(([lesion]) => 128 * 128 - lesion.set));
    assert.equal(new Set(planes.flat().map(({ uid }) => uid)).size, 2);
  });

  it("saves, opens again, changes and saves: each file has each layer once, and nothing else changed", async () => {
    const paths = native("series", folder, native("find", "CT_small.dcm"), [[0, 0, 2], [0, 0, 1]], {});
    native("add_plane", paths[0], 0x6006, {});
    await open(...paths);
    const found = await page.evaluate(async (origin) => {
      const { adapter, documentOf, layer, turn } = globalThis;
      const runtime = `${origin}/runtime/`;
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("series", { create: true });
      const inFolder = async () => await Promise.all(files().map(async ({ name }) => (await folder.getFileHandle(name)).getFile()));
      const [one, two] = [maskOf(128 * 128 * 2, 1), maskOf(128 * 128 * 2, 2)];
      const document = documentOf([layer("Läsion", turn(one))], files());
      const saved = [await adapter.exportLayers(document, runtime, { folder })];
      // Nothing is left: the files are as they were.
      document.annotationLayers[0] = layer("Läsion", new Array(128 * 128 * 2).fill(0));
      saved.push(await adapter.exportLayers(document, runtime, { folder }));
      const sha = async (all) => await Promise.all(all.map(sha256));
      const isRestored = String(await sha(files())) === String(await sha(await inFolder()));
      // The files that are kept are the new ones: the same document is exported again, with the same layer changed.
      document.annotationLayers[0] = layer("Läsion", turn(two));
      saved.push(await adapter.exportLayers(document, runtime, { folder }));
      const second = documentOf([], await inFolder());
      const remarks = [await adapter.openLayers(second, runtime)];
      const titles = second.annotationLayers.map(({ title }) => title);
      const equal = String(second.annotationLayers[0].voxels) === String(turn(two));
      for (const { voxels } of second.annotationLayers) voxels.splice(0, voxels.length, ...turn(one));
      second.getExcludedSegmentations = () => undefined;
      saved.push(await adapter.exportLayers(second, runtime, { folder }));
      const crowded = documentOf([1, 2, 3].map((n) => layer(`${n}`, turn(one))), await inFolder());
      const refusals = [];
      for (const call of [
        () => adapter.openLayers(crowded, runtime),
        () => adapter.exportLayers({ ...crowded, mainImageLayer: layer("CT", []) }, runtime),
        () => adapter.exportLayers(documentOf([], files()), runtime),
      ]) refusals.push(await call().catch(({ message }) => message));
      (await adapter.warmUp(runtime)).dispose();
      const bytes = await Promise.all((await inFolder()).map(async (file) => [...new Uint8Array(await file.arrayBuffer())]));
      return { outcomes: saved.flatMap((all) => all.saved.map(({ outcome }) => outcome)), titles, equal, isRestored, remarks, refusals, bytes };
    }, server.origin);
    assert.deepEqual(found.outcomes, new Array(8).fill("saved"));
    assert.equal(found.isRestored, true);
    assert.deepEqual(found.titles, ["Läsion", "Overlay 6006"]);
    assert.equal(found.equal, true);
    assert.deepEqual(found.remarks, [[]]);
    assert.deepEqual(found.refusals, [
      "The document takes 4 layers. 2 more do not fit.",
      "The DICOM files of this image are not at hand (after a reload?). Import them again.",
      "The document has no annotation layer to export.",
    ]);
    const written = found.bytes.map((bytes, at) => {
      const path = join(folder, `saved-${at}.dcm`);
      writeFileSync(path, Buffer.from(bytes));
      return native("planes", path);
    });
    // The second file had no plane in 6006; the layer that was read from there is in both now.
    for (const all of written)
      assert.deepEqual(all.map(({ group, label }) => [group, label]), [[0x6000, "Läsion"], [0x6006, null]]);
    const both = written.map((all) => all.map(({ sha256 }) => sha256));
    assert.deepEqual(both.map(([lesion, rest]) => lesion === rest), [true, true]);
    assert.deepEqual(written.map(([{ pixels }]) => pixels), paths.map((path) => native("pixels", path)));
  });
});
