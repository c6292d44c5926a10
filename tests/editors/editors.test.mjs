/**
 * The recipes in real editors and readers, judged by pydicom: `make editors`. Chromium alone: cornerstone3D and NiiVue need
 * WebGL, which Debian's Firefox does not have without a graphics card.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PATIENCE } from "../browser/exporter/browsers.mjs";
import { launch } from "../browser/exporter/launch.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const build = join(root, "build/editors");
const packages = join(build, "node_modules");
const fromWeb = createRequire(join(root, "web/package.json"));
const ORIENTATIONS = ["axial", "axial-prone", "axial-mirrored", "coronal", "sagittal", "oblique"];
const GL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

const python = (...args) =>
  JSON.parse(execFileSync(join(root, ".venv/bin/python"), [join(here, "files.py"), ...args], { encoding: "utf8" }));

/** Install the editors once, outside the source tree. */
function install() {
  const wanted = ["package.json", "package-lock.json", ".npmrc"].map((name) => join(here, name));
  const text = wanted.map((path) => readFileSync(path, "utf8")).join("");
  const done = join(build, ".installed");
  if (existsSync(done) && readFileSync(done, "utf8") === text) return;
  mkdirSync(build, { recursive: true });
  for (const path of wanted) cpSync(path, join(build, path.slice(here.length)));
  execFileSync("npm", ["install", "--no-save", "--loglevel=error"], { cwd: build, stdio: "inherit" });
  writeFileSync(done, text);
}

/** The recipes and the page as TypeScript checks them, against the editors' own declarations. */
function check() {
  const config = {
    extends: join(root, "web/tsconfig.json"),
    compilerOptions: {
      lib: ["ES2022", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      types: [],
      noEmit: true,
      skipLibCheck: true,
      isolatedDeclarations: false,
      declaration: false,
      paths: { "dicom-overlay": [join(root, "web/dist/types/index.d.ts")], "*": [join(packages, "*"), join(packages, "@types/*")] },
    },
    files: [join(here, "page.ts")],
  };
  writeFileSync(join(build, "tsconfig.json"), JSON.stringify(config));
  execFileSync("node", [fromWeb.resolve("typescript/bin/tsc"), "-p", build], { stdio: "inherit" });
}

function bundle() {
  const { buildSync } = fromWeb("esbuild");
  buildSync({
    entryPoints: [join(here, "page.ts")],
    bundle: true,
    format: "esm",
    outfile: join(build, "page.js"),
    nodePaths: [packages],
    external: ["dicom-overlay"],
    loader: { ".wasm": "file" },
    logLevel: "error",
  });
}

describe("the recipes", () => {
  const folder = mkdtempSync(join(tmpdir(), "editors-"));
  const html = `<!doctype html><script type="importmap">{"imports":{"dicom-overlay":"/index.js"}}</script><script type="module" src="/page.js"></script>`;
  let browser, page, server, made;

  before(async () => {
    install();
    check();
    bundle();
    made = python("make", folder);
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      if (pathname === "/page.html") return void response.writeHead(200, { "content-type": "text/html" }).end(html);
      const [, ours] = /^\/made\/([\w./-]+)$/.exec(pathname) ?? [];
      const file = ours ? join(folder, ours) : pathname === "/page.js" ? join(build, "page.js") : join(root, "web/dist", pathname);
      if (!existsSync(file)) return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
      createReadStream(file).pipe(response);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    browser = await launch(GL);
    page = await browser.newPage();
    page.on("pageerror", (error) => console.error(String(error)));
    await page.goto(`http://127.0.0.1:${server.address().port}/page.html`);
    await page.waitForFunction("globalThis.editors !== undefined", { timeout: PATIENCE });
    await page.evaluate(async () => await globalThis.editors.start());
  });

  after(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Each pixel of each file has the mark that its value stands for. */
  function judge(series, zip) {
    const archive = join(folder, "result.zip");
    writeFileSync(archive, Buffer.from(zip, "base64"));
    const { missing, marked, wrong } = python("judge", archive, join(folder, series));
    assert.deepEqual({ missing, wrong }, { missing: [], wrong: 0 });
    assert.ok(marked > 100);
  }

  const run = (name, ...args) => page.evaluate(async (name, args) => await globalThis.editors[name](...args), name, args);

  for (const series of ["axial", "sagittal", "frames"])
    it(`cornerstone3D, a stack: ${series}`, async () =>
      judge(series, await run("cornerstone", series, made[series], "stack")));

  for (const series of ["coronal", "oblique"])
    it(`cornerstone3D, a volume: ${series}`, async () =>
      judge(series, await run("cornerstone", series, made[series], "volume")));

  it("cornerstone3D: no image is left out in silence", async () => {
    const [noFile, noMap] = await run("refusals", "axial", made.axial);
    assert.match(noFile, /There is no file or no label map for wadouri:axial/);
    assert.match(noMap, /no label map in memory/);
  });

  for (const series of ORIENTATIONS)
    it(`NiiVue: ${series}`, async () => judge(series, await run("niivue", series, made[series])));

  const readers = {
    "itk 14": async (paths) => await createRequire(join(build, "package.json"))("itk/readImageLocalDICOMFileSeries.cjs")(paths),
    "itk-wasm": async (paths) => {
      const entry = fromWeb.resolve("@itk-wasm/dicom").replace("index.js", "index-node.js");
      const { readImageDicomFileSeriesNode } = await import(pathToFileURL(entry).href);
      return (await readImageDicomFileSeriesNode({ inputImages: paths, singleSortedSeries: false })).outputImage;
    },
  };
  for (const [name, read] of Object.entries(readers))
    for (const series of ORIENTATIONS)
      it(`${name}: ${series}`, async () => {
        const image = await read(made[series].map((file) => join(folder, series, file.name)));
        const { size, origin, spacing, direction, imageType } = image;
        const plain = { size: [...size], origin: [...origin], spacing: [...spacing], imageType: { components: imageType.components } };
        const matrix = Array.from(direction.data ?? direction);
        judge(series, await run("itk", series, made[series], { ...plain, data: [], direction: matrix }, Array.from(image.data)));
      });
});
