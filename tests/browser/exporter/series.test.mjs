/** Series: order, checks, results, and ZIP; judged natively and by ITK. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, giveFiles, openPage } from "./browsers.mjs";
import { launch } from "./launch.mjs";
import { makeFolder, native } from "./native.mjs";
import { openTestPage } from "./page.mjs";
import { serve } from "./server.mjs";
import { itOnce } from "./once.mjs";

const require = createRequire(fileURLToPath(new URL("../../../web/package.json", import.meta.url)));

/** Runs in the page: export and give back what became of each file, in words. */
async function runExport({ slices, options, salt }) {
  const size = 128 * 128;
  const data = new Uint8Array(size * slices);
  for (let slice = 0; slice < slices; slice++) data.set(maskOf(size, salt + slice), slice * size);
  const progress = [];
  const notices = [];
  const results = [];
  const volume = { mask: data, columns: 128, rows: 128, slices, label: "Liver" };
  const series = exporter.exportSeries(files(), [volume], {
    ...options,
    onProgress: ({ done, total, phase, bytes }) => progress.push({ done, total, phase, bytes }),
    onNotice: ({ code }) => notices.push(code),
  });
  for await (const { name, index, outcome, blob, error, groups } of series) {
    const planes = blob && (await exporter.readOverlays(blob)).planes;
    const mask = planes?.[0] && library.maskOf(planes[0]);
    let slice = null;
    for (let k = 0; mask && k < slices; k++) {
      if (mask.every((pixel, at) => pixel === data[k * size + at])) slice = k;
    }
    results.push({ name, index, outcome, code: error?.code, groups: [...(groups ?? [])], slice, size: blob?.size });
  }
  return { results, progress, notices };
}

