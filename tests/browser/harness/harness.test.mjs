/** `writeDicomOverlay` in a page that runs Pyodide itself: the wheel installed by micropip, with numpy and without. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { browserName, giveFiles, launch, openPage } from "../exporter/browsers.mjs";
import { makeFolder, native } from "../exporter/native.mjs";
import { openTestPage } from "../exporter/page.mjs";
import { serve } from "../exporter/server.mjs";

/** Runs in the page: start Pyodide and install the wheels of the runtime folder with micropip. */
async function startPyodide(withNumpy) {
  const runtimeUrl = new URL("/runtime-full/", location.href).href;
  const [{ loadPyodide }, { files }] = await Promise.all([
    import(`${runtimeUrl}pyodide.mjs`),
    fetch(`${runtimeUrl}runtime.json`).then((response) => response.json()),
  ]);
  const packages = withNumpy ? ["micropip", "numpy"] : ["micropip"];
  const pyodide = await loadPyodide({ indexURL: runtimeUrl, packages });
  const wheel = (name) => runtimeUrl + files.find((file) => file.name.startsWith(`${name}-`)).name;
  const micropip = pyodide.pyimport("micropip");
  await micropip.install([wheel("pydicom"), wheel("dicom_overlay")]);
  if (withNumpy) pyodide.runPython("import numpy");
  globalThis.pyodide = pyodide;
  return pyodide.runPython("import sys; 'numpy' in sys.modules");
}

for (const withNumpy of [false, true]) {
  describe(`writeDicomOverlay in ${browserName}, ${withNumpy ? "with" : "without"} numpy`, { timeout: 300_000 }, () => {
    const { folder, remove } = makeFolder();
    let page;
    let server;
    let close;

    before(async () => {
      ({ page, server, close } = await openTestPage({ serve, launch, openPage }));
      assert.equal(await page.evaluate(startPyodide, withNumpy), withNumpy);
    });
    after(async () => {
      await close?.();
      remove();
    });

    for (const name of ["693_UNCR.dcm", "image_dfl.dcm", "MR_small_bigendian.dcm"]) {
      it(`writes the bytes of the native wheel into ${name}, and leaves no file behind`, async () => {
        const path = native("find", name);
        const expected = native("written", path, join(folder, name), { label: "Liver" });
        await giveFiles(page, path);
        const found = await page.evaluate(async ({ rows, columns }) => {
          const [file] = files();
          const bytes = new Uint8Array(await file.arrayBuffer());
          const before = pyodide.FS.readdir("/tmp").length;
          const out = library.writeDicomOverlay(pyodide, bytes, maskOf(rows * columns), { label: "Liver" });
          return { sha256: await sha256(new Blob([out])), left: pyodide.FS.readdir("/tmp").length - before };
        }, expected);
        assert.deepEqual(found, { sha256: expected.sha256, left: 0 });
      });
    }

    it("gives Python's errors as OverlayError with code and detail", async () => {
      await giveFiles(page, native("find", "CT_small.dcm"));
      const found = await page.evaluate(async () => {
        const bytes = new Uint8Array(await files()[0].arrayBuffer());
        const caught = [];
        for (const [data, pixels] of [[bytes, 12], [bytes.slice(0, 3000), 128 * 128], [new Uint8Array(300), 4]]) {
          try {
            library.writeDicomOverlay(pyodide, data, new Uint8Array(pixels), {});
          } catch (error) {
            caught.push([library.isOverlayError(error), error.code, typeof error.detail]);
          }
        }
        return caught;
      });
      assert.deepEqual(found, [
        [true, "invalid-mask", "object"],
        [true, "truncated", "object"],
        [true, "not-dicom", "object"],
      ]);
    });

    it("asks no other host for anything", async () => {
      const urls = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name));
      assert.ok(urls.length > 5);
      assert.deepEqual(
        urls.filter((url) => !url.startsWith(server.origin)),
        [],
      );
    });
  });
}
