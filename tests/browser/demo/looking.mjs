/** What a person sees on the image, and how it follows mouse, fingers and keys. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { make } from "./native.mjs";
import { choose, dragTool, fittedMap, fixRange, goToImage, inTurns, setNumber, textOf, touch, waitForImage, waitForPicture, waitForText } from "./page.mjs";
import { itOnce } from "../exporter/once.mjs";

/** Whether an element is on the screen, and nothing lies over its middle. */
async function isSeen(page, selector) {
  return await page.$eval(selector, (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    return width > 0 && found !== null && (element.contains(found) || found.contains(element));
  });
}

/** Texts that are wider or higher than their place; those of all options, not only of the chosen one. */
async function cutTexts(page) {
  return await page.evaluate(() => {
    // What is cut in a select cannot be asked: it is as wide as it would be by itself, or it is cut.
    const isCut = (select) => {
      const free = select.cloneNode(true);
      free.style.cssText = "position: absolute; width: max-content; min-width: 0; max-width: none";
      select.after(free);
      const cut = free.offsetWidth > select.offsetWidth + 1;
      free.remove();
      return cut;
    };
    const seen = [...document.querySelectorAll("#trust, .hint, button, .chip, .choice, .field > span, legend, .intent, select")].filter((one) => one.getClientRects().length > 0);
    return seen.flatMap((one) => {
      if (one.localName === "select") return isCut(one) ? [one.textContent] : [];
      return one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1 ? [one.textContent] : [];
    });
  });
}

