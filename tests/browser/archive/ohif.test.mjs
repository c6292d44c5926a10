/**
 * The circle in a real editor: OHIF as released, the plug-in, Orthanc; pydicom is the judge. Chromium alone: OHIF needs WebGL,
 * which Debian's Firefox does not have without a graphics card. `OHIF_VERSION` names one of the pinned versions and asks for
 * every test (`make ohif`).
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { OHIF_VERSION, ohifFolder } from "../../../web/scripts/pacs/ohif-app.mjs";
import { startOrthanc } from "../../../web/scripts/pacs/orthanc.mjs";
import { serveViewer } from "../../../web/scripts/pacs/viewer-site.mjs";
import { browserName, known, PATIENCE, puppeteer } from "../exporter/browsers.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const python = join(root, ".venv", "bin", "python");
const version = process.env.OHIF_VERSION ?? OHIF_VERSION;
/** What depends on the kind of image, or on OHIF alone, runs with `make ohif`. */
const itInWhole = process.env.OHIF_VERSION === undefined ? () => undefined : it;
/** OHIF 3.13 lost what 3.12 did: planes that come over DICOMweb, drawn by its Image Overlay tool. */
const drawsByItself = version.startsWith("3.12.");
const GL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** What pydicom reads of every instance of a series: by frame, the rows of set pixels as text, and the labels. */
const JUDGE = `
import io, json, sys, urllib.request
import numpy as np, pydicom
base, uid = sys.argv[1:]
query = json.dumps({"Level": "Instance", "Query": {"SeriesInstanceUID": uid}}).encode()
ids = json.loads(urllib.request.urlopen(urllib.request.Request(base + "/tools/find", method="POST", data=query)).read())
out = {}
for one in ids:
    ds = pydicom.dcmread(io.BytesIO(urllib.request.urlopen(f"{base}/instances/{one}/file").read()))
    masks = [np.atleast_3d(ds.overlay_array(g)) if ds.overlay_array(g).ndim == 3 else ds.overlay_array(g)[None] for g in (0x6000, 0x6002)]
    out[int(ds.InstanceNumber)] = {
        "labels": [ds[0x60001500].value, ds[0x60021500].value],
        "all": [ds[g << 16 | 0x1500].value for g in range(0x6000, 0x6020, 2) if g << 16 | 0x1500 in ds],
        "groups": sorted({tag.group for tag in ds.keys() if 0x6000 <= tag.group <= 0x60FF}),
        "pixels": [[np.flatnonzero(frame).tolist() for frame in mask] for mask in masks],
    }
print(json.dumps(out))
`;

/** The overlay groups of each file in an archive. */
const ZIPPED = `
import io, json, sys, zipfile
import pydicom
with zipfile.ZipFile(sys.argv[1]) as archive:
    files = [pydicom.dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist()]
print(json.dumps([sorted({tag.group for tag in ds.keys() if 0x6000 <= tag.group <= 0x60FF}) for ds in files]))
`;

/** Runs in OHIF: paint two segments on every image; returns the painted pixels by image. */
async function paint(labels = ["Läsion", "Second"]) {
  const { segmentationService, displaySetService, viewportGridService } = services;
  const [displaySet] = displaySetService.getActiveDisplaySets();
  const segmentationId = await segmentationService.createLabelmapForDisplaySet(displaySet, {
    label: "Strokes",
    segments: { 1: { label: labels[0], active: true }, 2: { label: labels[1] } },
  });
  const { imageIds } = segmentationService.getSegmentation(segmentationId).representationData.Labelmap;
  const painted = imageIds.map((imageId, k) => {
    const image = cornerstone.cache.getImage(imageId);
    const labels = image.voxelManager.getScalarData();
    const both = [[], []];
    for (let pixel = 0; pixel < labels.length; pixel++) {
      const row = Math.floor(pixel / image.columns);
      const column = pixel % image.columns;
      const segment = row >= 10 && row < 20 && column >= 12 + k && column < 40 ? 1 : column === row + 30 ? 2 : 0;
      if (segment === 0) continue;
      labels[pixel] = segment;
      both[segment - 1].push(pixel);
    }
    const { InstanceNumber } = cornerstone.metaData.get("instance", image.referencedImageId);
    return { number: Number(InstanceNumber), both };
  });
  await segmentationService.addSegmentationRepresentation(viewportGridService.getActiveViewportId(), { segmentationId });
  cornerstoneTools.segmentation.triggerSegmentationEvents.triggerSegmentationDataModified(segmentationId);
  return painted;
}

