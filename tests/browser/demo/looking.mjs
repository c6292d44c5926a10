/** What a person sees on the image, and how it follows mouse, fingers and keys. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { make } from "./native.mjs";
import { choose, dragTool, fittedMap, fixRange, goToImage, openDemo, openSample, textOf, touch, waitForImage, waitForPicture, waitForText } from "./page.mjs";
import { itOnce } from "../exporter/once.mjs";

/** Tests that share one browser: `shared.demo`. */
export function looking(shared) {
  describe("looking at images", () => {
    let demo;
    let folder;

    before(() => {
      ({ demo } = shared);
      folder = mkdtempSync(join(tmpdir(), "overlay-looking-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    itOnce("tells the value under the pointer in the modality's unit and its place, as pydicom has them", async () => {
      const { page, faults } = await openDemo(demo);
      const source = make("find", "CT_small.dcm");
      await choose(page, "#file-input", source);
      await waitForPicture(page);
      const at = await fittedMap(page, 128, 128);
      for (const [row, column] of [[64, 64], [10, 100], [127, 0]]) {
        const { x, y } = at(row, column);
        await page.mouse.move(x, y);
        const { value, place } = make("value_at", source, row, column);
        const text = await waitForText(page, "[data-testid=readout]", new RegExp(`column ${column + 1}, row ${row + 1}`));
        assert.match(text, new RegExp(`^Value ${String(value).replace(".", "\\.")} HU`));
        const told = text.split("\n").at(-1).replace(" mm", "").split(", ").map(Number);
        for (const [k, part] of place.entries()) assert.ok(Math.abs(told[k] - part) <= 0.1, `${told} and ${place}`);
      }
      assert.deepEqual([...(await textOf(page, "[data-testid=letters]"))].sort(), ["A", "L", "P", "R"]);
      assert.match(await textOf(page, "[data-testid=scale-bar]"), /^\d+ [cm]m$/);
      assert.deepEqual(faults, []);
      await page.close();
    });

    itOnce("changes the window by preset, number and drag, and never what a threshold takes", async () => {
      const { page } = await openDemo(demo);
      const source = make("find", "CT_small.dcm");
      await choose(page, "#file-input", source);
      await waitForPicture(page);
      const greys = () => page.$eval("#canvas", (canvas) => canvas.toDataURL());
      const before = await greys();
      await page.select("#window-preset", "lung");
      assert.equal(await page.$eval("#window-width", (input) => input.value), "1500");
      await page.waitForFunction((old) => document.querySelector("#canvas").toDataURL() !== old, {}, before);
      const wanted = make("above", source, -200, 300);
      const mark = async () => {
        await fixRange(page, -200, 300);
        await page.click('[data-testid="mark-threshold"]');
        return Number(/(\d+) pixels here/.exec(await textOf(page, "#layer-list"))[1]);
      };
      assert.equal(await mark(), wanted);
      await page.click("#layer-clear");
      const at = await fittedMap(page, 128, 128);
      await dragTool(page, "window", at(60, 60), at(80, 110));
      assert.notEqual(await page.$eval("#window-width", (input) => input.value), "1500");
      assert.equal(await mark(), wanted);
      await page.close();
    });

    it("keeps a half-drawn polygon over a pinch, another tool and another image", async () => {
      const { page } = await openDemo(demo);
      await openSample(page);
      const at = await fittedMap(page, 512, 512);
      await page.click('[data-testid="tool-polygon"]');
      for (const [r, c] of [[300, 100], [300, 200]]) await page.mouse.click(at(r, c).x, at(r, c).y);
      await page.click('[data-testid="tool-move"]');
      await page.click('[data-testid="tool-polygon"]');
      await touch(page, [["down", 1, 200, 200], ["down", 2, 300, 200], ["move", 2, 301, 200], ["up", 1, 200, 200], ["up", 2, 301, 200]]);
      await page.click("#next");
      await page.click("#previous");
      await page.click("#zoom-fit");
      await waitForImage(page, 1);
      await page.mouse.click(at(400, 200).x, at(400, 200).y);
      await page.click('[data-testid="close-polygon"]');
      const pixels = Number(/(\d+) pixels here/.exec(await waitForText(page, "#layer-list", /pixels here/))[1]);
      assert.ok(Math.abs(pixels - 5000) < 200, `${pixels} pixels`);
      await page.close();
    });

    it("takes shortcuts wherever the focus is, but not in a name", async () => {
      const { page } = await openDemo(demo);
      await openSample(page);
      const pressed = (tool) => page.$eval(`[data-testid="tool-${tool}"]`, (button) => button.getAttribute("aria-pressed"));
      await page.focus("#layer-add");
      await page.keyboard.press("e");
      assert.equal(await pressed("eraser"), "true");
      await page.keyboard.press("PageDown");
      await waitForText(page, "#slice-text", /^2 \//);
      await page.keyboard.press("n");
      assert.equal((await page.$$("[data-testid=layer-name]")).length, 2);
      await page.keyboard.down("Control");
      await page.keyboard.press("z");
      await page.keyboard.up("Control");
      assert.equal((await page.$$("[data-testid=layer-name]")).length, 1);
      await page.focus("[data-testid=layer-name]");
      await page.keyboard.press("End");
      await page.keyboard.type("brn");
      assert.equal(await pressed("eraser"), "true");
      assert.equal(await page.$eval("[data-testid=layer-name]", (input) => input.value), "Layer 1brn");
      await page.close();
    });

    it("zooms with two fingers, goes through the images with the wheel, zooms with Ctrl, and draws with a pen", async () => {
      const { page } = await openDemo(demo);
      await openSample(page);
      const fitted = Number.parseInt(await textOf(page, "#zoom-text"), 10);
      await page.click('[data-testid="tool-brush"]');
      // The stroke that the first finger had begun is dropped.
      await touch(page, [["down", 1, 200, 200], ["down", 2, 300, 200], ["move", 2, 400, 200], ["up", 1, 200, 200], ["up", 2, 400, 200]]);
      await page.waitForFunction((old) => Math.abs(Number.parseInt(document.querySelector("#zoom-text").textContent, 10) - 2 * old) <= 2, {}, fitted);
      assert.match(await textOf(page, "#layer-list"), /Nothing marked yet/);
      await page.click("#zoom-fit");
      const at = await fittedMap(page, 512, 512);
      await page.mouse.move(at(256, 256).x, at(256, 256).y);
      // A busy browser may join notches into one event, or drop one that comes while the page is being laid out.
      for (let notch = 0; notch < 20 && !/^([3-9]|1\d) \//.test(await textOf(page, "#slice-text")); notch++) {
        await page.mouse.wheel({ deltaY: 120 });
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      }
      assert.match(await textOf(page, "#slice-text"), /^([3-9]|1\d) \//);
      const before = Number.parseInt(await textOf(page, "#zoom-text"), 10);
      await page.keyboard.down("Control");
      await page.mouse.wheel({ deltaY: -120 });
      await page.keyboard.up("Control");
      await page.waitForFunction((old) => Number.parseInt(document.querySelector("#zoom-text").textContent, 10) > old, {}, before);
      await waitForPicture(page);
      await page.click('[data-testid="tool-brush"]');
      await touch(page, [["down", 9, 200, 200], ["move", 9, 260, 200], ["up", 9, 260, 200]], "pen");
      await waitForText(page, "#layer-list", /[1-9]\d* pixels here/);
      await page.close();
    });

    itOnce("says why there is no picture, and shows one again after its worker was ended", async () => {
      const { page } = await openDemo(demo);
      await openSample(page);
      // The worker ends itself without a word, as one does that the system killed.
      for (const worker of page.workers()) {
        if (/\/worker-/.test(worker.url())) await worker.evaluate(() => self.close()).catch(() => undefined);
      }
      await goToImage(page, 20);
      await page.waitForFunction(
        () => {
          const note = document.querySelector("#picture-note").textContent;
          if (note !== "" && !/image worker stopped/.test(note)) throw new Error(note);
          const { data } = document.querySelector("#canvas").getContext("2d").getImageData(0, 0, 2000, 2000);
          return note !== "" || data.some((value, i) => i % 4 !== 3 && value > 0);
        },
        {},
      );
      await page.click("#next");
      await page.click("#previous");
      await waitForPicture(page);
      assert.equal(await textOf(page, "#picture-note"), "");
      await page.close();
    });
  });
}
