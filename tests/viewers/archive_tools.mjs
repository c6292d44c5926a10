/**
 * Let a real Orthanc, and OHIF in front of it, draw every file: `archive_tools.mjs orthanc|ohif|plugin OUT FOLDER...`.
 * Pictures are OUT/FOLDER/NAME-FRAME.png; `orthanc` also leaves the DICOMweb metadata, OUT/FOLDER/NAME.json.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ohifFolder } from "../../web/scripts/pacs/ohif-app.mjs";
import { startOrthanc } from "../../web/scripts/pacs/orthanc.mjs";
import { serveViewer } from "../../web/scripts/pacs/viewer-site.mjs";
import { known, puppeteer } from "../browser/exporter/browsers.mjs";

const [what, out, ...folders] = process.argv.slice(2);
const library = fileURLToPath(new URL("../../web/dist", import.meta.url));
const GL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** How long a picture has to stay the same, in milliseconds; planes come by requests of their own. */
const STEADY = 500;

/** Store every file; returns what is known of each. */
async function fill(archive) {
  const stored = [];
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((each) => each.endsWith(".dcm"))) {
      const body = readFileSync(join(folder, file));
      const answer = await fetch(`${archive.url}/instances`, { method: "POST", body });
      const name = basename(file, ".dcm");
      if (!answer.ok) {
        writeFileSync(join(out, basename(folder), `${name}.refused`), `the archive answers ${answer.status}`);
        continue;
      }
      const { ID } = await answer.json();
      const tags = await (await fetch(`${archive.url}/instances/${ID}/simplified-tags`)).json();
      stored.push({
        id: ID,
        place: join(out, basename(folder), name),
        frames: Number(tags.NumberOfFrames ?? 1),
        study: tags.StudyInstanceUID,
        series: tags.SeriesInstanceUID,
        instance: tags.SOPInstanceUID,
        rows: Number(tags.Rows),
        columns: Number(tags.Columns),
      });
    }
  }
  return stored;
}

async function orthanc(archive, stored) {
  for (const { id, place, frames, study, series, instance } of stored) {
    for (let frame = 0; frame < frames; frame++) {
      const answer = await fetch(`${archive.url}/instances/${id}/frames/${frame}/rendered`, { headers: { accept: "image/png" } });
      if (answer.ok) writeFileSync(`${place}-${frame + 1}.png`, Buffer.from(await answer.arrayBuffer()));
      else writeFileSync(`${place}.refused`, `/rendered answers ${answer.status}`);
    }
    const path = `${archive.dicomWeb}/studies/${study}/series/${series}/instances/${instance}/metadata`;
    const answer = await fetch(path, { headers: { accept: "application/dicom+json" } });
    writeFileSync(`${place}.json`, JSON.stringify((await answer.json())[0]));
  }
}

/** Runs in OHIF: put a series into the one viewport, and wait until its frame is there. */
async function show(series, frame) {
  const { displaySetService, viewportGridService, cornerstoneViewportService } = services;
  const displaySet = displaySetService.getActiveDisplaySets().find((each) => each.SeriesInstanceUID === series);
  if (!displaySet) throw new Error("no display set");
  const viewportId = viewportGridService.getActiveViewportId();
  const viewport = () => cornerstoneViewportService.getCornerstoneViewport(viewportId);
  const shown = () => cornerstone.metaData.get("instance", viewport()?.getCurrentImageId?.())?.SeriesInstanceUID;
  if (shown() !== series) {
    viewportGridService.setDisplaySetsForViewports([{ viewportId, displaySetInstanceUIDs: [displaySet.displaySetInstanceUID] }]);
  }
  for (const end = Date.now() + 10_000; shown() !== series || !viewport().getImageData(); ) {
    if (Date.now() > end) throw new Error("the image does not open");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await viewport().setImageIdIndex(frame);
}

/** Runs in OHIF: where the first pixel of the shown image and the next one of the diagonal lie on the page. */
function lies() {
  const id = services.viewportGridService.getActiveViewportId();
  const viewport = services.cornerstoneViewportService.getCornerstoneViewport(id);
  const { left, top } = viewport.element.getBoundingClientRect();
  const at = (column, row) => {
    const [x, y] = viewport.worldToCanvas(viewport.getImageData().imageData.indexToWorld([column, row, 0]));
    return [left + x, top + y];
  };
  return { first: at(0, 0), next: at(1, 1) };
}

/** Runs in OHIF before anything: nothing but the image and what lies on it. */
function onlyTheImage() {
  document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent =
      '[class*="viewport-overlay"], .overlay-top, .overlay-bottom, [class*="ViewportOrientationMarkers"], [class*="scroll"], .CinePlayer, [class*="cine" i], .cine-player, [data-cy="prompt-begin-tracking"] { visibility: hidden !important }';
    document.head.append(style);
  });
}

