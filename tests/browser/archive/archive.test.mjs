/**
 * From a real archive and back: Orthanc on this machine, the package in the browser, pydicom as the judge. The page comes over
 * plain http from a host name, as many archives in hospitals do: it is not a secure context.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { startOrthanc } from "../../../web/scripts/pacs/orthanc.mjs";
import { serveViewer } from "../../../web/scripts/pacs/viewer-site.mjs";
import { PATIENCE } from "../exporter/browsers.mjs";
import { launch } from "../exporter/launch.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sample = join(root, "web", ".cache", "sample");
const PAGE = { type: "text/html", body: "<!doctype html><meta charset=utf-8><title>archive</title>" };

let archive;
let site;
let browser;
let page;
let series;

/** What pydicom says of the instances: for each, its series, the label and how many pixels are set. */
const JUDGE = `
import io, json, sys, urllib.request
import pydicom
for uid in json.loads(sys.argv[2]):
    found = json.loads(urllib.request.urlopen(urllib.request.Request(sys.argv[1] + "/tools/find", method="POST",
        data=json.dumps({"Level": "Instance", "Query": {"SOPInstanceUID": uid}}).encode())).read())
    data = urllib.request.urlopen(f"{sys.argv[1]}/instances/{found[0]}/file").read()
    ds = pydicom.dcmread(io.BytesIO(data))
    mask = ds.overlay_array(0x6000)
    print(json.dumps({"copies": len(found), "series": ds.SeriesInstanceUID, "number": int(ds.InstanceNumber),
        "label": ds[0x60001500].value, "first": int(mask.ravel().argmax()), "set": int(mask.sum()),
        "source": ds.SourceImageSequence[-1].ReferencedSOPInstanceUID}))
`;

