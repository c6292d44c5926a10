/** What an integrator does: install the packed package in a fresh project, build it for production, use it. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, giveFiles, launch } from "../exporter/browsers.mjs";
import { makeFolder, native } from "../exporter/native.mjs";
import { serve } from "../exporter/server.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));
const web = fileURLToPath(new URL("../../../web/", import.meta.url));

/** Run npm quietly; what it said is part of the error when it fails. */
function npm(folder, ...args) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  return execFileSync("npm", [...args, ...quiet], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe(`consumers in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let browser;
  let tarball;

  before(async () => {
    const [packed] = JSON.parse(npm(web, "pack", "--json", "--ignore-scripts", "--pack-destination", folder));
    tarball = join(folder, packed.filename);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    remove();
  });

  for (const bundler of ["vite", "webpack"]) {
    it(`built by ${bundler}, take a series in and give a ZIP out`, async () => {
      const project = install(bundler);
      npm(project, "run", "build");
      const { origin, stop } = await serve(join(project, "dist"));
      try {
        await takesSeries(`${origin}/index.html`, bundler, false);
        await takesSeries(`${origin}/index.html`, bundler, true);
      } finally {
        await stop();
      }
    });
  }

  it("served by Vite's development server, do the same", async () => {
    const project = join(folder, "vite");
    const dev = spawn("npm", ["run", "--silent", "dev"], { cwd: project, detached: true, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const origin = await addressOf(dev);
      await takesSeries(origin, "dev", false);
      await takesSeries(origin, "dev", true);
    } finally {
      process.kill(-dev.pid);
    }
  });

  it("in a classic script learn that the worker's address has to be given, and start with it", async () => {
    const site = join(folder, "iife");
    mkdirSync(site);
    const entry = `export * from ${JSON.stringify(join(web, "dist/index.js"))};`;
    const options = ["--bundle", "--format=iife", "--global-name=library", "--log-level=error", `--outfile=${join(site, "library.js")}`];
    execFileSync(join(web, "node_modules/.bin/esbuild"), options, { input: entry, cwd: web });
    writeFileSync(join(site, "index.html"), '<!doctype html><title>iife</title><script src="library.js"></script>');
    cpSync(join(web, "dist/runtime"), join(site, "runtime"), { recursive: true });
    cpSync(join(web, "dist/worker/main.js"), join(site, "worker.js"));
    const { origin, stop } = await serve(site);
    const page = await browser.newPage();
    try {
      await page.goto(`${origin}/index.html`);
      const found = await page.evaluate(async () => {
        const start = (worker) => library.createOverlayExporter({ runtimeUrl: "runtime/", worker });
        const error = await start().catch((caught) => caught);
        const exporter = await start("worker.js");
        exporter.dispose();
        return [error.code, error.detail];
      });
      assert.deepEqual(found, ["worker-start-failed", { cause: "no-script-address" }]);
    } finally {
      await page.close();
      await stop();
    }
  });

  /** One step with the lock file; `npm ci` refuses locks without the optional packages of other platforms. */
  function install(bundler) {
    const project = join(folder, bundler);
    cpSync(join(here, bundler), project, { recursive: true, filter: (path) => !path.includes("node_modules") });
    npm(project, "install", "--no-save", "--prefer-offline", tarball);
    return project;
  }

  async function takesSeries(url, name, isGiven) {
    const paths = native("series", folder, native("find", "CT_small.dcm"), [[0, 0, 2], [0, 0, 1]], {});
    const page = await browser.newPage();
    const uncaught = [];
    page.on("pageerror", (error) => uncaught.push(String(error?.message ?? error)));
    await page.goto(url);
    await page.waitForSelector("body[data-ready]");
    await giveFiles(page, ...paths);
    const zip = await page.evaluate((given) => globalThis.run(given), isGiven);
    const worker = await page.evaluate(async () => {
      if (globalThis.workerUrl === undefined) return "text/javascript";
      const response = await fetch(globalThis.workerUrl);
      return response.ok ? response.headers.get("content-type") : response.status;
    });
    await page.close();
    assert.match(worker, /^text\/javascript/);
    assert.deepEqual(uncaught, []);
    const archive = join(folder, `${name}-${isGiven}.zip`);
    writeFileSync(archive, Buffer.from(zip, "base64"));
    const planes = Object.values(native("unzip", archive, join(folder, `${name}-${isGiven}-unzipped`)));
    assert.equal(planes.length, 2);
    for (const [plane, ...others] of planes) {
      assert.deepEqual([plane.group, plane.label, others], [0x6000, "Liver", []]);
      assert.equal(plane.sha256, native("mask_hash", 128 * 128, 0));
      assert.equal(plane.pixels, native("pixels", paths[0]));
    }
  }
});

/** What Vite prints once it listens, colours aside. */
function addressOf(dev) {
  return new Promise((resolve, reject) => {
    let said = "";
    dev.once("exit", () => reject(new Error(`Vite ended: ${said}`)));
    dev.stdout.on("data", (chunk) => {
      said += String(chunk).replaceAll(/\u001b\[\d+m/g, "");
      const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
}
