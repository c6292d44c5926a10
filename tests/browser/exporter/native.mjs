/** Real files, and what the native wheel makes of them: the judge of the browser's results. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const interpreter = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const script = fileURLToPath(new URL("native.py", import.meta.url));

/** Run one command of native.py; arguments and answer are JSON. */
export function native(command, ...args) {
  const output = execFileSync(interpreter, [script, command, JSON.stringify(args)], { encoding: "utf8" });
  return JSON.parse(output);
}

/** A folder that is removed after the tests. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "dicom-overlay-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
