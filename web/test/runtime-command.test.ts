import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const command = fileURLToPath(new URL("../bin/dicom-overlay-runtime.js", import.meta.url));
const runtime = fileURLToPath(new URL("../dist/runtime/", import.meta.url));

describe("npx dicom-overlay-runtime", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "runtime-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("copies the runtime, every file with the sha256 of its manifest", () => {
    const target = join(folder, "new", "runtime");
    execFileSync(process.execPath, [command, target]);
    const manifest = JSON.parse(readFileSync(join(target, "runtime.json"), "utf8"));
    expect(readdirSync(target).sort()).toEqual(readdirSync(runtime).sort());
    for (const { name, sha256 } of manifest.files) {
      expect(
        createHash("sha256")
          .update(readFileSync(join(target, name)))
          .digest("hex"),
        name,
      ).toBe(sha256);
    }
  });

  it("leaves numpy out when asked, in the manifest too", () => {
    execFileSync(process.execPath, [command, folder, "--without-numpy"]);
    expect(readdirSync(folder).filter((name) => name.startsWith("numpy"))).toEqual([]);
    expect(readFileSync(join(folder, "runtime.json"), "utf8")).not.toContain("numpy-");
  });

  it("writes nothing when a file of the package is damaged, and names it", () => {
    const broken = join(folder, "package");
    cpSync(runtime, join(broken, "dist/runtime"), { recursive: true });
    cpSync(command, join(broken, "bin/dicom-overlay-runtime.js"));
    writeFileSync(join(broken, "package.json"), '{"type":"module"}');
    writeFileSync(join(broken, "dist/runtime/pyodide.mjs"), "damaged");
    const target = join(folder, "target");
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(broken, "bin/dicom-overlay-runtime.js"), target],
      {
        encoding: "utf8",
      },
    );
    expect(status).toBe(1);
    expect(stderr).toContain("pyodide.mjs is damaged");
    expect(existsSync(target)).toBe(false);
  });

  it("says how it is used when it is used otherwise", () => {
    const { status, stdout } = spawnSync(process.execPath, [command], { encoding: "utf8" });
    expect([status, stdout.trim()]).toEqual([2, "usage: dicom-overlay-runtime DIR [--without-numpy]"]);
  });
});
