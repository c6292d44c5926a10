/** Real files, and what the native wheel makes of them: the judge of the browser's results. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask } from "../python.mjs";

const script = fileURLToPath(new URL("native.py", import.meta.url));

/** Call a function of native.py; arguments and answer are JSON. */
export const native = (name, ...args) => ask(script, name, ...args);

/** A folder that is removed after the tests. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "dicom-overlay-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
