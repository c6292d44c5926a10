/** The built package in a real browser, against the native wheel: the same bytes. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { browserName, giveFiles, openPage } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

describe(`the exporter in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let page;
  let uncaught;
  let close;

  before(async () => {
    ({ page, uncaught, close } = await openTestPage({ serve, launch, openPage }));
    await page.evaluate(async () => {
      globalThis.exporter = await create();
    });
  });
  after(async () => {
    await close?.();
    remove();
  });

  // Every file of both corpora: corpus.test.mjs, in one browser.
  for (const name of ["CT_small.dcm", "image_dfl.dcm"]) {
    it(`writes the bytes of the native wheel into ${name}`, async () => {
      const path = native("find", name);
      const expected = native("written", path, join(folder, name), { label: "Liver" });
      await giveFiles(page, path);
      const found = await page.evaluate(async () => {
        const [file] = files();
        const { rows, columns } = await exporter.inspect(file);
        const { blob } = await exporter.writeOverlays(file, [{ mask: maskOf(rows * columns), label: "Liver" }]);
        return { sha256: await sha256(blob), rows, columns };
      });
      assert.deepEqual(found, { sha256: expected.sha256, rows: expected.rows, columns: expected.columns });
    });
  }

  it("reads back the plane that it wrote, and removes it without a trace", async () => {
    const path = native("find", "CT_small.dcm");
    await giveFiles(page, path);
    const found = await page.evaluate(async () => {
      const [file] = files();
      const mask = maskOf(128 * 128);
      const { blob } = await exporter.writeOverlays(file, [{ mask, label: "Liver", planeOrigin: [1, 1] }]);
      const { planes: [plane, ...others] } = await exporter.readOverlays(blob);
      const unpacked = library.maskOf(plane);
      const { blob: clean } = await exporter.removeOverlays(blob);
      const { packed: _packed, notices: _notices, ...facts } = plane;
      return {
        others: others.length,
        facts,
        isEqual: unpacked.every((pixel, at) => pixel === mask[at]) && unpacked.length === mask.length,
        clean: await sha256(clean),
        groups: (await exporter.inspect(blob)).overlayGroups,
      };
    });
    assert.equal(found.others, 0);
    assert.equal(found.isEqual, true);
    assert.deepEqual([found.facts.group, found.facts.label, found.facts.rows], [0x6000, "Liver", 128]);
    assert.deepEqual(found.groups, [0x6000]);
    assert.equal(found.clean, native("sha256", path));
  });

  it("writes from memory as from disk, in every form of mask", async () => {
    await giveFiles(page, native("find", "CT_small.dcm"));
    const hashes = await page.evaluate(async () => {
      const [file] = files();
      const buffer = await file.arrayBuffer();
      const mask = maskOf(128 * 128);
      const image = new ImageData(128, 128);
      mask.forEach((pixel, at) => image.data.set([pixel * 200, 0, 0, 255], at * 4));
      const packed = new Uint8Array(2048);
      mask.forEach((pixel, at) => {
        packed[at >> 3] |= pixel << (at & 7);
      });
      const labels = Uint16Array.from(mask, (pixel) => pixel * 300);
      const padded = new Uint8Array(buffer.byteLength + 10);
      padded.set(new Uint8Array(buffer), 10);
      const calls = [
        [file, { mask }],
        [buffer, { mask: Float32Array.from(mask) }],
        [padded.subarray(10), { mask: image }],
        [new Blob([buffer]), { mask: image.data }],
        [file, { packed, rows: 128, columns: 128 }],
        [file, { mask: mask.slice().buffer }],
        [file, { mask: BigInt64Array.from(mask, BigInt) }],
      ];
      const result = [];
      for (const [source, plane] of calls) {
        result.push(await sha256((await exporter.writeOverlays(source, [{ ...plane, label: "x" }])).blob));
      }
      result.push(await sha256((await exporter.writeOverlays(file, [{ mask: labels, labels: { 300: "x" } }])).blob));
      return { hashes: result, bufferLength: buffer.byteLength, maskLength: mask.length };
    });
    assert.equal(new Set(hashes.hashes).size, 1);
    assert.equal(hashes.maskLength, 128 * 128);
    assert.ok(hashes.bufferLength > 0);
  });

  itOnce("gives the error that the native wheel gives, by code", async () => {
    await giveFiles(page, native("find", "CT_small.dcm"));
    const codes = await page.evaluate(async () => {
      const [file] = files();
      const mask = maskOf(128 * 128);
      const { blob } = await exporter.writeOverlays(file, [{ mask, group: 0x6002 }]);
      const { blob: full } = await exporter.writeOverlays(file, Array.from({ length: 16 }, () => ({ mask })));
      const calls = [
        () => exporter.writeOverlays(new Blob(["no DICOM"]), [{ mask }]),
        () => exporter.writeOverlays(new Blob([]), [{ mask }]),
        () => exporter.writeOverlays(new Uint8Array(0), [{ mask }]),
        () => exporter.writeOverlays("path", [{ mask }]),
        () => exporter.writeOverlays(file, [{ mask: mask.subarray(1) }]),
        () => exporter.writeOverlays(file, [{ mask: new Float32Array(128 * 128).fill(Number.NaN) }]),
        () => exporter.writeOverlays(blob, [{ mask, group: 0x6002 }]),
        () => exporter.writeOverlays(file, [{ mask, group: 0x6001 }]),
        () => exporter.writeOverlays(file, [{ mask, label: "a\\b" }]),
        () => exporter.writeOverlays(file, Array.from({ length: 17 }, () => ({ mask }))),
        () => exporter.writeOverlays(full, [{ mask }]),
        () => exporter.removeOverlays(blob, { groups: [0x6000] }),
        () => exporter.writeOverlays(file.slice(0, 3000), [{ mask }]),
      ];
      return await Promise.all(calls.map((call) => call().then(() => "resolved", (error) => error.code ?? String(error))));
    });
    assert.deepEqual(codes, [
      "not-dicom",
      "not-dicom",
      "not-dicom",
      "invalid-request",
      "invalid-mask",
      "invalid-mask",
      "group-in-use",
      "invalid-plane",
      "invalid-plane",
      "invalid-plane",
      "no-free-group",
      "plane-not-found",
      "truncated",
    ]);
  });

  it("tells of every step of the start, bytes never falling, and of being ready", async () => {
    const all = await page.evaluate(() => statuses);
    const starting = all.filter(({ type }) => type === "starting");
    const loaded = starting.map(({ loadedBytes }) => loadedBytes);
    assert.deepEqual(loaded, [...loaded].sort((a, b) => a - b));
    assert.ok(loaded.at(-1) > 5_000_000);
    assert.ok(starting.every(({ loadedBytes, totalBytes }) => loadedBytes <= totalBytes));
    assert.equal(all.at(-1).type, "ready");
  });

  it("asks nothing of any other origin, and shows no uncaught error", async () => {
    assert.deepEqual(uncaught, []);
    assert.deepEqual(await page.evaluate(() => unhandled), []);
  });

  itOnce("makes the same mask as the native side", async () => {
    const digest = createHash("sha256").update(Buffer.from(await page.evaluate(() => [...maskOf(1000, 3)]))).digest("hex");
    assert.equal(digest, native("mask_hash", 1000, 3));
  });
});
