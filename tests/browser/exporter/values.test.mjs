/** Files, arrays and lists as pages have them: of an iframe, of a popup, shared, resizable, moved away; and no storage. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { browserName, giveFiles, openPage } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage, prepare } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

describe(`values in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let server;
  let browser;
  let page;
  let uncaught;
  let close;
  let expected;
  let path;

  before(async () => {
    ({ server, browser, page, uncaught, close } = await openTestPage({ serve, launch, openPage }));
    path = native("find", "CT_small.dcm");
    expected = native("written", path, join(folder, "out.dcm"), { label: "Liver" }).sha256;
    await giveFiles(page, path);
    await page.evaluate(async () => {
      globalThis.exporter = await create();
      globalThis.bytesOf = (result) => sha256(result.blob ?? result);
      globalThis.write = (file, mask, more = {}) => exporter.writeOverlays(file, [{ mask, label: "Liver", ...more }]).then(bytesOf);
    });
  });
  after(async () => {
    await close?.();
    remove();
  });

  for (const realm of ["iframe", "popup"]) {
    it(`writes the same bytes with files, arrays, ImageData and FileList of ${realm === "iframe" ? "an iframe" : "a popup"}`, async () => {
      const hashes = await page.evaluate(async (kind) => {
        const frame = kind === "iframe" ? document.body.appendChild(document.createElement("iframe")) : null;
        const other = frame === null ? open("/page.html", "_blank", "width=300,height=300") : frame.contentWindow;
        if (frame !== null) frame.src = "/page.html";
        await new Promise((resolve) => (frame ?? other).addEventListener("load", resolve, { once: true }));
        const theirs = frame === null ? other : frame.contentWindow;
        const [file] = files();
        const mask = maskOf(128 * 128);
        const foreign = (array) => theirs[array.constructor.name].from(array);
        const image = new theirs.ImageData(128, 128);
        mask.forEach((pixel, at) => image.data.set([pixel, 0, 0, 255], at * 4));
        const copy = new theirs.File([await file.arrayBuffer()], "a.dcm");
        const found = {
          instanceof: [copy instanceof Blob, foreign(mask) instanceof Uint8Array, image instanceof ImageData],
          file: await write(copy, mask),
          blob: await write(new theirs.Blob([copy]), mask),
          buffer: await write(foreign(new Uint8Array(await file.arrayBuffer())).buffer, mask),
          array: await write(file, foreign(mask)),
          floats: await write(file, foreign(Float32Array.from(mask))),
          maskBuffer: await write(file, foreign(mask).buffer),
          image: await write(file, image),
          colours: await write(file, image.data),
        };
        const transfer = new theirs.DataTransfer();
        transfer.items.add(copy);
        const volume = { mask: foreign(mask), rows: 128, columns: 128, slices: 1, label: "Liver" };
        const list = [];
        for await (const { name, blob } of exporter.exportSeries(transfer.files, [volume])) list.push(name, await sha256(blob));
        found.list = list;
        const saved = await library.toDirectory(await navigator.storage.getDirectory(), theirs.Array.of({ name: kind, blob: copy }), { existingFiles: "replace" });
        found.saved = saved.map(({ outcome, bytes }) => [outcome, bytes === file.size]);
        if (frame === null) other.close();
        else frame.remove();
        return found;
      }, realm);
      const { instanceof: known, list, saved, ...written } = hashes;
      assert.deepEqual(known, [false, false, false]);
      assert.deepEqual(Object.entries(written).filter(([, sha256]) => sha256 !== expected), []);
      assert.deepEqual(list, ["a.dcm", expected]);
      assert.deepEqual(saved, [["saved", true]]);
    });
  }

  it("writes the same bytes from shared and resizable memory, half floats, and a FileList as it is", async () => {
    const found = await page.evaluate(async () => {
      const [file] = files();
      const mask = maskOf(128 * 128);
      const size = file.size;
      // A page without cross-origin isolation has no constructor for it, but WebAssembly has the memory.
      const shared = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true }).buffer;
      const bytes = new Uint8Array(await file.arrayBuffer());
      new Uint8Array(shared, 16, size).set(bytes);
      const resizable = new ArrayBuffer(size, { maxByteLength: 2 * size });
      new Uint8Array(resizable).set(bytes);
      const sharedMask = new Uint8Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer, 8, mask.length);
      sharedMask.set(mask);
      const resizableMask = new ArrayBuffer(mask.length, { maxByteLength: 2 * mask.length });
      new Uint8Array(resizableMask).set(mask);
      const halves = Float16Array.from(mask);
      const volume = { mask, rows: 128, columns: 128, slices: 1, label: "Liver" };
      const { value } = await exporter.exportSeries(document.querySelector("#files").files, [volume]).next();
      const broken = Float16Array.from(mask);
      broken[5] = Number.NaN;
      return {
        hashes: [
          await write(new Uint8Array(shared, 16, size), mask),
          await write(resizable, mask),
          await write(new Uint8Array(resizable), mask),
          await write(file, sharedMask),
          await write(file, resizableMask),
          await write(file, new Uint8Array(resizableMask)),
          await write(file, halves),
          await sha256(value.blob),
        ],
        nan: (await outcome(write(file, broken))).code,
      };
    });
    assert.deepEqual([...new Set(found.hashes)], [expected]);
    assert.equal(found.nan, "invalid-mask");
  });

  itOnce("refuses what is none of them by the field's name", async () => {
    const found = await page.evaluate(async () => {
      const [file] = files();
      const mask = maskOf(16);
      const moved = maskOf(16);
      structuredClone(null, { transfer: [moved.buffer] });
      const volume = { mask, rows: 4, columns: 4, slices: 1 };
      const calls = [
        write(null, mask),
        write({ size: 3, slice() {}, arrayBuffer() {} }, mask),
        write(moved.buffer, mask),
        write(file, null),
        write(file, moved),
        write(file, moved.buffer),
        write(file, undefined, { packed: [1, 2], rows: 4, columns: 4 }),
        exporter.exportSeries(null, [volume]).next(),
        exporter.exportSeries(file, [volume]).next(),
      ];
      return await Promise.all(calls.map((call) => outcome(call).then(({ code, detail }) => [code, detail.field])));
    });
    // Packed bits are a mask, by the one name or the other.
    assert.ok(["packed", "mask"].includes(found[6][1]));
    assert.deepEqual(found.toSpliced(6, 1), [
      ["invalid-request", "file"],
      ["invalid-request", "file"],
      ["not-dicom", "file"],
      ["invalid-mask", "mask"],
      ["invalid-mask", "mask"],
      ["invalid-mask", "mask"],
      ["invalid-request", "files"],
      ["invalid-request", "files"],
    ]);
  });

  it("works on a page whose storage is blocked, and leaves no uncaught error there", async () => {
    const blocked = await openPage(browser, server.origin, "/blocked.html");
    const base = "/faulty/blocked-storage";
    await blocked.page.evaluate(prepare, { base });
    await giveFiles(blocked.page, path);
    const found = await blocked.page.evaluate(async () => {
      const throws = (name) => {
        try {
          return typeof globalThis[name];
        } catch (error) {
          return error.name;
        }
      };
      const exporter = await create();
      const made = await exporter.writeOverlays(files()[0], [{ mask: maskOf(128 * 128), label: "Liver" }]);
      const zip = await new Response(library.toZip([{ name: "a", blob: made.blob ?? made }])).blob();
      exporter.dispose();
      // An error that a worker still had to report would have come before the next one is ready.
      (await create()).dispose();
      return { sha256: await sha256(made.blob ?? made), zip: zip.size > 0, storage: throws("localStorage") };
    });
    assert.deepEqual(found, { sha256: expected, zip: true, storage: "SecurityError" });
    assert.deepEqual(blocked.uncaught, []);
    assert.deepEqual(await blocked.page.evaluate(() => unhandled), []);
    await blocked.page.close();
  });

  it("shows no uncaught error", async () => {
    assert.deepEqual(uncaught, []);
    assert.deepEqual(await page.evaluate(() => unhandled), []);
  });
});
