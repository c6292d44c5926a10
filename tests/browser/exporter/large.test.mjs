/** Files that do not fit into memory, and what a long session leaves behind. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { browserName, giveFiles, openPage, PATIENCE } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

describe(`large files in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let page;
  let close;

  before(async () => {
    ({ page, close } = await openTestPage({ serve, launch, openPage }, "/counting", ["--js-flags=--expose-gc"]));
    await page.evaluate(async () => {
      globalThis.exporter = await create();
    });
  });
  after(async () => {
    await close?.();
    remove();
  });

  it("writes into 2.2 GB without reading the pixel data, and every byte stays in its place", async () => {
    const small = native("find", "CT_small.dcm");
    const big = join(folder, "big.dcm");
    const { pixelData, size } = native("large", small, big, 2_200_000_000);
    await giveFiles(page, big);
    const found = await page.evaluate(async (at) => {
      const [file] = files();
      const reads = [];
      const channel = new BroadcastChannel("reads");
      const heard = new Promise((resolve) => {
        channel.onmessage = ({ data }) => {
          reads.push(data);
          resolve();
        };
      });
      const { blob } = await exporter.writeOverlays(file, [{ mask: maskOf(128 * 128), label: "Liver" }]);
      await heard;
      channel.close();
      const grown = blob.size - file.size;
      const text = async (part) => await part.text();
      return {
        size: file.size,
        grown,
        reads,
        planes: (await exporter.readOverlays(blob)).planes.map(({ label }) => label),
        pixelTag: [...new Uint8Array(await blob.slice(at + grown, at + grown + 4).arrayBuffer())],
        end: await text(blob.slice(-27)),
        head: (await sha256(blob.slice(0, 1000))) === (await sha256(file.slice(0, 1000))),
      };
    }, pixelData);
    assert.equal(found.size, size);
    assert.ok(found.size > 2 ** 31);
    assert.deepEqual(found.reads, [65536]);
    assert.ok(found.grown > 2048 && found.grown < 3000);
    assert.deepEqual(found.planes, ["Liver"]);
    assert.deepEqual(found.pixelTag, [0xe0, 0x7f, 0x10, 0x00]);
    assert.equal(found.end, "the last bytes of the file.");
    assert.equal(found.head, true);
  });

  itOnce("keeps no memory: after 500 files at most 32 MB more than after 50", async (context) => {
    await giveFiles(page, native("find", "693_UNCR.dcm"));
    const writeMany = (count) =>
      page.evaluate(async (total) => {
        const [file] = files();
        const mask = maskOf(512 * 512);
        for (let at = 0; at < total; at++) await exporter.writeOverlays(file, [{ mask }]);
      }, count);
    await writeMany(50);
    const before = await memory(page);
    await writeMany(450);
    // Firefox collects in its own time, and lets nobody ask for it: until it has, or the test runs out of patience.
    let grown = (await memory(page)) - before;
    for (const end = Date.now() + PATIENCE; grown > 32e6 && Date.now() < end; ) grown = (await memory(page)) - before;
    context.diagnostic(`${(grown / 1e6).toFixed(1)} MB more`);
    assert.ok(grown <= 32e6, `${grown} bytes more`);
  });
});

/** Resident bytes of the browser and all it started, after a collection where the browser lets us ask for one. */
async function memory(page) {
  await page.evaluate(() => globalThis.gc?.());
  return native("resident", page.browser().process().pid);
}
