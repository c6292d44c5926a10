/** What the page promises besides its main job: accessible, offline, private, responsive, plain about errors. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { seriousFindings } from "../axe.mjs";
import { ask, make } from "./native.mjs";
import {
  choose,
  derive,
  downloadOf,
  dragTool,
  fittedMap,
  goToImage,
  openDemo,
  openSample,
  startDemo,
  textOf,
  untilNoCrash,
  waitForImage,
  waitForPicture,
  waitForText,
} from "./page.mjs";
import { itOnce } from "../exporter/once.mjs";

/** Tests that share one browser: `shared.demo`. */
export function qualities(shared) {
  describe("the demo page's promises", () => {
    let demo;
    let folder;

    before(async () => {
      ({ demo } = shared);
      folder = mkdtempSync(join(tmpdir(), "overlay-qualities-"));
    });
    after(async () => {
      rmSync(folder, { recursive: true, force: true });
    });

    itOnce("has no serious accessibility fault: empty, working, after an export, light and dark, narrow", async () => {
      const { page } = await openDemo(demo);
      const found = { empty: await seriousFindings(page) };
      await openSample(page);
      const at = await fittedMap(page, 512, 512);
      await dragTool(page, "brush", at(200, 200), at(260, 300));
      await page.click("#layer-add");
      found.working = await seriousFindings(page);
      await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /Checked/);
      found.exported = await seriousFindings(page, "structure");
      await page.click("#results-button");
      await page.waitForSelector("#results[open]");
      found.results = await seriousFindings(page, "all", "#results");
      await page.click('[data-testid="results-close"]');
      await page.click("#help-button");
      await page.waitForSelector("#help[open]");
      found.help = await seriousFindings(page, "all", "#help");
      await page.click('[data-testid="help-close"]');
      await page.$eval("#export-options", (details) => {
        details.open = true;
      });
      await page.click("#language-button");
      await waitForText(page, "#layers-title", /^Markierungen$/);
      assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
      // What was said before is said in the new language as well.
      await waitForText(page, "#status", /Dateien/);
      found.german = await seriousFindings(page, "structure");
      await page.click("#language-button");
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
      found.dark = await seriousFindings(page, "colours");
      await page.setViewport({ width: 360, height: 740 });
      found.narrow = await seriousFindings(page, "structure");
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `the page is ${width} pixels wide on a screen of 360`);
      for (const [state, findings] of Object.entries(found)) assert.deepEqual(findings, [], state);
      await page.close();
    });

    it("opens a second time on a host that redirects index.html to its folder", async () => {
      const redirecting = await startDemo({ redirects: true });
      try {
        const { page, foreign, faults } = await openDemo(redirecting);
        await waitForText(page, "#offline-chip", /Ready offline/);
        for (const path of ["", "index.html"]) {
          await page.goto(`${redirecting.server.origin}/${path}`, { waitUntil: "load" });
          await waitForText(page, "h1", /DICOM/);
        }
        assert.deepEqual([faults, foreign], [[], []]);
        await page.close();
      } finally {
        await redirecting.stop();
      }
    });

    it("opens and exports without its server", async () => {
      await untilNoCrash(async (crashOf) => {
        const offline = await startDemo();
        try {
          const { page, foreign } = await openDemo(offline);
          await Promise.race([crashOf(page), exportsOffline(page, offline)]);
          assert.deepEqual(foreign, []);
          await page.close();
        } finally {
          await offline.stop();
        }
      });
    });

    itOnce("opens the others when a file of a folder vanishes while the folder is walked", async () => {
      const { page, faults } = await openDemo(demo, { hook: true });
      const paths = make("many", folder, 3);
      const files = paths.map((path) => [path.split("/").at(-1), readFileSync(path).toString("base64")]);
      await page.evaluate((given) => {
        const entries = given.map(([name, data]) => {
          const file = new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], name);
          const gone = () => Promise.reject(new DOMException("gone", "NotFoundError"));
          return [name, { kind: "file", name, getFile: name === "slice002.dcm" ? gone : async () => file }];
        });
        globalThis.picked = { kind: "directory", name: "pick", [Symbol.asyncIterator]: async function* () { yield* entries; } };
      }, files);
      await page.click("#folder-button");
      await waitForText(page, "#status", /2 images in 1 series open. 1 not opened/);
      assert.match(await textOf(page, "#rejected-list"), /slice002\.dcm: The file is no longer where it was/);
      assert.deepEqual(faults, []);
      await page.close();
    });

    it("offers a new version, and takes it only when told to", async () => {
      const built = readFileSync(new URL("../../../web/site/sw.js", import.meta.url), "utf8");
      let next = false;
      const replace = (name) => (name === "sw.js" && next ? `${built}\n// another build` : undefined);
      const updated = await startDemo({ replace });
      try {
        const { page } = await openDemo(updated);
        await waitForText(page, "#offline-chip", /Ready offline/);
        assert.equal(await page.$eval("#update-bar", (bar) => bar.hidden), true);
        next = true;
        await page.reload();
        await page.waitForSelector("#update-bar:not([hidden])");
        await Promise.all([page.waitForNavigation(), page.click("#update-button")]);
        await waitForText(page, "#offline-chip", /Ready offline/);
        assert.equal(await page.$eval("#update-bar", (bar) => bar.hidden), true);
        await page.close();
      } finally {
        await updated.stop();
      }
    });

    it("lets neither the page nor its workers reach another origin", async () => {
      const { page } = await openDemo(demo);
      await waitForText(page, "#offline-chip", /Ready offline/);
      // The second load is answered by the service worker, which gives the policy to workers too.
      await page.reload();
      await openSample(page);
      const reached = await page.evaluate(async () => {
        const tries = ["https://example.org/", "http://127.0.0.2:9/"].map(async (url) => {
          const blocked = new Promise((resolve) => {
            addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective), { once: true });
          });
          await fetch(url, { mode: "no-cors" }).catch(() => undefined);
          return await blocked;
        });
        return await Promise.all(tries);
      });
      assert.deepEqual(reached, ["connect-src", "connect-src"]);
      const policies = await page.evaluate(async () => {
        const workers = performance.getEntriesByType("resource").filter(({ name }) => /assets\/.*\.js$/.test(name));
        const answers = await Promise.all(workers.map(({ name }) => fetch(name)));
        return answers.map((answer) => answer.headers.get("content-security-policy") ?? "none");
      });
      assert.ok(policies.length >= 1);
      for (const policy of policies) assert.match(policy, /connect-src 'self'/);
      // What else lies under the page's address is somebody else's: no policy is put on it, and nothing of it is kept.
      const neighbour = await page.evaluate(async () => {
        const answer = await fetch("./neighbour/page.html");
        const kept = [];
        for (const name of await caches.keys()) {
          for (const { url } of await (await caches.open(name)).keys()) kept.push(url);
        }
        const isKept = kept.some((url) => /neighbour|config\.json/.test(url));
        return { policy: answer.headers.get("content-security-policy"), isKept, files: kept.length > 5 };
      });
      assert.deepEqual(neighbour, { policy: null, isKept: false, files: true });
      await page.close();
    });

    itOnce("shows a right image after many views of damaged ones", async () => {
      const { page } = await openDemo(demo);
      await choose(page, "#file-input", ...make("damaged_stream", folder));
      await waitForText(page, "#status", /3 images in 1 series/);
      await goToImage(page, 1);
      await page.focus("#canvas");
      await waitForText(page, "#picture-note", /cannot be shown here/);
      // What a stopped decoder keeps adds up.
      for (let view = 0; view < 64; view++) {
        await page.keyboard.press(view % 2 === 0 ? "PageDown" : "PageUp");
        await waitForImage(page, view % 2 === 0 ? 2 : 1);
      }
      await page.keyboard.press("End");
      await waitForPicture(page);
      assert.equal(await textOf(page, "#picture-note"), "");
      await page.close();
    });

    it("opens what is dropped, and says in words what cannot be used", async () => {
      const { page } = await openDemo(demo);
      const bytes = readFileSync(make("find", "CT_small.dcm")).toString("base64");
      await page.evaluate((encoded) => {
        const data = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([data], "dropped.dcm"));
        transfer.items.add(new File(["no image"], "notes.txt"));
        document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }, bytes);
      await waitForText(page, "#status", /1 image in 1 series open. 1 not opened/);
      await waitForPicture(page);
      assert.equal(await page.$eval("#export-button", (button) => button.disabled), true);
      const wrong = join(folder, "wrong.png");
      writeFileSync(wrong, "this is no PNG");
      await choose(page, "#mask-input", wrong);
      await waitForText(page, "#error", /The page reads PNG/);
      const [mask] = Object.values(make("png_masks", folder, 64, 64));
      await choose(page, "#mask-input", mask.path);
      await waitForText(page, "#error", /The mask and the image have different sizes. Mask: 64 × 64; images: 128 × 128/);
      await page.close();
    });

    itOnce("lets a mask wait for its image, and goes back to the start when no image was among the files", async () => {
      const { page, faults } = await openDemo(demo);
      const note = join(folder, "note.txt");
      writeFileSync(note, "no image");
      await choose(page, "#file-input", note);
      await waitForText(page, "#error", /No DICOM image was found. This is not a DICOM file/);
      assert.equal(await page.$eval("#workspace", (workspace) => workspace.hidden), true);
      const { bits } = make("png_masks", folder, 128, 128);
      await choose(page, "#mask-input", bits.path);
      await waitForText(page, "#status", /The mask needs its image/);
      const source = make("find", "CT_small.dcm");
      await choose(page, "#file-input", source);
      await waitForText(page, "#status", /Mask imported/);
      const saved = await downloadOf(demo, async () => await page.click("#export-button"));
      assert.match(saved, /\/CT_small-overlay\.dcm$/);
      const verdict = ask("judge", saved, join(source, ".."), { "CT_small.dcm": bits.wanted }, []);
      assert.deepEqual(verdict, { files: 1, problems: [] });
      assert.deepEqual(faults, []);
      await page.close();
    });

    itOnce("reports a bad file in a series and exports the others; derived images get one new series", async () => {
      const { page } = await openDemo(demo);
      const paths = make("many", folder, 3);
      const broken = readFileSync(paths[1]);
      writeFileSync(paths[1], broken.subarray(0, broken.length - 300_000));
      await choose(page, "#file-input", ...paths);
      await waitForText(page, "#status", /images in 1 series/);
      await goToImage(page, 1);
      await waitForPicture(page);
      const at = await fittedMap(page, 512, 512);
      await dragTool(page, "rectangle", at(10, 10), at(29, 29));
      await derive(page);
      await downloadOf(demo, async () => await page.click("#export-button"));
      await waitForText(page, "#status", /2 of 3 files saved to the browser's downloads. Not saved: slice002-overlay.dcm. The file ends too early.*Checked/);
      assert.match(await textOf(page, "#results-body"), /Failed \(truncated\): The file ends too early/);
      await page.click("#results-button");
      await page.waitForSelector("#results[open]");
      const report = await downloadOf(demo, async () => await page.click("#report-button"));
      assert.match(readFileSync(report, "utf8"), /slice002\.dcm","","Failed \(truncated\)/);
      await page.close();
    });

    it("shows the planes of a file, and the pictures of compressed ones", async () => {
      const { page, faults } = await openDemo(demo);
      await choose(page, "#file-input", make("find", "MR-SIEMENS-DICOM-WithOverlays.dcm"));
      await waitForText(page, "#plane-list", /6000/);
      await waitForPicture(page);
      const names = ["693_J2KR.dcm", "JPEG-LL.dcm", "US1_J2KI.dcm", "SC_rgb_rle.dcm", "MR_small_jpeg_ls_lossless.dcm"];
      await choose(page, "#file-input", ...names.map((name) => make("find", name)));
      await waitForText(page, "#status", /in 6 series open/);
      for (let series = 0; series < 6; series++) {
        const before = await page.$eval("#stage", (stage) => stage.dataset.drawn);
        await page.evaluate((k) => document.querySelectorAll("button.series")[k].click(), series);
        if (series > 0) await page.waitForFunction((old) => document.querySelector("#stage").dataset.drawn !== old, {}, before);
        await waitForPicture(page);
        assert.equal(await textOf(page, "#picture-note"), "", `series ${series}`);
      }
      assert.deepEqual(faults, []);
      await page.close();
    });

    // Pictures of both corpora are compared with pydicom's pixels in tests/oracle/test_pictures.py.
    itOnce("shows the same picture without what its pixels do not use", async () => {
      for (const paths of [
        make("jpeg_ls_by_planes", folder),
        make("embedded_plane", mkdtempSync(join(folder, "embedded")), "1.2.840.10008.1.2.2"),
      ]) {
        const { page } = await openDemo(demo);
        await choose(page, "#file-input", ...paths);
        await waitForText(page, "#status", /2 images in 1 series/);
        await waitForPicture(page);
        if (paths[1].includes("embedded")) {
          // The planes may differ, what lies under them must not.
          await waitForText(page, "#plane-list", /6000/);
          await page.click("#plane-list input[type=checkbox]");
          await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
        }
        const picture = () => page.$eval("#canvas", (canvas) => canvas.toDataURL());
        const drawn = await page.$eval("#stage", (stage) => stage.dataset.drawn);
        const first = await picture();
        await page.click("#previous");
        await page.waitForFunction((old) => document.querySelector("#stage").dataset.drawn !== old, {}, drawn);
        assert.ok(first === (await picture()), paths[1]);
        await page.close();
      }
    });
  });
}

/** Open the sample without the page's server, mark it and export it. */
async function exportsOffline(page, offline) {
  await waitForText(page, "#offline-chip", /Ready offline/);
  await offline.server.stop();
  await page.reload();
  await openSample(page);
  await waitForText(page, "#python-chip", /ready/);
  const at = await fittedMap(page, 512, 512);
  await dragTool(page, "rectangle", at(10, 10), at(19, 29));
  const zip = await downloadOf(offline, async () => await page.click("#export-button"));
  await waitForText(page, "#status", /24 of 24 files saved to the browser's downloads. Checked: every mask/);
  assert.ok(readFileSync(zip).length > 24 * 512 * 512 * 2);
}
