/**
 * Drive one browser: jobs as JSON on standard input, one line of JSON on standard output for each.
 *
 * A "measure" job gets a fresh page; a "visit" job a fresh profile, visited twice (cold cache, then warm).
 */
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { known, puppeteer } from "../tests/browser/exporter/browsers.mjs";
import { watchMemory } from "./memory.mjs";

const { browser: name, origin, jobs } = JSON.parse(await text(process.stdin));
const HOUR = 3_600_000;

async function launch() {
  const options = known[name];
  if (!existsSync(options.executablePath)) throw new Error(`${name} is not installed`);
  return await puppeteer.launch({
    ...options,
    headless: true,
    protocolTimeout: HOUR,
    // Whole milliseconds are too coarse here; the preference changes the clock, nothing else.
    extraPrefsFirefox: { "privacy.reduceTimerPrecision": false },
  });
}

async function openPage(browser, path) {
  const page = await browser.newPage();
  page.setDefaultTimeout(HOUR);
  const failed = new Promise((_, reject) => page.on("error", reject));
  failed.catch(() => undefined);
  await page.goto(`${origin}/${path}`);
  return page;
}

async function measure(browser, job) {
  const { page: path = "index.html", call, task, paths = [], watch = false } = job;
  const page = await openPage(browser, path);
  try {
    await page.waitForFunction("globalThis.bench !== undefined");
    if (paths.length > 0) await (await page.$("#files")).uploadFile(...paths);
    const memory = watch ? await watchMemory(browser.process().pid) : null;
    const result = await page.evaluate((method, given) => globalThis.bench[method](given), call, task);
    return memory === null ? result : { ...result, megabytes: await memory.stop() };
  } finally {
    await page.close();
  }
}

async function visit({ path }) {
  const browser = await launch();
  try {
    const visits = [];
    for (let count = 0; count < 2; count++) {
      const page = await openPage(browser, path);
      await page.waitForFunction("globalThis.visited !== undefined");
      visits.push(await page.evaluate(() => globalThis.visited));
      await page.close();
    }
    return { visits };
  } finally {
    await browser.close();
  }
}

const browser = await launch();
try {
  const version = await browser.version();
  console.log(JSON.stringify({ version }));
  for (const job of jobs) {
    let result;
    try {
      result = job.kind === "visit" ? await visit(job) : await measure(browser, job);
    } catch (error) {
      result = { error: String(error?.message ?? error).split("\n")[0] };
    }
    console.log(JSON.stringify(result));
  }
} finally {
  await browser.close();
}
