/** Everything that can go wrong outside our code: each promise settles, with a code that says what it was. */
import assert from "node:assert/strict";
import { copyFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { browserName, giveFiles, openPage } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

describe(`faults in ${browserName}`, () => {
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
      ["no-loader", "worker-start-failed", { cause: "http-status", file: "pyodide.mjs", status: 404 }],
      ["html-loader", "worker-start-failed", { cause: "content-type", file: "pyodide.mjs", found: "text/html" }],
      ["text-loader", "worker-start-failed", { cause: "content-type", file: "pyodide.mjs", found: "text/plain" }],
      ["no-asm", "worker-start-failed", { cause: "http-status", file: "pyodide.asm.js", status: 404 }],
      ["html-asm", "worker-start-failed", { cause: "content-type", file: "pyodide.asm.js", found: "text/html" }],
      ["octet-wasm", "worker-start-failed", { cause: "content-type", file: "pyodide.asm.wasm", found: "application/octet-stream" }],
      ["html-wasm", "worker-start-failed", { cause: "content-type", file: "pyodide.asm.wasm", found: "text/html" }],
      ["charset-wasm", "worker-start-failed", { cause: "content-type", file: "pyodide.asm.wasm", found: "application/wasm; charset=utf-8" }],
      ["html-manifest", "worker-start-failed", { cause: "content-type", file: "runtime.json", found: "text/html" }],
      ["odd-manifest", "worker-start-failed", { cause: "content-type", file: "runtime.json" }],
      ["broken-wasm", "worker-start-failed", { cause: "checksum", file: "pyodide.asm.wasm" }],
      ["other-loader", "worker-start-failed", { cause: "checksum", file: "pyodide.mjs" }],
      ["other-asm", "worker-start-failed", { cause: "checksum", file: "pyodide.asm.js" }],
      ["cut-wasm", "worker-start-failed", { cause: "network", file: "pyodide.asm.wasm" }],
      ["no-worker", "worker-start-failed", { cause: "http-status", file: "main.js", status: 404 }],
      ["html-worker", "worker-start-failed", { cause: "content-type", file: "main.js", found: "text/html" }],
      ["text-worker", "worker-start-failed", { cause: "content-type", file: "main.js", found: "text/plain" }],
      ["old-worker", "worker-mismatch", { expected: "0.1.0", found: "0.0.9", old: "worker" }],
      ["new-worker", "worker-mismatch", { expected: "0.1.0", found: "9.9.9", old: "page" }],
      ["first-worker", "worker-mismatch", { expected: "0.1.0", found: "none", old: "worker" }],
      ["silent-worker", "worker-start-failed", { cause: "timeout" }],
      ["other-worker", "protocol-mismatch", {}],
      ["old-package", "runtime-mismatch", { expected: "0.1.0", found: "0.0.9", old: "runtime" }],
      ["new-package", "runtime-mismatch", { expected: "0.1.0", found: "9.9.9", old: "package" }],
      ["other-protocol", "protocol-mismatch", { expected: 3, found: "99", old: "package" }],
    ];
    const outcomes = {};
    // Several at a time, as they mostly wait for the server; each is a test of its own.
    before(async () => {
      const found = await page.evaluate(async (names) => {
        const told = {};
        const left = [...names];
        const startNext = async () => {
          for (let name = left.shift(); name !== undefined; name = left.shift()) {
            const { createOverlayExporter } = await import(`/faulty/${name}/index.js`);
            const startTimeout = name === "silent-worker" ? 500 : 2 ** 31 - 1;
            told[name] = await outcome(createOverlayExporter({ runtimeUrl: `/faulty/${name}/runtime/`, startTimeout }));
          }
        };
        await Promise.all(Array.from({ length: 4 }, startNext));
        return JSON.stringify(told);
      }, starts.map(([fault]) => fault));
      Object.assign(outcomes, JSON.parse(found));
    });
    for (const [fault, code, detail] of starts) {
      it(`rejects with ${code} for ${fault}`, () => {
        assert.deepEqual([outcomes[fault].code, outcomes[fault].detail], [code, detail]);
      });
    }

    for (const [fault, cause] of [["broken-wheel", "checksum"], ["no-wheel", "http-status"], ["html-wheel", "content-type"]]) {
      it(`names the wheel, and says ${cause}, for ${fault}`, async () => {
        const found = await page.evaluate((name) => outcome(create({ runtimeUrl: `/faulty/${name}/runtime/` })), fault);
        assert.deepEqual([found.code, found.detail.cause], ["worker-start-failed", cause]);
        assert.match(found.detail.file, /^dicom_overlay-.*\.whl$/);
      });
    }

    it("says what broke a worker's script off", async () => {
      const found = await page.evaluate(async () => {
        const { createOverlayExporter } = await import("/faulty/broken-worker/index.js");
        return await outcome(createOverlayExporter({ runtimeUrl: "/runtime/" }));
      });
      assert.deepEqual([found.code, found.detail.cause], ["worker-start-failed", "error"]);
    });

    const addresses = ["/runtime/?v=1", "/runtime#x", "", "http://[", "data:text/plain,x", "blob:x", "http://user:secret@localhost/"];
    itOnce("refuses addresses that nothing can be appended to, and options that are none", async () => {
      for (const runtimeUrl of [...addresses, null, 5]) {
        const found = await page.evaluate((given) => outcome(create({ runtimeUrl: given })), runtimeUrl);
        assert.deepEqual([found.code, found.detail], ["invalid-request", { field: "runtimeUrl" }], String(runtimeUrl));
      }
      const wrong = [{ worker: "http://[" }, { graceTime: -1 }, { idleTimeout: "soon" }, { startTimeout: Number.NaN }];
      for (const options of wrong) {
        const [field] = Object.keys(options);
        const found = await page.evaluate((given, name) => outcome(create(name === "startTimeout" ? { startTimeout: Number.NaN } : given)), options, field);
        assert.deepEqual([found.code, found.detail], ["invalid-request", { field }]);
      }
      const none = await page.evaluate(() => outcome(library.createOverlayExporter()));
      assert.deepEqual([none.code, none.detail], ["invalid-request", { field: "options" }]);
    });

    const pages = [
      ["no-wasm", "content-security-policy", "script-src"],
      ["no-workers", "content-security-policy", "worker-src"],
      ["other-types", "trusted-types", undefined],
      ["embedder", "embedder-policy", undefined],
    ];
    for (const [name, cause, directive] of pages) {
      it(`says ${cause} on a page ${name}`, async () => {
        const { page: other } = await openPage(browser, server.origin, `/under/${name}/page.html`);
        const found = await other.evaluate(async (base) => {
          const { createOverlayExporter } = await import(`${base}/index.js`);
          // Said at once: one that waited for the start to time out would wait for ever here.
          const options = { runtimeUrl: `${base}/runtime/`, startTimeout: 2 ** 31 - 1 };
          const error = await createOverlayExporter(options).catch((caught) => caught);
          return { code: error.code, detail: JSON.stringify(error.detail) };
        }, `/under/${name}`);
        await other.close();
        const detail = JSON.parse(found.detail);
        assert.deepEqual([found.code, detail.cause, detail.directive], ["worker-start-failed", cause, directive]);
      });
    }

    const allowed = [
      ["trusted-types", "/under/trusted-types", {}],
      ["embedder-both", "/under/embedder-both", {}],
    ];
    for (const [name, base] of allowed) {
      it(`starts on a page ${name}`, async () => {
        const { page: other } = await openPage(browser, server.origin, `/under/${name}/page.html`);
        const found = await other.evaluate(async (folder) => {
          const { createOverlayExporter } = await import(`${folder}/index.js`);
          const exporter = await createOverlayExporter({ runtimeUrl: `${folder}/runtime/` }).catch((error) => error);
          exporter.dispose?.();
          return exporter instanceof Error ? `${exporter.code} ${JSON.stringify(exporter.detail)}` : "started";
        }, base);
        await other.close();
        assert.equal(found, "started");
      });
    }

    it("starts in a frame made of srcdoc, under the policy of the guide", async () => {
      const { page: other } = await openPage(browser, server.origin, "/policy.html");
      const found = await other.evaluate(async (name) => {
        const frame = document.createElement("iframe");
        frame.srcdoc = "<!doctype html><title>frame</title>";
        const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
        document.body.append(frame);
        await loaded;
        const script = frame.contentDocument.createElement("script");
        script.type = "module";
        script.src = `/${name}`;
        frame.contentDocument.body.append(script);
        return await new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data), { once: true }));
      }, "in-frame.js");
      await other.close();
      assert.equal(found, "started");
    });

    it("starts in a sandboxed frame without an origin, where the server lets every origin read", async () => {
      const found = await page.evaluate(async () => {
        const frame = document.createElement("iframe");
        frame.sandbox = "allow-scripts";
        const base = `${location.origin}/under/cdn`;
        frame.srcdoc = `<!doctype html><title>frame</title><script type="module">
          import { createOverlayExporter } from "${base}/index.js";
          const exporter = await createOverlayExporter({ runtimeUrl: "${base}/runtime/", workers: 1 }).catch((error) => error);
          parent.postMessage(exporter instanceof Error ? JSON.stringify([exporter.code, exporter.detail]) : "started", "*");
          exporter.dispose?.();
        </script>`;
        const said = new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data), { once: true }));
        document.body.append(frame);
        const answer = await said;
        frame.remove();
        return answer;
      });
      assert.equal(found, "started");
    });

    it("says that the server of another origin does not let the page read its files", async () => {
      const elsewhere = server.origin.replace("127.0.0.1", "localhost");
      const found = await page.evaluate(async (other) => {
        // A worker whose script has no policy of its own.
        const worker = "/under/cdn/worker/main.js";
        return [
          await outcome(create({ worker, runtimeUrl: `${other}/runtime/` })),
          await outcome(create({ worker: `${other}/worker/main.js` })),
        ];
      }, elsewhere);
      assert.deepEqual(found.map(({ code, detail }) => [code, detail]), [
        ["worker-start-failed", { cause: "cors", file: "runtime.json" }],
        ["worker-start-failed", { cause: "cors", file: "main.js" }],
      ]);
    });

    it("takes the worker's script by address, from another origin too, and from a function", async () => {
      const elsewhere = server.origin.replace("127.0.0.1", "localhost");
      const found = await page.evaluate(async (other) => {
        const made = () => new Worker("/worker/main.js", { type: "module", name: "theirs" });
        const workers = ["/worker/main.js", new URL("/worker/main.js", location.href), `${other}/under/cdn/worker/main.js`, made];
        const ofEach = workers.map(async (worker) => {
          const one = await create({ worker }).catch((error) => error);
          one.dispose?.();
          return one instanceof Error ? `${one.code} ${JSON.stringify(one.detail)}` : "started";
        });
        return await Promise.all(ofEach);
      }, elsewhere);
      assert.deepEqual(found, Array(4).fill("started"));
    });

    itOnce("says which script of the caller's is not there, or is no Worker", async () => {
      const found = await page.evaluate(async () => {
        const wrong = ["/none.js", () => ({}), () => { throw new Error("no"); }];
        return await Promise.all(wrong.map((worker) => outcome(create({ worker }))));
      });
      assert.deepEqual(found.map(({ code, detail }) => [code, detail]), [
        ["worker-start-failed", { cause: "http-status", file: "none.js", status: 404 }],
        ["invalid-request", { field: "worker" }],
        ["worker-start-failed", { cause: "refused" }],
      ]);
    });

    itOnce("tells no failure when it is disposed of while a worker starts", async () => {
      const told = await page.evaluate(async () => {
        const types = [];
        const control = new AbortController();
        const begun = nextWorker();
        const start = create({ signal: control.signal, onStatus: ({ type }) => types.push(type) });
        await begun;
        control.abort();
        await outcome(start);
        // What the ended worker had still to say would have come before a second one is ready.
        (await create()).dispose();
        return types;
      });
      assert.ok(!told.includes("failed"), told.join());
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
    const writer = `(file, options) => exporter.writeOverlays(file, [{ mask: maskOf(128 * 128) }], options)`;
    /** One exporter serves all tests that leave it whole; a test that ends it calls `end`. */
    const start = () =>
      page.evaluate(async (source) => {
        globalThis.exporter ??= await create();
        // biome-ignore lint/security/noGlobalEval: a test's own text
        globalThis.write = (0, eval)(source);
      }, writer);
    const end = () =>
      page.evaluate(() => {
        globalThis.exporter?.dispose();
        globalThis.exporter = undefined;
      });

    it("does the jobs of a worker that was killed again, once, and no call notices", async () => {
      await start();
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        const [file] = files();
        const running = [write(file), write(file)].map(outcome);
        workers.at(-1).terminate();
        return { lost: await Promise.all(running), failed: statuses.filter(({ type }) => type === "failed").map(({ error }) => error.code) };
      });
      assert.deepEqual(found.lost.map(({ code }) => code), ["resolved", "resolved"]);
      assert.deepEqual(found.failed.slice(-1), ["worker-died"]);
    });

    it("rejects with worker-died when the second worker is killed too, or the buffers were moved away", async () => {
      await start();
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        const [file] = files();
        // Each worker that comes after is killed once it has started and has got the job.
        const working = (worker) =>
          new Promise((resolve) => {
            let left = 2;
            const note = () => --left === 0 && resolve(worker);
            const post = worker.postMessage.bind(worker);
            worker.addEventListener("message", ({ data }) => data.type === "done" && note());
            worker.postMessage = (message, transfer) => {
              post(message, transfer);
              if (message.type === "run") note();
            };
          });
        let isOver = false;
        const killEach = async () => {
          const worker = await nextWorker().then(working);
          if (isOver) return;
          worker.terminate();
          await killEach();
        };
        killEach();
        const moved = outcome(write(file, { buffers: "transfer" }));
        const twice = outcome(write(file));
        workers.at(-1).terminate();
        const lost = [await moved, await twice];
        isOver = true;
        return { lost, next: await outcome(write(file)) };
      });
      assert.deepEqual(found.lost.map(({ code, detail }) => [code, detail]), [
        ["worker-died", { cause: "killed" }],
        ["worker-died", { cause: "killed" }],
      ]);
      assert.equal(found.next.code, "resolved");
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
        return { before, all: await Promise.all(all), kept: (await kept).blob.size > 0 };
      });
      assert.deepEqual(found, { before: "reason", all: ["reason", "reason", "reason", "reason"], kept: true });
    });

    it("replaces a worker that is stuck on an aborted file after the grace time, and does its other job again", async () => {
      await end();
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        let stuck = 0;
        const control = new AbortController();
        // The first worker is given the file and stays stuck on it; the second is whole, as a file's neighbour on a dead drive finds it.
        const makeWorker = () => {
          if (stuck++ > 0) return new Worker("/worker/main.js", { type: "module" });
          const worker = new Worker("/faulty/stuck-worker/worker/main.js", { type: "module" });
          const post = worker.postMessage.bind(worker);
          worker.postMessage = (message, transfer) => {
            post(message, transfer);
            if (globalThis.isWriting) queueMicrotask(() => control.abort());
          };
          return worker;
        };
        globalThis.exporter = await create({ graceTime: 300, worker: makeWorker });
        globalThis.isWriting = true;
        const [file] = files();
        const plane = { mask: maskOf(128 * 128) };
        const behind = outcome(exporter.writeOverlays(file, [plane], { signal: control.signal }));
        const other = outcome(exporter.writeOverlays(file, [plane]));
        return { behind: await behind, other: await other, workers: stuck };
      });
      await end();
      assert.equal(found.behind.name, "AbortError");
      assert.equal(found.other.code, "resolved");
      assert.equal(found.workers, 2);
    });

    it("rejects running and waiting jobs with disposed", async () => {
      await start();
      await giveFiles(page, sample);
      const codes = await page.evaluate(async () => {
        const [file] = files();
        const jobs = [1, 2, 3, 4, 5].map(() => outcome(write(file)));
        exporter.dispose();
        jobs.push(outcome(write(file)), outcome(exporter.readOverlays(file)));
        jobs.push(outcome(exporter.exportSeries([file], [{ mask: maskOf(128 * 128), columns: 128, rows: 128, slices: 1 }]).next()));
        return (await Promise.all(jobs)).map(({ code }) => code);
      });
      await end();
      assert.deepEqual(codes, Array(8).fill("disposed"));
    });

    itOnce("says invalid-mask for a detached mask, and keeps the caller's mask whole", async () => {
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

    itOnce("keeps two exporters on one page apart", async () => {
      await start();
      await giveFiles(page, sample);
      const found = await page.evaluate(async () => {
        const [file] = files();
        const other = await create();
        const plane = { mask: maskOf(128 * 128) };
        const results = await Promise.all([write(file), other.writeOverlays(file, [plane])]);
        other.dispose();
        results.push(await write(file));
        return new Set(await Promise.all(results.map(({ blob }) => sha256(blob)))).size;
      });
      assert.equal(found, 1);
    });

    it("works on in a hidden tab", async () => {
      await start();
      await giveFiles(page, sample);
      const cover = await browser.newPage();
      await cover.bringToFront();
      const size = await page.evaluate(async () => (await write(files()[0])).blob.size);
      assert.ok(size > 0);
      await cover.close();
    });
  });

  it("leave no uncaught error on the page or in a worker", () => {
    // Firefox counts its own console messages, on a wrong checksum, type or origin, among the page's errors.
    const own = /hashes in the integrity attribute|was blocked because of a disallowed MIME type|^Cross-Origin Request Blocked/;
    assert.deepEqual(uncaught.filter((text) => !own.test(text)), []);
  });
});
