/**
 * Draw with itk-wasm, or read with dwv, every file of some folders: `other_tools.mjs itk|dwv PACKAGE_FOLDER OUT FOLDER...`;
 * PACKAGE_FOLDER is where node_modules lies.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [what, packages, out, ...folders] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));

/** Yield every DICOM file as its name, its folder's name and its path. */
function* files() {
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((each) => each.endsWith(".dcm"))) {
      yield { name: basename(file, ".dcm"), part: basename(folder), path: join(folder, file) };
    }
  }
}

/** Write the frames of a volume; grey is shown by the window 0 to 2000. */
function writeFrames({ size, imageType, data }, place) {
  const [columns, rows, frames = 1] = size;
  const { components } = imageType;
  for (let frame = 0; frame < frames; frame++) {
    const rgb = Buffer.alloc(columns * rows * 3);
    for (let pixel = 0; pixel < columns * rows; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = data[(frame * columns * rows + pixel) * components + (components === 3 ? channel : 0)];
        rgb[pixel * 3 + channel] = components === 3 ? value : Math.min(255, Math.max(0, (value * 255) / 2000));
      }
    }
    writeFileSync(`${place}-${frame + 1}.ppm`, Buffer.concat([Buffer.from(`P6\n${columns} ${rows}\n255\n`), rgb]));
  }
}

async function draw() {
  // Its "exports" have no entry for `require`.
  const entry = join(packages, "node_modules/@itk-wasm/image-io/dist/index-node.js");
  const { readImageNode } = await import(pathToFileURL(entry).href);
  for (const { name, part, path } of files()) {
    try {
      writeFrames(await readImageNode(path), join(out, part, name));
    } catch {
      writeFileSync(join(out, part, `${name}.refused`), "readImageNode throws");
    }
  }
}

/** The planes of one file as dwv's parser has them, by tag. */
function planesOf(elements) {
  const found = [];
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const value = (element) => elements[`${group.toString(16).toUpperCase()}${element}`]?.value;
    const bits = value("3000");
    if (bits === undefined) continue;
    // Words come as numbers of 16 bits, the first pixel in the lowest bit.
    const isWords = elements[`${group.toString(16).toUpperCase()}3000`].vr !== "OB";
    const bytes = isWords ? Buffer.from(Uint16Array.from(bits).buffer) : Buffer.from(bits);
    found.push({
      rows: value("0010")[0],
      columns: value("0011")[0],
      origin: [...value("0050")],
      frames: value("0015") ? Number(value("0015")[0]) : null,
      begins: value("0051") ? value("0051")[0] : null,
      bits: bytes.toString("base64"),
    });
  }
  return found;
}

function read() {
  // Not by its name in place: it is installed with the table's packages alone, where tsc does not look.
  const name = "dwv";
  const { DicomParser } = require(name);
  const all = {};
  for (const { name: file, path } of files()) {
    try {
      const { buffer, byteOffset, length } = readFileSync(path);
      const parser = new DicomParser();
      parser.parse(buffer.slice(byteOffset, byteOffset + length));
      all[file] = { planes: planesOf(parser.getDicomElements()) };
    } catch (error) {
      all[file] = { refused: `throws ${error.name}` };
    }
  }
  writeFileSync(out, JSON.stringify(all));
}

await (what === "itk" ? draw() : read());
process.exit(0);