/** Tests that share one browser: `shared.demo`. */
export function looking(shared) {
  describe("looking at images", () => {
    const source = make("find", "CT_small.dcm");
    const onCt = inTurns(shared, async (page) => {
      await choose(page, "#file-input", source);
      await waitForPicture(page);
    });

    itOnce("tells the value under the pointer in the modality's unit and its place, as pydicom has them", onCt(async ({ page }) => {
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
    }));

    itOnce("changes the window by preset, number and drag, and never what a threshold takes", onCt(async ({ page }) => {
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
    }));

    it("keeps a half-drawn polygon over a pinch, another tool and another image", shared.onSample(async ({ page }) => {
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
    }));

    it("takes shortcuts wherever the focus is, but not in a name", shared.onSample(async ({ page }) => {
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
    }));

    it("zooms with two fingers, goes through the images with the wheel, zooms with Ctrl, and draws with a pen", shared.onSample(async ({ page }) => {
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
    }));

    it("zooms with the right button and moves with the middle one, whatever tool is chosen, and windows with Ctrl", shared.onSample(async ({ page }) => {
      const at = await fittedMap(page, 512, 512);
      const zoom = async () => Number.parseInt(await textOf(page, "#zoom-text"), 10);
      const [fitted, width] = [await zoom(), await page.$eval("#window-width", (input) => input.value)];
      const drag = async (button) => {
        await page.mouse.move(at(300, 256).x, at(300, 256).y);
        await page.mouse.down({ button });
        await page.mouse.move(at(200, 256).x, at(200, 256).y, { steps: 4 });
        await page.mouse.up({ button });
      };
      const moved = () => page.$eval("#canvas", (canvas) => canvas.toDataURL());
      await drag("right");
      assert.ok((await zoom()) > fitted * 1.3, `${await zoom()} after ${fitted}`);
      const [zoomed, before] = [await zoom(), await moved()];
      await drag("middle");
      await page.waitForFunction((old) => document.querySelector("#canvas").toDataURL() !== old, {}, before);
      assert.equal(await zoom(), zoomed);
      assert.equal(await page.$eval("#window-width", (input) => input.value), width);
      await page.keyboard.down("Control");
      await page.mouse.move(at(300, 256).x, at(300, 256).y);
      await page.mouse.down();
      await page.mouse.move(at(300, 356).x, at(300, 356).y, { steps: 4 });
      await page.mouse.up();
      await page.keyboard.up("Control");
      assert.notEqual(await page.$eval("#window-width", (input) => input.value), width);
      assert.match(await textOf(page, "#layer-list"), /Nothing marked yet/);
    }));

    it("plays the images one after the other, until somebody steps, draws or stops it", shared.onSample(async ({ page }) => {
      const image = async () => Number.parseInt(await textOf(page, "#slice-text"), 10);
      const isOn = () => page.$eval("#cine", (button) => button.getAttribute("aria-pressed") === "true");
      const plays = async () => {
        assert.equal(await isOn(), true);
        const from = await image();
        await page.waitForFunction((old) => Number.parseInt(document.querySelector("#slice-text").textContent, 10) !== old, {}, from);
      };
      await page.click("#cine");
      await plays();
      await page.keyboard.press("k");
      assert.equal(await isOn(), false);
      await goToImage(page, 24);
      await page.keyboard.press("k");
      await page.waitForFunction(() => document.querySelector("#slice-text").textContent.startsWith("1 /"));
      const speed = () => page.$eval("#cine-speed", (input) => Number(input.value));
      const before = await speed();
      await page.keyboard.press(".");
      assert.equal(await speed(), before + 1);
      await page.keyboard.press("End");
      assert.equal(await isOn(), false);
      await page.keyboard.press("k");
      await plays();
      const at = await fittedMap(page, 512, 512);
      await dragTool(page, "brush", at(200, 200), at(220, 220));
      assert.equal(await isOn(), false);
    }));

    itOnce("paints with the brush only where the values are in its range", onCt(async ({ page }) => {
      await page.click('[data-testid="tool-brush"]');
      await page.click("#brush-range");
      await setNumber(page, "#range-low", -200);
      await setNumber(page, "#range-high", 300);
      // What is not taken does not stay in sight.
      const size = await page.$eval("#brush-size", (input) => input.value);
      await setNumber(page, "#brush-size", 900);
      assert.equal(await page.$eval("#brush-size", (input) => input.value), size);
      await setNumber(page, "#brush-size", 400);
      const at = await fittedMap(page, 128, 128);
      await dragTool(page, "brush", at(64, 64), at(64, 64));
      await waitForText(page, "#layer-list", new RegExp(`\\b${make("above", source, -200, 300)} pixels here`));
    }));

    it("leaves the image half of a small screen, and shows all options of an export on a large one", shared.onSample(async ({ page }) => {
      const share = () =>
        page.$eval("#canvas", (canvas) => {
          const { width, height } = canvas.getBoundingClientRect();
          return (width * height) / (innerWidth * innerHeight);
        });
      for (const [width, height] of [[390, 844], [640, 360], [844, 390]]) {
        await page.setViewport({ width, height });
        assert.ok((await share()) >= 0.5, `${width} × ${height}: ${await share()}`);
        for (const tool of ["undo", "redo"]) assert.ok(await isSeen(page, `#${tool}`), `${tool} at ${width} × ${height}`);
        await page.click('[data-testid="tab-layers"]');
        assert.ok(await isSeen(page, "#layer-list"));
        await page.click('[data-testid="tab-layers"]');
      }
      for (const [width, height] of [[1280, 720], [1920, 1080]]) {
        await page.setViewport({ width, height });
        await page.$eval("#export-options", (details) => {
          details.open = true;
        });
        for (const option of ["#scope-image", "#scope-series", "#instance-keep", "#instance-derived", "#export-unmarked", "#export-pattern", "#export-check", "#export-sink", "#export-button"])
          assert.ok(await isSeen(page, option), `${option} at ${width} × ${height}`);
        const small = await page.$$eval("input:not(.visually-hidden), select, button", (all) =>
          all
            .filter((one) => one.getClientRects().length > 0)
            .map((one) => [one.id || one.outerHTML.slice(0, 60), (one.closest("label") ?? one).getBoundingClientRect()])
            .filter(([, { height: tall }]) => tall < 23.5)
            .map(([name]) => name),
        );
        assert.deepEqual(small, []);
        for (const language of ["de", "en"]) {
          await page.click("#language-button");
          await page.waitForFunction((chosen) => document.documentElement.lang === chosen, {}, language);
          assert.deepEqual(await cutTexts(page), [], `${language} at ${width} × ${height}`);
        }
      }
    }));

    itOnce("says why there is no picture, and shows one again after its worker was ended", shared.onSample(async ({ page }) => {
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
    }));
  });
}
