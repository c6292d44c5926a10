/**
 * What cornerstone3D's image loader makes of planes, `overlayPlaneModule`: `cornerstone.mjs PACKAGE_FOLDER OUT FILES METADATA`.
 * It draws nothing itself; applications take this. FILES are read as by `wadouri:`, the archive's METADATA as by `wadors:`.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, out, files, metadata] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const { parseDicom } = require("dicom-parser");
const loader = join(packages, "node_modules/@cornerstonejs/dicom-image-loader/dist/esm/imageLoader");
const provider = async (scheme) =>
  (await import(pathToFileURL(join(loader, scheme, "metaData", "getOverlayPlaneModule.js")))).default;
const fromFile = await provider("wadouri");
const fromMetadata = await provider("wadors");

function planesOf({ overlays }) {
  return overlays.map(({ rows, columns, x, y, pixelData }) => {
    const bits = Buffer.alloc(Math.ceil(pixelData.length / 8));
    pixelData.forEach((bit, index) => {
      bits[index >> 3] |= bit << (index & 7);
    });
    return { rows, columns, origin: [y + 1, x + 1], frames: null, begins: null, bits: bits.toString("base64") };
  });
}

function attempt(read) {
  try {
    return { planes: planesOf(read()) };
  } catch (error) {
    return { refused: `throws ${error.name}` };
  }
}

const all = {};
for (const name of readdirSync(files).filter((each) => each.endsWith(".dcm")).map((each) => each.slice(0, -4))) {
  all[name] = {
    wadouri: attempt(() => fromFile(parseDicom(readFileSync(join(files, `${name}.dcm`))))),
    wadors: attempt(() => fromMetadata(JSON.parse(readFileSync(join(metadata, `${name}.json`), "utf8")))),
  };
}
writeFileSync(out, JSON.stringify(all));
