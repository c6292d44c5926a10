/** Masks from files without a place in space, frames of one file, and what happens when the runtime is not there. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, } from "node:test";
import { ask, make, maskFiles } from "./native.mjs";
import {
  choose,
  downloadOf,
  dragTool,
  fittedMap,
  openDemo,
  openSample,
  setNumber,
  startDemo,
  textOf,
  waitForPicture,
  waitForText,
} from "./page.mjs";
import { itOnce } from "../exporter/once.mjs";

/** Tests that share one browser: `shared.demo`. */
export function masks(shared) {
  describe("masks on the demo page", () => {
    let demo;
    let folder;

    before(async () => {
      ({ demo } = shared);
      folder = mkdtempSync(join(tmpdir(), "overlay-masks-"));
    });
    after(async () => {
      rmSync(folder, { recursive: true, force: true });
    });

    itOnce("lays stacks without geometry on the series slice by slice, one layer a label, and says so", async () => {
      const { files } = make("oblique_series", join(folder, "series"));
      const { paths, wanted } = maskFiles("stacks", folder, 7, 24, 32);
      for (const [form, path] of Object.entries(paths).filter(([name]) => name === "big-endian")) {
        const { page } = await openDemo(demo);
        await choose(page, "#file-input", ...files);
        await choose(page, "#mask-input", path);
        const words = await waitForText(page, "#status", /Mask imported/);
        assert.match(words, /2 layers, .*Placed image by image in order/, form);
        const zip = await downloadOf(demo, async () => await page.click("#export-button"));
        const unpacked = join(folder, form);
        mkdirSync(unpacked);
        ask("unzip", zip, unpacked);
        const stem = path.split("/").at(-1).replace(/\.(npy|nii)$/, "");
        const expected = wanted["1"].map((bits, k) => ({ [`${stem} 1`]: bits, [`${stem} 2`]: wanted["2"][k] }));
        assert.deepEqual(maskFiles("planes_in_space", unpacked), expected, form);
        await page.close();
      }
    });

    itOnce("refuses a volume of another series with both sizes in words", shared.onSample(async ({ page, faults }) => {
      const { paths } = maskFiles("stacks", folder, 5, 10, 12);
      await choose(page, "#mask-input", paths["int16-c"]);
      await waitForText(page, "#error", /does not fit this series.*Mask: 12 × 10 × 5; images: 512 × 512 × 24/);
      assert.match(await textOf(page, "#layer-list"), /Nothing marked yet/);
      // The page notes what it refused for whoever looks for the cause.
      assert.deepEqual(faults.splice(0), ["Fault: mask-not-placed"]);
    }));

    itOnce("asks before a mask is laid against its position, names both places, and keeps the choice in sight", async () => {
      const { files } = make("oblique_series", join(folder, "elsewhere"));
      const moved = maskFiles("elsewhere", join(folder, "elsewhere"));
      const { page, faults } = await openDemo(demo);
      await choose(page, "#file-input", ...files);
      await waitForPicture(page);
      await page.focus("#layer-add");
      await choose(page, "#mask-input", moved);
      await page.waitForSelector("#question[open]");
      const asked = await textOf(page, "#question");
      assert.match(asked, /Mask: \(-40\.0, 13\.0, 177\.5\) to .* mm/);
      assert.match(asked, /Images: \(-40\.0, 13\.0, 77\.5\) to .* mm/);
      await page.click("[data-testid=question-no]");
      await page.waitForSelector("#question", { hidden: true });
      await waitForText(page, "#layer-list", /Nothing marked yet/);
      // Where the keyboard was before.
      assert.equal(await page.evaluate(() => document.activeElement.id), "layer-add");
      assert.equal(await page.$eval("#undo", (button) => button.disabled), true);
      await choose(page, "#mask-input", moved);
      await page.waitForSelector("#question[open]");
      await page.click("[data-testid=question-yes]");
      await waitForText(page, "#status", /Mask imported: .*against its position/);
      assert.match(await textOf(page, "#layer-list"), /Placed in order, against its position/);
      await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /Checked/);
      await page.click("#results-button");
      await page.waitForSelector("#results[open]");
      const report = await downloadOf(demo, async () => await page.click("#report-button"));
      assert.match(readFileSync(report, "utf8"), /laid-against-position \(moved\)/);
      assert.deepEqual(faults, []);
      await page.close();
    });

    itOnce("asks for a threshold where a mask holds fractions, and shows what it sets", async () => {
      const { path, above } = maskFiles("fractions", folder, 128, 128, 0.5);
      const { page, faults } = await openDemo(demo);
      await choose(page, "#file-input", make("find", "CT_small.dcm"));
      await waitForPicture(page);
      await choose(page, "#mask-input", path);
      await page.waitForSelector("[data-testid=threshold]");
      await setNumber(page, "#threshold-number", 0.5);
      await waitForText(page, "[data-testid=threshold-effect]", new RegExp(`^${above} pixels set`));
      await waitForText(page, "#layer-list", /Nothing marked yet/);
      await page.click("[data-testid=threshold-use]");
      await waitForText(page, "#status", /Mask imported/);
      await waitForText(page, "#layer-list", new RegExp(`\\b${above} pixels here`));
      assert.deepEqual(faults, []);
      await page.close();
    });

    itOnce("says what a DICOM segmentation is when it is opened as an image, and uses it as a mask", async () => {
      const { files, maps } = make("oblique_series", join(folder, "seg"));
      const { page, faults } = await openDemo(demo);
      await choose(page, "#file-input", ...files, maps.segmentation);
      await waitForText(page, "#status", /7 images in 1 series open. 1 not opened/);
      await page.$eval("#rejected", (details) => {
        details.open = true;
      });
      assert.match(await textOf(page, "#rejected-list"), /This is a segmentation/);
      await waitForPicture(page);
      await page.click("[data-testid=use-as-mask]");
      await waitForText(page, "#status", /Mask imported: 1 layer.*on 6 images. Placed by its position/);
      assert.equal(await page.$eval("[data-testid=layer-name]", (input) => input.value), "Lesion");
      assert.deepEqual(faults, []);
      await page.close();
    });

    itOnce("writes the frames of a multi-frame file as one plane of as many frames", async () => {
      const { page } = await openDemo(demo);
      await choose(page, "#file-input", make("find", "emri_small.dcm"));
      await waitForText(page, "#status", /10 images in 1 series/);
      await waitForPicture(page);
      await page.focus("#canvas");
      await page.keyboard.press("Home");
      await page.keyboard.press("PageDown");
      await page.keyboard.press("PageDown");
      await waitForText(page, "#slice-text", /^3 /);
      const at = await fittedMap(page, 64, 64);
      await dragTool(page, "rectangle", at(5, 6), at(14, 25));
      const saved = await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /Checked: every mask was read back and is equal/);
      assert.deepEqual(maskFiles("frames_of", saved), { frames: [10, 64, 64], set: [0, 0, 200, 0, 0, 0, 0, 0, 0, 0] });
      await page.close();
    });

    itOnce("still shows the images when the runtime is missing, and says what to do", async () => {
      // No service worker either, as on a server that was copied without this folder.
      const replace = (name) => (name.startsWith("runtime/") || name === "sw.js" ? "<!doctype html>not found" : undefined);
      const bare = await startDemo({ replace });
      try {
        const { page } = await openDemo(bare);
        await openSample(page);
        await waitForText(page, "#python-chip", /did not start/);
        const at = await fittedMap(page, 512, 512);
        await dragTool(page, "brush", at(50, 50), at(60, 60));
        await page.click("#export-button");
        await waitForText(page, "#error", /Python could not be started. Check that the folder “runtime”/);
        assert.notEqual(await page.$('#export-button:not(:disabled)[aria-disabled="false"]'), null);
        await page.close();
      } finally {
        await bare.stop();
      }
    });
  });
}