/** Runs in OHIF: choose in the panel, press a button of it and wait for what it says at the end. */
async function press(words, choices = {}) {
  services.panelService.activatePanel("dicom-overlay.panelModule.overlays", true);
  const find = () => [...document.querySelectorAll(".dicom-overlay-panel button")].find((each) => each.textContent === words);
  while (!find()) await new Promise((resolve) => setTimeout(resolve, 100));
  for (const label of document.querySelectorAll(".dicom-overlay-panel label:has(select)")) {
    const [, choice] = Object.entries(choices).find(([name]) => label.textContent.startsWith(name)) ?? [];
    const select = label.querySelector("select");
    select.value = choice ?? select.options[0].value;
  }
  find().click();
  if (choices.cancel) [...document.querySelectorAll(".dicom-overlay-panel button")].find((each) => each.textContent === "Cancel").click();
  while (find().disabled) await new Promise((resolve) => setTimeout(resolve, 100));
  return document.querySelector(".dicom-overlay-panel [role=status]").textContent;
}

/** Runs in OHIF: the pixels of each segment of the segmentation that was made of planes. */
function segmentsMade() {
  const made = services.segmentationService.getSegmentations().find(({ label }) => label === "Overlay planes");
  return made.representationData.Labelmap.imageIds.map((imageId) => {
    const image = cornerstone.cache.getImage(imageId);
    const both = [[], []];
    image.voxelManager.getScalarData().forEach((label, pixel) => label && both[label - 1].push(pixel));
    const { InstanceNumber } = cornerstone.metaData.get("instance", image.referencedImageId);
    return { number: Number(InstanceNumber), both };
  });
}

/** Runs in OHIF: take a row of pixels out of every segment. */
function clearRow(row) {
  const made = services.segmentationService.getSegmentations().find(({ label }) => label === "Overlay planes");
  for (const imageId of made.representationData.Labelmap.imageIds) {
    const image = cornerstone.cache.getImage(imageId);
    image.voxelManager.getScalarData().fill(0, row * image.columns, (row + 1) * image.columns);
  }
  cornerstoneTools.segmentation.triggerSegmentationEvents.triggerSegmentationDataModified(made.segmentationId);
}

/** Runs in OHIF: whether three volume viewports have their images. */
function volumesAreShown() {
  const viewports = cornerstone.getRenderingEngines().flatMap((engine) => engine.getViewports());
  const volumes = viewports.filter(({ type }) => type === "orthographic");
  return volumes.length === 3 && volumes.every((one) => one.getCurrentImageId?.() || one.getImageData()) && planesIn(volumes[0]) !== null;

  function planesIn(viewport) {
    return viewports.some(({ element }) => element.querySelector(".dicom-overlay-layer canvas")) ? viewport : null;
  }
}

/** Runs in OHIF: how many planes each volume viewport shows. */
function planesInViewports() {
  const viewports = cornerstone.getRenderingEngines().flatMap((engine) => engine.getViewports());
  return viewports
    .filter(({ type }) => type === "orthographic")
    .map(({ element }) => element.querySelectorAll(".dicom-overlay-layer canvas").length);
}

/** Let the page save into a folder without asking. */
async function downloadsInto(page, folder) {
  const client = await page.createCDPSession();
  await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
  return { client };
}

/** Runs in OHIF: where a pixel of the shown image lies on the page. */
function pixelOnPage(column, row) {
  const viewport = services.cornerstoneViewportService.getCornerstoneViewport(services.viewportGridService.getActiveViewportId());
  const [x, y] = viewport.worldToCanvas(viewport.getImageData().imageData.indexToWorld([column, row, 0]));
  const { left, top } = viewport.element.getBoundingClientRect();
  return [Math.round(left + x), Math.round(top + y)];
}

/** The first and last row and column, from 0, in which a canvas has a pixel that is not clear; runs on the page. */
function extentOfPixels(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const set = Array.from({ length: width * height }, (_, pixel) => pixel).filter((pixel) => data[4 * pixel + 3] !== 0);
  const range = (values) => [Math.min(...values), Math.max(...values)];
  return { rows: range(set.map((pixel) => Math.floor(pixel / width))), columns: range(set.map((pixel) => pixel % width)) };
}

