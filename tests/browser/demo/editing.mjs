/** Marks and planes that are changed: undo for everything, planes of the files edited and removed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ask, make } from "./native.mjs";
import { choose, derive, downloadOf, dragTool, fittedMap, goToImage, openDemo, setNumber, textOf, waitForPicture, waitForText } from "./page.mjs";
import { itOnce } from "../exporter/once.mjs";

const pixelsHere = async (page) => Number(/(\d+) pixels here/.exec(await textOf(page, "#layer-list"))?.[1] ?? 0);

/** Tests that share one browser: `shared.demo`. */
export function editing(shared) {
  describe("editing layers and planes", () => {
    let demo;
    let folder;
    let source;

    before(() => {
      ({ demo } = shared);
      folder = mkdtempSync(join(tmpdir(), "overlay-editing-"));
      source = make("with_planes", folder);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** Open the series of five with planes on three, and wait until all planes are read. */
    async function openPlanes() {
      const opened = await openDemo(demo);
      await choose(opened.page, "#file-input", ...source.paths);
      await waitForText(opened.page, "#status", /5 images in 1 series/);
      await waitForPicture(opened.page);
      await goToImage(opened.page, 1);
      await opened.page.waitForFunction(() => document.querySelectorAll("[data-testid=plane-edit]:not(:disabled)").length === 2);
      return opened;
    }

    it("makes a layer of a plane, which replaces it on export in every file, and touches no other plane", async () => {
      const { page, faults } = await openPlanes();
      assert.match(await textOf(page, "#plane-list"), /6000 Liver.*region.*in 3 of 5 files.*6004/);
      await page.click("[data-testid=plane-edit]");
      await waitForText(page, "#layer-list", /600 pixels here; marks on 3 of 5 images; replaces its plane/);
      const at = await fittedMap(page, source.rows, source.columns);
      await dragTool(page, "rectangle", at(60, 50), at(69, 79));
      await waitForText(page, "#layer-list", /900 pixels here/);
      assert.equal(await textOf(page, "#intent"), "5 files, 1 layer, into a ZIP");
      const zip = await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /Checked: every mask was read back and is equal; Pixel Data is equal/);
      const found = ask("planes", zip, folder);
      const dot = { label: null, type: "G", pixels: 1 };
      assert.deepEqual(found, {
        planes1: { planes: { 6000: { label: "Liver", type: "R", pixels: 900 }, 6004: dot }, rest: true },
        planes2: { planes: { 6000: { label: "Liver", type: "R", pixels: 600 }, 6004: dot }, rest: true },
        planes3: { planes: { 6000: { label: "Liver", type: "R", pixels: 600 }, 6004: dot }, rest: true },
        planes4: { planes: {}, rest: true },
        planes5: { planes: {}, rest: true },
      });
      assert.deepEqual(faults, []);
      await page.close();
    });

    itOnce("removes a plane from all files that have it, unless that is taken back, and gives them a new identity when that was chosen", async () => {
      const { page } = await openPlanes();
      const remove = () => page.evaluate(() => document.querySelectorAll("[data-testid=plane-remove]")[0].click());
      await remove();
      await waitForText(page, "#plane-list", /removed by the next export/);
      await page.click("#undo");
      await waitForText(page, "#intent", /Nothing is marked yet/);
      await remove();
      await page.select("#export-sink", "zip");
      await derive(page);
      await page.select("#export-unmarked", "omit");
      assert.match(await textOf(page, "#intent"), /^3 files, 1 plane removed, into a ZIP/);
      const zip = await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /3 of 3 files saved .*Checked: every mask was read back and is equal/);
      const found = Object.values(ask("planes", zip, folder));
      assert.deepEqual(found.map(({ planes }) => planes), Array(3).fill({ 6004: { label: null, type: "G", pixels: 1 } }));
      const uids = ask("identities", zip, source.paths.slice(0, 3));
      assert.deepEqual(uids, { instances: 3, changed: 3, series: 1, sameSeries: false });
      await page.close();
    });

    itOnce("takes back a deleted layer and a mask that was brought in", shared.onSample(async ({ page }) => {
      const at = await fittedMap(page, 512, 512);
      await dragTool(page, "rectangle", at(100, 100), at(109, 119));
      await waitForText(page, "#layer-list", /200 pixels here/);
      await page.click("#layer-add");
      await page.evaluate(() => document.querySelector("#layer-list .quiet").click());
      await waitForText(page, "#layer-list", /Nothing marked yet/);
      await page.click("#undo");
      await waitForText(page, "#layer-list", /200 pixels here/);
      const { bits } = make("png_masks", folder, 512, 512);
      await choose(page, "#mask-input", bits.path);
      await waitForText(page, "#status", /Mask imported/);
      assert.equal((await page.$$("[data-testid=layer-name]")).length, 2);
      await page.click("#undo");
      await waitForText(page, "#layer-list", /Nothing marked yet/);
    }));

    itOnce("changes nothing when one of several masks does not fit", async () => {
      const { page } = await openPlanes();
      const right = make("png_masks", folder, source.rows, source.columns);
      const wrong = make("png_masks", mkdtempSync(join(folder, "wrong-")), 64, 64);
      await choose(page, "#mask-input", right.bits.path, right.rgba.path, right.faint.path, right.grey16.path, wrong.bits.path);
      await waitForText(page, "#error", /The mask and the image have different sizes/);
      assert.match(await textOf(page, "#layer-list"), /Nothing marked yet/);
      assert.equal(await page.$eval("#undo", (button) => button.disabled), true);
      await page.close();
    });

    itOnce("grows, shrinks, and fills the images between two marked ones, each as one step", shared.onSample(async ({ page }) => {
      const at = await fittedMap(page, 512, 512);
      await dragTool(page, "rectangle", at(100, 100), at(109, 119));
      await page.click("#grow");
      await waitForText(page, "#layer-list", new RegExp(`\\b${200 + 2 * 10 + 2 * 20} pixels here`));
      await page.click("#shrink");
      await waitForText(page, "#layer-list", /\b200 pixels here/);
      await goToImage(page, 5);
      await dragTool(page, "rectangle", at(80, 80), at(159, 159));
      await goToImage(page, 1);
      await dragTool(page, "rectangle", at(100, 100), at(139, 139));
      await page.click("#fill-between");
      await waitForText(page, "#status", /Shapes added on 3 images/);
      await goToImage(page, 3);
      const middle = await pixelsHere(page);
      assert.ok(Math.abs(middle - 3600) < 200, `${middle} pixels`);
      await page.click("#undo");
      await waitForText(page, "#layer-list", /marks on 2 of 24/);
    }));

    it("takes a brush in mm, and goes on with a stroke while its size is changed and its series grows", async () => {
      const { page } = await openDemo(demo);
      await choose(page, "#file-input", ...source.paths.slice(0, 4));
      await waitForText(page, "#status", /4 images in 1 series/);
      await waitForPicture(page);
      await page.select("#brush-unit", "mm");
      await setNumber(page, "#brush-size", 20);
      const at = await fittedMap(page, source.rows, source.columns);
      await dragTool(page, "brush", at(64, 64), at(64, 64));
      // Pixels of 0.661468 mm: a disc of 30.2 pixels.
      const pixels = await pixelsHere(page);
      assert.ok(Math.abs(pixels - 718) < 30, `${pixels} pixels`);
      await page.mouse.move(at(20, 20).x, at(20, 20).y);
      await page.mouse.down();
      await page.mouse.move(at(20, 50).x, at(20, 50).y, { steps: 4 });
      await page.keyboard.press("]");
      await choose(page, "#file-input", source.paths[4]);
      await waitForText(page, "#status", /5 images in 1 series/);
      await page.mouse.move(at(20, 90).x, at(20, 90).y, { steps: 4 });
      await page.mouse.up();
      const all = await pixelsHere(page);
      assert.ok(all > pixels + 1800, `${all} pixels`);
      await page.close();
    });
  });
}
