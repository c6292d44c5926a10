/** Every contender of the benchmark does its job in this browser; pydicom judges what comes out. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { browserName, launch } from "../exporter/browsers.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const interpreter = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));

function run(...args) {
  return spawnSync(interpreter, ["bench/run.py", ...args], { cwd: root, encoding: "utf8" });
}

describe(`the benchmark in ${browserName}`, () => {
  it("has every contender write two right files", () => {
    const { status, stdout, stderr } = run("check", "--only", browserName);
    assert.equal(status, 0, stderr);
    // Nine methods write two files each, the one with the per-pixel loop writes one; two floors write none.
    assert.match(stdout, new RegExp(`${browserName}, 11 contenders, 17 outputs judged`));
  });

  it("runs by hand too: Start fills the table, the chart and the JSON", async () => {
    const { origin, stop } = await servePage();
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(origin);
      await page.$eval("#count", (input) => {
        input.value = "2";
      });
      await page.click("#start");
      await page.waitForFunction("/^(Done|Stopped)/.test(document.querySelector('#status').textContent)");
      const found = await page.evaluate(() => ({
        times: Array.from({ length: 100_000 }, () => performance.now()),
        status: document.querySelector("#status").textContent,
        verdicts: [...document.querySelectorAll("tbody tr td:last-child")].map((cell) => cell.textContent),
        bars: document.querySelectorAll("#chart rect").length,
        lines: JSON.parse(document.querySelector("#json").textContent).lines.length,
      }));
      // Firefox tells whole milliseconds where nothing has it tell more: the page then shows means, and says so.
      const means = " This browser's clock tells whole milliseconds, so these are means, not medians.";
      assert.equal(found.status, `Done, 2 files each.${found.times.every(Number.isInteger) ? means : ""}`);
      assert.deepEqual(
        [...new Set(found.verdicts)].sort(),
        ["2 read back, equal", "no overlay written"],
      );
      assert.deepEqual([found.bars, found.lines], [found.verdicts.length, found.verdicts.length]);
    } finally {
      await browser.close();
      await stop();
    }
  });
});

/** `bench/run.py serve`, once it has told its address. */
async function servePage() {
  const server = spawn(interpreter, ["bench/run.py", "serve"], { cwd: root });
  const ended = new Promise((resolve) => server.on("exit", resolve));
  // Not `for await`: leaving it closes the pipe, and the server dies of its next line.
  let text = "";
  const origin = await new Promise((resolve, reject) => {
    server.stdout.on("data", (chunk) => {
      text += chunk;
      const [found] = /http:\/\/\S+/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => reject(new Error(`no address: ${text}`)));
  });
  return {
    origin,
    async stop() {
      server.kill("SIGINT");
      await ended;
    },
  };
}