describe(`series in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let page;
  let uncaught;
  let close;
  let template;
  let count = 0;

  /** A new series in a folder of its own; its paths in the order of `positions`. */
  const makeSeries = (positions, options = {}) => {
    const inside = join(folder, String(count++));
    mkdirSync(inside);
    return native("series", inside, template, positions, options);
  };
  const slicesOf = (results) => results.map(({ slice }) => slice);
  const failure = (args) =>
    page.evaluate(async (source, given) => {
      // biome-ignore lint/security/noGlobalEval: a test's own function
      return await outcome((0, eval)(`(${source})`)(given));
    }, String(runExport), { options: {}, salt: 0, ...args });
  const run = (args) => page.evaluate(runExport, { options: {}, salt: 0, ...args });

  before(async () => {
    ({ page, uncaught, close } = await openTestPage({ serve, launch, openPage }));
    template = native("find", "CT_small.dcm");
    await page.evaluate(async () => {
      globalThis.exporter = await create({ workers: 2 });
    });
  });
  after(async () => {
    await close?.();
    remove();
  });

  it("gives each file its slice by position, results in the files' order, and tells monotonic progress", async () => {
    const paths = makeSeries([[0, 0, 30], [0, 0, 10], [0, 0, 20], [0, 0, -5], [0, 0, 0]]);
    await giveFiles(page, ...paths);
    const { results, progress, notices } = await run({ slices: 5 });
    assert.deepEqual(results.map(({ name }) => name), paths.map((path) => basename(path)));
    assert.deepEqual(slicesOf(results), [4, 2, 3, 0, 1]);
    assert.ok(results.every(({ outcome, groups }) => outcome === "written" && groups[0] === 0x6000));
    assert.deepEqual(progress.map(({ done }) => done), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.ok(progress.every(({ total }) => total === 10));
    assert.equal(progress.at(-1).bytes, paths.reduce((sum, path) => sum + readFileSync(path).length, 0));
    assert.deepEqual(notices, []);
  });

  itOnce("orders as ITK does", async () => {
    const { readImageDicomFileSeriesNode } = await import(require.resolve("@itk-wasm/dicom").replace("index.js", "index-node.js"));
    const shapes = [
      { positions: [[0, 0, 3], [0, 0, 1], [0, 0, 2]], options: {} },
      { positions: [[3, 0, 0], [1, 0, 0], [2, 0, 0]], options: { orientation: [0, 1, 0, 0, 0, -1] } },
      { positions: [[0, 0, 3], [0, 0, 1], [0, 0, 2]], options: { orientation: [1, 0, 0, 0, -1, 0] } },
      { positions: [[0, 1, 3], [0, 2, 1], [0, 3, 2]], options: { orientation: [1, 0, 0, 0, 0, -1] } },
      { positions: [[0, 0, 3], [0, 0, 3], [0, 0, 2]], options: { numbers: [3, 1, 2] } },
    ];
    for (const { positions, options } of shapes) {
      const paths = makeSeries(positions, options);
      const { sortedFilenames } = await readImageDicomFileSeriesNode({ inputImages: paths, singleSortedSeries: false });
      await giveFiles(page, ...paths);
      const { results } = await run({ slices: 3 });
      const ours = [...results].sort((a, b) => a.slice - b.slice).map(({ name }) => name);
      assert.deepEqual(ours, sortedFilenames.map((name) => basename(name)), JSON.stringify(options));
    }
  });

  itOnce("says when positions tie", async () => {
    await giveFiles(page, ...makeSeries([[0, 0, 3], [0, 0, 3], [0, 0, 2]], { numbers: [3, 1, 2] }));
    const { results, notices } = await run({ slices: 3 });
    assert.deepEqual(slicesOf(results), [2, 0, 1]);
    assert.equal(notices.length, 1);
  });

  itOnce("keeps to an explicit order, by UIDs or as given", async () => {
    const paths = makeSeries([[0, 0, 3], [0, 0, 1], [0, 0, 2]]);
    await giveFiles(page, ...paths);
    const uids = await page.evaluate(async () => await Promise.all(files().map(async (file) => (await exporter.inspect(file)).sopInstanceUid)));
    const given = await run({ slices: 3, options: { sliceOrder: "given" } });
    assert.deepEqual(slicesOf(given.results), [0, 1, 2]);
    const byUid = await run({ slices: 3, options: { sliceOrder: [uids[1], uids[0], uids[2]] } });
    assert.deepEqual(slicesOf(byUid.results), [1, 0, 2]);
  });

  itOnce("puts planes together as the wheel does: cropped, small, repeated, of some frames, of other types", async () => {
    const slices = makeSeries([[0, 0, 30], [0, 0, 10], [0, 0, 20]]);
    const planes = [
      [slices[0], 0x6000, { label: "Liver" }],
      [slices[1], 0x6004, { label: "Liver", type: "R" }],
      [slices[1], 0x6006, { label: "Liver" }],
      [slices[2], 0x6000, { label: "small", size: [40, 33], origin: [9, 17] }],
      [slices[1], 0x6000, { label: "small", size: [128, 128], origin: [-20, 77] }],
      [slices[0], 0x6002, { size: [300, 300], origin: [-90, -70] }],
      [slices[2], 0x6002, { first: 2 }],
      [slices[0], 0x6008, { label: "outside", origin: [200, 1] }],
    ];
    const movie = join(folder, "movie.dcm");
    copyFileSync(native("find", "emri_small.dcm"), movie);
    planes.push(
      [movie, 0x6000, { frames: 10, label: "all" }],
      [movie, 0x6002, { label: "each" }],
      [movie, 0x6004, { label: "fourth", first: 4 }],
      [movie, 0x6006, { label: "part", frames: 3, first: 5, size: [20, 25], origin: [30, 50] }],
      [movie, 0x6008, { label: "beyond", frames: 3, first: 9 }],
    );
    for (const plane of planes) native("add_plane", ...plane);
    for (const paths of [slices, [movie]]) {
      await giveFiles(page, ...paths);
      const found = await page.evaluate(async () => {
        const { volumes } = await exporter.readSeries(files());
        return await Promise.all(
          volumes.map(async ({ label, groups, overlayType, notices, ...volume }) => ({
            label,
            groups: [...groups],
            type: overlayType,
            sha256: await sha256(new Blob([library.maskOf(volume)])),
            notices: notices.map(({ code, message, detail }) => [code, message, detail]),
          })),
        );
      });
      assert.deepEqual(found, native("gathered", paths));
      assert.ok(found.length >= 4);
    }
  });

  for (const [charset, label] of [["ISO_IR 100", "L\u00e4sion"], ["ISO_IR 192", "L\u00e4sion"], [null, "Laesion"]]) {
    itOnce(`writes a label as the file's character set allows: ${charset ?? "none"}`, async () => {
      const [path] = makeSeries([[0, 0, 1]], { charset });
      await giveFiles(page, path);
      const written = await page.evaluate(async () => {
        const plane = { mask: maskOf(128 * 128), label: { text: "L\u00e4sion", fallback: "Laesion" } };
        const { blob } = await exporter.writeOverlays(files()[0], [plane]);
        return [...new Uint8Array(await blob.arrayBuffer())];
      });
      writeFileSync(path, Buffer.from(written));
      assert.equal(native("planes", path)[0].label, label);
    });
  }

  itOnce("reads layers back, and an editor that saves again and again has each layer once", async () => {
    await giveFiles(page, ...makeSeries([[0, 0, 30], [0, 0, 10], [0, 0, 20]]));
    const found = await page.evaluate(async () => {
      const size = 128 * 128;
      const volumeOf = (label, salt) => ({ mask: maskOf(size * 3, salt), columns: 128, rows: 128, slices: 3, label });
      const save = async (sources, volumes) => {
        const blobs = [];
        for await (const { blob } of exporter.exportSeries(sources, volumes, { existing: "replace-label" })) blobs.push(blob);
        return blobs;
      };
      const hashes = async (blobs) => await Promise.all(blobs.map(sha256));
      const labels = { text: "L\u00e4sion", fallback: "Laesion" };
      const layers = [volumeOf("Liver", 0), volumeOf(labels, 5)];
      const first = await save(files(), layers);
      const read = await exporter.readSeries(first);
      const again = await save(first, read.volumes);
      const [liver] = read.volumes;
      const changed = await save(again, [{ ...volumeOf("Liver", 9) }]);
      const last = await exporter.readSeries(changed, { labels: ["Liver"] });
      return {
        labels: read.volumes.map(({ label }) => label),
        groups: read.volumes.map(({ groups }) => [...groups]),
        order: [...read.order],
        isEqual: read.volumes.map((volume, at) => library.maskOf(volume).every((pixel, i) => pixel === layers[at].mask[i])),
        isSlice: library.sliceOf(liver, 1).every((pixel, i) => pixel === layers[0].mask[size + i]),
        packed: liver.packed.length,
        same: JSON.stringify(await hashes(first)) === JSON.stringify(await hashes(again)),
        last: last.volumes.map(({ label, groups }) => [label, ...groups]),
        isChanged: String(library.maskOf(last.volumes[0])) === String(maskOf(size * 3, 9)),
        sizes: [first[0].size, changed[0].size],
      };
    });
    assert.deepEqual(found.groups, [[0x6000, 0x6000, 0x6000], [0x6002, 0x6002, 0x6002]]);
    assert.deepEqual(found.labels, ["Liver", "L\u00e4sion"]);
    assert.deepEqual(found.order, [1, 2, 0]);
    assert.deepEqual([found.isEqual, found.isSlice, found.isChanged], [[true, true], true, true]);
    assert.equal(found.packed, (128 * 128 * 3) / 8);
    assert.equal(found.same, true);
    assert.deepEqual(found.last, [["Liver", 0x6000, 0x6000, 0x6000]]);
    assert.equal(found.sizes[0], found.sizes[1]);
  });

  itOnce("lays a volume onto the images by its geometry, flipped where that is exact, and refuses what does not fit", async () => {
    await giveFiles(page, ...makeSeries([[0, 0, 30], [0, 0, 10], [0, 0, 20]]));
    const found = await page.evaluate(async () => {
      const size = 128 * 128;
      const straight = maskOf(size * 5, 3);
      const facts = await Promise.all(files().map((file) => exporter.inspect(file)));
      const [rowSpacing, columnSpacing] = facts[0].pixelSpacing;
      // Five slices from z = 40 down, columns from right to left: the images are its slices 3, 2 and 1.
      const data = new Uint8Array(size * 5);
      for (let k = 0; k < 5; k++) {
        for (let r = 0; r < 128; r++) for (let c = 0; c < 128; c++) data[(k * 128 + r) * 128 + 127 - c] = straight[(k * 128 + r) * 128 + c];
      }
      const volume = {
        mask: data,
        columns: 128,
        rows: 128,
        slices: 5,
        label: "Liver",
        origin: [127 * columnSpacing, 0, 40],
        spacing: [columnSpacing, rowSpacing, 10],
        direction: [-1, 0, 0, 0, 1, 0, 0, 0, -1],
      };
      const slices = [];
      for await (const { blob } of exporter.exportSeries(files(), [volume])) {
        const [plane] = (await exporter.readOverlays(blob)).planes;
        const mask = library.maskOf(plane);
        slices.push([0, 1, 2, 3, 4].find((k) => mask.every((pixel, at) => pixel === straight[k * size + at])));
      }
      const tilted = { ...volume, direction: [-0.9, 0.3, 0, 0.3, 0.9, 0, 0, 0, -1] };
      const refused = await outcome(exporter.exportSeries(files(), [tilted]).next());
      return { slices, refused };
    });
    assert.deepEqual(found.slices, [1, 3, 2]);
    assert.equal(found.refused.code, "mask-not-placed");
    assert.ok(Object.values(found.refused.detail).some((value) => typeof value === "number" || Array.isArray(value)));
  });

  itOnce("makes one bad file a result with an error, and goes on", async () => {
    const paths = makeSeries([[0, 0, 1], [0, 0, 2]]);
    const bad = join(folder, "bad.txt");
    writeFileSync(bad, "no DICOM");
    await giveFiles(page, paths[0], bad, paths[1]);
    const { results } = await run({ slices: 2 });
    assert.deepEqual(results.map(({ outcome, code, slice }) => [outcome, code, slice]), [
      ["written", undefined, 0],
      ["failed", "not-dicom", null],
      ["written", undefined, 1],
    ]);
  });

  itOnce("refuses a mixed series, a missing file and no files, and says which", async () => {
    const [first, second] = [makeSeries([[0, 0, 1], [0, 0, 2]]), makeSeries([[0, 0, 3]])];
    await giveFiles(page, ...first, ...second);
    const mixed = await failure({ slices: 3 });
    assert.deepEqual([mixed.code, mixed.detail], ["invalid-series", { field: "seriesInstanceUid", index: 2 }]);
    await giveFiles(page, ...first);
    const missing = await failure({ slices: 3 });
    assert.deepEqual([missing.code, missing.detail.field, missing.detail.expected], ["invalid-series", "slices", 2]);
    const none = await page.evaluate(() => outcome(exporter.exportSeries([], [{ mask: maskOf(4), columns: 2, rows: 2, slices: 1 }]).next()));
    assert.equal(none.code, "invalid-series");
  });

  it("throws the signal's reason in the middle of an export, and the exporter works on", async () => {
    await giveFiles(page, ...makeSeries(Array.from({ length: 12 }, (_, index) => [0, 0, index])));
    const found = await page.evaluate(async () => {
      const control = new AbortController();
      const reason = new Error("not wanted");
      const volume = { mask: maskOf(128 * 128 * 12), columns: 128, rows: 128, slices: 12 };
      let taken = 0;
      try {
        for await (const _ of exporter.exportSeries(files(), [volume], { signal: control.signal })) {
          if (++taken === 3) control.abort(reason);
        }
      } catch (error) {
        return [taken, error === reason, (await exporter.inspect(files()[0])).rows];
      }
      return "not thrown";
    });
    assert.deepEqual(found, [3, true, 128]);
  });

  itOnce("takes at most 64 items for each worker ahead of a slow reader", async () => {
    await giveFiles(page, ...makeSeries([[0, 0, 1]]));
    const [taken, isClosed] = await page.evaluate(async () => {
      const [file] = files();
      const planes = [{ mask: maskOf(128 * 128) }];
      let taken = 0;
      let isClosed = false;
      function* items() {
        try {
          for (; ; taken++) yield { file, planes };
        } finally {
          isClosed = true;
        }
      }
      const results = exporter.exportFiles(items());
      await results.next();
      await exporter.inspect(file);
      await results.return();
      // The items are closed when what runs has settled; the test's own time limit ends the wait.
      while (!isClosed) await new Promise((resolve) => setTimeout(resolve));
      return [taken, isClosed];
    });
    assert.ok(taken > 2 && taken <= 2 * 64 + 1, String(taken));
    assert.ok(isClosed);
  });

  itOnce("leaves out empty planes when asked, and gives the file back as it was", async () => {
    const paths = makeSeries([[0, 0, 1], [0, 0, 2]]);
    await giveFiles(page, ...paths);
    const found = await page.evaluate(async () => {
      const data = new Uint8Array(128 * 128 * 2);
      data[5] = 1;
      const outcomes = [];
      for await (const { outcome, blob } of exporter.exportSeries(files(), [{ mask: data, columns: 128, rows: 128, slices: 2 }], { skipEmpty: true })) {
        outcomes.push(outcome, await sha256(blob));
      }
      return outcomes;
    });
    assert.deepEqual([found[0], found[2], found[3]], ["written", "unchanged", native("sha256", paths[1])]);
  });

  itOnce("makes the series hold exactly a layer that is written again: its planes go where it has none", async () => {
    await giveFiles(page, ...makeSeries([[0, 0, 0], [0, 0, 1], [0, 0, 2]]));
    const found = await page.evaluate(async () => {
      const size = { columns: 128, rows: 128, slices: 3 };
      const save = async (sources, volume, options) => {
        const saved = [];
        for await (const result of exporter.exportSeries(sources, [volume], options)) saved.push(result);
        return saved;
      };
      const labelsOf = async (saved) =>
        await Promise.all(saved.map(async ({ blob }) => (await exporter.readOverlays(blob)).planes.map(({ label }) => label)));
      const full = { mask: maskOf(128 * 128 * 3).fill(1), ...size, label: "A" };
      const blobs = (await save(files(), full, {})).map(({ blob }) => blob);
      const data = new Uint8Array(128 * 128 * 3);
      data[128 * 128 + 5] = 1;
      const again = await save(blobs, { ...full, mask: data }, { existing: "replace-label", skipEmpty: true });
      const other = await save(blobs, { ...full, mask: data, label: "B" }, { skipEmpty: true });
      return [await labelsOf(again), again.map(({ outcome }) => outcome), await labelsOf(other), other.map(({ outcome }) => outcome)];
    });
    assert.deepEqual(found, [
      [[], ["A"], []],
      ["written", "written", "written"],
      [["A"], ["A", "B"], ["A"]],
      ["unchanged", "written", "unchanged"],
    ]);
  });

  itOnce("makes a derived series with one new Series Instance UID", async () => {
    await giveFiles(page, ...makeSeries([[0, 0, 1], [0, 0, 2]]));
    const found = await page.evaluate(async () => {
      const before = await Promise.all(files().map((file) => exporter.inspect(file)));
      const volume = { mask: maskOf(128 * 128 * 2), columns: 128, rows: 128, slices: 2 };
      const after = [];
      for await (const { blob } of exporter.exportSeries(files(), [volume], { instance: "derived" })) {
        after.push(await exporter.inspect(blob));
      }
      const all = [...before, ...after];
      return [new Set(all.map(({ seriesInstanceUid }) => seriesInstanceUid)).size, new Set(all.map(({ sopInstanceUid }) => sopInstanceUid)).size];
    });
    assert.deepEqual(found, [2, 4]);
  });

  itOnce("puts a label map's planes and a multi-frame image's frames in place", async () => {
    await giveFiles(page, ...makeSeries([[0, 0, 1], [0, 0, 2]]));
    const labels = await page.evaluate(async () => {
      const data = Int16Array.from({ length: 128 * 128 * 2 }, (_, at) => at % 3);
      const found = [];
      const volume = { mask: data, columns: 128, rows: 128, slices: 2, labels: { 1: "Liver", 2: "Spleen" } };
      for await (const { blob } of exporter.exportSeries(files(), [volume])) {
        const { planes } = await exporter.readOverlays(blob);
        found.push(planes.map(({ group, label }) => [group, label]));
      }
      return found;
    });
    const expected = [[0x6000, "Liver"], [0x6002, "Spleen"]];
    assert.deepEqual(labels, [expected, expected]);
    await giveFiles(page, native("find", "emri_small.dcm"));
    const frames = await page.evaluate(async () => {
      const [file] = files();
      const { rows, columns, numberOfFrames } = await exporter.inspect(file);
      const data = maskOf(rows * columns * numberOfFrames, 5);
      const volume = { mask: data, rows, columns, slices: numberOfFrames };
      const { value } = await exporter.exportSeries([file], [volume]).next();
      const { planes: [plane] } = await exporter.readOverlays(value.blob);
      return [numberOfFrames, plane.numberOfFrames, library.maskOf(plane).every((pixel, at) => pixel === data[at])];
    });
    assert.deepEqual(frames, [frames[0], frames[0], true]);
    assert.ok(frames[0] > 1);
  });

  it("streams the results into a ZIP that other tools open, with the same name twice", async () => {
    const paths = makeSeries([[0, 0, 1], [0, 0, 2]]);
    await giveFiles(page, ...paths);
    const zip = await page.evaluate(async () => {
      const [a, b] = files();
      const same = [new File([a], "image.dcm"), new File([b], "image.dcm")];
      const volume = { mask: maskOf(128 * 128 * 2), columns: 128, rows: 128, slices: 2 };
      const blob = await new Response(library.toZip(exporter.exportSeries(same, [volume]))).blob();
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = "";
      for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return btoa(text);
    });
    const path = join(folder, "series.zip");
    writeFileSync(path, Buffer.from(zip, "base64"));
    const planes = native("unzip", path, join(folder, "unzipped"));
    assert.deepEqual(Object.keys(planes).sort(), ["image (2).dcm", "image.dcm"]);
    assert.equal(planes["image.dcm"][0].pixels, native("pixels", paths[0]));
    assert.equal(planes["image.dcm"][0].sha256, native("mask_hash", 128 * 128, 0));
  });

  it("writes the results into a real folder handle", async () => {
    const paths = makeSeries([[0, 0, 1], [0, 0, 2]]);
    await giveFiles(page, ...paths);
    const found = await page.evaluate(async () => {
      const folder = await navigator.storage.getDirectory();
      const volume = { mask: maskOf(128 * 128 * 2), columns: 128, rows: 128, slices: 2 };
      const blobs = [];
      async function* kept() {
        for await (const result of exporter.exportSeries(files(), [volume])) {
          blobs.push(await sha256(result.blob));
          yield { ...result, name: "../same.dcm" };
        }
      }
      const saved = await library.toDirectory(folder, kept());
      const written = [];
      for (const { savedAs } of saved) written.push(await sha256(await (await folder.getFileHandle(savedAs)).getFile()));
      return { names: saved.map(({ savedAs }) => savedAs), blobs, written };
    });
    assert.deepEqual(found.names, ["same.dcm", "same (2).dcm"]);
    assert.deepEqual(found.written, found.blobs);
  });

  it("shows no uncaught error", async () => {
    assert.deepEqual(uncaught, []);
    assert.deepEqual(await page.evaluate(() => unhandled), []);
  });
});
