/** Unsaved work over a reload: what is kept, what is offered, what finds no place, and what is forgotten. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { records, untilKept } from "./kept.mjs";
import { ask, make } from "./native.mjs";
import { choose, downloadOf, dragTool, fittedMap, goToImage, openDemo, openFromFolder, waitForPicture, waitForText } from "./page.mjs";
import { itOnce } from "../exporter/once.mjs";

/** Tests that share one browser: `shared.demo`. */
export function keeping(shared) {
  describe("unsaved work", () => {
    let demo;
    let folder;
    let source;

    before(() => {
      ({ demo } = shared);
      folder = mkdtempSync(join(tmpdir(), "overlay-keeping-"));
      source = make("with_planes", folder);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("keeps unsaved work over a reload, offers it with its files, and forgets it once it is saved", async () => {
      const { page, faults } = await openDemo(demo);
      page.on("dialog", (dialog) => void dialog.accept());
      const openCt = async () => {
        await choose(page, "#file-input", make("find", "CT_small.dcm"));
        await waitForText(page, "#status", /1 image in 1 series|was found/);
        await waitForPicture(page);
      };
      await openCt();
      const at = await fittedMap(page, 128, 128);
      await dragTool(page, "rectangle", at(20, 30), at(59, 89));
      await waitForText(page, "#layer-list", /2400 pixels here/);
      await untilKept(page, 1);
      // Nothing of the files but hashes.
      assert.doesNotMatch(JSON.stringify(await records(page)), /CT_small|\d\.\d+\.\d/);
      await page.reload();
      await openCt();
      await page.waitForSelector("[data-testid=offer]");
      await waitForText(page, "#layer-list", /Nothing marked yet/);
      await page.click("[data-testid=restore-work]");
      await waitForText(page, "#layer-list", /2400 pixels here/);
      await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /Checked/);
      await untilKept(page, 0);
      assert.deepEqual(faults, []);
      await page.close();
    });

    it("works where the browser stores nothing, and says so once", async () => {
      const { page } = await openDemo(demo);
      await page.evaluate(() => {
        IDBFactory.prototype.open = () => {
          throw new DOMException("blocked", "SecurityError");
        };
      });
      await choose(page, "#file-input", make("find", "CT_small.dcm"));
      await waitForPicture(page);
      await waitForText(page, "#status", /keeps no unsaved work for this page/);
      const at = await fittedMap(page, 128, 128);
      await dragTool(page, "rectangle", at(10, 10), at(19, 29));
      await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /1 of 1 file saved.*Checked/);
      await page.close();
    });

    itOnce("keeps what it cannot restore, because its images are not open, until they are", async () => {
      const { page, faults } = await openDemo(demo);
      page.on("dialog", (dialog) => void dialog.accept());
      const open = async (paths, said) => {
        await choose(page, "#file-input", ...paths);
        await waitForText(page, "#status", said);
        await waitForPicture(page);
      };
      await open(source.paths, /5 images in 1 series/);
      for (const image of [1, 5]) {
        await goToImage(page, image);
        const at = await fittedMap(page, source.rows, source.columns);
        await dragTool(page, "rectangle", at(10, 10), at(19, 29));
      }
      await waitForText(page, "#layer-list", /marks on 2 of 5 images/);
      await untilKept(page, 1);
      await page.reload();
      await open(source.paths.slice(0, 3), /3 images in 1 series|was found/);
      await page.waitForSelector("[data-testid=offer]");
      await page.click("[data-testid=restore-work]");
      await waitForText(page, "#status", /Restored: 1 layer\. Not restored: marks on 1 image, .* stay kept/);
      await waitForText(page, "#layer-list", /marks on 1 of 3 images/);
      await page.click("#undo");
      await open(source.paths.slice(3), /5 images in 1 series|was found/);
      await page.waitForSelector("[data-testid=offer]");
      await page.click("[data-testid=restore-work]");
      await waitForText(page, "#status", /Restored: 1 layer\.$/);
      await waitForText(page, "#layer-list", /marks on 2 of 5 images/);
      await untilKept(page, 1);
      assert.deepEqual(faults, []);
      await page.close();
    });

    it("replaces no plane that another program has changed since", async () => {
      const { page, faults } = await openDemo(demo, { hook: true });
      page.on("dialog", (dialog) => void dialog.accept());
      const open = async (path) => {
        await openFromFolder(page, [path]);
        await page.evaluate(() => document.querySelector("#folder-button").click());
        await waitForText(page, "#status", /1 image in 1 series|was found/);
        await waitForPicture(page);
      };
      await open(source.paths[0]);
      await page.waitForSelector("[data-testid=plane-edit]:not(:disabled)");
      await page.click("[data-testid=plane-edit]");
      await waitForText(page, "#layer-list", /600 pixels here; .*replaces its plane/);
      await untilKept(page, 1);
      await page.reload();
      await open(make("without_planes", source.paths[0], mkdtempSync(join(folder, "bare-"))));
      await page.waitForSelector("[data-testid=offer]");
      await page.click("[data-testid=restore-work]");
      await waitForText(page, "#status", /no longer in the files: 1\./);
      assert.doesNotMatch(await waitForText(page, "#layer-list", /600 pixels here/), /replaces its plane/);
      const saved = await downloadOf(demo, async () => await page.click("#export-button"));
      const found = ask("planes", saved, folder);
      assert.deepEqual(Object.values(found), [{ planes: { 6000: { label: "Liver", type: "G", pixels: 600 } }, rest: true }]);
      assert.deepEqual(faults, []);
      await page.close();
    });
  });
}
