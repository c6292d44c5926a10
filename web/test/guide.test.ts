import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const web = fileURLToPath(new URL("../", import.meta.url));
const guide = readFileSync(join(web, "docs/guide.md"), "utf8");

/** What a page around the guide's code would have. */
const page = `
declare const file: File;
declare const files: File[];
declare const labelMap: Uint16Array;
declare const cancelButton: HTMLButtonElement;
declare const progressBar: HTMLProgressElement;
declare const pyodide: import("dicom-overlay").PyodideLike;
declare const bytes: Uint8Array;
declare const folder: FileSystemDirectoryHandle;
declare const zipHandle: FileSystemFileHandle;
`;

/** Compile in memory against the declarations in dist, as a consumer does. */
function complaints(name: string, source: string): string[] {
  const path = join(web, "docs", name);
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    types: [],
    paths: { "dicom-overlay": [join(web, "dist/types/index.d.ts")] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => file === path || fileExists(file);
  host.readFile = (file) => (file === path ? source : readFile(file));
  host.getSourceFile = (file, version) =>
    file === path ? ts.createSourceFile(file, source, version) : getSourceFile(file, version);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, start, file }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : -1;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

describe("the guide", () => {
  it("has code that compiles against the built declarations, read from top to bottom", () => {
    expect(existsSync(join(web, "dist/types/index.d.ts")), "run `npm run build:lib` first").toBe(true);
    const blocks = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code);
    expect(blocks.length).toBeGreaterThan(5);
    expect(complaints("guide.ts", page + blocks.join("\n"))).toEqual([]);
  });

  it("is preceded by a README whose code compiles", () => {
    const readme = readFileSync(join(web, "README.md"), "utf8");
    const [, code = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    expect(complaints("readme.ts", `${page}declare const mask: Uint8Array;\n${code}`)).toEqual([]);
  });

  it.each(["visian-export.ts", "niivue-drawing.ts"])("has an example that compiles: %s", (name) => {
    const example = readFileSync(join(web, "examples", name), "utf8");
    expect(complaints("example.ts", example)).toEqual([]);
  });

  it("names a call that does not exist when there is one", () => {
    const wrong =
      'import { createOverlayExporter } from "dicom-overlay"; (await createOverlayExporter({ runtimeUrl: "" })).burn();';
    expect(complaints("wrong.ts", wrong).join()).toContain("burn");
  });

  it("explains error codes that exist", async () => {
    const { ERROR_CODES } = await import("../src/errors.js");
    const table = guide.split("\n").filter((line) => line.startsWith("| `"));
    const named = table.flatMap((line) =>
      [...(line.split("|")[1] ?? "").matchAll(/`([\w-]+)`/g)].map(([, code]) => code),
    );
    expect(named.length).toBeGreaterThan(15);
    for (const code of named) expect(ERROR_CODES).toContain(code);
  });

  it("points at files that exist", () => {
    for (const [, path = ""] of guide.matchAll(/`web\/([\w/.-]+\.ts)`/g))
      expect(existsSync(join(dirname(web), "web", path)), path).toBe(true);
  });
});
