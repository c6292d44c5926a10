/**
 * How quick the page is: `BROWSER=chromium node tests/browser/demo/figures.mjs`. Times in ms, one line each with its goal.
 *
 * Run it on a quiet machine; a number from a busy one says nothing.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browserName } from "../exporter/browsers.mjs";
import { make } from "./native.mjs";
import { choose, dragTool, fittedMap, openDemo, startDemo, waitForPicture, waitForText, watchTasks } from "./page.mjs";

const folder = mkdtempSync(join(tmpdir(), "overlay-figures-"));
const demo = await startDemo();

/** Time from a change of the file input to the first drawn picture. */
async function firstPicture(page, paths) {
  await page.evaluate(() => {
    document.querySelector("#file-input").addEventListener("change", () => {
      const began = performance.now();
      // What the browser does to make files of ten thousand paths, before the page hears of them, is none of its tasks.
      globalThis.since = began;
      globalThis.longest = 0;
      const look = () => {
        if (document.querySelector("[data-drawn]")?.dataset.drawn) globalThis.firstPicture = performance.now() - began;
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { capture: true });
  });
  await choose(page, "#file-input", ...paths);
  await page.waitForFunction(() => globalThis.firstPicture !== undefined, { timeout: 300_000, polling: 100 });
  return await page.evaluate(() => globalThis.firstPicture);
}

/** Median time from a key to the next picture drawn, over `count` pictures. */
async function nextPictures(page, count) {
  return await page.evaluate(async (many) => {
    const canvas = document.querySelector("#canvas");
    canvas.focus();
    const times = [];
    for (let k = 0; k < many; k++) {
      const began = performance.now();
      const before = document.querySelector("[data-drawn]")?.dataset.drawn;
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "PageDown", bubbles: true, cancelable: true }));
      while (document.querySelector("[data-drawn]")?.dataset.drawn === before) await new Promise(requestAnimationFrame);
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b)[many >> 1];
  }, count);
}

function tell(what, value, goal) {
  console.log(`${browserName}: ${what}: ${typeof value === "number" ? Math.round(value) : value} (goal ${goal})`);
}

async function run(work) {
  const { page } = await openDemo(demo);
  try {
    await work(page);
  } finally {
    await page.close();
  }
}

const many = make("many", folder, 500);
await run(async (page) => {
  tell("first picture of 500 files", await firstPicture(page, many), "1000");
  await waitForText(page, "#status", /500 images/, 300_000);
  // Before their order is known, no key goes on to the next.
  await waitForPicture(page);
  tell("next picture while planes are sought in 500 files", await nextPictures(page, 8), "50");
  await waitForText(page, "#planes-note", /No planes/, 300_000);
  tell("next picture, uncompressed", await nextPictures(page, 8), "50");
  const stack = make("sixteen_labels", folder, 500);
  // Only now: where it has to send messages to itself (Firefox), frames come late.
  await page.evaluate(watchTasks);
  await choose(page, "#mask-input", stack);
  await waitForText(page, "#status", /Mask imported/, 300_000);
  tell("longest task, 512 × 512 × 500 with 16 labels brought in", await page.evaluate(() => globalThis.longest), "50");
});
await run(async (page) => {
  await choose(page, "#file-input", ...many);
  await waitForText(page, "#status", /500 images/, 300_000);
  await waitForPicture(page);
  const at = await fittedMap(page, 512, 512);
  await dragTool(page, "rectangle", at(10, 10), at(29, 29));
  await waitForText(page, "#python-chip", /ready/);
  await page.evaluate(watchTasks);
  await page.click("#export-button");
  await waitForText(page, "#status", /500 of 500 files saved/, 300_000);
  tell("longest task while 500 files were exported", await page.evaluate(() => globalThis.longest), "200");
});
await run(async (page) => {
  await choose(page, "#file-input", ...make("as_jpeg_2000", folder));
  await waitForText(page, "#status", /10 images/);
  await waitForText(page, "#planes-note", /No planes/);
  await waitForPicture(page);
  tell("next picture, JPEG 2000", await nextPictures(page, 8), "50");
});
await run(async (page) => {
  await choose(page, "#file-input", make("large", folder));
  await waitForPicture(page);
  const at = await fittedMap(page, 2048, 2048);
  await page.click('[data-testid="tool-brush"]');
  const [from, to] = [at(300, 300), at(1700, 1700)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.evaluate(() => {
    globalThis.times = [];
    let last = performance.now();
    const tick = (now) => {
      globalThis.times.push(now - last);
      last = now;
      globalThis.ticking = requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await page.mouse.move(to.x, to.y, { steps: 60 });
  const frames = await page.evaluate(() => {
    cancelAnimationFrame(globalThis.ticking);
    return globalThis.times.sort((a, b) => a - b);
  });
  await page.mouse.up();
  tell("95 in 100 frames of a stroke on 2,048 × 2,048", frames[Math.floor(frames.length * 0.95)], "17 to 20");
});
const tiny = make("tiny", folder, 10_000);
await run(async (page) => {
  await page.evaluate(watchTasks);
  tell("first picture of 10,000 files", await firstPicture(page, tiny), "soon");
  const began = Date.now();
  await waitForText(page, "#status", /10000 images in 20 series/, 600_000);
  tell("10,000 files open", Date.now() - began, "flat");
  tell("longest task while they were opened", await page.evaluate(() => globalThis.longest), "200");
});
await demo.stop();
rmSync(folder, { recursive: true, force: true });
