/**
 * Draw with dcmjs-imaging, or read with dcmjs, every file of two folders:
 * `dcmjs_tools.mjs draw|read PACKAGE_FOLDER OUT FOLDER...`; PACKAGE_FOLDER is where node_modules lies.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const [what, packages, out, ...folders] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));

/** The library logs to standard output; what it says of a file is not what it draws. */
console.log = console.info = console.warn = () => {};

/** Yield every DICOM file as its name, its folder's name and its bytes. */
function* files() {
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((each) => each.endsWith(".dcm"))) {
      const bytes = readFileSync(join(folder, file));
      const { buffer, byteOffset, length } = bytes;
      yield { name: basename(file, ".dcm"), part: basename(folder), buffer: buffer.slice(byteOffset, byteOffset + length) };
    }
  }
}

function toPpm({ pixels, width, height }) {
  const rgba = new Uint8Array(pixels);
  const rgb = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) rgb.set(rgba.subarray(pixel * 4, pixel * 4 + 3), pixel * 3);
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), rgb]);
}

async function draw() {
  const { DicomImage, NativePixelDecoder, WindowLevel } = require("dcmjs-imaging");
  await NativePixelDecoder.initializeAsync();
  for (const { name, part, buffer } of files()) {
    try {
      const image = new DicomImage(buffer);
      for (let frame = 0; frame < image.getNumberOfFrames(); frame++) {
        const windowLevel = name === "colour" ? undefined : new WindowLevel(2000, 1000);
        const drawn = image.render({ frame, windowLevel, renderOverlays: true });
        writeFileSync(join(out, part, `${name}-${frame + 1}.ppm`), toPpm(drawn));
      }
    } catch (error) {
      writeFileSync(join(out, part, `${name}.refused`), `render throws ${error.name}`);
    }
  }
}

/** The planes of one data set as dcmjs has it, by tag. */
function planesOf(dict) {
  const found = [];
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const value = (element) => dict[`${group.toString(16).toUpperCase()}${element}`]?.Value;
    const bits = value("3000")?.[0];
    if (bits === undefined) continue;
    found.push({
      // Numbers come as text from a data set that was naturalized.
      rows: Number(value("0010")[0]),
      columns: Number(value("0011")[0]),
      origin: value("0050").map(Number),
      frames: value("0015") ? Number(value("0015")[0]) : null,
      begins: value("0051") ? Number(value("0051")[0]) : null,
      bits: Buffer.from(bits).toString("base64"),
    });
  }
  return found;
}

function read() {
  const { DicomMessage, DicomMetaDictionary } = require("dcmjs").data;
  const all = {};
  for (const { name, buffer } of files()) {
    try {
      const { dict } = DicomMessage.readFile(buffer);
      const again = DicomMetaDictionary.denaturalizeDataset(DicomMetaDictionary.naturalizeDataset(dict));
      all[name] = { planes: planesOf(dict), naturalized: planesOf(again) };
    } catch (error) {
      all[name] = { refused: `throws ${error.name}` };
    }
  }
  writeFileSync(out, JSON.stringify(all));
}

await (what === "draw" ? draw() : read());
