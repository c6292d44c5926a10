/** A stranger's walk over the built page: open, see, mark, export, check; what comes out is judged natively. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { ask, make } from "./native.mjs";
import {
  choose,
  derive,
  downloadOf,
  dragTool,
  fittedMap,
  fixRange,
  goToImage,
  openDemo,
  openSample,
  textOf,
  waitForImage,
  waitForPicture,
  waitForText,
} from "./page.mjs";
import { itOnce } from "../exporter/once.mjs";

const sampleZip = fileURLToPath(new URL("../../../web/site/sample.zip", import.meta.url));
const names = Array.from({ length: 24 }, (_, k) => `sample-${String(k + 1).padStart(2, "0")}.dcm`);

/** Tests that share one browser: `shared.demo`. */
export function walk(shared) {
  describe("the demo page", () => {
    let demo;
    let originals;

    before(async () => {
      ({ demo } = shared);
      originals = mkdtempSync(join(tmpdir(), "overlay-originals-"));
      ask("unzip", sampleZip, join(originals, "sample"));
    });
    after(async () => {
      rmSync(originals, { recursive: true, force: true });
    });

    it("exports the sample with what the pointer drew, and no other byte changed", async () => {
      const { page, foreign, faults } = await openDemo(demo);
      await openSample(page);
      assert.match(await textOf(page, "#trust"), /^Nothing is uploaded/);
      assert.equal(await page.$("#export-sink option[value=archive]"), null);
      await goToImage(page, 12);
      const at = await fittedMap(page, 512, 512);
      await dragTool(page, "rectangle", at(100, 150), at(219, 329));
      await waitForText(page, "#layer-list", /21600 pixels here/);
      await page.click("#copy-next");
      await waitForText(page, "#slice-text", /^13 /);
      assert.equal(await page.$eval(".ticks .marked", (path) => path.getAttribute("d")), "M11 0h1v1h-1zM12 0h1v1h-1z");
      await page.waitForFunction(() => {
        const canvas = document.querySelector(".thumbnail");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value, i) => i % 4 !== 3 && value > 40);
      });
      const zip = await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /Checked: every mask was read back and is equal/);
      const expected = Object.fromEntries(names.map((name) => [name, null]));
      expected["sample-12.dcm"] = expected["sample-13.dcm"] = [100, 150, 220, 330];
      const verdict = ask("judge", zip, join(originals, "sample"), expected, ["sample-12.dcm", "sample-20.dcm"]);
      assert.deepEqual(verdict, { files: 24, problems: [] });
      assert.match(await textOf(page, "#results-body"), /without the planes, every byte equals the original/);
      assert.deepEqual({ foreign, faults }, { foreign: [], faults: [] });
      await page.close();
    });

    // dcmjs, which lists the elements for the check, refuses files without preamble, and several character sets at first.
    itOnce("checks what dcmjs refuses", async () => {
      const { page, faults } = await openDemo(demo);
      const files = [
        ["J2K_pixelrep_mismatch.dcm", /Pixel Data is equal\./],
        ["OT-PAL-8-face.dcm", /Pixel Data of 1 of 1 could not be compared\./],
      ];
      for (const [k, [name, verdict]] of files.entries()) {
        await choose(page, "#file-input", make("find", name));
        await waitForText(page, "#status", new RegExp(`${k + 1} images? in ${k + 1} series`));
        await page.evaluate((at) => document.querySelectorAll("button.series")[at].click(), k);
        await page.waitForSelector('#stage[data-seen="true"]');
        await waitForPicture(page);
        const text = await page.$$eval("button.series", (buttons, at) => buttons[at].textContent, k);
        const [, columns, rows] = /(\d+) × (\d+)/.exec(text).map(Number);
        const at = await fittedMap(page, rows, columns);
        await dragTool(page, "rectangle", at(2, 3), at(9, 11));
        await derive(page, false);
        await downloadOf(demo, async () => await page.click("#export-button"));
        await waitForText(page, "#status", /Checked: every mask was read back and is equal; Pixel Data is equal\./);
        assert.match(await textOf(page, "#results-body"), /without the planes, every byte equals the original/);
        await derive(page);
        await downloadOf(demo, async () => await page.click("#export-button"));
        await waitForText(page, "#status", verdict);
      }
      assert.deepEqual(faults, []);
      await page.close();
    });

    it("sets marks on the pixels that are seen, be they square or not", async () => {
      const folder = join(originals, "oblong");
      mkdirSync(folder);
      const { wanted, rows, columns, aspects } = make("oblong_pixels", folder);
      for (const [name, aspect] of Object.entries(aspects).filter(([file]) => /tall/.test(file))) {
        const { page, faults } = await openDemo(demo);
        await choose(page, "#file-input", join(folder, name));
        await waitForPicture(page);
        const at = await fittedMap(page, rows, columns, aspect);
        await dragTool(page, "rectangle", at(10, 30), at(20, 55));
        await page.click('[data-testid="tool-fill"]');
        // The values are 0 and 1,000: what is like the clicked pixel is what is bright.
        // The tool's own controls take their place above the canvas.
        const now = await fittedMap(page, rows, columns, aspect);
        for (const { x, y } of [now(53, 20), now(70, 40)]) await page.mouse.click(x, y);
        const saved = await downloadOf(demo, async () => await page.click("#export-button"));
        const { problems } = ask("judge", saved, folder, { [name]: wanted }, [name]);
        assert.deepEqual(problems, [], name);
        assert.deepEqual(faults, []);
        await page.close();
      }
    });

    itOnce("takes no mark while the last picture is still seen", shared.onSample(async ({ page }) => {
      // In one task, so that the next picture cannot have come.
      const typeAtOnce = async (...keys) =>
        await page.$eval(
          "#canvas",
          (canvas, typed) => {
            canvas.focus();
            for (const key of typed) {
              for (const type of ["keydown", "keyup"])
                canvas.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, cancelable: true }));
            }
          },
          keys,
        );
      const corners = [" ", "ArrowRight", " ", "ArrowDown", " "];
      await typeAtOnce("p", "End", ...corners);
      await waitForImage(page, 24);
      await typeAtOnce("Enter", "b", "Home", " ");
      await waitForText(page, "#slice-text", /^1 \//);
      await waitForText(page, "#layer-list", /Nothing marked yet/);
      // Taken again once the picture is there.
      await waitForImage(page, 1);
      await page.keyboard.press(" ");
      await waitForText(page, "#layer-list", /[1-9]\d* pixels here/);
    }));

    itOnce("shows markup in names and attributes as text, and lists what is no DICOM or states more frames than it can hold", async () => {
      const folder = join(originals, "hostile");
      mkdirSync(folder);
      const { page, faults } = await openDemo(demo);
      let dialogs = 0;
      page.on("dialog", async (dialog) => {
        dialogs += 1;
        await dialog.dismiss();
      });
      await choose(page, "#file-input", ...make("hostile", folder), make("endless", mkdtempSync(join(folder, "endless-"))));
      await waitForText(page, "#status", /1 image in 1 series open. 2 not opened/);
      assert.match(await textOf(page, "#series-list"), /<u>CT<\/u> <img src=x onerror=alert\(1\)>/);
      await page.$eval("#rejected", (details) => {
        details.open = true;
      });
      assert.match(await textOf(page, "#rejected-list"), /<script>.*This is not a DICOM file/);
      assert.match(await textOf(page, "#rejected-list"), /The header cannot be read/);
      await waitForPicture(page);
      const at = await fittedMap(page, 128, 128);
      await dragTool(page, "brush", at(30, 30), at(60, 60));
      await page.click("#export-button");
      await waitForText(page, "#status", /Checked/);
      assert.match(await textOf(page, "#results-body"), /<img src=x onerror=alert\(2\)>/);
      const made = await page.$$eval("main img, main script, main b, main u, main i", (found) => found.length);
      assert.deepEqual({ made, dialogs, faults }, { made: 0, dialogs: 0, faults: [] });
      await page.close();
    });

    itOnce("draws with every tool, and takes each step back and forth", shared.onSample(async ({ page }) => {
      const at = await fittedMap(page, 512, 512);
      const pixels = async () => Number(/(\d+) pixels here/.exec(await textOf(page, "#layer-list"))?.[1] ?? 0);
      await dragTool(page, "brush", at(100, 100), at(100, 200));
      const brushed = await pixels();
      // A stroke of 100 pixels with a brush of 12: a bar and two half discs, 1,313 pixels on paper.
      assert.ok(Math.abs(brushed - 1313) < 40, `${brushed} pixels`);
      await dragTool(page, "eraser", at(100, 150), at(100, 210));
      const erased = await pixels();
      assert.ok(erased < brushed - 600, `${erased} pixels`);
      await page.click('[data-testid="tool-polygon"]');
      for (const [r, c] of [[300, 100], [300, 200], [400, 200]]) await page.mouse.click(at(r, c).x, at(r, c).y);
      await page.click('[data-testid="close-polygon"]');
      const closed = (await pixels()) - erased;
      assert.ok(Math.abs(closed - 5000) < 120, `${closed} pixels`);
      await fixRange(page, 0, 100_000);
      await page.click('[data-testid="mark-threshold"]');
      assert.ok((await pixels()) > closed + erased);
      for (const wanted of [closed + erased, erased, brushed]) {
        await page.click("#undo");
        assert.equal(await pixels(), wanted);
      }
      await page.click("#redo");
      assert.equal(await pixels(), erased);
      const uploads = (selector, ...values) =>
        page.evaluate(
          async (where, typed) => {
            const { prototype } = OffscreenCanvasRenderingContext2D;
            const { putImageData } = prototype;
            let count = 0;
            prototype.putImageData = function (...given) {
              count += 1;
              return putImageData.apply(this, given);
            };
            for (const value of typed) {
              const input = document.querySelector(where);
              input.value = value;
              input.dispatchEvent(new Event("input", { bubbles: true }));
              await new Promise(requestAnimationFrame);
            }
            prototype.putImageData = putImageData;
            return count;
          },
          selector,
          values,
        );
      assert.equal(await uploads("#layer-list .opacity", 30, 60, 90), 0, "an opacity drag draws nothing again");
      assert.equal(await uploads("#layer-list input[type=color]", "#00ff00"), 1, "another colour draws its mask");
    }));

    it("lets the keyboard alone open an image, mark and export", async () => {
      const { page } = await openDemo(demo);
      await page.focus("#sample-button");
      await page.keyboard.press("Enter");
      await waitForText(page, "#status", /24 images/);
      await waitForPicture(page);
      await page.focus("#canvas");
      await page.keyboard.press("Home");
      await page.keyboard.press("PageDown");
      await waitForText(page, "#slice-text", /^2 /);
      await page.waitForSelector('#stage[data-seen="true"]');
      await page.keyboard.press("r");
      await page.keyboard.press(" ");
      for (let i = 0; i < 9; i++) await page.keyboard.press("ArrowRight");
      for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown");
      await page.keyboard.press(" ");
      // From the middle of 512 pixels, both ends included.
      await waitForText(page, "#layer-list", /50 pixels here/);
      await page.focus("#export-button");
      const zip = await downloadOf(demo, async () => await page.keyboard.press("Enter"));
      await waitForText(page, "#status", /Checked/);
      assert.equal(await page.evaluate(() => document.activeElement.id), "export-button");
      const expected = Object.fromEntries(names.map((name) => [name, null]));
      expected["sample-02.dcm"] = [256, 256, 261, 266];
      assert.deepEqual(ask("judge", zip, join(originals, "sample"), expected, []).problems, []);
      await page.close();
    });
  });
}
