/** What an integrator can choose: policy, addresses, workers. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { browserName, giveFiles, openPage } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage, prepare } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

describe(`options in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let server;
  let page;
  let uncaught;
  let close;
  let expected;
  let labelled;
  let browser;

  before(async () => {
    ({ server, browser, page, uncaught, close } = await openTestPage({ serve, launch, openPage }, "", [], "/policy.html"));
    const path = native("find", "CT_small.dcm");
    expected = native("written", path, join(folder, "out.dcm"), {}).sha256;
    labelled = native("written", path, join(folder, "labelled.dcm"), { label: "L" }).sha256;
    await giveFiles(page, path);
  });
  afterEach(async () => {
    await page.evaluate(() => globalThis.exporter?.dispose());
  });
  after(async () => {
    await close?.();
    remove();
  });

  const writtenWith = (options) =>
    page.evaluate(async (given) => {
      globalThis.exporter = await create(given);
      return await sha256((await exporter.writeOverlays(files()[0], [{ mask: maskOf(128 * 128) }])).blob);
    }, options);

  it("works under the policy that the guide names, and asks for nothing of another origin", async () => {
    assert.equal(await writtenWith({}), expected);
    const origins = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).origin));
    assert.deepEqual([...new Set(origins)], [server.origin]);
  });

  itOnce("takes the runtime's address with or without the slash, and relative to the page", async () => {
    assert.equal(await writtenWith({ runtimeUrl: "./runtime" }), expected);
  });

  itOnce("refuses numbers of workers that are none", async () => {
    for (const workers of [0, -1, 1.5, Number.NaN]) {
      const { code } = await page.evaluate((count) => outcome(create({ workers: count })), workers);
      assert.equal(code, "invalid-request");
    }
  });

  it("works on plain http under a host name, where a page has neither locks nor checksums", async () => {
    const { page: plain, uncaught: faults } = await openPage(browser, server.origin.replace("127.0.0.1", "plain.test"), "/policy.html");
    await plain.evaluate(prepare, { base: "" });
    await giveFiles(plain, native("find", "CT_small.dcm"));
    const found = await plain.evaluate(async () => {
      const { toZipBlob } = library;
      const [file] = files();
      const planes = [{ mask: maskOf(128 * 128), label: "L" }];
      const exporter = await create();
      const bytesOf = async (blob) => [...new Uint8Array(await blob.arrayBuffer())];
      const written = await exporter.writeOverlays(file, planes);
      const derived = [];
      const options = { instance: "derived" };
      for await (const result of exporter.exportFiles([{ file, planes }], options)) derived.push(result);
      const volume = { mask: maskOf(128 * 128), columns: 128, rows: 128, slices: 1, label: "L" };
      const zip = await toZipBlob(exporter.exportSeries([file], [volume], options));
      const { volumes } = await exporter.readSeries([written.blob]);
      const removed = await exporter.removeOverlays(written.blob);
      exporter.dispose();
      return {
        secure: [globalThis.isSecureContext, typeof crypto.subtle, typeof crypto.randomUUID, typeof navigator.locks],
        written: await bytesOf(written.blob),
        removed: (await bytesOf(removed.blob)).length - file.size,
        derived: derived.map(({ outcome, sopInstanceUid }) => [outcome, /^2\.25\.\d+$/.test(sopInstanceUid)]),
        layers: volumes.map(({ label }) => label),
        zipped: zip.size > file.size,
      };
    });
    const { written, ...facts } = found;
    assert.equal(createHash("sha256").update(Uint8Array.from(written)).digest("hex"), labelled);
    assert.deepEqual(facts, {
      secure: [false, "undefined", "undefined", "undefined"],
      removed: 0,
      derived: [["written", true]],
      layers: ["L"],
      zipped: true,
    });
    assert.deepEqual(faults, []);
    await plain.close();
  });

  it("shows no uncaught error", () => {
    assert.deepEqual(uncaught, []);
  });
});
