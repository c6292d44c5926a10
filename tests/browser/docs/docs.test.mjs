/** The documentation as `make demo` serves it: readable for everybody, on a phone, in the dark; its plain page works. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { seriousFindings } from "../axe.mjs";
import { downloadOf } from "../demo/page.mjs";
import { serveSite } from "../demo/site.mjs";
import { browserName } from "../exporter/browsers.mjs";
import { downloads, launch } from "../exporter/launch.mjs";
import { native } from "../exporter/native.mjs";
import { itOnce } from "../exporter/once.mjs";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const [, plainPage] = /```html\n(.*?)```/s.exec(readFileSync(join(web, "docs", "start", "html.md"), "utf8"));
/** One page of each kind, and where its colours are looked at: of the long reference, at one signature. */
const SIGNATURE = "#dicom_overlay\\.write_dicom_overlay";
const PAGES = { "docs/": "html", "docs/tour.html": "html", "docs/reference/python.html": SIGNATURE, "docs/reference/codes.html": "html", "harness/": "html" };

/** The sample's folder `overlay` is the package's `dist`, as the page tells to unpack it. */
function replace(name) {
  if (name === "sample/index.html") return plainPage;
  const [, file] = /^sample\/overlay\/(.*)$/.exec(name) ?? [];
  return file === undefined ? undefined : readFileSync(join(web, "dist", file));
}

describe(`the documentation in ${browserName}`, () => {
  let site;
  let browser;

  before(async () => {
    site = await serveSite(replace);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  itOnce("has nothing that axe calls serious on a phone, light and dark", async () => {
    const page = await browser.newPage();
    await page.setViewport({ width: 390, height: 844 });
    const found = {};
    for (const [path, where] of Object.entries(PAGES)) {
      await page.goto(`${site.origin}/${path}`);
      const all = await seriousFindings(page, "structure");
      for (const scheme of ["light", "dark"]) {
        // The site's own switch.
        await page.evaluate((theme) => document.body.setAttribute("data-theme", theme), scheme);
        all.push(...(await seriousFindings(page, "colours", where)));
      }
      const isWide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      found[path] = [...all, ...(isWide ? ["wider than the screen"] : [])];
    }
    await page.close();
    assert.deepEqual(found, Object.fromEntries(Object.keys(PAGES).map((path) => [path, []])));
  });

  itOnce("finds a topic's own page before decisions, changes and generated references", async () => {
    const page = await browser.newPage();
    const found = {};
    for (const asked of ["label", "NIfTI", "replace-label", "CSP", "not shown"]) {
      await page.goto(`${site.origin}/docs/search.html?q=${encodeURIComponent(asked)}`);
      await page.waitForFunction(() => /found|match/i.test(document.querySelector("#search-results .search-summary")?.textContent ?? ""));
      found[asked] = await page.$eval("#search-results li a", (link) => new URL(link.href).pathname.replace("/docs/", ""));
    }
    await page.close();
    for (const first of Object.values(found)) assert.doesNotMatch(first, /^(decisions|changelog|benchmark|viewers)|typescript/, JSON.stringify(found));
    assert.match(found.CSP, /^guide/);
    assert.match(found["not shown"], /^troubleshooting/);
  });

  itOnce("runs the notebook's cells in the page, from the site's own folder and only when asked", async () => {
    site.requests.length = 0;
    const page = await browser.newPage();
    await page.goto(`${site.origin}/docs/tour.html`);
    const outputs = () => page.$$eval(".live-output", (found) => found.map(({ textContent }) => textContent));
    const run = async (at) => {
      await page.evaluate((number) => document.querySelectorAll(".live-run")[number].click(), at);
      await page.waitForFunction((number) => document.querySelectorAll(".live-run")[number].textContent === "Run", {}, at);
    };
    const buttons = await page.$$eval(".live-run", (found) => found.length);
    assert.equal(buttons, 9);
    assert.deepEqual(site.requests.filter((path) => path.includes("/runtime/")), []);

    await run(4);
    const [file, mask, written, read, proof] = await outputs();
    assert.equal(file, "('CT', 128, 128, 39206)");
    assert.equal(mask, "((128, 128), 1245)");
    assert.match(written, /^\('group 6000', \d+, \[.*\]\)$/);
    assert.match(read, /Disk[^]*6000[^]*1245/);
    assert.equal(proof, "True");

    // A cell that was changed runs again, with those below it that are asked for; a fault is shown where it is.
    const edit = (at, from, to) =>
      page.$$eval(
        ".cell textarea",
        (found, number, before, after) => {
          found[number].value = found[number].value.replace(before, after);
          found[number].dispatchEvent(new Event("input"));
        },
        at,
        from,
        to,
      );
    await edit(1, "< 20**2", "< 2**2");
    await run(1);
    assert.equal((await outputs())[1], "((128, 128), 9)");
    await edit(1, "image.Rows", "image.Rws");
    await run(1);
    assert.match((await outputs())[1], /^line 3: .*\nAttributeError: .*Rws/);
    await edit(1, "image.Rws", "image.Rows");
    await run(buttons - 1);
    assert.equal((await outputs()).at(-1), "(True, True)");

    // One that never ends can be stopped.
    await edit(0, "import tempfile", "import tempfile\nwhile True: pass");
    await page.evaluate(() => {
      document.querySelector(".live-run").click();
      document.querySelector(".live-run").click();
    });
    await page.waitForFunction(() => document.querySelector(".live-run").textContent === "Run");
    assert.match((await outputs())[0], /^Stopped/);
    await page.close();
  });

  it("has a plain page that writes what it says", async () => {
    const path = native("find", "CT_small.dcm");
    const page = await browser.newPage();
    await page.goto(`${site.origin}/sample/`);
    const saved = await downloadOf({ downloads }, async () => await (await page.$("input")).uploadFile(path));
    await page.waitForFunction(() => document.querySelector("[role=status]").textContent !== "");
    assert.equal(await page.$eval("[role=status]", ({ textContent }) => textContent), "Written into group 6000");
    const [{ label, sha256 }] = native("planes", saved);
    assert.equal(label, "Square");
    assert.equal(sha256, createHash("sha256").update(Buffer.alloc(1600, 1)).digest("hex"));
    await page.close();
  });
});
