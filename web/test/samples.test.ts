/** The code of the documentation, compiled as a consumer compiles it: all of it in one program, since the libraries cost most. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { ERROR_CODES } from "../src/errors.js";

const web = fileURLToPath(new URL("../", import.meta.url));
const docs = join(web, "docs");
const guide = readFileSync(join(docs, "guide.md"), "utf8");

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

const wrong = `
import { createOverlayExporter, nothing } from "dicom-overlay";
(await createOverlayExporter({ runtimeUrl: "" })).burn();
`;

/** Vite's configuration is a program of its own kind. */
const isPageCode = (code: string): boolean => !code.includes('from "vite"');

/** The samples of each page but the guide: one module for each block. */
function samples(): [string, string][] {
  return readdirSync(docs, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && name !== "guide.md")
    .flatMap((name) => {
      const blocks = [...readFileSync(join(docs, name), "utf8").matchAll(/```(tsx?)\n(.*?)```/gs)];
      return blocks
        .map(([, kind = "ts", code = ""], index): [string, string] => [
          `${name.replaceAll(/[/\\]/g, "-")}-${index}.${kind}`,
          code,
        ])
        .filter(([, code]) => isPageCode(code));
    });
}

/** Compile in memory against the declarations in dist; what the compiler says, by the name of the source. */
function complaintsAbout(sources: ReadonlyMap<string, string>): Map<string, string[]> {
  const paths = new Map([...sources].map(([name, code]) => [join(docs, name), `${code}\nexport {};\n`]));
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    jsx: ts.JsxEmit.ReactJSX,
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
  host.fileExists = (file) => paths.has(file) || fileExists(file);
  host.readFile = (file) => paths.get(file) ?? readFile(file);
  host.getSourceFile = (file, version) => {
    const code = paths.get(file);
    return code === undefined ? getSourceFile(file, version) : ts.createSourceFile(file, code, version);
  };
  const found = new Map([...sources.keys()].map((name): [string, string[]] => [name, []]));
  for (const { messageText, start, file } of ts.getPreEmitDiagnostics(
    ts.createProgram([...paths.keys()], options, host),
  )) {
    const name = file === undefined ? "" : file.fileName.slice(docs.length + 1);
    const line = start === undefined ? 0 : (file?.getLineAndCharacterOfPosition(start).line ?? -1) + 1;
    const words = `${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    found.set(name, [...(found.get(name) ?? []), words]);
  }
  return found;
}

describe("the code of the documentation", () => {
  const sources = new Map(samples());
  const inOtherPages = sources.size;
  const blocks = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code);
  let found = new Map<string, string[]>();

  beforeAll(() => {
    expect(existsSync(join(web, "dist/types/index.d.ts")), "run `npm run build:lib` first").toBe(true);
    const [, readme = ""] = /```ts\n(.*?)```/s.exec(readFileSync(join(web, "README.md"), "utf8")) ?? [];
    sources.set("guide.ts", page + blocks.join("\n"));
    sources.set("readme.ts", `${page}declare const mask: Uint8Array;\n${readme}`);
    for (const name of ["visian-export.ts", "niivue-drawing.ts"])
      sources.set(name, readFileSync(join(web, "examples", name), "utf8"));
    sources.set("wrong.ts", wrong);
    found = complaintsAbout(sources);
  });

  it("compiles against the built declarations: each sample by itself, the guide from top to bottom", () => {
    expect(inOtherPages).toBeGreaterThan(3);
    expect(blocks.length).toBeGreaterThan(5);
    const complaints = [...found].filter(([name, told]) => name !== "wrong.ts" && told.length > 0);
    expect(complaints).toEqual([]);
  });

  it("would not compile with a name or a call that does not exist", () => {
    expect(found.get("wrong.ts")).toEqual([
      expect.stringContaining("'nothing'"),
      expect.stringContaining("'burn'"),
    ]);
  });
});

describe("the guide", () => {
  it("explains error codes that exist", () => {
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
