/** Every file of pydicom's and pydicom-data's folders, images or not: the browser answers as the native wheel does. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, giveFiles, openPage, PATIENCE } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { describeOnce } from "./once.mjs";

const interpreter = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const script = fileURLToPath(new URL("corpus.py", import.meta.url));
const AT_ONCE = 50;

/** Runs in the page: the hash of each chosen file with a plane, or the error's code. */
async function writeChosen() {
  const writeOne = async (file) => {
    try {
      const { rows, columns } = await exporter.inspect(file);
      const mask = new Uint8Array((rows ?? 1) * (columns ?? 1)).map((_, at) => (at % 7 === 0 ? 1 : 0));
      return { sha256: await sha256((await exporter.writeOverlays(file, [{ mask }])).blob) };
    } catch (error) {
      return { code: error.code ?? String(error) };
    }
  };
  return await Promise.all(files().map(writeOne));
}

describeOnce(`both corpora in ${browserName}`, () => {
  let page;
  let uncaught;
  let close;

  before(async () => {
    ({ page, uncaught, close } = await openTestPage({ serve, launch, openPage }));
    await page.evaluate(async () => {
      globalThis.exporter = await create();
    });
  });
  after(() => close?.());

  it("gives the bytes, or the error's code, of the native wheel for each file", async () => {
    const expected = JSON.parse(execFileSync(interpreter, [script], { encoding: "utf8", timeout: PATIENCE }));
    assert.ok(expected.length > 200 && expected.filter(({ sha256 }) => sha256).length > 120, `${expected.length} files`);
    for (let at = 0; at < expected.length; at += AT_ONCE) {
      const some = expected.slice(at, at + AT_ONCE);
      await giveFiles(page, ...some.map(({ path }) => path));
      const found = await page.evaluate(writeChosen);
      assert.deepEqual(
        found.map((outcome, index) => ({ path: some[index].path, ...outcome })),
        some,
      );
    }
    assert.deepEqual(uncaught, []);
  });
});
