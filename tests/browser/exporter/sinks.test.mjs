/** Folders, archives and downloads of real browsers: what is saved is what was made, or said not to be. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { browserName, giveFiles, openPage, PATIENCE } from "./browsers.mjs";
import { downloads, launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { prepare } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

/** Runs in the page: what the tests below share. */
function prepareSinks() {
  globalThis.emptyFolder = async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry("out", { recursive: true }).catch(() => undefined);
    globalThis.folder = await root.getDirectoryHandle("out", { create: true });
  };
  globalThis.put = async (name, content) => {
    const writable = await (await globalThis.folder.getFileHandle(name, { create: true })).createWritable();
    await writable.write(content);
    await writable.close();
  };
  globalThis.contents = async () => {
    const found = {};
    for await (const [name, handle] of folder.entries()) {
      const file = await handle.getFile();
      found[name] = file.size > 100 ? file.size : await file.text();
    }
    return found;
  };
  globalThis.plain = (saved) =>
    saved.map(({ outcome, index, name, savedAs, error }) =>
      outcome === "failed" ? [outcome, index, name, error.code] : [outcome, index, name, savedAs],
    );
}

/**
 * Runs in the page: once `isSaving`, files are written through a gate at `moment`, which `goOn()` opens; the promise of
 * that name tells when one waits there. What is written before it has gone to the browser's own stream.
 */
function stopSavingAt(moment) {
  const { createWritable } = FileSystemFileHandle.prototype;
  let reach;
  globalThis.moment = new Promise((resolve) => {
    reach = resolve;
  });
  const opened = new Promise((resolve) => {
    globalThis.goOn = resolve;
  });
  const stopAt = async (now) => {
    if (now !== moment) return;
    reach();
    await opened;
  };
  FileSystemFileHandle.prototype.createWritable = async function (...given) {
    const real = await createWritable.apply(this, given);
    if (!globalThis.isSaving) return real;
    const writer = real.getWriter();
    /** @type {any} */
    const gated = new WritableStream({
      write: async (chunk) => {
        await stopAt("before a byte is written");
        await writer.write(chunk);
        await stopAt("after the first bytes");
      },
      close: async () => {
        await stopAt("before it is closed");
        await writer.close();
      },
      abort: (reason) => writer.abort(reason),
    });
    const through = async (use) => {
      const own = gated.getWriter();
      return await use(own).finally(() => own.releaseLock());
    };
    gated.write = (chunk) => through((own) => own.write(chunk));
    gated.close = () => through((own) => own.close());
    return gated;
  };
}

