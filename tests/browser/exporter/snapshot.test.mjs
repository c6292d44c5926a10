/** The start from a memory snapshot: the same bytes, and the plain start where it fails. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { browserName, giveFiles, openPage } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

describe(`the snapshot in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let server;
  let page;
  let uncaught;
  let close;
  let expected;

  before(async () => {
    ({ server, page, uncaught, close } = await openTestPage({ serve, launch, openPage }));
    const path = native("find", "MR_small_implicit.dcm");
    expected = native("written", path, join(folder, "out.dcm"), { label: "Liver" });
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
    page.evaluate(
      async (given, size) => {
        statuses.length = 0;
        globalThis.exporter = await create(given);
        const { blob } = await exporter.writeOverlays(files()[0], [{ mask: maskOf(size), label: "Liver" }]);
        const ready = statuses.find(({ type }) => type === "ready");
        const loaded = statuses.filter(({ type }) => type === "starting").map(({ loadedBytes }) => loadedBytes);
        return {
          sha256: await sha256(blob),
          start: ready.start,
          note: statuses.findLast(({ type }) => type === "starting").note,
          isMonotonic: loaded.every((bytes, at) => at === 0 || bytes >= loaded[at - 1]),
        };
      },
      options,
      expected.rows * expected.columns,
    );
  const result = (start, note) => ({ sha256: expected.sha256, start, note, isMonotonic: true });

  it("gives the bytes of the native wheel, as the plain start does, without loading a wheel", async () => {
    const from = server.requests.length;
    assert.deepEqual(await writtenWith({}), result("snapshot", null));
    assert.deepEqual(server.requests.slice(from).filter((path) => path.endsWith(".whl")), []);
  });

  for (const fault of ["no-snapshot", "broken-snapshot"]) {
    itOnce(`starts plainly with a note for ${fault}`, async () => {
      const found = await writtenWith({ runtimeUrl: `/faulty/${fault}/runtime/` });
      assert.deepEqual(found, result("plain", "snapshot-failed"));
    });
  }

  itOnce("makes other UIDs in each worker that was restored from it", async () => {
    const uids = await page.evaluate(async () => {
      const found = [];
      for (let round = 0; round < 2; round++) {
        const one = await create();
        const { rows, columns } = await one.inspect(files()[0]);
        const { blob } = await one.writeOverlays(files()[0], [{ mask: maskOf(rows * columns) }], { instance: "derived" });
        found.push((await one.inspect(blob)).sopInstanceUid);
        one.dispose();
      }
      return found;
    });
    assert.notEqual(uids[0], uids[1]);
  });

  it("shows no uncaught error", async () => {
    assert.deepEqual(uncaught, []);
    assert.deepEqual(await page.evaluate(() => unhandled), []);
  });
});
