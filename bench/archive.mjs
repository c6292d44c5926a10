/**
 * To a real archive and back: `toDicomWeb` beside a bare STOW of the same Blobs, and `fromDicomWeb`.
 *
 * Input is JSON on standard input, { browser, paths, rounds }; output one line of JSON: the browser's version, and for each
 * contender its samples in milliseconds. Each contender stores files of its own, so that none meets what is there already.
 */
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { known, puppeteer } from "../tests/browser/exporter/browsers.mjs";
import { startOrthanc } from "../web/scripts/pacs/orthanc.mjs";
import { serveViewer } from "../web/scripts/pacs/viewer-site.mjs";

const { browser: name, paths, rounds } = JSON.parse(await text(process.stdin));
const library = join(dirname(fileURLToPath(import.meta.url)), "..", "web", "dist");
const PAGE = { type: "text/html", body: '<!doctype html><meta charset=utf-8><title>archive</title><input type="file" id="files" multiple>' };

/** Runs in the page: one round of every contender, in the order that is given. */
async function round(order) {
  const { createOverlayExporter } = await import("/dicom-overlay/index.js");
  const { fromDicomWeb, toDicomWeb } = await import("/dicom-overlay/dicomweb.js");
  globalThis.exporter ??= await createOverlayExporter({ runtimeUrl: "/dicom-overlay/runtime/", workers: 1 });
  const files = [...document.querySelector("#files").files];
  const [rows, columns] = [512, 512];
  const data = new Uint8Array(files.length * rows * columns);
  for (let at = 0; at < data.length; at += 7) data[at] = 1;
  const made = async () => {
    const results = [];
    for await (const result of globalThis.exporter.exportSeries(files, [{ mask: data, rows, columns, slices: files.length }], { instance: "derived" })) results.push(result);
    return results;
  };
  /** The same requests as the package's, by their sizes, and nothing more. */
  const bare = async (results) => {
    const most = 64 << 20;
    let stored = 0;
    for (let first = 0; first < results.length; ) {
      let last = first;
      for (let size = 0; last < results.length && (last === first || size + results[last].blob.size <= most); last++) size += results[last].blob.size;
      const head = "--part\r\nContent-Type: application/dicom\r\n\r\n";
      const body = new Blob([...results.slice(first, last).flatMap(({ blob }) => [head, blob, "\r\n"]), "--part--\r\n"]);
      const answer = await fetch("/dicom-web/studies", {
        method: "POST",
        headers: { "content-type": 'multipart/related; type="application/dicom"; boundary=part', accept: "application/dicom+json" },
        body,
      });
      stored += (await answer.json())["00081199"].Value.length;
      first = last;
    }
    return stored;
  };
  const ours = async (results) => {
    const { instances } = await toDicomWeb(results, { url: "/dicom-web" });
    return instances.filter(({ outcome }) => outcome === "written").length;
  };
  const times = {};
  for (const contender of order) {
    const results = await made();
    const begun = performance.now();
    const stored = await (contender === "bare STOW" ? bare : ours)(results);
    times[contender] = performance.now() - begun;
    if (stored !== files.length) throw new Error(`${contender}: ${stored} of ${files.length} stored`);
    if (contender === "bare STOW") continue;
    const found = await (await fetch(`/dicom-web/instances?SOPInstanceUID=${results[0].sopInstanceUid}`, { headers: { accept: "application/dicom+json" } })).json();
    const [study, series] = [found[0]["0020000D"].Value[0], found[0]["0020000E"].Value[0]];
    const asked = performance.now();
    const back = await fromDicomWeb({ url: "/dicom-web", study, series });
    times["ours, WADO-RS"] = performance.now() - asked;
    if (back.length !== files.length) throw new Error(`${back.length} of ${files.length} came back`);
  }
  return times;
}

const archive = await startOrthanc();
const site = await serveViewer({ viewer: library, library, archive: archive.url, plugin: false, pages: { "/page.html": PAGE } });
const browser = await puppeteer.launch({ ...known[name], headless: true, protocolTimeout: 1_200_000 });
try {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/page.html`);
  await (await page.$("#files")).uploadFile(...paths);
  const samples = {};
  for (let turn = 0; turn < rounds; turn++) {
    const order = turn % 2 === 0 ? ["bare STOW", "ours, STOW-RS"] : ["ours, STOW-RS", "bare STOW"];
    for (const [contender, ms] of Object.entries(await page.evaluate(round, order))) {
      samples[contender] ??= [];
      samples[contender].push(ms);
    }
  }
  console.log(JSON.stringify({ version: await browser.version(), samples }));
} finally {
  await browser.close();
  await site.stop();
  await archive.stop();
}