async function ohif(archive, stored, plugin) {
  const site = await serveViewer({ viewer: ohifFolder(), library, archive: archive.url, plugin });
  const { args, ...options } = known.chromium;
  const browser = await puppeteer.launch({
    ...options,
    args: [...args.filter((each) => each !== "--disable-gpu"), ...GL],
    headless: true,
    protocolTimeout: 120_000,
    defaultViewport: { width: 1280, height: 800 },
  });
  try {
    const page = await browser.newPage();
    await page.evaluateOnNewDocument(onlyTheImage);
    await page.goto(`${site.origin}/viewer?StudyInstanceUIDs=${stored[0].study}`);
    await page.waitForFunction(
      () => {
        const id = globalThis.services?.viewportGridService?.getActiveViewportId();
        return Boolean(id && services.cornerstoneViewportService.getCornerstoneViewport(id)?.getImageData?.());
      },
      { timeout: 60_000, polling: 200 },
    );
    await page.evaluate(() => {
      [...document.querySelectorAll("button")].find((each) => /Skip all/.test(each.textContent))?.click();
      services.toolGroupService.getToolGroup("default").setToolEnabled("ImageOverlayViewer");
    });
    // The cine player of a multi-frame image would lie on the image.
    await page.evaluate(() => services.cineService?.setIsCineEnabled?.(false));
    for (const one of stored) await photograph(page, one);
  } finally {
    await browser.close();
    await site.stop();
  }
}

/** Save every frame of a series as the page shows it, cut to the image, and where its pixels lie in the cut. */
async function photograph(page, one, tries = 3) {
  const { place, frames, series, rows, columns } = one;
  try {
    for (let frame = 0; frame < frames; frame++) {
      await page.evaluate(show, series, frame);
      const { shot, first, step } = await steady(page, rows, columns);
      writeFileSync(`${place}-${frame + 1}.png`, Buffer.from(shot, "base64"));
      writeFileSync(`${place}-${frame + 1}.json`, JSON.stringify({ first, step }));
    }
  } catch (error) {
    // A page under load may miss its time; what it cannot open it does not open the third time either.
    if (tries > 1) return await photograph(page, one, tries - 1);
    writeFileSync(`${place}.refused`, error.message.split("\n")[0]);
  }
}

/** A screenshot that stayed the same for a while, as did the place of the image: OHIF lays out its page more than once. */
async function steady(page, rows, columns) {
  let last = {};
  let since = Date.now();
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const { first, next } = await page.evaluate(lies);
    const step = [next[0] - first[0], next[1] - first[1]];
    const [x, y] = [0, 1].map((axis) => Math.floor(first[axis] - step[axis] / 2));
    const clip = { x, y, width: Math.ceil(columns * step[0]) + 1, height: Math.ceil(rows * step[1]) + 1 };
    const shot = await page.screenshot({ encoding: "base64", clip });
    const now = { shot, first: [first[0] - x, first[1] - y], step };
    if (JSON.stringify(now) !== JSON.stringify(last)) [last, since] = [now, Date.now()];
    else if (Date.now() - since > STEADY && (await isDrawn(page, shot))) return last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the page shows no steady image");
}

/** Whether a screenshot shows an image: those of the set are black nowhere. */
async function isDrawn(page, shot) {
  return await page.evaluate(async (data) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    context.drawImage(picture, 0, 0);
    return context.getImageData(picture.width >> 1, picture.height >> 1, 1, 1).data[0] > 20;
  }, shot);
}

const archive = await startOrthanc();
try {
  const stored = await fill(archive);
  await (what === "orthanc" ? orthanc(archive, stored) : ohif(archive, stored, what === "plugin"));
} finally {
  await archive.stop();
}