describe(`sinks in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let server;
  let browser;
  let page;
  let uncaught;

  const open = async () => {
    const opened = await openPage(browser, server.origin);
    await opened.page.evaluate(prepare, { base: "" });
    await opened.page.evaluate(prepareSinks);
    return opened;
  };
  before(async () => {
    server = await serve();
    browser = await launch();
    ({ page, uncaught } = await open());
    await page.evaluate(async () => {
      globalThis.exporter = await create();
    });
  });
  beforeEach(() => page.evaluate(() => emptyFolder()));
  after(async () => {
    await browser?.close();
    await server?.stop();
    remove();
  });

  /** Real files on the disk, exported; the results wait in the page while the disk changes. */
  async function exported(...names) {
    const paths = names.map((name) => join(folder, name));
    for (const path of paths) copyFileSync(native("find", "693_UNCR.dcm"), path);
    await giveFiles(page, ...paths);
    await page.evaluate(async () => {
      globalThis.results = [];
      for (const [index, file] of files().entries()) {
        const made = await exporter.writeOverlays(file, [{ mask: maskOf(512 * 512), label: "Liver" }]);
        results.push({ index, file, name: file.name, blob: made.blob ?? made });
      }
    });
    return paths;
  }

  itOnce("asks, renames or replaces where a folder has files of those names", async () => {
    const found = await page.evaluate(async () => {
      await put("a.dcm", "old");
      const given = () => [{ name: "a.dcm", blob: new Blob(["new"]) }, { name: "b.dcm", blob: new Blob(["new"]) }];
      const answers = [await outcome(library.toDirectory(globalThis.folder, given())), await contents()];
      for (const existingFiles of ["rename", "replace"]) {
        answers.push(plain(await library.toDirectory(globalThis.folder, given(), { existingFiles })), await contents());
      }
      return answers;
    });
    assert.deepEqual(found, [
      { code: "file-exists", detail: { index: 0, count: 1 }, name: "OverlayError" },
      { "a.dcm": "old" },
      [["saved", 0, "a.dcm", "a (2).dcm"], ["saved", 1, "b.dcm", "b.dcm"]],
      { "a.dcm": "old", "a (2).dcm": "new", "b.dcm": "new" },
      [["saved", 0, "a.dcm", "a.dcm"], ["saved", 1, "b.dcm", "b.dcm"]],
      { "a.dcm": "new", "a (2).dcm": "new", "b.dcm": "new" },
    ]);
  });

  it("writes a result back into the very file that it was made from", async () => {
    await exported("source.dcm");
    const found = await page.evaluate(async () => {
      await put("source.dcm", files()[0]);
      const file = await (await globalThis.folder.getFileHandle("source.dcm")).getFile();
      const made = await exporter.writeOverlays(file, [{ mask: maskOf(512 * 512), label: "Liver" }]);
      const blob = made.blob ?? made;
      const expected = await sha256(blob);
      const saved = await library.toDirectory(globalThis.folder, [{ name: file.name, file, blob }], { existingFiles: "replace" });
      const now = await (await globalThis.folder.getFileHandle("source.dcm")).getFile();
      return { saved: plain(saved), isSame: (await sha256(now)) === expected, names: Object.keys(await contents()) };
    });
    assert.deepEqual(found, {
      saved: [["saved", 0, "source.dcm", "source.dcm"]],
      isSame: true,
      names: ["source.dcm"],
    });
  });

  it("leaves the old file or the whole new one when the page ends midway", async () => {
    const size = 48 * 2 ** 20;
    for (const moment of ["before a byte is written", "after the first bytes", "before it is closed", "after all"]) {
      const victim = (await open()).page;
      await victim.evaluate(stopSavingAt, moment);
      await victim.evaluate(async (bytes) => {
        await emptyFolder();
        await put("a.dcm", new Uint8Array(bytes).fill(1));
        const file = await (await globalThis.folder.getFileHandle("a.dcm")).getFile();
        const blob = new Blob([new Uint8Array(1000).fill(2), file.slice(0, bytes / 2), new Uint8Array(bytes / 2).fill(2)]);
        globalThis.isSaving = true;
        const saving = library.toDirectory(globalThis.folder, [{ name: "a.dcm", blob }], { existingFiles: "replace" });
        await Promise.race([saving, globalThis.moment]);
      }, size);
      await victim.close();
      const found = await page.evaluate(async () => {
        const root = await navigator.storage.getDirectory();
        const out = await root.getDirectoryHandle("out");
        const file = await (await out.getFileHandle("a.dcm")).getFile();
        const bytes = new Uint8Array(await file.arrayBuffer());
        return [file.size, bytes[0], bytes.at(-1)];
      });
      assert.deepEqual(found, moment === "after all" ? [size + 1000, 2, 2] : [size, 1, 1], moment);
    }
  });

  const sinks = {
    folder: async () => {
      const saved = await library.toDirectory(globalThis.folder, results);
      return [plain(saved), Object.keys(await contents()).sort()];
    },
    archive: async () => {
      const handle = await globalThis.folder.getFileHandle("out.zip", { create: true });
      const saved = await library.toZipFile(handle, results);
      // One letter for each byte: as UTF-8, some checksums would shrink.
      const text = new TextDecoder("latin1").decode(await (await handle.getFile()).arrayBuffer());
      return [plain(saved), [...text.matchAll(/PK\x01\x02[^]{42}([a-z]+\.dcm)/g)].map(([, name]) => name)];
    },
    downloads: async () => {
      const offered = await library.downloadAll(results, { pause: 1 });
      return [plain(offered), null];
    },
  };
  for (const [sink, save] of Object.entries(sinks)) {
    it(`saves into ${sink} only what is what was made, and goes on after what is not`, async () => {
      const [, shrunk, gone] = await exported("first.dcm", "shrunk.dcm", "gone.dcm", "last.dcm");
      truncateSync(shrunk, 100_000);
      rmSync(gone);
      const [saved, names] = await page.evaluate(save);
      const verb = sink === "downloads" ? "offered" : "saved";
      assert.deepEqual(saved[0], [verb, 0, "first.dcm", "first.dcm"]);
      assert.deepEqual(saved[1], ["failed", 1, "shrunk.dcm", "file-changed"]);
      assert.deepEqual(saved[2].slice(0, 3), ["failed", 2, "gone.dcm"]);
      assert.ok(["file-changed", "file-access"].includes(saved[2][3]), saved[2][3]);
      assert.deepEqual(saved[3], [verb, 3, "last.dcm", "last.dcm"]);
      if (names !== null) assert.deepEqual(names, ["first.dcm", "last.dcm"]);
    });
  }

  itOnce("says what became of a file that changed, as the error of a stream that nobody listens to", async () => {
    const [path] = await exported("only.dcm");
    truncateSync(path, 100_000);
    const direct = await page.evaluate(async () => {
      const reader = library.toZip(results).getReader();
      return await outcome((async () => { while (!(await reader.read()).done); })());
    });
    assert.equal(direct.code, "file-changed");
  });

  // Chromium drops downloads beyond ten at once.
  it("offers sixteen files so that all of them arrive, each with its bytes", async () => {
    const count = 16;
    const saved = await page.evaluate(async (total) => {
      const given = Array.from({ length: total }, (_, at) => ({ name: `many-${at}.dcm`, blob: new Blob([`file ${at}`], { type: "application/dicom" }) }));
      return (await library.downloadAll(given)).length;
    }, count);
    assert.equal(saved, count);
    const hasArrived = (at) => {
      const path = join(downloads, `many-${at}.dcm`);
      return existsSync(path) && readFileSync(path, "utf8") === `file ${at}`;
    };
    const missing = () => Array.from({ length: count }, (_, at) => at).filter((at) => !hasArrived(at));
    for (const end = Date.now() + PATIENCE; missing().length > 0 && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.deepEqual(missing(), []);
    assert.equal(existsSync(join(downloads, "shrunk.dcm")), false);
  });

  it("streams an archive into a file handle that Python opens", async () => {
    await exported("one.dcm", "two.dcm");
    const base64 = await page.evaluate(async () => {
      const handle = await globalThis.folder.getFileHandle("out.zip", { create: true });
      await library.toZipFile(handle, results);
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      let text = "";
      for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return btoa(text);
    });
    const archive = join(folder, "out.zip");
    writeFileSync(archive, Buffer.from(base64, "base64"));
    const planes = native("unzip", archive, join(folder, "unzipped"));
    assert.deepEqual(Object.values(planes).map(([plane]) => plane.label), ["Liver", "Liver"]);
  });

  it("ends with signal.reason in the middle of a file, and leaves no half one", async () => {
    const victim = (await open()).page;
    await victim.evaluate(stopSavingAt, "after the first bytes");
    const found = await victim.evaluate(async () => {
      await emptyFolder();
      const control = new AbortController();
      const given = Array.from({ length: 8 }, (_, at) => ({ name: `${at}`, blob: new Blob([new Uint8Array(2_000_000)]) }));
      const onSaved = ({ index }) => {
        if (index === 2) globalThis.isSaving = true;
      };
      const saving = library.toDirectory(globalThis.folder, given, { signal: control.signal, onSaved }).then(() => "saved", String);
      await globalThis.moment;
      control.abort("enough");
      globalThis.goOn();
      return { reason: await saving, sizes: Object.values(await contents()) };
    });
    await victim.close();
    assert.equal(found.reason, "enough");
    assert.ok(found.sizes.length >= 3 && found.sizes.length < 8, `${found.sizes.length} files`);
    assert.deepEqual(new Set(found.sizes), new Set([2_000_000]));
  });

  it("shows no uncaught error", async () => {
    assert.deepEqual(uncaught, []);
    assert.deepEqual(await page.evaluate(() => unhandled), []);
  });
});
