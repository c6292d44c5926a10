/** Folders, archives and downloads of real browsers: what is saved is what was made, or said not to be. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { browserName, giveFiles, launch, openPage } from "./browsers.mjs";
import { makeFolder, native } from "./native.mjs";
import { prepare } from "./page.mjs";
import { serve } from "./server.mjs";

/** Runs in the page: what the tests below share. */
function prepareSinks() {
  globalThis.emptyFolder = async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry("out", { recursive: true }).catch(() => undefined);
    globalThis.folder = await root.getDirectoryHandle("out", { create: true });
  };
  globalThis.put = async (name, content) => {
    const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
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

describe(`sinks in ${browserName}`, { timeout: 300_000 }, () => {
  const { folder, remove } = makeFolder();
  const downloads = join(folder, "downloads");
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
    mkdirSync(downloads);
    server = await serve();
    browser = await launch([], { downloads });
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

  it("asks, renames or replaces where a folder has files of those names", async () => {
    const found = await page.evaluate(async () => {
      await put("a.dcm", "old");
      const given = () => [{ name: "a.dcm", blob: new Blob(["new"]) }, { name: "b.dcm", blob: new Blob(["new"]) }];
      const answers = [await outcome(library.toDirectory(folder, given())), await contents()];
      for (const existing of ["rename", "replace"]) {
        answers.push(plain(await library.toDirectory(folder, given(), { existing })), await contents());
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
      const file = await (await folder.getFileHandle("source.dcm")).getFile();
      const made = await exporter.writeOverlays(file, [{ mask: maskOf(512 * 512), label: "Liver" }]);
      const blob = made.blob ?? made;
      const expected = await sha256(blob);
      const saved = await library.toDirectory(folder, [{ name: file.name, file, blob }], { existing: "replace" });
      const now = await (await folder.getFileHandle("source.dcm")).getFile();
      return { saved: plain(saved), isSame: (await sha256(now)) === expected, names: Object.keys(await contents()) };
    });
    assert.deepEqual(found, {
      saved: [["saved", 0, "source.dcm", "source.dcm"]],
      isSame: true,
      names: ["source.dcm"],
    });
  });

  it("leaves the old file or the whole new one when the page ends midway", async (context) => {
    const size = 48 * 2 ** 20;
    const seen = [];
    for (const milliseconds of [0, 30, 100, null]) {
      const victim = (await open()).page;
      await victim.evaluate(async (bytes) => {
        await emptyFolder();
        await put("a.dcm", new Uint8Array(bytes).fill(1));
        const file = await (await folder.getFileHandle("a.dcm")).getFile();
        const blob = new Blob([new Uint8Array(1000).fill(2), file.slice(0, bytes / 2), new Uint8Array(bytes / 2).fill(2)]);
        globalThis.saving = library.toDirectory(folder, [{ name: "a.dcm", blob }], { existing: "replace" });
      }, size);
      if (milliseconds === null) await victim.evaluate(() => saving.then(() => undefined));
      else await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await victim.close();
      const found = await page.evaluate(async () => {
        const root = await navigator.storage.getDirectory();
        const out = await root.getDirectoryHandle("out");
        const file = await (await out.getFileHandle("a.dcm")).getFile();
        const bytes = new Uint8Array(await file.arrayBuffer());
        return [file.size, bytes[0], bytes.at(-1)];
      });
      assert.deepEqual(found, found[0] === size ? [size, 1, 1] : [size + 1000, 2, 2]);
      seen.push(found[0] === size ? "old" : "new");
    }
    context.diagnostic(seen.join(", "));
    assert.ok(seen.includes("old"), "no page ended before its file was written");
    assert.equal(seen.at(-1), "new");
  });

  const sinks = {
    folder: async () => {
      const saved = await library.toDirectory(folder, results);
      return [plain(saved), Object.keys(await contents()).sort()];
    },
    archive: async () => {
      const handle = await folder.getFileHandle("out.zip", { create: true });
      const saved = await library.toZipFile(handle, results);
      return [plain(saved), await (await handle.getFile()).text().then((text) => [...text.matchAll(/PK\x01\x02[^]{42}([a-z]+\.dcm)/g)].map(([, name]) => name))];
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

  it("says what became of a file that changed, as the error of a stream that nobody listens to", async () => {
    const [path] = await exported("only.dcm");
    truncateSync(path, 100_000);
    const direct = await page.evaluate(async () => {
      const reader = library.toZip(results).getReader();
      return await outcome((async () => { while (!(await reader.read()).done); })());
    });
    assert.equal(direct.code, "file-changed");
  });

  it("offers forty files so that all of them arrive, each with its bytes", async () => {
    const count = 40;
    const saved = await page.evaluate(async (total) => {
      const given = Array.from({ length: total }, (_, at) => ({ name: `many-${at}.dcm`, blob: new Blob([`file ${at}`], { type: "application/dicom" }) }));
      return (await library.downloadAll(given)).length;
    }, count);
    assert.equal(saved, count);
    const arrived = () => readdirSync(downloads).filter((name) => /^many-\d+\.dcm$/.test(name));
    for (const end = Date.now() + 20_000; arrived().length < count && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(arrived().length, count);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (let at = 0; at < count; at++) assert.equal(readFileSync(join(downloads, `many-${at}.dcm`), "utf8"), `file ${at}`);
    assert.equal(existsSync(join(downloads, "shrunk.dcm")), false);
  });

  it("streams an archive into a file handle that Python opens", async () => {
    await exported("one.dcm", "two.dcm");
    const base64 = await page.evaluate(async () => {
      const handle = await folder.getFileHandle("out.zip", { create: true });
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

  it("ends with signal.reason within 100 ms, and leaves no half file", async () => {
    const found = await page.evaluate(async () => {
      const control = new AbortController();
      const given = Array.from({ length: 50 }, (_, at) => ({ name: `${at}`, blob: new Blob([new Uint8Array(20_000_000)]) }));
      const onSaved = ({ index }) => index === 2 && setTimeout(() => { globalThis.stopped = performance.now(); control.abort("enough"); }, 5);
      const reason = await library.toDirectory(folder, given, { signal: control.signal, onSaved }).then(() => "saved", String);
      const milliseconds = performance.now() - globalThis.stopped;
      return { reason, milliseconds, sizes: [...new Set(Object.values(await contents()))] };
    });
    assert.equal(found.reason, "enough");
    assert.ok(found.milliseconds < 400, `${found.milliseconds} ms`); // 100 on a quiet machine
    assert.deepEqual(found.sizes, [20_000_000]);
  });

  it("shows no uncaught error", async () => {
    assert.deepEqual(uncaught, []);
    assert.deepEqual(await page.evaluate(() => unhandled), []);
  });
});
