/** Every contender of the benchmark does its job in a browser, on one file; pydicom judges what comes out. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { describeOnce } from "../exporter/once.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const interpreter = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));

describeOnce("the benchmark", () => {
  it("has every contender write a right file", () => {
    const command = ["bench/run.py", "check", "--only", "chromium"];
    const { status, stdout, stderr } = spawnSync(interpreter, command, { cwd: root, encoding: "utf8", timeout: 600_000 });
    assert.equal(status, 0, stderr);
    // Two floors write no plane.
    assert.match(stdout, /chromium, 8 contenders, 6 outputs judged/);
  });
});
