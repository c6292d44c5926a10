/** Everything that can go wrong outside our code: each promise settles, with a code that says what it was. */
import assert from "node:assert/strict";
import { copyFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { browserName, giveFiles, launch, openPage } from "./browsers.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";

describe(`faults in ${browserName}`, { timeout: 600_000 }, () => {
  const { folder, remove } = makeFolder();
  let server;
  let browser;
  let page;
  let uncaught;
  let close;
  let sample;

  before(async () => {
    ({ server, browser, page, uncaught, close } = await openTestPage({ serve, launch, openPage }));
    sample = native("find", "CT_small.dcm");
  });
  afterEach(async () => {
    assert.deepEqual(await page.evaluate(() => unhandled.splice(0)), []);
    await page.evaluate(() => {
      globalThis.exporter?.dispose();
      globalThis.exporter = undefined;
    });
  });
  after(async () => {
    await close?.();
    remove();
  });

  describe("of the start", () => {
    const starts = [
      ["no-runtime", "worker-start-failed", { cause: "http-status", file: "runtime.json", status: 404 }],
      ["no-wasm", "worker-start-failed", { cause: "http-status", file: "pyodide.asm.wasm", status: 404 }],
      ["no-stdlib", "worker-start-failed", { cause: "http-status", file: "python_stdlib.zip", status: 404 }],
      ["no-loader", "worker-start-failed", { cause: "module", file: "pyodide.mjs" }],
      ["html-wasm", "worker-start-failed", { cause: "content-type", file: "pyodide.asm.wasm", found: "text/html" }],
      ["html-manifest", "worker-start-failed", { cause: "content-type", file: "runtime.json" }],
      ["broken-wasm", "worker-start-failed", { cause: "checksum", file: "pyodide.asm.wasm" }],
      ["cut-wasm", "worker-start-failed", { cause: "network", file: "pyodide.asm.wasm" }],
      ["no-worker", "worker-start-failed", { cause: "error" }],
      ["silent-worker", "worker-start-failed", { cause: "timeout" }],
      ["other-worker", "protocol-mismatch", {}],
      ["old-package", "runtime-mismatch", { expected: "0.1.0", found: "0.0.9" }],
      ["other-protocol", "protocol-mismatch", { expected: 1, found: "99" }],
    ];
    for (const [fault, code, detail] of starts) {
      it(`rejects with ${code} for ${fault}`, async () => {
        const found = await page.evaluate(async (name) => {
          const { createOverlayExporter } = await import(`/faulty/${name}/index.js`);
          const startTimeout = name === "silent-worker" ? 500 : 30_000;
          const start = createOverlayExporter({ runtimeUrl: `/faulty/${name}/runtime/`, snapshot: "ignore", startTimeout });
          return await outcome(start);
        }, fault);
        assert.deepEqual([found.code, found.detail], [code, detail]);
      });
    }

    it("names the wheel whose checksum is wrong", async () => {
      const found = await page.evaluate(() => outcome(create({ runtimeUrl: "/faulty/broken-wheel/runtime/", snapshot: "ignore" })));
      assert.equal(found.code, "worker-start-failed");
      assert.equal(found.detail.cause, "checksum");
      assert.match(found.detail.file, /^dicom_overlay-.*\.whl$/);
    });

    it("rejects with the signal's reason when it aborts before or during the start", async () => {
      const found = await page.evaluate(async () => {
        const reason = new Error("not wanted");
        const before = await create({ signal: AbortSignal.abort(reason) }).catch((error) => error === reason);
        const control = new AbortController();
        const start = create({ signal: control.signal, onStatus: () => control.abort(reason) });
        return [before, await start.catch((error) => error === reason)];
      });
      assert.deepEqual(found, [true, true]);
    });
  });

  describe("while working", () => {
    const write = `(file, options) => exporter.writeOverlays(file, [{ mask: maskOf(128 * 128) }], options)`;
    const start = (options = {}) =>
      page.evaluate(
        async (given, source) => {
          globalThis.exporter = await create(given);
          // biome-ignore lint/security/noGlobalEval: a test's own text
          globalThis.write = (0, eval)(source);
        },
        options,
        write,
      );

    it("rejects with worker-died when the worker is killed while writing, and the next file is written", async () => {
      await start();
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        const [file] = files();
        const running = [write(file), write(file)].map(outcome);
        workers.at(-1).terminate();
        const lost = await Promise.all(running);
        return { lost, next: await outcome(write(file)), failed: statuses.filter(({ type }) => type === "failed").map(({ error }) => error.code) };
      });
      assert.deepEqual(found.lost.map(({ code, detail }) => [code, detail]), [
        ["worker-died", { cause: "killed" }],
        ["worker-died", { cause: "killed" }],
      ]);
      assert.equal(found.next.code, "resolved");
      assert.deepEqual(found.failed.slice(-1), ["worker-died"]);
    });

    it("aborts before, waiting and running, and not after", async () => {
      await start();
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        const [file] = files();
        const reason = new Error("not wanted");
        const byReason = (promise) => promise.then(() => "resolved", (error) => (error === reason ? "reason" : String(error)));
        const before = await byReason(write(file, { signal: AbortSignal.abort(reason) }));
        const control = new AbortController();
        const { signal } = control;
        const all = [1, 2, 3, 4].map(() => byReason(write(file, { signal })));
        const kept = write(file);
        control.abort(reason);
        const late = new AbortController();
        await write(file, { signal: late.signal });
        late.abort(reason);
        return { before, all: await Promise.all(all), kept: (await kept).size > 0 };
      });
      assert.deepEqual(found, { before: "reason", all: ["reason", "reason", "reason", "reason"], kept: true });
    });

    it("replaces a worker that is stuck on an aborted file after the grace time", async () => {
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        const { createOverlayExporter } = await import("/faulty/stuck-worker/index.js");
        globalThis.exporter = await createOverlayExporter({
          runtimeUrl: "/runtime/",
          workers: 1,
          graceTime: 300,
        });
        const [file] = files();
        const plane = { mask: maskOf(128 * 128) };
        const behind = outcome(exporter.writeOverlays(file, [plane], { signal: AbortSignal.timeout(200) }));
        const other = outcome(exporter.writeOverlays(file, [plane]));
        const before = performance.now();
        return { behind: await behind, other: await other, seconds: (performance.now() - before) / 1000 };
      });
      assert.equal(found.behind.name, "TimeoutError");
      assert.deepEqual([found.other.code, found.other.detail], ["worker-died", { cause: "stuck" }]);
      assert.ok(found.seconds < 20);
    });

    it("rejects running and waiting jobs with disposed", async () => {
      await start();
      await giveFiles(page, sample);
      const codes = await page.evaluate(async () => {
        const [file] = files();
        const jobs = [1, 2, 3, 4, 5].map(() => outcome(write(file)));
        exporter.dispose();
        jobs.push(outcome(write(file)), outcome(exporter.readOverlays(file)));
        jobs.push(outcome(exporter.exportSeries([file], [{ data: maskOf(128 * 128), columns: 128, rows: 128, slices: 1 }]).next()));
        return (await Promise.all(jobs)).map(({ code }) => code);
      });
      assert.deepEqual(codes, Array(8).fill("disposed"));
    });

    it("says invalid-mask for a detached mask, and keeps the caller's mask whole", async () => {
      await start();
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        const [file] = files();
        const kept = maskOf(128 * 128);
        await exporter.writeOverlays(file, [{ mask: kept }]);
        const moved = maskOf(128 * 128);
        await exporter.writeOverlays(file, [{ mask: moved }], { buffers: "transfer" });
        return [kept.length, moved.length, (await outcome(exporter.writeOverlays(file, [{ mask: moved }]))).code];
      });
      assert.deepEqual(found, [128 * 128, 0, "invalid-mask"]);
    });

    it("says so when the file was deleted or changed on disk since it was chosen", async () => {
      await start();
      const [deleted, changed] = ["deleted.dcm", "changed.dcm"].map((name) => join(folder, name));
      copyFileSync(sample, deleted);
      copyFileSync(sample, changed);
      await giveFiles(page, deleted, changed);
      await page.evaluate(() => files().map(({ size }) => size));
      rmSync(deleted);
      writeFileSync(changed, "something else");
      utimesSync(changed, new Date(), new Date(Date.now() + 60_000));
      const codes = await page.evaluate(async () => (await Promise.all(files().map((file) => outcome(write(file))))).map(({ code }) => code));
      const expected = ["file-access", "file-changed", "truncated", "not-dicom"];
      assert.ok(["file-access", "file-changed"].includes(codes[0]), codes[0]);
      assert.ok(expected.includes(codes[1]), codes[1]);
    });

    it("keeps two exporters on one page apart", async () => {
      await start();
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        const [file] = files();
        const other = await create();
        const plane = { mask: maskOf(128 * 128) };
        const blobs = await Promise.all([write(file), other.writeOverlays(file, [plane])]);
        other.dispose();
        blobs.push(await write(file));
        return new Set(await Promise.all(blobs.map(sha256))).size;
      });
      assert.equal(found, 1);
    });

    it("works on in a hidden tab", async () => {
      await start();
      await giveFiles(page, sample);
      const cover = await browser.newPage();
      await cover.bringToFront();
      const size = await page.evaluate(async () => (await write(files()[0])).size);
      assert.ok(size > 0);
      await cover.close();
    });
  });

  it("leave no uncaught error on the page or in a worker", () => {
    // Firefox counts its own console message on a wrong checksum among the page's errors.
    assert.deepEqual(uncaught.filter((text) => !/hashes in the integrity attribute/.test(text)), []);
  });
});