if (browserName === "chromium") {
  describe(`OHIF ${version} with the plug-in`, () => {
    const folder = mkdtempSync(join(tmpdir(), "dicom-overlay-ohif-"));
    let archive;
    let site;
    let bare;
    let browser;
    let page;
    let derived;

    const listed = async () => (await fetch(`${archive.dicomWeb}/series`, { headers: { accept: "application/dicom+json" } })).json();
    const named = async (name) => (await listed()).find((one) => one["0008103E"]?.Value?.[0] === name);
    const uidOf = (one) => one["0020000E"].Value[0];

    /**
     * Wait until something is so on the page. puppeteer's own wait lives in the page, and is lost at times while OHIF starts:
     * the picture is there, and nobody is told.
     */
    async function until(isSo) {
      for (const end = Date.now() + PATIENCE; !(await page.evaluate(isSo).catch(() => false)); ) {
        if (Date.now() > end) throw new Error(`not seen in OHIF: ${isSo}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }

    async function open(origin, one) {
      await page?.close();
      page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      await page.bringToFront();
      const asked = `StudyInstanceUIDs=${one["0020000D"].Value[0]}&SeriesInstanceUIDs=${uidOf(one)}`;
      await page.goto(`${origin}/viewer?${asked}`);
      const isOpen = () => {
        const id = globalThis.services?.viewportGridService?.getActiveViewportId();
        const viewport = id && services.cornerstoneViewportService.getCornerstoneViewport(id);
        return Boolean(viewport?.getCurrentImageId?.() && viewport.getImageData());
      };
      await until(isOpen);
      await page.evaluate(() => [...document.querySelectorAll("button")].find((each) => /Skip all/.test(each.textContent))?.click());
    }

    /** Paint on a series, export it, and return what was painted and the new series. */
    async function circle(name) {
      const before = new Set((await listed()).map(uidOf));
      await open(site.origin, await named(name));
      const painted = await page.evaluate(paint);
      // Stopped when it is told to, with nothing stored; it goes on working afterwards.
      const stopped = await page.evaluate(press, "Export segments as overlay", { cancel: true });
      assert.match(stopped, /^Cancelled/);
      assert.equal((await listed()).length, before.size);
      const said = await page.evaluate(press, "Export segments as overlay");
      const fresh = (await listed()).filter((one) => !before.has(uidOf(one)));
      return { painted, said, fresh };
    }

    function judge(one) {
      return JSON.parse(execFileSync(python, ["-c", JUDGE, archive.url, uidOf(one)], { encoding: "utf8", timeout: PATIENCE, maxBuffer: 1 << 28 }));
    }

    /** The colour at a pixel of the image, as a screenshot has it. */
    async function colourAt(column, row) {
      const [x, y] = await page.evaluate(pixelOnPage, column, row);
      const shot = await page.screenshot({ encoding: "base64", clip: { x, y, width: 1, height: 1 } });
      return await page.evaluate(async (data) => {
        const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
        const context = new OffscreenCanvas(1, 1).getContext("2d");
        context.drawImage(picture, 0, 0);
        return [...context.getImageData(0, 0, 1, 1).data];
      }, shot);
    }

    before(async () => {
      execFileSync(python, [join(root, "tests/viewers/plane_set.py"), join(folder, "set")]);
      execFileSync(python, [join(root, "tests/viewers/unmarked.py"), join(folder, "set")]);
      execFileSync(python, [join(root, "web/scripts/build_sample.py"), join(folder, "sample")]);
      archive = await startOrthanc();
      for (const part of ["set", "sample"]) {
        for (const name of readdirSync(join(folder, part)).filter((file) => file.endsWith(".dcm"))) {
          const sent = await fetch(`${archive.url}/instances`, { method: "POST", body: readFileSync(join(folder, part, name)) });
          assert.ok(sent.ok, name);
        }
      }
      const both = { viewer: ohifFolder(version), library: join(root, "web", "dist"), archive: archive.url };
      site = await serveViewer(both);
      bare = await serveViewer({ ...both, plugin: false });
      const { args, ...options } = known.chromium;
      browser = await puppeteer.launch({
        ...options,
        args: [...args.filter((each) => each !== "--disable-gpu"), ...GL],
        headless: true,
        protocolTimeout: PATIENCE,
        defaultViewport: { width: 1280, height: 800 },
      });
    });

    after(async () => {
      await browser?.close();
      await site?.stop();
      await bare?.stop();
      await archive?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    // The sample series comes last: the next test goes on with its page.
    for (const [name, images] of Object.entries({ "unmarked-us": 1, "unmarked-cr": 1, "unmarked-xc": 1, "Sample series": 24 })) {
      const test = images > 1 ? it : itInWhole;
      test(`takes strokes on ${name} to the archive and back, bit for bit, and stops when it is told to`, async () => {
        const { painted, said, fresh } = await circle(name);
        assert.equal(said, `${images} of ${images} images stored in a new series.`);
        assert.equal(fresh.length, 1);
        const found = judge(fresh[0]);
        assert.equal(Object.keys(found).length, images);
        for (const { labels } of Object.values(found)) assert.deepEqual(labels, ["Läsion", "Second"]);
        const frames = new Map();
        for (const { number, both } of painted) {
          const frame = frames.get(number) ?? 0;
          frames.set(number, frame + 1);
          assert.deepEqual([found[number].pixels[0][frame], found[number].pixels[1][frame]], both);
        }
        const inPage = await page.evaluate(
          (uid) => services.displaySetService.getActiveDisplaySets().some((each) => each.SeriesInstanceUID === uid),
          uidOf(fresh[0]),
        );
        assert.ok(inPage, "the new series is beside the others");

        await open(site.origin, fresh[0]);
        for (const group of ["6000", "6002"]) {
          await page.waitForSelector(`.dicom-overlay-layer canvas[data-group="${group}"]`);
        }
        // OHIF lays its panels out once more after the first image.
        let marked = [0];
        let plain = [0];
        for (const end = Date.now() + PATIENCE; marked[0] <= plain[0] + 40 && Date.now() < end; ) {
          [marked, plain] = [await colourAt(38, 15), await colourAt(38, 25)];
        }
        assert.ok(marked[0] > plain[0] + 40, `${marked} is marked, ${plain} is not`);
        assert.equal(await page.evaluate(press, "Planes to segments"), "2 segments made.");
        const order = (a, b) => a.number - b.number;
        assert.deepEqual((await page.evaluate(segmentsMade)).sort(order), painted.toSorted(order));
        if (images > 1) derived = fresh[0];
      });
    }

    // On the page on which the planes of the derived series were made segments.
    it("replaces layers by label, in copies of the series that they came from", async () => {
      const before = new Set((await listed()).map(uidOf));
      const was = judge(derived);
      await page.evaluate(clearRow, 12);
      assert.equal(await page.evaluate(press, "Export segments as overlay", { "Planes of the same": "replace" }), "24 of 24 images stored in a new series.");
      const [fresh] = (await listed()).filter((one) => !before.has(uidOf(one)));
      const now = judge(fresh);
      for (const [number, { labels, pixels, groups }] of Object.entries(now)) {
        assert.deepEqual([labels, groups], [["Läsion", "Second"], [0x6000, 0x6002]]);
        const columns = 512;
        const kept = was[number].pixels.map(([frame]) => [frame.filter((pixel) => Math.floor(pixel / columns) !== 12)]);
        assert.deepEqual(pixels, kept);
      }
    });

    it("adds planes beside those that are there, into a ZIP", async () => {
      await open(site.origin, derived);
      await page.evaluate(paint);
      const { client } = await downloadsInto(page, folder);
      assert.equal(await page.evaluate(press, "Export segments as overlay", { "Export to": "zip" }), "24 of 24 images saved.");
      const archived = join(folder, "overlays.zip");
      for (const end = Date.now() + PATIENCE; !existsSync(archived) && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 100));
      await client.detach();
      const groups = JSON.parse(execFileSync(python, ["-c", ZIPPED, archived], { encoding: "utf8" }));
      assert.deepEqual(groups, Array.from({ length: 24 }, () => [0x6000, 0x6002, 0x6004, 0x6006]));
    });

    it("names an image that could not be written, and stores nothing of it", async () => {
      const before = (await listed()).length;
      await open(site.origin, await named("sixteen-planes"));
      await page.evaluate(paint);
      const said = await page.evaluate(press, "Export segments as overlay");
      assert.match(said, /^0 of 1 images stored in a new series\. Image 1: ./);
      assert.equal((await listed()).length, before);
    });

    it("shows planes in a volume viewport too, on the slice that they belong to", async () => {
      await open(site.origin, derived);
      await page.evaluate(() => commandsManager.runCommand("toggleHangingProtocol", { protocolId: "mpr" }));
      await until(volumesAreShown);
      const shown = await page.evaluate(planesInViewports);
      // The axial viewport looks straight at the images; the two others cut through them, where a plane has no picture.
      assert.deepEqual(shown.toSorted((a, b) => b - a), [2, 0, 0]);
    });

    it("shows a plane where its origin puts it, and the frame of a plane on its own frame alone", async () => {
      await open(site.origin, await named("offset"));
      const drawn = await page.waitForSelector('.dicom-overlay-layer canvas[data-group="6000"]');
      const box = await drawn.boundingBox();
      // The canvas covers the image, so its corner is half a pixel before the centre of the image's first pixel.
      const [x, y] = await page.evaluate(pixelOnPage, 0, 0);
      const [nextX] = await page.evaluate(pixelOnPage, 1, 0);
      assert.ok(Math.abs(box.x - (x - (nextX - x) / 2)) < 2 && Math.abs(box.y - (y - (nextX - x) / 2)) < 2, JSON.stringify([box, x, y]));
      // The plane has 40 rows and 56 columns, and its first pixel is at row 31, column 21, counted from 1.
      assert.deepEqual(await drawn.evaluate(extentOfPixels), { rows: [30, 69], columns: [20, 75] });

      await open(site.origin, await named("frame-origin"));
      await until(() => document.querySelector(".dicom-overlay-layer") !== null);
      assert.equal(await page.$('.dicom-overlay-layer canvas[data-group="6000"]'), null);
      await page.evaluate(() =>
        services.cornerstoneViewportService.getCornerstoneViewport(services.viewportGridService.getActiveViewportId()).setImageIdIndex(1),
      );
      await page.waitForSelector('.dicom-overlay-layer canvas[data-group="6000"]');
    });

    it("exports segments of two segmentations that OHIF calls alike, each in a plane of its own, and says how they are called", async () => {
      const before = new Set((await listed()).map(uidOf));
      await open(site.origin, await named("unmarked-cr"));
      await page.evaluate(paint, ["Segment 1", "Läsion 肝臓"]);
      await page.evaluate(paint, ["Segment 1", "Other"]);
      await page.evaluate(() => services.panelService.activatePanel("dicom-overlay.panelModule.overlays", true));
      await page.waitForFunction(() => document.querySelectorAll(".dicom-overlay-panel ol li").length === 4);
      const shown = await page.$$eval(".dicom-overlay-panel ol li", (items) => items.map(({ textContent }) => textContent));
      assert.deepEqual(shown, ["Segment 1", "Läsion 肝臓", "Segment 1 2", "Other"]);
      const said = await page.evaluate(press, "Export segments as overlay");
      assert.match(said, /^1 of 1 images stored in a new series\. "Segment 1" was written as "Segment 1 2"\./);
      const [fresh] = (await listed()).filter((one) => !before.has(uidOf(one)));
      assert.deepEqual(Object.values(judge(fresh))[0].all, shown);
    });

    itInWhole(`${drawsByItself ? "draws" : "does not draw"} planes that come over DICOMweb without the plug-in`, async () => {
      await open(bare.origin, await named("full-size"));
      await page.evaluate(() => services.toolGroupService.getToolGroup("default").setToolEnabled("ImageOverlayViewer"));
      const differs = async () => {
        await page.evaluate(() => cornerstone.getRenderingEngines()[0].render());
        const [first, second] = [await colourAt(30, 30), await colourAt(10, 30)];
        return Math.abs(first[0] - second[0]) >= 30 || first[0] !== first[1];
      };
      let isDrawn = false;
      // That something is not drawn cannot be waited for: it is looked for as often as it takes to appear where it is drawn.
      for (let look = 0; !isDrawn && look < 40; look++) isDrawn = await differs();
      assert.equal(await page.$(".dicom-overlay-layer"), null);
      assert.equal(isDrawn, drawsByItself);
    });
  });
}
