/** The browser under test: one for all files of tests of a process, since a start takes longer than most tests. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { browserName, end, known, PATIENCE, preferences, puppeteer, within } from "./browsers.mjs";

/** Firefox saves what is downloaded without asking. */
const saving = {
  "browser.download.folderList": 2,
  "browser.download.useDownloadDir": true,
  "browser.download.always_ask_before_handling_new_types": false,
  "browser.download.manager.showWhenStarting": false,
  "browser.helperApps.neverAsk.saveToDisk": "application/dicom,application/zip,application/octet-stream,text/csv",
};

/** The folder into which every browser of this process saves what is downloaded. */
export const downloads = mkdtempSync(join(tmpdir(), "overlay-downloads-"));

/** `node --test` runs this process; any other program has to close its own browser. */
const isTest = process.env.NODE_TEST_CONTEXT !== undefined;
let shared = null;

if (isTest)
  after(async () => {
    await end(await Promise.resolve(shared).catch(() => null));
    rmSync(downloads, { recursive: true, force: true });
  });

/**
 * The browser without a window: the shared one, or with `extraArgs`, which Chromium alone takes, one of the caller's own.
 *
 * @returns `newPage()`, and `close()`, which closes at least the pages that were opened by it.
 * @throws when it is not installed.
 */
export async function launch(extraArgs = []) {
  const isShared = isTest && (extraArgs.length === 0 || browserName === "firefox");
  const own = isShared ? null : await start(extraArgs);
  const theirs = async () => {
    if (isShared) shared ??= start([]);
    return await (own ?? shared);
  };
  await theirs();
  const pages = [];
  const newPage = async () => {
    const browser = await theirs();
    const page = await within(browser.newPage(), "a new page").catch(async (error) => {
      // Tests to come get another browser.
      shared = null;
      await end(browser);
      throw error;
    });
    page.setDefaultTimeout(PATIENCE);
    pages.push(page);
    return page;
  };
  const close = async () => {
    if (!isShared) return await end(own);
    for (const page of pages)
      if (!page.isClosed()) await within(page.close(), "a page's end").catch((error) => console.error(error.message));
  };
  return { newPage, close };
}

async function start(extraArgs) {
  const options = known[browserName];
  if (!options || !existsSync(options.executablePath)) throw new Error(`${browserName} is not installed`);
  return await puppeteer.launch({
    ...options,
    args: browserName === "firefox" ? options.args : [...options.args, ...extraArgs],
    headless: true,
    timeout: PATIENCE,
    protocolTimeout: PATIENCE,
    downloadBehavior: { policy: "allow", downloadPath: downloads },
    extraPrefsFirefox: { ...preferences, ...saving, "browser.download.dir": downloads },
  });
}
