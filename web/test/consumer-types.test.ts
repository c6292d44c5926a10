/** The declarations as an integrator's compiler sees them: through the package's name, with its strictest options. */
import { execFile } from "node:child_process";
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
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const package_ = fileURLToPath(new URL("../", import.meta.url));

const CONSUMER = `
import { downloadAll, toDirectory, toZip, toZipFile, type UnsavedFile, type OfferedFile, type SavedFile } from "dicom-overlay";

declare const folder: FileSystemDirectoryHandle;
declare const file: FileSystemFileHandle;
declare const stream: WritableStream;
const results = [{ name: "a", blob: undefined, file: undefined, index: undefined, error: undefined }];
const shared = { signal: undefined, onSaved: undefined };

export async function save(): Promise<string[]> {
  const saved: readonly SavedFile[] = await toDirectory(folder, results, { ...shared, existingFiles: undefined, names: undefined });
  const zipped: readonly SavedFile[] = await toZipFile(file, results, shared);
  await toZipFile(stream, results);
  await new Response(toZip(results, shared)).blob();
  // @ts-expect-error a rule that is none
  await toDirectory(folder, results, { existingFiles: "overwrite" });
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

/** What old editors and new ones can say of the package, each entry whole: nothing of it may turn into `any`. */
const EVERY_ENTRY = `
import * as library from "dicom-overlay";
import * as dicomweb from "dicom-overlay/dicomweb";
import "dicom-overlay/worker";

type IsAny<T> = 0 extends 1 & T ? true : false;
type Known<T> = { [K in keyof T]: IsAny<T[K]> extends true ? never : K }[keyof T];
export const names: readonly [Known<typeof library>, Known<typeof dicomweb>] = ["toZip", "toDicomWeb"];
export const isAny: IsAny<library.PlaneInput | library.OverlayPlane | library.Volume | dicomweb.StoreReport> = false;

export async function write(file: File, mask: Uint8Array): Promise<Uint8Array> {
  const exporter = await library.createOverlayExporter({ runtimeUrl: "/runtime/", signal: undefined });
  const { blob } = await exporter.writeOverlays(file, [{ mask, label: "Liver", group: undefined }]);
  for await (const result of exporter.exportFiles([{ file, planes: [{ mask }] }])) {
    if (result.outcome === "failed" && library.isOverlayError(result.error)) throw result.error;
  }
  return new Uint8Array(await blob.arrayBuffer());
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
    writeFileSync(join(folder, "entries.ts"), EVERY_ENTRY);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function compile(
    files: readonly string[],
    options: Record<string, unknown>,
    compiler = "typescript",
  ): Promise<string> {
    const compilerOptions = {
      target: "ES2020",
      module: "ESNext",
      moduleResolution: "Bundler",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      noEmit: true,
      types: [],
      lib: ["ES2020", "DOM"],
      skipLibCheck: false,
      ...options,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const tsc = join(package_, "node_modules", compiler, "bin/tsc");
    try {
      return (await promisify(execFile)(process.execPath, [tsc, "-p", folder])).stdout;
    } catch (error) {
      return String((error as { stdout?: unknown }).stdout);
    }
  }

  it.each([
    { compiler: "typescript-5.0", module: "ESNext", moduleResolution: "Bundler" },
    { compiler: "typescript-5.0", module: "ESNext", moduleResolution: "Node10" },
    { compiler: "typescript", module: "Node16", moduleResolution: "Node16" },
  ])("are whole for $compiler with $moduleResolution and lib ES2020", async ({ compiler, ...options }) => {
    expect(await compile(["entries.ts", "consumer.ts"], options, compiler)).toBe("");
  });

  it("take the plug-in in a configuration of Vite", async () => {
    const options = { exactOptionalPropertyTypes: false, module: "NodeNext", moduleResolution: "NodeNext" };
    const more = { skipLibCheck: true, types: ["node"], target: "ES2022", lib: ["ES2022", "DOM"] };
    expect(await compile(["vite.config.ts"], { ...options, ...more })).toBe("");
  });

  it("name undefined in every optional property", () => {
    const types = join(package_, "dist/types");
    const missing = readdirSync(types, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".d.ts") && !/^node\//.test(name))
      .flatMap((name) =>
        [...readFileSync(join(types, name), "utf8").matchAll(/^\s+(?:readonly )?(\w+)\?: ([^;]+);/gm)]
          .filter(([, , type = ""]) => !/\bundefined$|^unknown$/.test(type.trim()))
          .map(([, property]) => `${name}: ${property}`),
      );
    expect(missing).toEqual([]);
  });
});
