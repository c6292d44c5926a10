/** The Python side of the demo's tests: fixtures made and results judged outside the browser. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const interpreter = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));

function run(script, command, args) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const output = execFileSync(interpreter, [path, command, JSON.stringify(args)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(output);
}

/** Run a command of fixtures.py. */
export function make(command, ...args) {
  return run("fixtures.py", command, args);
}

/** Run a command of judge.py. */
export function ask(command, ...args) {
  return run("judge.py", command, args);
}

/** Run a command of mask_files.py. */
export function maskFiles(command, ...args) {
  return run("mask_files.py", command, args);
}
