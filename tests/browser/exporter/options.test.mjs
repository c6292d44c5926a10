/** What an integrator can choose: policy, addresses, workers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { browserName, giveFiles, launch, openPage } from "./browsers.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

describe(`options in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let server;
  let page;
  let uncaught;
  let close;
  let expected;

  before(async () => {
    ({ server, page, uncaught, close } = await openTestPage({ serve, launch, openPage }, "", [], "/policy.html"));
    const path = native("find", "CT_small.dcm");
    expected = native("written", path, join(folder, "out.dcm"), {}).sha256;
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

  it("shows no uncaught error", () => {
    assert.deepEqual(uncaught, []);
  });
});
