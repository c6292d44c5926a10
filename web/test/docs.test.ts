import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const web = fileURLToPath(new URL("../", import.meta.url));
const docs = join(web, "docs");
/** Checked by guide.test.ts, as one program. */
const elsewhere = ["guide.md"];
/** Vite's configuration is a program of its own kind. */
const isPageCode = (code: string): boolean => !code.includes('from "vite"');

/** The TypeScript samples of each page: one module for each block. */
function samples(): Map<string, string> {
  const found = new Map<string, string>();
  for (const page of readdirSync(docs, { recursive: true, encoding: "utf8" })) {
    if (!page.endsWith(".md") || elsewhere.includes(page)) continue;
    const blocks = [...readFileSync(join(docs, page), "utf8").matchAll(/```(tsx?)\n(.*?)```/gs)];
    for (const [index, [, kind = "ts", code = ""]] of blocks.entries())
      if (isPageCode(code)) found.set(`${page.replaceAll(/[/\\]/g, "-")}-${index}.${kind}`, code);
  }
  return found;
}

/** Compile in memory against the declarations in dist, as a consumer does. */
function complaints(sources: ReadonlyMap<string, string>): string[] {
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
  const program = ts.createProgram([...paths.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, start, file }) => {
    const line =
      file && start !== undefined
        ? `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}`
        : "";
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

describe("the documentation's TypeScript samples", () => {
  it("compile against the built declarations, each by itself", () => {
    const found = samples();
    expect(found.size).toBeGreaterThan(3);
    expect(complaints(found)).toEqual([]);
  });

  it("would not compile with a call that does not exist", () => {
    const wrong = 'import { nothing } from "dicom-overlay"; nothing();';
    expect(complaints(new Map([["wrong.ts", wrong]])).join()).toContain("nothing");
  });
});
