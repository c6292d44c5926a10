import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const package_ = fileURLToPath(new URL("../", import.meta.url));
const command = join(package_, "bin/dicom-overlay-runtime.js");
const runtime = join(package_, "dist/runtime");

const run = (...args: string[]): string =>
  execFileSync(process.execPath, [command, ...args], { encoding: "utf8" });
const fail = (script: string, ...args: string[]): { status: number | null; stderr: string } =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });

function listed(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function expectWhole(target: string): void {
  const manifest = JSON.parse(readFileSync(join(target, "runtime.json"), "utf8"));
  for (const { name, sha256, bytes } of manifest.files) {
    const data = readFileSync(join(target, name));
    expect([data.length, createHash("sha256").update(data).digest("hex")], name).toEqual([bytes, sha256]);
  }
}

describe("npx dicom-overlay-runtime", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "runtime-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A copy of what the npm package has of this command, to break something in it. */
  function installedPackage(): string {
    const copy = join(folder, "package");
    for (const part of ["dist/runtime", "dist/extras/extras.json", "bin", "node"]) {
      cpSync(join(package_, part), join(copy, part), { recursive: true });
    }
    writeFileSync(join(copy, "package.json"), '{"type":"module"}');
    return copy;
  }

  it("copies the runtime, every file with the sha256 of its manifest, without numpy and pillow", () => {
    const target = join(folder, "new", "runtime");
    run(target);
    expect(readdirSync(target).sort()).toEqual(readdirSync(runtime).sort());
    expectWhole(target);
    expect(readdirSync(target).filter((name) => /numpy|pillow/.test(name))).toEqual([]);
    expect(readFileSync(join(target, "pyodide-lock.json"), "utf8")).not.toMatch(/numpy|pillow/);
    expect(readdirSync(join(folder, "new"))).toEqual(["runtime"]);
  });

  it("adds numpy where it is asked for, to the lock file, the manifest and the notice too", () => {
    run(folder, "--with", "numpy");
    expectWhole(folder);
    const [wheel, ...others] = readdirSync(folder).filter((name) => /numpy|pillow/.test(name));
    expect([wheel?.startsWith("numpy-"), others]).toEqual([true, []]);
    const lock = JSON.parse(readFileSync(join(folder, "pyodide-lock.json"), "utf8"));
    expect(lock.packages.numpy.file_name).toBe(wheel);
    expect(readFileSync(join(folder, "runtime.json"), "utf8")).toContain(wheel);
    expect(readFileSync(join(folder, "NOTICE.txt"), "utf8")).toContain("numpy 2.2.5, BSD-3-Clause");
    run(folder);
    expect(readdirSync(folder).filter((name) => name.startsWith("numpy"))).toEqual([]);
  });

  it("names the packages that there are when it is asked for another", () => {
    const { status, stderr } = fail(command, join(folder, "out"), "--with", "scipy");
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("There is no package scipy; there are numpy and pillow."),
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("removes wheels and files of an older release, and keeps what the server's owner put there", () => {
    run(folder);
    const manifest = JSON.parse(readFileSync(join(folder, "runtime.json"), "utf8"));
    manifest.files.push({ name: "gone.js", bytes: 1, sha256: "" });
    writeFileSync(join(folder, "runtime.json"), JSON.stringify(manifest));
    for (const name of ["gone.js", "dicom_overlay-0.0.9-py3-none-any.whl", ".htaccess", "web.config"]) {
      writeFileSync(join(folder, name), "old");
    }
    mkdirSync(join(folder, "kept"));
    writeFileSync(join(folder, "kept", "file"), "kept");
    run(folder);
    expectWhole(folder);
    const names = readdirSync(folder);
    expect(names).toEqual(expect.arrayContaining([".htaccess", "web.config", "kept"]));
    expect(names).not.toContain("gone.js");
    expect(names).not.toContain("dicom_overlay-0.0.9-py3-none-any.whl");
    expect(readFileSync(join(folder, "kept", "file"), "utf8")).toBe("kept");
  });

  it("refuses a folder of other files, and leaves it as it is", () => {
    writeFileSync(join(folder, "index.html"), "mine");
    const { status, stderr } = fail(command, folder);
    expect([status, stderr]).toEqual([1, expect.stringContaining("holds other files (index.html)")]);
    expect(readdirSync(folder)).toEqual(["index.html"]);
  });

  it("shows a reader the old folder or the new one while it swaps them, never a mixture", async () => {
    const target = join(folder, "runtime");
    run(target, "--with", "numpy");
    const before = readdirSync(target).sort();
    const seen = new Set<string>();
    const child = spawn(process.execPath, [command, target]);
    let isRunning = true;
    const ended = new Promise((resolve) => child.once("exit", resolve)).finally(() => {
      isRunning = false;
    });
    while (isRunning) {
      // Between two renames the folder is away for a moment: a server answers 404 then, not half a folder.
      if (existsSync(target)) seen.add(String(listed(target)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await ended).toBe(0);
    const after = readdirSync(target).sort();
    expect(after).toEqual(readdirSync(runtime).sort());
    expect([...seen].filter((names) => ![before, after, []].map(String).includes(names))).toEqual([]);
    expect(seen.has(String(before))).toBe(true);
    expect(readdirSync(folder)).toEqual(["runtime"]);
  });

  it("writes nothing when a file of the package is damaged, and names it", () => {
    const broken = installedPackage();
    writeFileSync(join(broken, "dist/runtime/pyodide.mjs"), "damaged");
    const target = join(folder, "target");
    const { status, stderr } = fail(join(broken, "bin/dicom-overlay-runtime.js"), target);
    expect([status, stderr]).toEqual([1, expect.stringContaining("pyodide.mjs is damaged")]);
    expect(existsSync(target)).toBe(false);
  });

  it("says where numpy comes from, and where to put it, when its address does not answer", () => {
    const copy = installedPackage();
    const extras = join(copy, "dist/extras/extras.json");
    writeFileSync(
      extras,
      readFileSync(extras, "utf8").replace(/"cdn": "[^"]*"/, '"cdn": "http://127.0.0.1:9/"'),
    );
    const target = join(folder, "target");
    const { status, stderr } = fail(join(copy, "bin/dicom-overlay-runtime.js"), target, "--with", "numpy");
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /http:\/\/127\.0\.0\.1:9\/numpy-.*\.whl could not be reached .*put it in .*dist.extras/,
    );
    expect(existsSync(target)).toBe(false);
    const wheel = readdirSync(join(package_, "dist/extras")).find((name) => name.startsWith("numpy-")) ?? "";
    writeFileSync(join(copy, "dist/extras", wheel), "not numpy");
    expect(fail(join(copy, "bin/dicom-overlay-runtime.js"), target, "--with", "numpy").stderr).toContain(
      "is damaged",
    );
  });

  it("says how it is used when it is used otherwise", () => {
    const { status, stdout } = spawnSync(process.execPath, [command], { encoding: "utf8" });
    expect([status, stdout.trim()]).toEqual([2, "usage: dicom-overlay-runtime DIR [--with numpy,pillow]"]);
  });
});