describe("from an archive and back", () => {
  before(async () => {
    archive = await startOrthanc();
    for (const name of readdirSync(sample).filter((file) => file.endsWith(".dcm"))) {
      const sent = await fetch(`${archive.url}/instances`, { method: "POST", body: readFileSync(join(sample, name)) });
      assert.ok(sent.ok);
    }
    const [found] = await (await fetch(`${archive.dicomWeb}/series`)).json();
    series = { study: found["0020000D"].Value[0], series: found["0020000E"].Value[0] };
    site = await serveViewer({
      viewer: sample,
      library: join(root, "web", "dist"),
      archive: archive.url,
      plugin: false,
      pages: { "/page.html": PAGE },
    });
    browser = await launch();
    page = await browser.newPage();
    await page.goto(`${site.origin.replace("127.0.0.1", "plain.test")}/page.html`);
    await page.evaluate(async (wanted) => {
      const { createOverlayExporter, maskOf } = await import("/dicom-overlay/index.js");
      const { fromDicomWeb, listOverlays, toDicomWeb } = await import("/dicom-overlay/dicomweb.js");
      const exporter = await createOverlayExporter({ runtimeUrl: "/dicom-overlay/runtime/", workers: 1 });
      const url = "/dicom-web";
      globalThis.circle = {
        toDicomWeb,
        fetched: () => fromDicomWeb({ url, ...wanted }),
        /** The planes of a series by its metadata: for each its label, and how many pixels are set. */
        async listed(study, series) {
          const instances = await listOverlays({ url, study, series });
          const planes = instances.flatMap((instance) => instance.planes);
          const bits = await Promise.all(planes.map((plane) => plane.load()));
          return planes.map(({ label }, at) => [label, maskOf({ ...planes[at], packed: bits[at] }).filter(Boolean).length]);
        },
        /** Export a checkerboard as a derived series; yields the exporter's results. */
        async *exported(files, label, seed) {
          const { rows, columns } = await exporter.inspect(files[0]);
          const data = new Uint8Array(files.length * rows * columns);
          for (let at = 0; at < data.length; at++) data[at] = (at + seed) % 7 === 0 ? 1 : 0;
          const volume = { mask: data, rows, columns, slices: files.length, label };
          yield* exporter.exportSeries(files, [volume], { instance: "derived" });
        },
      };
    }, series);
  });

  after(async () => {
    await browser?.close();
    await site?.stop();
    await archive?.stop();
  });

  function judge(uids) {
    const python = join(root, ".venv", "bin", "python");
    const printed = execFileSync(python, ["-c", JUDGE, archive.url, JSON.stringify(uids)], { encoding: "utf8", timeout: PATIENCE });
    return printed.trim().split("\n").map((line) => JSON.parse(line));
  }

  it("a series comes out of the archive as it is, and goes back as a new one with its planes", async () => {
    const { names, report } = await page.evaluate(async () => {
      const { circle } = globalThis;
      const files = (await circle.fetched()).map(({ file }) => file);
      const report = await circle.toDicomWeb(circle.exported(files, "Liver", 0), { url: "/dicom-web", maxBytes: 3 << 20 });
      return { names: files.map(({ name }) => name), report };
    });
    const { instances } = report;
    const found = judge(instances.map(({ sopInstanceUid }) => sopInstanceUid));
    const { isSecure, listed } = await page.evaluate(
      async (study, made) => ({ isSecure: isSecureContext, listed: await globalThis.circle.listed(study, made) }),
      series.study,
      found[0].series,
    );

    assert.equal(isSecure, false);
    assert.equal(names.length, 24);
    assert.deepEqual(new Set(instances.map(({ outcome }) => outcome)), new Set(["written"]));
    assert.equal(new Set(found.map((each) => each.series)).size, 1);
    assert.notEqual(found[0].series, series.series);
    assert.deepEqual(new Set(found.map(({ label, copies }) => `${label} ${copies}`)), new Set(["Liver 1"]));
    assert.ok(found.every(({ set }) => set > 1000));
    assert.deepEqual(listed.sort(), found.map(({ label, set }) => [label, set]).sort());
    assert.deepEqual(new Set(found.map(({ source }) => `${source}.dcm`)), new Set(names));
  });

  it("an archive that is killed midway and starts again has everything once, and each outcome is true", async () => {
    const before = (await (await fetch(`${archive.url}/statistics`)).json()).CountInstances;
    // The fourth file waits until the archive is dead, so that it dies in the middle however quick it is.
    await page.evaluate(() => {
      const { fetch } = globalThis;
      let sent = 0;
      globalThis.failed = 0;
      const dead = new Promise((resolve) => {
        globalThis.isDead = resolve;
      });
      globalThis.fetch = async (url, options) => {
        if (options?.method === "POST" && ++sent === 4) {
          globalThis.isWaiting = true;
          await dead;
        }
        const answer = await fetch(url, options).catch((error) => {
          globalThis.failed += 1;
          throw error;
        });
        if (answer.status >= 500) globalThis.failed += 1;
        return answer;
      };
    });
    const running = page.evaluate(async () => {
      const { circle } = globalThis;
      const files = (await circle.fetched()).map(({ file }) => file);
      const report = await circle.toDicomWeb(circle.exported(files, "Spleen", 3), { url: "/dicom-web", maxBytes: 1 << 19, attempts: 12 });
      return report.instances.map(({ outcome, sopInstanceUid }) => ({ outcome, sopInstanceUid }));
    });
    await page.waitForFunction(() => globalThis.isWaiting);
    await archive.kill();
    await page.evaluate(() => globalThis.isDead());
    await page.waitForFunction(() => globalThis.failed > 0);
    await archive.restart();
    const instances = await running;
    const found = judge(instances.map(({ sopInstanceUid }) => sopInstanceUid));
    const count = (await (await fetch(`${archive.url}/statistics`)).json()).CountInstances;

    assert.deepEqual(new Set(instances.map(({ outcome }) => outcome)), new Set(["written"]));
    assert.deepEqual(new Set(found.map(({ label, copies }) => `${label} ${copies}`)), new Set(["Spleen 1"]));
    assert.equal(count, before + 24);
  });
});
