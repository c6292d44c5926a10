/**
 * The runtime folder of this package: read with every file checked, packages added, put into its place at once.
 *
 * For Node, not for the browser: the command `dicom-overlay-runtime` and the plug-in for Vite are made of it.
 */
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const RUNTIME = new URL("../dist/runtime/", import.meta.url);
const EXTRAS = new URL("../dist/extras/", import.meta.url);
const MANIFEST = "runtime.json";
const LOCK = "pyodide-lock.json";
const NOTICE = "NOTICE.txt";

/**
 * @typedef {{ readonly name: string, readonly data: Uint8Array }} RuntimeFile
 * @typedef {{ readonly name: string, readonly bytes: number, readonly sha256: string }} FileRecord
 * @typedef {{ files: FileRecord[], [key: string]: unknown }} Manifest
 * @typedef {{ file_name: string, sha256: string, version: string, [key: string]: unknown }} LockEntry
 * @typedef {{ cdn: string, licenses: Record<string, string>, packages: Record<string, LockEntry> }} Extras
 */

/**
 * Return the files of the runtime, `runtime.json` last, each with the sha256 that it should have.
 *
 * @param {{ readonly packages?: readonly string[] | undefined }} [options] - further packages, `numpy` or `pillow`:
 *   they are not part of the npm package, and come from Pyodide's CDN unless they are in `dist/extras`.
 * @returns {Promise<readonly RuntimeFile[]>}
 */
export async function readRuntime({ packages = [] } = {}) {
  const manifest = /** @type {Manifest} */ (JSON.parse(await readText(new URL(MANIFEST, RUNTIME))));
  const files = await Promise.all(manifest.files.map(readChecked));
  if (packages.length > 0) await addPackages(files, packages);
  const records = files
    .map(({ name, data }) => ({ name, bytes: data.length, sha256: sha256Of(data) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const text = `${JSON.stringify({ ...manifest, files: records }, null, 1)}\n`;
  return [...files, { name: MANIFEST, data: Buffer.from(text) }];
}

/**
 * Put the files into a folder, in place of the runtime that is there: a reader finds the old folder or the new one.
 *
 * Files of an older runtime go; what else is there (a server's own settings) stays.
 *
 * @param {string} target - a new or empty folder, or one that was written by this function.
 * @param {readonly RuntimeFile[]} files
 */
export async function writeRuntime(target, files) {
  const kept = await foreignFiles(target);
  await mkdir(dirname(target), { recursive: true });
  // Beside the target, so that it is the same file system and a rename will do.
  const stem = join(dirname(target), `.${basename(target)}-${process.pid}`);
  const [stage, previous] = [`${stem}-new`, `${stem}-old`];
  await mkdir(stage);
  try {
    for (const { name, data } of files) await writeFile(join(stage, name), data);
    for (const name of kept) await cp(join(target, name), join(stage, name), { recursive: true });
    await swap(target, stage, previous);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
  await rm(previous, { recursive: true, force: true });
}

/**
 * @param {string} target
 * @param {string} stage
 * @param {string} previous
 */
async function swap(target, stage, previous) {
  try {
    await rename(target, previous);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT") throw error;
    await rename(stage, target);
    return;
  }
  try {
    await rename(stage, target);
  } catch (error) {
    await rename(previous, target);
    throw error;
  }
}

/**
 * Return the names in the target that no runtime brought.
 *
 * @param {string} target
 * @returns {Promise<readonly string[]>}
 */
async function foreignFiles(target) {
  const names = await readdir(target).catch((error) => {
    if (error.code === "ENOENT") return /** @type {string[]} */ ([]);
    throw error;
  });
  const old = names.includes(MANIFEST) ? await readManifest(join(target, MANIFEST)) : null;
  const brought = new Set([MANIFEST, ...(old?.files ?? []).map(({ name }) => name)]);
  const foreign = names.filter((name) => !brought.has(name));
  const [first] = foreign.filter((name) => !name.startsWith("."));
  if (old === null && first !== undefined) {
    throw new Error(`${target} holds other files (${first}). Name a folder of its own for the runtime.`);
  }
  // Wheels of any release are the runtime's; an older command left them behind.
  return foreign.filter((name) => !name.endsWith(".whl"));
}

/**
 * @param {string} path
 * @returns {Promise<Manifest | null>}
 */
async function readManifest(path) {
  try {
    const manifest = JSON.parse(await readFile(path, "utf8"));
    return Array.isArray(manifest?.files) ? manifest : null;
  } catch {
    // Half-written by an older command: nobody can tell whose files these are.
    return null;
  }
}

/**
 * Add packages to the files, to their lock file and to their notice.
 *
 * @param {RuntimeFile[]} files
 * @param {readonly string[]} packages
 */
async function addPackages(files, packages) {
  const extras = /** @type {Extras} */ (JSON.parse(await readText(new URL("extras.json", EXTRAS))));
  const known = Object.keys(extras.packages);
  const lock = JSON.parse(textOf(files, LOCK));
  let notice = textOf(files, NOTICE);
  for (const name of new Set(packages)) {
    const entry = extras.packages[name];
    if (entry === undefined)
      throw new Error(`There is no package ${name}; there are ${known.join(" and ")}.`);
    files.push({ name: entry.file_name, data: await readExtra(entry, extras.cdn) });
    lock.packages[name] = entry;
    notice += `${name} ${entry.version}, ${extras.licenses[name]}\n`;
  }
  replaceText(files, LOCK, `${JSON.stringify(lock, null, 1)}\n`);
  replaceText(files, NOTICE, notice);
}

/**
 * @param {LockEntry} entry
 * @param {string} cdn
 * @returns {Promise<Uint8Array>}
 */
async function readExtra({ file_name: name, sha256 }, cdn) {
  const local = new URL(name, EXTRAS);
  const data = await readFile(local).catch(() => download(`${cdn}${name}`, fileURLToPath(local)));
  if (sha256Of(data) === sha256) return data;
  throw new Error(`${name} is damaged: its sha256 is not ${sha256}.`);
}

/**
 * @param {string} url
 * @param {string} instead
 * @returns {Promise<Uint8Array>}
 */
async function download(url, instead) {
  const advice = `Download ${url} elsewhere and put it in ${dirname(instead)}.`;
  const response = await fetch(url).catch((error) => {
    throw new Error(`${url} could not be reached (${error.cause?.code ?? error.message}). ${advice}`);
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}. ${advice}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * @param {FileRecord} record
 * @returns {Promise<RuntimeFile>}
 */
async function readChecked({ name, sha256 }) {
  const data = await readFile(new URL(name, RUNTIME));
  if (sha256Of(data) === sha256) return { name, data };
  throw new Error(`${name} is damaged: its sha256 is not that of ${MANIFEST}. Install the package again.`);
}

/**
 * @param {URL} url
 * @returns {Promise<string>}
 */
function readText(url) {
  return readFile(url, "utf8");
}

/**
 * @param {readonly RuntimeFile[]} files
 * @param {string} wanted
 * @returns {string}
 */
function textOf(files, wanted) {
  const found = files.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`${wanted} is missing from the package. Install it again.`);
  return Buffer.from(found.data).toString("utf8");
}

/**
 * @param {RuntimeFile[]} files
 * @param {string} name
 * @param {string} text
 */
function replaceText(files, name, text) {
  const at = files.findIndex((file) => file.name === name);
  files[at] = { name, data: Buffer.from(text) };
}

/**
 * @param {Uint8Array} data
 * @returns {string}
 */
function sha256Of(data) {
  return createHash("sha256").update(data).digest("hex");
}
