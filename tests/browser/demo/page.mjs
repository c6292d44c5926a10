/** The demo page in the browser under test: opened, given files, driven, its downloads and requests collected. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PATIENCE } from "../exporter/browsers.mjs";
import { downloads, launch } from "../exporter/launch.mjs";
import { installGate } from "./gate.mjs";
import { serveSite } from "./site.mjs";

/** Serve the page, and have a browser for it; every server is an origin of its own, with its own storage. */
export async function startDemo({ replace = undefined, archive = null, redirects = false } = {}) {
  const server = await serveSite(replace, archive, redirects);
  const browser = await launch();
  const stop = async () => {
    await browser.close();
    await server.stop();
  };
  return { browser, server, downloads, stop };
}

/** Open the page; `foreign` fills with every request that left its origin, `faults` with uncaught errors. */
export async function openDemo({ browser, server }, { width = 1480, height = 1120, hook = false, hurry = false } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  const foreign = [];
  const faults = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${server.origin}/`) && !url.startsWith("blob:") && !url.startsWith("data:")) foreign.push(url);
  });
  page.on("pageerror", (error) => faults.push(String(error?.stack ?? error)));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  // A folder dialog that a test answers; without it Firefox has none, and the page offers none.
  if (hook) await page.evaluateOnNewDocument(() => {
    globalThis.showDirectoryPicker = async () => {
      if (globalThis.picked === undefined) throw new DOMException("no folder yet", "AbortError");
      return globalThis.picked;
    };
  });
  if (hurry) await page.evaluateOnNewDocument(passWaits);
  await page.evaluateOnNewDocument(installGate);
  await page.goto(`${server.origin}/`, { waitUntil: "load" });
  // Tests share a browser: what one has left unsaved is not the next one's.
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const request = indexedDB.deleteDatabase("dicom-overlay work");
        request.onsuccess = request.onerror = request.onblocked = resolve;
      }),
  );
  return { page, foreign, faults };
}

/** Runs in the page before its own scripts: the package's waits before it asks an archive again pass at once. */
function passWaits() {
  const { setTimeout: real } = globalThis;
  const WAITS = [500, 1000, 2000, 4000, 8000, 16_000];
  const hurried = (work, milliseconds, ...given) => real(work, WAITS.includes(milliseconds) ? 0 : milliseconds, ...given);
  Object.assign(globalThis, { setTimeout: hurried });
}

/** Put files of the disk into one of the page's inputs. */
export async function choose(page, selector, ...paths) {
  const input = await page.$(selector);
  await input.uploadFile(...paths);
}

/**
 * Put files into the browser's own storage and let the folder dialog answer with it: the dialog itself is the
 * browser's, everything after it is the page's.
 */
export async function openFromFolder(page, paths) {
  const files = paths.map((path) => ({ name: path.split("/").at(-1), data: readFileSync(path).toString("base64") }));
  await page.evaluate(async (given) => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry("pick", { recursive: true }).catch(() => undefined);
    const pick = await root.getDirectoryHandle("pick", { create: true });
    for (const { name, data } of given) {
      const writable = await (await pick.getFileHandle(name, { create: true })).createWritable();
      await writable.write(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
      await writable.close();
    }
    globalThis.picked = pick;
  }, files);
}

/** Put what the folder dialog's folder holds into a new folder of the disk; that folder, and the names. */
export async function filesOfPicked(page, parent) {
  const files = await page.evaluate(async () => {
    const pick = await (await navigator.storage.getDirectory()).getDirectoryHandle("pick");
    const found = {};
    for await (const [name, handle] of pick.entries()) {
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      found[name] = btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
    }
    return found;
  });
  const target = mkdtempSync(join(parent, "read-"));
  for (const [name, data] of Object.entries(files)) writeFileSync(join(target, name), Buffer.from(data, "base64"));
  return { target, names: Object.keys(files).sort() };
}

/** Whether the page asks before it is left, as it does while something is in no file yet. */
export async function asksBeforeLeaving(page) {
  return await page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
}

/** Wait until the text of an element matches. */
export async function waitForText(page, selector, pattern, timeout = PATIENCE) {
  await page.waitForFunction(
    (where, source, flags) => new RegExp(source, flags).test(document.querySelector(where)?.textContent ?? ""),
    { timeout },
    selector,
    pattern.source,
    pattern.flags,
  );
  return await textOf(page, selector);
}

export async function textOf(page, selector) {
  return await page.$eval(selector, (element) => element.textContent ?? "");
}

/** Wait until a picture is on the canvas (some pixel is not black) and the pictures are in their order. */
export async function waitForPicture(page) {
  await page.waitForFunction(
    () => {
      if (document.querySelector('.viewer[aria-busy="false"] #stage[data-seen="true"]') === null) return false;
      const canvas = document.querySelector("#canvas");
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return data.some((value, i) => i % 4 !== 3 && value > 0);
    },
    { polling: 200 },
  );
}

/** Run `act` and wait for its one finished download; the folder is emptied first, as browsers number equal names. */
export async function downloadOf({ downloads }, act, timeout = PATIENCE) {
  for (const name of readdirSync(downloads)) rmSync(join(downloads, name));
  await act();
  const end = Date.now() + timeout;
  for (;;) {
    const names = readdirSync(downloads);
    // Every file that the page saves has this word in its name; what browsers write first has a name of their own.
    const [saved] = names.filter((name) => name.includes("overlay"));
    if (names.length === 1 && saved !== undefined && !isUnfinished(join(downloads, saved))) return join(downloads, saved);
    if (Date.now() > end) throw new Error("no download came");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Firefox puts an empty file of the right name beside the one it writes. */
function isUnfinished(path) {
  return /\.(crdownload|part|tmp)$/.test(path) || !statSync(path, { throwIfNoEntry: false })?.size;
}

/**
 * Positions in the window of image pixels, worked out here and not by the page: a fitted picture is as large as the
 * canvas allows and lies in its middle. `aspect` is the height of a pixel divided by its width.
 */
export async function fittedMap(page, rows, columns, aspect = 1) {
  const box = await page.$eval("#canvas", (canvas) => {
    canvas.scrollIntoView({ block: "center" });
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return { left, top, width, height };
  });
  const zoom = Math.min(box.width / columns, box.height / (rows * aspect));
  const left = box.left + (box.width - columns * zoom) / 2;
  const top = box.top + (box.height - rows * aspect * zoom) / 2;
  // Firefox's pointer is at whole window pixels; from zoom 1.5 on, the nearest one surely lies in the image pixel.
  return (row, column) => ({
    x: Math.round(left + (column + 0.5) * zoom),
    y: Math.round(top + (row + 0.5) * aspect * zoom),
  });
}

/** Choose a tool and drag from one image pixel to another with the real pointer. */
export async function dragTool(page, tool, from, to) {
  await page.click(`[data-testid="tool-${tool}"]`);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

/** Press "Try a sample", wait until it opens on its middle picture, and go to its first one. */
export async function openSample(page) {
  await page.click("#sample-button");
  await waitForText(page, "#status", /24 images in 1 series/);
  await waitForPicture(page);
  await waitForText(page, "#slice-text", /^13 \/ 24$/);
  await goToImage(page, 1);
  await waitForPicture(page);
}

/**
 * A page that tests of one browser take turns in: each begins without marks, at the first image, fitted. What a test that
 * failed has left is nobody's: the next one opens a new page.
 *
 * @param open - opens the images on a new page.
 * @returns a function that makes a test of one that gets the page and its faults.
 */
export function inTurns(shared, open) {
  let kept = null;
  return (look) => async () => {
    const visit = kept ?? (await openDemo(shared.demo));
    // One that is hidden draws nothing.
    await visit.page.bringToFront();
    if (kept === null) await open(visit.page);
    else await startOver(visit.page);
    kept = null;
    try {
      await look(visit);
    } catch (error) {
      // The language that it chose would be that of every page to come.
      await visit.page.evaluate(() => localStorage.clear());
      throw error;
    }
    assert.deepEqual(visit.faults, []);
    kept = visit;
  };
}

class PageCrashed extends Error {}

/**
 * Begin again where the browser's own process for the page crashes, five times at most; whatever else fails, fails at once.
 * Chromium 156 breaks off now and then (a failed check of its own, in a worker's thread) when pages that a service worker
 * answers are left while their workers start. What then waits for the page would wait in vain.
 *
 * @param scenario - gets a function that gives, for a page, a promise that rejects when it crashes.
 */
export async function untilNoCrash(scenario, attempts = 5) {
  const crashOf = (page) => {
    const crashed = new Promise((_, reject) => page.once("error", () => reject(new PageCrashed("the page crashed"))));
    crashed.catch(() => undefined);
    return crashed;
  };
  try {
    await scenario(crashOf);
  } catch (error) {
    if (!(error instanceof PageCrashed) || attempts === 1) throw error;
    console.error("The page crashed with its browser's process; the test begins again.");
    await untilNoCrash(scenario, attempts - 1);
  }
}

async function startOver(page) {
  await page.setViewport({ width: 1480, height: 1120 });
  await page.evaluate(async () => {
    const undo = document.querySelector("#undo");
    while (!undo.disabled) {
      undo.click();
      await new Promise(requestAnimationFrame);
    }
    document.querySelector("#zoom-fit").click();
  });
  if ((await page.$("#slice:not(:disabled)")) !== null) await goToImage(page, 1);
  await waitForPicture(page);
}

/** Move the slice slider with its keys to image `number`, from 1. */
export async function goToImage(page, number) {
  await page.waitForSelector("#slice:not(:disabled)");
  await page.focus("#slice");
  await page.keyboard.press("Home");
  for (let i = 1; i < number; i++) await page.keyboard.press("ArrowRight");
  await waitForImage(page, number);
}

/** Wait until image `number`, from 1, is the one that is seen; until then no mark is taken. */
export async function waitForImage(page, number) {
  await page.waitForFunction(
    (text) =>
      document.querySelector("#slice-text").textContent.startsWith(text) &&
      document.querySelector('#stage[data-seen="true"]') !== null,
    {},
    `${number} /`,
  );
}

/** Fill takes the values from `low` to `high`, whatever is clicked. */
export async function fixRange(page, low, high) {
  await page.click('[data-testid="tool-fill"]');
  await page.select("#fill-by", "range");
  await setNumber(page, "#range-low", low);
  await setNumber(page, "#range-high", high);
}

/** Choose a new identity under the export's options, or none. */
export async function derive(page, isNew = true) {
  await page.$eval("#export-options", (details) => {
    details.open = true;
  });
  await page.click(isNew ? "#instance-derived" : "#instance-keep");
}

/** Send pointer events of fingers, or of a pen: kind, finger, x and y from the canvas's corner. */
export async function touch(page, steps, pointerType = "touch") {
  await page.$eval(
    "#canvas",
    (canvas, events, type) => {
      // Synthetic pointers cannot be captured; real ones are, which changes nothing here.
      canvas.setPointerCapture = () => undefined;
      const box = canvas.getBoundingClientRect();
      for (const [kind, pointerId, x, y] of events) {
        const at = { clientX: box.left + x, clientY: box.top + y };
        canvas.dispatchEvent(new PointerEvent(`pointer${kind}`, { pointerId, pointerType: type, bubbles: true, ...at }));
      }
    },
    steps,
    pointerType,
  );
}

/** Put a number into a field as a person does: what is in it is replaced, and the field is left. */
export async function setNumber(page, selector, value) {
  await page.focus(selector);
  await page.$eval(selector, (input) => input.select());
  await page.keyboard.type(String(value));
  await page.keyboard.press("Tab");
}

/**
 * Note the longest task of the page's thread that begins after `since` in `longest`: as the browser tells it, else
 * (Firefox) by how long a message to itself waits, which counts tasks that follow each other, and the machine, as well.
 */
export function watchTasks() {
  globalThis.longest = 0;
  globalThis.since = 0;
  const note = (began, duration) => {
    if (began >= globalThis.since) globalThis.longest = Math.max(globalThis.longest, duration);
  };
  if (PerformanceObserver.supportedEntryTypes.includes("longtask")) {
    const look = (list) => {
      for (const { startTime, duration } of list.getEntries()) note(startTime, duration);
    };
    new PerformanceObserver(look).observe({ type: "longtask" });
    return;
  }
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  port1.onmessage = () => {
    const now = performance.now();
    note(last, now - last);
    last = now;
    port2.postMessage(null);
  };
  port2.postMessage(null);
}

/** Mark 200 pixels of the first of five images that have planes; returns where pixels are on the page. */
export async function markFirst(page, source) {
  await waitForText(page, "#status", /5 images in 1 series/);
  await waitForPicture(page);
  await waitForText(page, "#planes-note", /^$/);
  await goToImage(page, 1);
  const at = await fittedMap(page, source.rows, source.columns);
  await dragTool(page, "rectangle", at(10, 10), at(19, 29));
  return at;
}
