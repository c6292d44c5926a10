/** The browsers that Debian installs, driven by puppeteer-core; Edge too where EDGE_PATH names one. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(fileURLToPath(new URL("../../../web/package.json", import.meta.url)));
export const puppeteer = require("puppeteer-core");

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP plain.test 127.0.0.1",
];

/** Firefox takes the same name for this machine, and does not try HTTPS for it first. */
export const preferences = { "network.dns.localDomains": "plain.test", "dom.security.https_first": false };

/** How each browser is started, with `plain.test` as a name of this machine that is not a secure context; the benchmark starts them too. */
export const known = {
  chromium: { browser: "chrome", executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium", args: quiet },
  firefox: { browser: "firefox", executablePath: process.env.FIREFOX_PATH ?? "/usr/bin/firefox-esr", args: [], extraPrefsFirefox: preferences },
  edge: { browser: "chrome", executablePath: process.env.EDGE_PATH ?? "", args: quiet },
};

/** How long a test waits for something that has to come, ms: this is for hanging, and for a machine that is busy. */
export const PATIENCE = 240_000;

/** The one browser that this process tests: `BROWSER=chromium` or `firefox`. */
export const browserName = process.env.BROWSER ?? "chromium";

/**
 * Open the empty page.
 *
 * @returns the page, and the faults it showed: uncaught errors and unhandled rejections.
 */
export async function openPage(browser, origin, path = "/page.html") {
  const page = await browser.newPage();
  const uncaught = [];
  page.on("pageerror", (error) => uncaught.push(String(error?.message ?? error)));
  await page.goto(`${origin}${path}`);
  await page.evaluate(() => {
    globalThis.unhandled = [];
    addEventListener("unhandledrejection", (event) => globalThis.unhandled.push(String(event.reason)));
  });
  return { page, uncaught };
}

/** Put real files of the disk into the page's file input, where `document.querySelector("#files").files` has them. */
export async function giveFiles(page, ...paths) {
  const input = await page.$("#files");
  await input.uploadFile(...paths);
}

/** Wait for what may never come, as puppeteer's ends of pages and browsers, and what a server or a process is to hear. */
export async function within(work, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${browserName}: ${what} did not come in ${PATIENCE} ms`)), PATIENCE);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Close a browser, or kill it where it does not close. */
export async function end(browser) {
  await within(browser?.close(), "the browser's end").catch(() => browser.process()?.kill("SIGKILL"));
}
