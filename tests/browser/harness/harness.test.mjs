/** The smallest harness as `make demo` serves it, and `writeDicomOverlay` on its Python: with numpy and without. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { downloadOf } from "../demo/page.mjs";
import { serveSite } from "../demo/site.mjs";
import { browserName, giveFiles } from "../exporter/browsers.mjs";
import { downloads, launch } from "../exporter/launch.mjs";
import { makeFolder, native } from "../exporter/native.mjs";
import { prepare } from "../exporter/page.mjs";

const library = fileURLToPath(new URL("../../../web/dist/", import.meta.url));
const NAMES = ["MR_small_bigendian.dcm"];

const sha256Of = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

const answers = new Map();
/** `native`, asked once for each question: both pages get the same files. */
function known(...question) {
  const key = JSON.stringify(question);
  if (!answers.has(key)) answers.set(key, native(...question));
  return answers.get(key);
}

describe(`the harness in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let site;
  let browser;

  before(async () => {
    site = await serveSite((name) => (/^(index|shared-\w+)\.js$/.test(name) ? readFileSync(join(library, name)) : undefined));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    remove();
  });

  // That numpy changes nothing no browser decides.
  for (const useNumpy of browserName === "firefox" ? [false] : [false, true]) {
    describe(useNumpy ? "with numpy" : "without numpy", () => {
      let page;
      const give = async (...paths) => await giveFiles(page, ...paths);
      /** Give files and wait for the text that the page ends with. */
      const answerTo = async (...paths) => {
        await page.evaluate(() => document.querySelector("#result").replaceChildren());
        await give(...paths);
        await page.waitForFunction(() => document.querySelector("#result").textContent !== "");
        return await page.$eval("#result", ({ textContent }) => textContent);
      };
      /** Into an input of the test's own, which the harness does not watch. */
      const giveBytes = async (path) => await (await page.$("#bytes")).uploadFile(path);

      before(async () => {
        page = await browser.newPage();
        await page.goto(`${site.origin}/harness/`);
        await page.evaluate(prepare, { base: "" });
        await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", '<input type="file" id="bytes">'));
        if (useNumpy) await page.click("#numpy");
      });

      it("asks for what is missing before it starts Python", async () => {
        assert.equal(await answerTo(known("find", NAMES[0])), "One DICOM file and one PNG mask, please.");
        assert.equal(await page.evaluate(() => globalThis.python), undefined);
      });

      for (const name of NAMES) {
        it(`writes the bytes of the native wheel into ${name}`, async () => {
          const path = known("find", name);
          const png = join(folder, `${name}.png`);
          const { sha256 } = known("written_with_png", path, png, join(folder, name));
          const result = await downloadOf({ downloads }, () => give(path, png));
          assert.equal(basename(result), name.replace(".dcm", "-overlay.dcm"));
          assert.equal(sha256Of(result), sha256);
        });
      }

      it("shows how long each step took, and loads numpy only where it is asked for", async () => {
        const steps = await page.$$eval("#steps li", (lines) => lines.map(({ textContent }) => textContent));
        for (const step of steps) assert.match(step, /^[A-Z][^:]+: \d+ ms$/);
        assert.ok(steps.some((step) => step.startsWith("Write the plane")));
        const loaded = await page.evaluate(async () => (await python).runPython("import sys; 'numpy' in sys.modules"));
        assert.equal(loaded, useNumpy);
      });

      it("says in one line what Python refuses", async () => {
        const answer = await answerTo(known("find", "CT_small.dcm"), join(folder, `${NAMES[0]}.png`));
        assert.match(answer, /^dicom_overlay\..*InvalidMaskError: /);
      });

      for (const name of NAMES) {
        it(`gives writeDicomOverlay what it needs for ${name}, and no file is left behind`, async () => {
          const path = known("find", name);
          const expected = known("written", path, join(folder, name), { label: "Liver" });
          await giveBytes(path);
          const found = await page.evaluate(async ({ rows, columns }) => {
            const pyodide = await python;
            const bytes = new Uint8Array(await document.querySelector("#bytes").files[0].arrayBuffer());
            const before = pyodide.FS.readdir("/tmp").length;
            const out = globalThis.library.writeDicomOverlay(pyodide, bytes, maskOf(rows * columns), { label: "Liver" });
            return { sha256: await sha256(new Blob([out])), left: pyodide.FS.readdir("/tmp").length - before };
          }, expected);
          assert.deepEqual(found, { sha256: expected.sha256, left: 0 });
        });
      }

      it("gives Python's errors as OverlayError with code and detail", async () => {
        await giveBytes(known("find", "CT_small.dcm"));
        const found = await page.evaluate(async () => {
          const pyodide = await python;
          const bytes = new Uint8Array(await document.querySelector("#bytes").files[0].arrayBuffer());
          const caught = [];
          const cases = [{ data: bytes, pixels: 12 }, { data: bytes.slice(0, 3000), pixels: 128 * 128 }, { data: new Uint8Array(300), pixels: 4 }];
          for (const { data, pixels } of cases) {
            try {
              globalThis.library.writeDicomOverlay(pyodide, data, new Uint8Array(pixels), {});
            } catch (error) {
              caught.push([globalThis.library.isOverlayError(error), error.code, typeof error.detail]);
            }
          }
          return caught;
        });
        assert.deepEqual(found, [
          [true, "invalid-mask", "object"],
          [true, "truncated", "object"],
          [true, "not-dicom", "object"],
        ]);
      });

      it("asks no other host for anything", async () => {
        const urls = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name));
        assert.ok(urls.length > 5);
        const own = (url) => url.startsWith(site.origin) || url.startsWith(`blob:${site.origin}`);
        assert.deepEqual(urls.filter((url) => !own(url)), []);
      });
    });
  }
});
