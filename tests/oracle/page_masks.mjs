/**
 * What the demo page makes of mask files, outside a browser: `page_masks.mjs LIST OUT`.
 *
 * LIST is a JSON file: `{ series: [paths], tries: [{ masks: [paths], threshold, shown }] }`. The page's own code reads
 * images and masks, places them and cuts them into layers; where the page asks its Python, this process asks the bridge.
 * OUT becomes a list of `{ layers: [{ name, pictures, bits }], methods }` or `{ code }`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ask } from "../browser/python.mjs";

const web = fileURLToPath(new URL("../../web/", import.meta.url));
const bridge = fileURLToPath(new URL("page_masks.py", import.meta.url));
const require = createRequire(join(web, "package.json"));

const ENTRY = `
  export { cutMasks, readMasks } from "./masks/read.js";
  export { placeVolume } from "./masks/place.js";
  export { readHeader } from "./image/header.js";
  export { makeSeries } from "./model/series.js";
  export { codeOf } from "./words/faults.js";
  export { OverlayError } from "dicom-overlay";
  import dcmjs from "dcmjs";
  dcmjs.log.setLevel("silent");
  dcmjs.log.getLogger("validation.dcmjs").setLevel("silent");`;

/** The exporter that the page asks: the package's, with the bridge of this machine's Python behind it. */
const EXPORTER = `
  import { OverlayError } from "dicom-overlay";
  import { wireGeometry } from "${web}src/series/geometry.ts";
  export async function getExporter() {
    return {
      async placeImages(instances, volume) {
        const { ok, error } = globalThis.askBridge({ type: "place", instances, geometry: wireGeometry(volume) });
        if (error !== undefined) throw new OverlayError(error.code, error.message, error.detail);
        return ok;
      },
    };
  }`;

globalThis.askBridge = (job) => ask(bridge, "answer_bridge", job);

const built = mkdtempSync(join(web, ".masks-"));
try {
  const page = await bundle();
  const [list, out] = process.argv.slice(2);
  const { series: paths, tries } = JSON.parse(readFileSync(list, "utf8"));
  const files = await Promise.all(paths.map(async (path, id) => ({ id, path, file: fileOf(path), facts: await page.readHeader(fileOf(path)), folder: null })));
  const series = page.makeSeries("series", files, "position");
  const answers = [];
  for (const one of tries) {
    answers.push(await layersOf(page, series, one).catch((error) => ({ code: page.codeOf(error), ...(page.codeOf(error) === "internal" ? { error: String(error.stack) } : {}) })));
  }
  writeFileSync(out, JSON.stringify(answers));
} finally {
  rmSync(built, { recursive: true, force: true });
}

async function bundle() {
  const { build } = require("esbuild");
  const outfile = join(built, "masks.cjs");
  const exporter = {
    name: "exporter",
    setup: (building) => {
      building.onResolve({ filter: /model\/exporter\.js$/ }, () => ({ path: "exporter", namespace: "stand-in" }));
      building.onLoad({ filter: /.*/, namespace: "stand-in" }, () => ({ contents: EXPORTER, resolveDir: web, loader: "ts" }));
    },
  };
  await build({
    stdin: { contents: ENTRY, resolveDir: join(web, "demo/src"), loader: "ts" },
    bundle: true,
    platform: "node",
    format: "cjs",
    alias: { "dicom-overlay": join(web, "src/index.ts") },
    plugins: [exporter],
    outfile,
    logLevel: "error",
  });
  return (await import(pathToFileURL(outfile).href)).default;
}

function fileOf(path) {
  return new File([readFileSync(path)], basename(path));
}

/** As `bringMasks` does it, with the answers of a person who wants the mask, by its position alone. */
async function layersOf(page, series, { masks, threshold, shown }) {
  const { rows, columns } = series.files[0].facts;
  const volumes = await page.readMasks({ files: masks.map(fileOf), rows, columns }, () => undefined);
  const [methods, views, choices] = [[], [], []];
  for (const volume of volumes) {
    const placement = await page.placeVolume(volume, series, shown, new AbortController().signal, async () => false);
    if (placement === null) return { code: "placed-elsewhere" };
    methods.push(placement.method);
    views.push(placement.views);
    if (volume.values.needsThreshold && threshold === null) return { code: "needs-threshold" };
    choices.push(threshold === null ? "labels" : { threshold });
  }
  const layers = page.cutMasks({ views, choices, room: 16, rows, columns }, () => undefined);
  return { methods, layers: layers.map(({ name, pictures, bits }) => ({ name, pictures, bits: Buffer.from(bits).toString("hex") })) };
}
