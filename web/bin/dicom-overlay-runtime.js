#!/usr/bin/env node
/**
 * `npx dicom-overlay-runtime DIR [--without-numpy]`: copy the runtime folder of this package to where your server
 * finds it, each file checked against its sha256 before the first is written.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const runtime = fileURLToPath(new URL("../dist/runtime/", import.meta.url));
const usage = "usage: dicom-overlay-runtime DIR [--without-numpy]";

/** Packages that the exporter itself does not need. */
const optional = /^(numpy|pillow)-/;

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { "without-numpy": { type: "boolean", default: false }, help: { type: "boolean", short: "h" } },
  });
  if (values.help || positionals.length !== 1) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const target = resolve(positionals[0]);
  const manifest = JSON.parse(await readFile(join(runtime, "runtime.json"), "utf8"));
  const wanted = manifest.files.filter(({ name }) => !(values["without-numpy"] && optional.test(name)));
  const files = await Promise.all(
    wanted.map(async (record) => ({ ...record, data: await readChecked(record) })),
  );
  await mkdir(target, { recursive: true });
  await Promise.all(files.map(({ name, data }) => writeFile(join(target, name), data)));
  // Last, so that a folder with a manifest is a whole one.
  await writeFile(
    join(target, "runtime.json"),
    `${JSON.stringify({ ...manifest, files: wanted }, null, 1)}\n`,
  );
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  console.log(`${files.length + 1} files, ${megabytes.toFixed(1)} MB, in ${target}`);
}

async function readChecked({ name, sha256 }) {
  const data = await readFile(join(runtime, name));
  if (createHash("sha256").update(data).digest("hex") === sha256) return data;
  throw new Error(`${name} is damaged: its sha256 is not that of runtime.json. Install the package again.`);
}

main().catch((error) => {
  console.error(`dicom-overlay-runtime: ${error.message}`);
  process.exitCode = 1;
});
