/** A worker restored from the memory snapshot does what a plain one does, and a plain one takes its place. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { browserName, giveFiles, launch, openPage } from "./browsers.mjs";
import { native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";

const samples = ["CT_small.dcm", "JPEG2000.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm", "MR_small_implicit.dcm"];

describe(`the snapshot start in ${browserName}`, { timeout: 300_000 }, () => {
  let page;
  let uncaught;
  let close;

  before(async () => {
    ({ page, uncaught, close } = await openTestPage({ serve, launch, openPage }));
    await giveFiles(page, ...samples.map((name) => native("find", name)));
    await page.evaluate(() => {
      /** Everything a worker answers for the files, as hashes and plain data. */
      globalThis.answers = async (exporter) => {
        const found = [];
        for (const file of files()) {
          const { rows, columns, ...facts } = await exporter.inspect(file);
          const mask = maskOf(rows * columns);
          const blob = await exporter.writeOverlays(file, [{ mask, label: "Leber äöü", description: "x" }]).catch(() => null);
          const plain = await exporter.writeOverlays(file, [{ mask, label: "Liver" }]);
          const [plane] = await exporter.readOverlays(plain);
          const clean = await exporter.removeOverlays(plain);
          const hashes = [blob && (await sha256(blob)), await sha256(plain), await sha256(clean)];
          found.push({ rows, columns, facts, hashes, label: plane.label });
        }
        return JSON.parse(JSON.stringify(found));
      };
      globalThis.made = [];
      globalThis.started = async (options) => {
        const exporter = await create(options);
        made.push(exporter);
        return exporter;
      };
      globalThis.readyStart = () => statuses.findLast(({ type }) => type === "ready").start;
      globalThis.notes = () => [...new Set(statuses.filter(({ type }) => type === "starting").map(({ note }) => note))];
    });
  });
  afterEach(async () => {
    await page.evaluate(() => {
      for (const exporter of made.splice(0)) exporter.dispose();
      statuses.length = 0;
    });
    assert.deepEqual(await page.evaluate(() => unhandled.splice(0)), []);
    assert.deepEqual(uncaught, []);
  });
  after(async () => await close?.());

  it("is taken by itself, without a note", async () => {
    const found = await page.evaluate(async () => {
      await started({});
      return { start: readyStart(), notes: notes() };
    });
    assert.deepEqual(found, { start: "snapshot", notes: [null] });
  });

  it("gives the bytes and answers of a plain worker", async () => {
    const found = await page.evaluate(async () => {
      const restored = await answers(await started({}));
      const first = readyStart();
      const plain = await answers(await started({ snapshot: "ignore" }));
      return { restored, plain, starts: [first, readyStart()] };
    });
    assert.deepEqual(found.starts, ["snapshot", "plain"]);
    assert.deepEqual(found.restored, found.plain);
    assert.equal(found.restored.length, samples.length);
  });

  it("makes different UIDs in two workers restored from the same memory", async () => {
    const uids = await page.evaluate(async () => {
      const [file] = files().filter(({ name }) => name === "CT_small.dcm");
      const found = [];
      for (let worker = 0; worker < 2; worker++) {
        const exporter = await started({});
        const blob = await exporter.writeOverlays(file, [{ mask: maskOf(128 * 128) }], { instance: "derived" });
        found.push((await exporter.inspect(blob)).sopInstanceUid, readyStart());
      }
      return found;
    });
    assert.deepEqual([uids[1], uids[3]], ["snapshot", "snapshot"]);
    assert.notEqual(uids[0], uids[2]);
    assert.match(uids[0], /^2\.25\.\d+$/);
  });

  for (const [fault, note] of [
    ["no-snapshot", "snapshot-failed"],
    ["broken-snapshot", "snapshot-failed"],
    ["other-snapshot", "snapshot-mismatch"],
  ]) {
    it(`falls back to the plain start for ${fault}, and says so`, async () => {
      const found = await page.evaluate(async (name) => {
        const exporter = await started({ runtimeUrl: `/faulty/${name}/runtime/` });
        const [file] = files();
        const blob = await exporter.writeOverlays(file, [{ mask: maskOf(128 * 128) }]);
        const loaded = statuses.filter(({ type }) => type === "starting").map(({ loadedBytes }) => loadedBytes);
        const isRising = loaded.every((bytes, at) => at === 0 || bytes >= loaded[at - 1]);
        return { start: readyStart(), note: notes().at(-1), grew: blob.size > file.size, isRising };
      }, fault);
      assert.deepEqual(found, { start: "plain", note, grew: true, isRising: true });
    });
  }

  it("is left alone where packages are asked for, which it cannot hold", async () => {
    const found = await page.evaluate(async () => {
      await started({ packages: ["numpy"] });
      return { start: readyStart(), notes: notes() };
    });
    assert.deepEqual(found, { start: "plain", notes: ["snapshot-without-packages"] });
  });
});
