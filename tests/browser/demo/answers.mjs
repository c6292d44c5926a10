/** Archives that answer badly, and a real one for pictures: what the page says of what it sends, and what stays unsaved. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { startOrthanc } from "../../../web/scripts/pacs/orthanc.mjs";
import { within } from "../exporter/browsers.mjs";
import { itOnce } from "../exporter/once.mjs";
import { closeGate } from "./gate.mjs";
import { untilKept } from "./kept.mjs";
import { ask, make } from "./native.mjs";
import { asksBeforeLeaving, choose, markFirst, openDemo, startDemo, waitForText } from "./page.mjs";
import { listening } from "./site.mjs";

const replace = (name) => (name === "config.json" ? '{"dicomweb": "./dicom-web/"}' : undefined);

/** A Store Instances Response about no instance that was sent (PS3.18 section I.2). */
const OF_ANOTHER = JSON.stringify({
  "00081199": { vr: "SQ", Value: [{ "00081150": { vr: "UI", Value: ["1.2.840.10008.5.1.4.1.1.2"] }, "00081155": { vr: "UI", Value: ["1.2.3"] } }] },
});

/** What an archive answers to what is sent: status, headers, body. It finds nothing that it is asked for. */
const ANSWERS = {
  "an empty answer": [200, {}, ""],
  "a page instead of an answer": [200, { "content-type": "text/html" }, "<!doctype html><title>Sign in</title>"],
  "an answer about other instances": [200, { "content-type": "application/dicom+json" }, OF_ANOTHER],
  "a conflict": [409, {}, ""],
  "a refusal": [403, {}, ""],
  "a redirect to a page": [302, { location: "/index.html" }, ""],
  "a server that failed": [500, {}, "out of disk"],
  "a file that is too large": [413, {}, ""],
};

/** What pictures of `with_planes` have burnt in, its first image marked: a box, its colour and its opacity, from the lowest up. */
const LIVER = [[40, 50, 60, 80], "cc79a7", 0.7];
const DOT = [[3, 4, 4, 5], "0072b2", 0.7];
export const MARKS = { planes1: [LIVER, DOT, [[10, 10, 20, 30], "e69f00", 0.5]], planes2: [LIVER, DOT], planes3: [LIVER, DOT] };

/** Tests with archives of their own. */
export function answers() {
  describe("what an archive answers", () => {
    let folder;
    let source;
    let archive;
    let hosted;
    let answer;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "overlay-answers-"));
      source = make("with_planes", folder);
      archive = await listen((request, response) => {
        request.resume();
        request.on("end", () => {
          const [status, headers, body] = request.method === "POST" ? answer : [204, {}, ""];
          response.writeHead(status, headers).end(body);
        });
      });
      hosted = await startDemo({ replace, archive: archive.origin });
    });
    after(async () => {
      await hosted?.stop();
      await archive?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Mark the first image, and choose to send it. */
    async function openAndMark({ page }) {
      await choose(page, "#file-input", ...source.paths);
      await markFirst(page, source);
      await page.select("#export-sink", "archive");
      await waitForText(page, "#intent", /^1 file, 1 layer, to the archive/);
    }

    itOnce("is never called saved where it does not say so: planes and pictures", async () => {
      const { page } = await openDemo(hosted, { hurry: true });
      await openAndMark({ page });
      for (const [name, given] of Object.entries(ANSWERS)) {
        answer = given;
        for (const [form, files] of [["planes", 1], ["capture", 3]]) {
          await page.select("#export-form-of", form);
          await closeGate(page);
          await page.click("#export-button");
          await page.waitForSelector('#export-button[aria-disabled="true"]');
          await page.evaluate(() => globalThis.gate.open());
          await page.waitForSelector('#export-button[aria-disabled="false"]');
          const told = await waitForText(page, "#status", new RegExp(`0 of ${files} files? saved\\. Not saved: `));
          assert.doesNotMatch(told, /Checked/, `${name}: ${form}`);
          if (form === "planes") assert.match(told, /Not saved yet: “Layer 1”/, name);
          assert.equal(await asksBeforeLeaving(page), true, `${name}: ${form}`);
        }
      }
      // After all that the work is still kept for the next visit.
      await untilKept(page, 1);
      await page.close();
    });

    itOnce("may come too late: what was sent is not called saved when the user cancels", async () => {
      const slow = await listen((request, response) => {
        request.resume();
        if (request.method !== "POST") response.writeHead(204).end();
      });
      const waiting = await startDemo({ replace, archive: slow.origin });
      try {
        const { page } = await openDemo(waiting, { hurry: true });
        await openAndMark({ page });
        await page.click("#export-button");
        await within(slow.posted, "what the page sends");
        await page.click('[data-testid="cancel-button"]');
        const told = await waitForText(page, "#status", /0 of 1 file saved/);
        assert.match(told, /does not say whether it was stored/);
        assert.match(told, /Not saved yet: “Layer 1”/);
        assert.equal(await asksBeforeLeaving(page), true);
        await page.close();
      } finally {
        await waiting.stop();
        await slow.stop();
      }
    });

    itOnce("may be that it has what was sent: pictures do not save the marks, planes do; and nothing was sent before", async () => {
      const real = await startOrthanc();
      const realHost = await startDemo({ replace, archive: real.url });
      const ids = async () => await (await fetch(`${real.url}/instances`)).json();
      const stored = async (id, what) => await fetch(`${real.url}/instances/${id}/${what}`);
      try {
        const { page, faults } = await openDemo(realHost);
        await waitForText(page, "#trust", /unless you press “Send to the archive” \(.*\/dicom-web\/\)/);
        await openAndMark({ page });
        await page.select("#window-preset", "softTissue");
        await page.select("#export-form-of", "capture");
        await waitForText(page, "#intent", /^3 pictures as a new series \(Secondary Capture\), to the archive/);
        assert.deepEqual(await ids(), []);
        await page.click("#export-button");
        await waitForText(page, "#status", /3 of 3 files saved\..*The marks themselves are saved with an export of planes/);
        assert.equal(await asksBeforeLeaving(page), true);
        const pictures = mkdtempSync(join(folder, "stored-"));
        const kept = await ids();
        for (const [k, id] of kept.entries())
          writeFileSync(join(pictures, `${k}.dcm`), Buffer.from(await (await stored(id, "file")).arrayBuffer()));
        const found = ask("captures", pictures, source.paths, 400, 50, MARKS);
        assert.deepEqual({ ...found, names: found.names.length }, { names: 3, problems: [], series: 1, instances: 3, new: true });
        await page.select("#export-form-of", "planes");
        await waitForText(page, "#intent", /^1 file, 1 layer, to the archive, as new images$/);
        await page.click("#export-button");
        await waitForText(page, "#status", /1 of 1 file saved.*Checked/);
        assert.equal(await asksBeforeLeaving(page), false);
        const [sent, ...more] = (await ids()).filter((id) => !kept.includes(id));
        assert.deepEqual(more, []);
        const tags = await (await stored(sent, "tags?short")).json();
        assert.deepEqual([tags["6002,0010"], tags["6002,1500"]], [String(source.rows), "Layer 1"]);
        assert.deepEqual(faults, []);
        await page.close();
      } finally {
        await realHost.stop();
        await real.stop();
      }
    });
  });
}

/** An HTTP server on a free port; `posted` is kept once something was sent. */
async function listen(handle) {
  let tell;
  const posted = new Promise((resolve) => {
    tell = resolve;
  });
  const server = createServer((request, response) => {
    if (request.method === "POST") tell();
    handle(request, response);
  });
  return { ...(await listening(server)), posted };
}
