/** The declarations as an integrator's compiler sees them: through the package's name, with its strictest options. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const package_ = fileURLToPath(new URL("../", import.meta.url));

const CONSUMER = `
import { downloadAll, toDirectory, toZip, toZipFile, type UnsavedFile, type OfferedFile, type SavedFile } from "dicom-overlay";

declare const folder: FileSystemDirectoryHandle;
declare const file: FileSystemFileHandle;
const results = [{ name: "a", blob: undefined, file: undefined, index: undefined, error: undefined }];
const shared = { signal: undefined, onSaved: undefined };

export async function save(): Promise<string[]> {
  const saved: readonly SavedFile[] = await toDirectory(folder, results, { ...shared, existing: undefined, names: undefined });
  const zipped: readonly SavedFile[] = await toZipFile(file, results, shared);
  await toZipFile(await file.createWritable(), results);
  await new Response(toZip(results, shared)).blob();
  // @ts-expect-error a rule that is none
  await toDirectory(folder, results, { existing: "overwrite" });
  const offered: readonly OfferedFile[] = await downloadAll(results, { ...shared, pause: undefined });
  return [...saved, ...zipped, ...offered].map(say);
}

function say(result: SavedFile | OfferedFile): string {
  return result.outcome === "failed" ? why(result) : \`\${result.savedAs}: \${result.bytes}\`;
}

function why({ error }: UnsavedFile): string {
  return error.code;
}
`;

const VITE = `
import { dicomOverlayRuntime } from "dicom-overlay/vite";
import { defineConfig } from "vite";
export default defineConfig({ plugins: [dicomOverlayRuntime({ path: undefined, packages: undefined })] });
`;

describe("the declarations", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "types-"));
    mkdirSync(join(folder, "node_modules"));
    for (const name of ["vite", "@types"]) {
      symlinkSync(join(package_, "node_modules", name), join(folder, "node_modules", name), "dir");
    }
    symlinkSync(package_, join(folder, "node_modules", "dicom-overlay"), "dir");
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "consumer.ts"), CONSUMER);
    writeFileSync(join(folder, "vite.config.ts"), VITE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function compile(files: readonly string[], options: Record<string, unknown>): string {
    const compilerOptions = {
      target: "ES2022",
      module: "ESNext",
      moduleResolution: "Bundler",
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: [],
      lib: ["ES2022", "DOM", "DOM.Iterable"],
      ...options,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const tsc = join(package_, "node_modules/typescript/bin/tsc");
    try {
      return execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    } catch (error) {
      return String((error as { stdout?: unknown }).stdout);
    }
  }

  it("take undefined for every optional, and the browser's own handles, under exactOptionalPropertyTypes", () => {
    expect(compile(["consumer.ts"], { skipLibCheck: false })).toBe("");
  });

  it("work for Node's resolution too, and the plug-in stands in a configuration of Vite", () => {
    const options = { exactOptionalPropertyTypes: false, module: "NodeNext", moduleResolution: "NodeNext" };
    expect(
      compile(["consumer.ts", "vite.config.ts"], { ...options, skipLibCheck: true, types: ["node"] }),
    ).toBe("");
  });

  /** Modules whose optionals are not yet written so. */
  const others = new Set([
    "exporter",
    "plane",
    "pool",
    "pyodide",
    "series",
    "spawn",
    "protocol",
    "wire-planes",
  ]);

  it("name undefined in every optional property", () => {
    const types = join(package_, "dist/types");
    const missing = readdirSync(types)
      .filter((name) => name.endsWith(".d.ts") && !others.has(name.replace(".d.ts", "")))
      .flatMap((name) =>
        [...readFileSync(join(types, name), "utf8").matchAll(/^\s+(?:readonly )?(\w+)\?: ([^;]+);/gm)]
          .filter(([, , type = ""]) => !/\bundefined$/.test(type.trim()))
          .map(([, property]) => `${name}: ${property}`),
      );
    expect(missing).toEqual([]);
  });
});
