/** What an integrator's users get: the projects of build.mjs, built for production by Vite and by webpack, used in a browser. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, giveFiles, within } from "../exporter/browsers.mjs";
import { launch } from "../exporter/launch.mjs";
import { makeFolder, native } from "../exporter/native.mjs";
import { itOnce } from "../exporter/once.mjs";
import { serve } from "../exporter/server.mjs";

const projects = fileURLToPath(new URL("../../../build/consumers/", import.meta.url));
const web = fileURLToPath(new URL("../../../web/", import.meta.url));

describe(`consumers in ${browserName}`, () => {
  const { folder, remove } = makeFolder();
  let browser;

  before(async () => {
    assert.ok(existsSync(projects), "`make browser` builds the projects first");
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    remove();
  });

  for (const bundler of ["vite", "webpack"]) {
    for (const isGiven of [false, true]) {
      // What a given address changes no browser decides.
      (isGiven ? itOnce : it)(`built by ${bundler}, ${isGiven ? "with" : "without"} the worker's address, take a series in and give a ZIP out`, async () => {
        const { origin, stop } = await serve(join(projects, bundler, "dist"));
        try {
          await takesSeries(`${origin}/index.html`, `${bundler}-${isGiven}`, isGiven);
        } finally {
          await stop();
        }
      });
    }
  }

  itOnce("served by Vite's development server, do the same", async () => {
    const dev = spawn("npm", ["run", "--silent", "dev"], {
      cwd: join(projects, "vite"),
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const origin = await within(addressOf(dev), "Vite's address");
      await takesSeries(origin, "dev", false);
    } finally {
      process.kill(-dev.pid);
    }
  });

  itOnce("in a classic script learn that the worker's address has to be given, and start with it", async () => {
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
