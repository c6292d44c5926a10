/** What an integrator's users get: the projects of build.mjs, built for production by Vite and by webpack, used in a browser. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, giveFiles, launch } from "../exporter/browsers.mjs";
import { makeFolder, native } from "../exporter/native.mjs";
import { itOnce } from "../exporter/once.mjs";
import { serve } from "../exporter/server.mjs";

const projects = fileURLToPath(new URL("../../../build/consumers/", import.meta.url));

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
    for (const [kind, words] of [["named", "that name the worker"], ["found", "that leave the worker to the bundler"]]) {
      it(`${words}, built by ${bundler}, take a series in and give a ZIP out`, async () => {
        const { origin, stop } = await serve(join(projects, bundler, "dist"));
        try {
          await takesSeries(`${origin}/${kind}.html`, `${bundler}-${kind}`);
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
      const origin = await addressOf(dev);
      for (const kind of ["named", "found"]) await takesSeries(`${origin}${kind}.html`, `dev-${kind}`);
    } finally {
      process.kill(-dev.pid);
    }
  });

  async function takesSeries(url, name) {
    const paths = native("series", folder, native("find", "CT_small.dcm"), [[0, 0, 2], [0, 0, 1]], {});
    const page = await browser.newPage();
    const uncaught = [];
    page.on("pageerror", (error) => uncaught.push(String(error?.message ?? error)));
    await page.goto(url);
    await page.waitForSelector("body[data-ready]");
    await giveFiles(page, ...paths);
    const zip = await page.evaluate(() => globalThis.run());
    const worker = await page.evaluate(async () => {
      if (globalThis.workerUrl === undefined) return "text/javascript";
      const response = await fetch(globalThis.workerUrl);
      return response.ok ? response.headers.get("content-type") : response.status;
    });
    await page.close();
    assert.match(worker, /^text\/javascript/);
    assert.deepEqual(uncaught, []);
    const archive = join(folder, `${name}.zip`);
    writeFileSync(archive, Buffer.from(zip, "base64"));
    const planes = Object.values(native("unzip", archive, join(folder, `${name}-unzipped`)));
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
