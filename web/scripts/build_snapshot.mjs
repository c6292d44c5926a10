/**
 * Write the memory snapshot of a started Python into a runtime folder: `build_snapshot.mjs OUTDIR`.
 *
 * Pyodide is started from the folder's own files, pydicom and this project's wheel are imported, and the whole memory
 * is written, gzipped, as snapshot.bin. (Some servers, Vite's among them, unpack files named .gz on the way.) The worker
 * that restores it has no wheel in its file system, so everything that a request can import later is imported here.
 * Compiled extensions (numpy) cannot be in a snapshot.
 *
 * Clock and chance stand still meanwhile, so that the same inputs give the same bytes. The worker seeds `random` again;
 * UIDs come from `os.urandom`, which asks the browser each time. What stays is Python's hash seed.
 */
import crypto from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

/** Every module of the wheel that works in a browser, and what its functions import late. */
const PREPARE = `
import gc, importlib
importlib.invalidate_caches()  # the clock stands still, so no folder looks changed
import dicom_overlay, dicom_overlay.bridge, dicom_overlay.render.capture
import pydicom, pydicom.charset, pydicom.uid, pydicom.valuerep
import datetime, random, time, uuid, zlib
from encodings import ascii, idna, iso2022_jp_2, iso2022_kr, iso8859_1, iso8859_15, iso8859_5, latin_1, utf_8
uuid.uuid4()
datetime.datetime.now().astimezone()
gc.collect()
`;

/** In an order of their own: every file system lists a folder in another one. */
const wheels = async () =>
  (await readdir(folder)).filter((name) => /^(pydicom|dicom_overlay)-.*\.whl$/.test(name)).sort();

function standStill() {
  const moment = 1_580_601_600_000; // as SOURCE_DATE_EPOCH of the wheels
  const RealDate = Date;
  globalThis.Date = /** @type {any} */ (class extends RealDate {
    constructor(/** @type {any[]} */ ...values) {
      // @ts-expect-error: whatever a Date is made of
      super(...(values.length === 0 ? [moment] : values));
    }
    static now = () => moment;
  });
  performance.now = () => 0;
  const fill = (array) => array.fill(7);
  crypto.randomFillSync = fill;
  globalThis.crypto.getRandomValues = fill;
  // Newer Nodes tell the machine's language here, which becomes Python's LANG.
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: undefined });
  // Python keeps the program's name; the path of this machine has no place in a published file.
  process.argv[1] = "build_snapshot.mjs";
}

// Node's own report of an error quotes Pyodide's one line of a million characters.
process.on("uncaughtException", ({ message, stack }) => {
  console.error(`snapshot: ${String(message).slice(0, 500)}\n${String(stack).slice(-500)}`);
  process.exit(1);
});

const folder = resolve(process.argv[2] ?? "");
standStill();
// Pyodide's own .js file is not a module, whatever the package around the folder says.
const scope = join(folder, "package.json");
await writeFile(scope, '{"type": "commonjs"}');
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
const pyodide = await loadPyodide({
  indexURL: `${folder}/`,
  env: { PYTHONHASHSEED: "0", HOME: "/home/pyodide" },
  stdout: () => undefined,
  _makeSnapshot: true,
});
await rm(scope);
for (const name of await wheels()) {
  // As plain bytes into the file system: what loadPackage leaves behind in JavaScript cannot be in a snapshot.
  pyodide.FS.writeFile(`/tmp/${name}`, await readFile(join(folder, name)));
  pyodide.runPython(`import sys, zipfile; zipfile.ZipFile("/tmp/${name}").extractall(sys.path[-1])`);
  pyodide.FS.unlink(`/tmp/${name}`);
}
pyodide.runPython(PREPARE);
const memory = pyodide.makeMemorySnapshot();
const packed = gzipSync(memory, { level: 9 });
await writeFile(join(folder, "snapshot.bin"), packed);
console.log(`snapshot: ${(memory.length / 1e6).toFixed(1)} MB, ${(packed.length / 1e6).toFixed(1)} MB gzipped`);
process.exit(0);
