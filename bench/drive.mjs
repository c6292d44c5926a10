/**
 * Drive one browser: a line of JSON with the jobs on standard input, lines of JSON on standard output: the browser's version
 * and process, then for each job `ready` and its result. What is measured begins when a line has answered `ready`.
 *
 * A job with a `task` gets a fresh page; one with a `visit` a fresh profile, visited twice (cold cache, then warm).
 */
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { end, known, puppeteer } from "../tests/browser/exporter/browsers.mjs";

// Whoever asked has gone, so the browser goes too.
process.stdin.once("end", () => process.exit(1));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { browser: name, origin, jobs } = JSON.parse((await lines.next()).value);
/** How long a job may take, ms: this ends one that hangs. */
const LIMIT = 900_000;
const say = (message) => console.log(JSON.stringify(message));
const ready = async () => {
  say({ ready: true });
  await lines.next();
};

async function launch() {
  const options = known[name];
  if (!existsSync(options.executablePath)) throw new Error(`${name} is not installed`);
  return await puppeteer.launch({
    ...options,
    headless: true,
    protocolTimeout: LIMIT,
    // Whole milliseconds are too coarse here; the preference changes the clock, nothing else.
    extraPrefsFirefox: { "privacy.reduceTimerPrecision": false },
  });
}

/** Open a page, wait until it has set `wanted`, and do the rest there; the page is closed in the end. */
async function onPage(browser, path, wanted, work) {
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT);
  const crashed = new Promise((_, reject) => page.on("error", reject));
  crashed.catch(() => undefined);
  try {
    await page.goto(`${origin}/${path}`);
    await page.waitForFunction(`globalThis.${wanted} !== undefined`);
    return await Promise.race([work(page), crashed]);
  } finally {
    await page.close().catch(() => undefined);
  }
}

async function measure(browser, { task, paths = [] }) {
  return await onPage(browser, "index.html", "measure", async (page) => {
    if (paths.length > 0) await (await page.$("#files")).uploadFile(...paths);
    await ready();
    return await page.evaluate((given) => globalThis.measure(given), task);
  });
}

async function visit(path) {
  const browser = await launch();
  try {
    await ready();
    const once = () => onPage(browser, path, "visited", (page) => page.evaluate(() => globalThis.visited));
    return { cold: await once(), warm: await once() };
  } finally {
    await end(browser);
  }
}

const browser = await launch();
try {
  say({ version: await browser.version(), pid: browser.process().pid });
  for (const job of jobs) {
    const work = job.visit === undefined ? measure(browser, job) : visit(job.visit);
    say(await work.catch((error) => ({ fault: String(error?.message ?? error).split("\n")[0] })));
  }
} finally {
  process.stdin.destroy();
  await end(browser);
}
