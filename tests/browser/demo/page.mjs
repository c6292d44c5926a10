/** The demo page in the browser under test: opened, given files, driven, its downloads and requests collected. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { browserName, launch } from "../exporter/browsers.mjs";
import { serveSite } from "./site.mjs";

const screenshots = fileURLToPath(new URL("../../../web/.screenshots/", import.meta.url));

/** Start a server and a browser whose downloads land in a folder of their own. */
export async function startDemo({ replace, args = [] } = {}) {
  const downloads = mkdtempSync(join(tmpdir(), "overlay-demo-"));
  const server = await serveSite(replace);
  const browser = await launch(args, { downloads });
  const stop = async () => {
    await browser.close();
    await server.stop();
    rmSync(downloads, { recursive: true, force: true });
  };
  return { browser, server, downloads, stop };
}

/** Open the page; `foreign` fills with every request that left its origin, `faults` with uncaught errors. */
export async function openDemo({ browser, server }, { width = 1280, height = 900 } = {}) {
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
  await page.goto(`${server.origin}/`, { waitUntil: "load" });
  return { page, foreign, faults };
}

/** Put files of the disk into one of the page's inputs. */
export async function choose(page, selector, ...paths) {
  const input = await page.$(selector);
  await input.uploadFile(...paths);
}

/** Wait until the text of an element matches. */
export async function waitForText(page, selector, pattern, timeout = 90_000) {
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

/** Wait until a picture is on the canvas: some pixel is not black. */
export async function waitForPicture(page) {
  await page.waitForFunction(
    () => {
      const canvas = document.querySelector("#canvas");
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return data.some((value, i) => i % 4 !== 3 && value > 0);
    },
    { timeout: 30_000, polling: 200 },
  );
}

/** Run `act` and wait for a finished download that was not there before. */
export async function downloadOf({ downloads }, act, timeout = 90_000) {
  const before = new Set(readdirSync(downloads));
  await act();
  const end = Date.now() + timeout;
  for (;;) {
    const names = readdirSync(downloads);
    const unfinished = names.some((name) => /\.(crdownload|part)$/.test(name) || name.startsWith(".org.chromium"));
    const found = names.find((name) => !before.has(name));
    if (found !== undefined && !unfinished) return join(downloads, found);
    if (Date.now() > end) throw new Error("no download came");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Keep a picture of the page for people to look at. */
export async function shoot(page, name, options = {}) {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${browserName}-${name}.png`), ...options });
}
