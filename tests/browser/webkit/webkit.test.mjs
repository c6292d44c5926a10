/** The exporter's and the page's main paths in Safari's engine, against the native wheel. */
import assert from "node:assert/strict";
import { copyFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { serveSite } from "../demo/site.mjs";
import { makeFolder, native } from "../exporter/native.mjs";
import { prepare } from "../exporter/page.mjs";
import { serve } from "../exporter/server.mjs";
import { launchWebkit } from "./driver.mjs";

describe("WebKit", () => {
  const { folder, remove } = makeFolder();
  let server;
  let site;
  let webkit;

  before(async () => {
    server = await serve();
    site = await serveSite();
    webkit = await launchWebkit();
    await webkit.open(`${server.origin}/page.html`);
    await webkit.run(() => {
      globalThis.unhandled = [];
      addEventListener("unhandledrejection", (event) => unhandled.push(String(event.reason)));
      addEventListener("error", (event) => unhandled.push(event.message));
      globalThis.base64 = async (blob) => {
        const bytes = new Uint8Array(await blob.arrayBuffer());
        let text = "";
        for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
        return btoa(text);
      };
    });
    await webkit.run(prepare, { base: "" });
    await webkit.run(async () => {
      globalThis.exporter = await create();
    });
  });
  after(async () => {
    await webkit?.close();
    await server?.stop();
    await site?.stop();
    remove();
  });

  it("starts from the snapshot", async () => {
    assert.equal(await webkit.run(() => statuses.find(({ type }) => type === "ready").start), "snapshot");
  });

  for (const name of ["CT_small.dcm"]) {
    it(`writes the bytes of the native wheel into ${name}, reads them, and removes them without a trace`, async () => {
      const path = native("find", name);
      const { sha256, rows, columns } = native("written", path, join(folder, name), { label: "Liver" });
      await webkit.giveFiles(path);
      const found = await webkit.run(async (pixels) => {
        const [file] = files();
        const made = await exporter.writeOverlays(file, [{ mask: maskOf(pixels), label: "Liver" }]);
        const blob = made.blob ?? made;
        const read = await exporter.readOverlays(blob);
        const [plane] = read.planes ?? read;
        const removed = await exporter.removeOverlays(blob);
        return { sha256: await globalThis.sha256(blob), label: plane.label, clean: await globalThis.sha256(removed.blob ?? removed) };
      }, rows * columns);
      assert.deepEqual(found, { sha256, label: "Liver", clean: native("sha256", path) });
    });
  }

  it("exports a series into a ZIP that Python opens", async (context) => {
    const places = Array.from({ length: 24 }, (_, at) => [0, 0, at]);
    const paths = native("series", folder, native("find", "CT_small.dcm"), places, {});
    await webkit.giveFiles(...paths);
    const found = await webkit.run(async () => {
      const volume = { mask: maskOf(128 * 128 * 24), columns: 128, rows: 128, slices: 24, label: "Liver" };
      const milliseconds = [];
      let zip;
      for (let round = 0; round < 2; round++) {
        const begun = performance.now();
        zip = await new Response(library.toZip(exporter.exportSeries(files(), [volume]))).blob();
        milliseconds.push((performance.now() - begun) / 24);
      }
      return { zip: await base64(zip), milliseconds };
    });
    context.diagnostic(`${found.milliseconds.map((value) => value.toFixed(1)).join(", ")} ms for each file`);
    const archive = join(folder, "series.zip");
    writeFileSync(archive, Buffer.from(found.zip, "base64"));
    const planes = Object.values(native("unzip", archive, join(folder, "unzipped")));
    assert.equal(planes.length, 24);
    assert.ok(planes.every(([plane, ...others]) => plane.label === "Liver" && others.length === 0));
  });

  it("saves only what was made: a file that changed on disk is said to have, and the rest is saved", async () => {
    const paths = ["first.dcm", "shrunk.dcm", "touched.dcm"].map((name) => join(folder, name));
    for (const path of paths) {
      copyFileSync(native("find", "693_UNCR.dcm"), path);
      // WebKit compares times in whole seconds: a file that changes within the second in which it was made fools it.
      utimesSync(path, 1e9, 1e9);
    }
    await webkit.giveFiles(...paths);
    await webkit.run(async () => {
      globalThis.results = [];
      for (const [index, file] of files().entries()) {
        const made = await exporter.writeOverlays(file, [{ mask: maskOf(512 * 512) }]);
        results.push({ index, name: file.name, file, blob: made.blob ?? made });
      }
    });
    truncateSync(paths[1], 100_000);
    copyFileSync(native("find", "693_UNCR.dcm"), paths[2]);
    const found = await webkit.run(async () => {
      const saved = [];
      const zip = await new Response(library.toZip(results, { onSaved: (file) => saved.push(file) })).blob();
      return [zip.size > 500_000, saved.map(({ outcome, error }) => error?.code ?? outcome)];
    });
    assert.deepEqual(found, [true, ["saved", "file-changed", "file-changed"]]);
  });

  it("writes into a folder where the browser can, and says unsupported-sink where it cannot", async (context) => {
    const found = await webkit.run(async () => {
      const root = await navigator.storage?.getDirectory?.();
      if (root === undefined) return "no folders";
      const saving = library.toDirectory(root, [{ name: "a.dcm", blob: new Blob(["new"]) }], { existingFiles: "replace" });
      return await saving.then(
        async () => await (await (await root.getFileHandle("a.dcm")).getFile()).text(),
        (error) => error.code,
      );
    });
    context.diagnostic(found);
    assert.ok(["no folders", "unsupported-sink", "new"].includes(found), found);
  });

  it("shows no uncaught error", async () => {
    assert.deepEqual(await webkit.run(() => unhandled), []);
  });

  it("opens the page and its sample series", async () => {
    await webkit.open(`${site.origin}/`);
    await webkit.run(() => {
      globalThis.unhandled = [];
      addEventListener("unhandledrejection", (event) => unhandled.push(String(event.reason)));
      addEventListener("error", (event) => unhandled.push(event.message));
    });
    await webkit.click("[data-testid=sample-button]");
    const seen = await webkit.run(async () => {
      const drawn = () => {
        const canvas = document.querySelector("canvas");
        if (canvas === null || canvas.width === 0) return false;
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(data).size > 20;
      };
      for (const end = Date.now() + 200_000; !drawn() && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 100));
      return { drawn: drawn(), unhandled };
    });
    assert.deepEqual(seen, { drawn: true, unhandled: [] });
  });
});
