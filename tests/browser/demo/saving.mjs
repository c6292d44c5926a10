/** Where exports go, and what happens when they are cancelled, clicked twice, or cannot be saved. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { MARKS } from "./answers.mjs";
import { cancelAtGate, closeGate } from "./gate.mjs";
import { ask, make } from "./native.mjs";
import { asksBeforeLeaving, choose, downloadOf, dragTool, filesOfPicked, fittedMap, markFirst, openDemo, openFromFolder, openSample, waitForPicture, waitForText } from "./page.mjs";
import { itOnce } from "../exporter/once.mjs";

/** What the judge says of three right pictures. */
const captured = {
  names: ["planes1-capture.dcm", "planes2-capture.dcm", "planes3-capture.dcm"],
  problems: [],
  series: 1,
  instances: 3,
  new: true,
};

/** Tests that share one browser: `shared.demo`. */
export function saving(shared) {
  describe("saving", () => {
    let demo;
    let folder;

    before(() => {
      ({ demo } = shared);
      folder = mkdtempSync(join(tmpdir(), "overlay-saving-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const savedFiles = () => readdirSync(demo.downloads).filter((name) => name.includes("overlay"));

    const readFolder = (page) => filesOfPicked(page, folder);

    /** Open files that have planes, and mark 200 pixels of the first image. */
    async function openAndMark(page, source, open) {
      await open();
      return await markFirst(page, source);
    }

    it("puts files back into the folder they came from, asked first, and knows its planes again", async () => {
      const source = make("with_planes", folder);
      const { page, faults } = await openDemo(demo, { hook: true });
      await openFromFolder(page, source.paths);
      const at = await openAndMark(page, source, () => page.evaluate(() => document.querySelector("#folder-button").click()));
      await page.select("#export-sink", "back");
      await waitForText(page, "#intent", /^1 file, 1 layer, over the originals in their folder$/);
      await page.click("#export-button");
      await page.waitForSelector("#question[open]");
      await page.click("[data-testid=question-yes]");
      await waitForText(page, "#status", /1 of 1 file saved/);
      await waitForText(page, "#layer-list", /replaces its plane/);
      await page.waitForFunction(() => document.querySelectorAll("#plane-list li").length === 3);
      await waitForText(page, "#planes-note", /^$/);
      const { target, names } = await readFolder(page);
      assert.deepEqual(names, source.paths.map((path) => path.split("/").at(-1)));
      for (const path of source.paths.slice(1)) assert.deepEqual(readFileSync(join(target, path.split("/").at(-1))), readFileSync(path));
      const found = ask("planes", join(target, "planes1.dcm"), folder);
      assert.equal(found.planes1.rest, true);
      assert.deepEqual(Object.values(found.planes1.planes).map(({ pixels }) => pixels).sort(), [1, 200, 600]);
      // Again: the layer replaces its plane instead of adding another.
      await dragTool(page, "rectangle", at(30, 10), at(39, 29));
      await page.click("#export-button");
      await page.waitForSelector("#question[open]");
      await page.click("[data-testid=question-yes]");
      await page.waitForSelector('#export-button[aria-disabled="false"]');
      const again = ask("planes", join((await readFolder(page)).target, "planes1.dcm"), folder);
      assert.deepEqual(Object.values(again.planes1.planes).map(({ pixels }) => pixels).sort(), [1, 400, 600]);
      assert.deepEqual(faults, []);
      await page.close();
    });

    it("saves what is seen as a series of pictures that every viewer shows, and does not call the marks saved", async () => {
      const source = make("with_planes", folder);
      const { page, faults, foreign } = await openDemo(demo);
      await openAndMark(page, source, () => choose(page, "#file-input", ...source.paths));
      await page.select("#window-preset", "softTissue");
      await page.select("#export-form-of", "capture");
      await waitForText(page, "#intent", /^3 pictures as a new series \(Secondary Capture\), into a ZIP$/);
      const path = await downloadOf(demo, () => page.click("#export-button"));
      assert.deepEqual(ask("captures", path, source.paths, 400, 50, MARKS), captured);
      await waitForText(page, "#status", /3 of 3 files saved.*The marks themselves are saved with an export of planes/);
      assert.equal(await asksBeforeLeaving(page), true, "the marks are in no plane yet");
      // Pictures of all images, and without a plane that is not shown.
      await page.select("#export-unmarked", "unchanged");
      await page.click("#plane-list li:first-child input[type=checkbox]");
      await waitForText(page, "#intent", /^5 pictures/);
      const all = await downloadOf(demo, () => page.click("#export-button"));
      // All but what the hidden plane had, which is the lowest.
      const shown = Object.fromEntries(Object.entries(MARKS).map(([name, [, ...left]]) => [name, left]));
      const { names, problems } = ask("captures", all, source.paths, 400, 50, shown);
      assert.equal(names.length, 5);
      assert.deepEqual(problems, []);
      assert.deepEqual([faults, foreign], [[], []]);
      await page.close();
    });

    itOnce("saves pictures into a folder, and says of each that found no room why", async () => {
      const source = make("with_planes", folder);
      const { page, faults } = await openDemo(demo, { hook: true });
      await openFromFolder(page, []);
      await openAndMark(page, source, () => choose(page, "#file-input", ...source.paths));
      await page.select("#window-preset", "softTissue");
      await page.select("#export-form-of", "capture");
      await page.select("#export-sink", "folder");
      await waitForText(page, "#intent", /^3 pictures as a new series \(Secondary Capture\), into a folder/);
      await page.click("#export-button");
      await waitForText(page, "#status", /3 of 3 files saved\..*The marks themselves are saved with an export of planes/);
      assert.deepEqual(ask("captures", (await readFolder(page)).target, source.paths, 400, 50, MARKS), captured);
      assert.equal(await asksBeforeLeaving(page), true);
      // The names are taken now, and nothing goes over what is there.
      const before = await readFolder(page);
      await page.click("#export-button");
      await waitForText(page, "#error", /has a file of this name already/);
      assert.deepEqual((await readFolder(page)).names, before.names);
      // In an empty folder the disk is full after the first file.
      await openFromFolder(page, []);
      await page.evaluate(() => {
        const { createWritable } = FileSystemFileHandle.prototype;
        let left = 1;
        FileSystemFileHandle.prototype.createWritable = async function () {
          if (left-- > 0) return await createWritable.call(this);
          const full = () => Promise.reject(new DOMException("", "QuotaExceededError"));
          return new WritableStream({ write: full });
        };
      });
      await page.click("#export-button");
      const told = await waitForText(page, "#status", /1 of 3 files saved\. Not saved: /);
      assert.match(told, /There is not enough free space/);
      assert.equal((await readFolder(page)).names.length, 1);
      assert.equal(await asksBeforeLeaving(page), true);
      assert.deepEqual(faults.filter((fault) => !fault.includes("has a file of this name")), []);
      await page.close();
    });

    itOnce("saves two layers of one name back again and again, each into its own plane", async () => {
      const source = make("with_planes", folder);
      const { page, faults } = await openDemo(demo, { hook: true });
      await openFromFolder(page, source.paths.slice(3, 4));
      await page.click("#folder-button");
      await waitForText(page, "#status", /1 image in 1 series/);
      await waitForPicture(page);
      const at = await fittedMap(page, source.rows, source.columns);
      await page.select("#export-sink", "back");
      const name = async (text) => {
        await page.click(".item.active [data-testid=layer-name]", { count: 3 });
        await page.keyboard.type(text);
      };
      const saveBack = async (saved) => {
        await page.click("#export-button");
        await page.waitForSelector("#question[open]");
        await page.click("[data-testid=question-yes]");
        await page.waitForSelector('#export-button[aria-disabled="false"]');
        await waitForText(page, "#status", /1 of 1 file saved/);
        await page.waitForFunction((n) => document.querySelectorAll("#plane-list li").length === n, {}, saved.length);
        await waitForText(page, "#planes-note", /^$/);
        const { planes4 } = ask("planes", join((await readFolder(page)).target, "planes4.dcm"), folder);
        assert.deepEqual(planes4.planes, Object.fromEntries(saved.map((pixels, k) => [`${6000 + 2 * k}`, { label: "Same", type: "G", pixels }])));
      };
      await name("Same");
      await dragTool(page, "rectangle", at(10, 10), at(19, 29));
      await page.click("#layer-add");
      // The list has been drawn again when the new layer is the active one.
      await page.waitForFunction(() => [...document.querySelectorAll("#layer-list .item")].findIndex((one) => one.matches(".active")) === 1);
      await name("Same");
      await waitForText(page, "#layer-list", /Two layers have this name/);
      await dragTool(page, "rectangle", at(30, 10), at(39, 29));
      await saveBack([200, 200]);
      await dragTool(page, "rectangle", at(50, 10), at(59, 29));
      await saveBack([200, 400]);
      assert.deepEqual(faults, []);
      await page.close();
    });

    it("never calls saved what was not: the reason, what to do, and the question before leaving stay", async () => {
      const source = make("with_planes", folder);
      const { page } = await openDemo(demo, { hook: true });
      await openFromFolder(page, source.paths.slice(0, 3));
      await page.click("#folder-button");
      await waitForText(page, "#status", /3 images in 1 series/);
      await waitForPicture(page);
      const at = await fittedMap(page, source.rows, source.columns);
      await dragTool(page, "rectangle", at(10, 10), at(19, 29));
      await page.evaluate(async () => {
        for (const name of ["planes1.dcm", "planes2.dcm", "planes3.dcm"]) await globalThis.picked.removeEntry(name);
      });
      await page.click("#export-button");
      const told = await waitForText(page, "#status", /0 of 3 files saved/);
      assert.match(told, /Not saved: planes1-overlay.dcm, planes2-overlay.dcm, planes3-overlay.dcm\. .*(again|neu)/);
      assert.match(told, /Not saved yet: “Layer 1”/);
      assert.doesNotMatch(told, /Checked/);
      assert.equal(await asksBeforeLeaving(page), true);
      await page.close();
    });

    it("exports once for two clicks, the image that was shown when it was clicked, and asks before leaving until then", async () => {
      const { page } = await openDemo(demo);
      await openSample(page);
      assert.equal(await asksBeforeLeaving(page), false);
      const at = await fittedMap(page, 512, 512);
      await dragTool(page, "brush", at(200, 200), at(240, 240));
      assert.equal(await asksBeforeLeaving(page), true);
      await page.$eval("#export-options", (details) => {
        details.open = true;
      });
      await page.click("#scope-image");
      for (const name of readdirSync(demo.downloads)) rmSync(join(demo.downloads, name));
      await page.evaluate(() => {
        const button = document.querySelector("#export-button");
        button.click();
        button.click();
        document.querySelector("#next").click();
      });
      await waitForText(page, "#status", /1 of 1 file saved.*Checked/);
      const saved = readdirSync(demo.downloads).filter((name) => name.endsWith(".dcm"));
      assert.deepEqual(saved, ["sample-01-overlay.dcm"]);
      assert.equal(await asksBeforeLeaving(page), false);
      await page.close();
    });

    it("can be cancelled while files are opened, written and checked, and goes on afterwards", async () => {
      const { page, faults } = await openDemo(demo);
      const paths = make("many", folder, 2);
      const before = savedFiles();
      await closeGate(page);
      await choose(page, "#file-input", ...paths);
      await cancelAtGate(page);
      await waitForText(page, "#status", /Cancelled/);
      await choose(page, "#file-input", ...paths);
      await waitForText(page, "#status", /^\d+ images in \d+ series open/);
      await waitForPicture(page);
      const at = await fittedMap(page, 512, 512);
      await dragTool(page, "rectangle", at(10, 10), at(29, 29));
      await waitForText(page, "#python-chip", /ready/);
      await closeGate(page, "write");
      await page.click("#export-button");
      await cancelAtGate(page);
      await waitForText(page, "#status", /The export was cancelled and nothing was saved/);
      assert.deepEqual(savedFiles(), before);
      await closeGate(page, "compare");
      await downloadOf(demo, async () => await page.click("#export-button"));
      await cancelAtGate(page);
      await waitForText(page, "#status", /The check was cancelled; the files are saved/);
      assert.notEqual(await page.$('#export-button:not(:disabled)[aria-disabled="false"]'), null);
      assert.deepEqual(faults, []);
      await page.close();
    });
  });
}
