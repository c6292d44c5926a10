#!/usr/bin/env node
/**
 * `npx dicom-overlay-runtime DIR [--with numpy,pillow]`: put the runtime of this package where your server finds it.
 *
 * Each file is checked against its sha256 before anything is written; the folder is old or new, never a mixture.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { readRuntime, writeRuntime } from "../node/runtime-folder.js";

const usage = "usage: dicom-overlay-runtime DIR [--with numpy,pillow]";

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { with: { type: "string", multiple: true }, help: { type: "boolean", short: "h" } },
  });
  const [folder, ...others] = positionals;
  if (values.help || folder === undefined || others.length > 0) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const packages = (values.with ?? []).flatMap((list) => list.split(",")).filter((name) => name !== "");
  const target = resolve(folder);
  const files = await readRuntime({ packages });
  await writeRuntime(target, files);
  const megabytes = files.reduce((sum, { data }) => sum + data.length, 0) / 1e6;
  console.log(`${files.length} files, ${megabytes.toFixed(1)} MB, in ${target}`);
}

main().catch((error) => {
  console.error(`dicom-overlay-runtime: ${error.message}`);
  process.exitCode = 1;
});
