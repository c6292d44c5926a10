/** The Python side of the tests: one process for all that a test file asks, since a start takes longer than most answers. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const interpreter = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const script = fileURLToPath(new URL("answers.py", import.meta.url));
let pipes = null;

/** Call a function of a Python file, and wait for its answer; arguments and answer are JSON. */
export function ask(file, name, ...args) {
  pipes ??= start();
  try {
    writeSync(pipes.questions, `${JSON.stringify([file, name, args])}\n`);
    return JSON.parse(readLine(pipes.answers));
  } catch (cause) {
    pipes = null;
    throw new Error(`${file} gave no answer to ${name}`, { cause });
  }
}

function start() {
  const folder = mkdtempSync(join(tmpdir(), "dicom-overlay-python-"));
  const [questions, answers] = ["questions", "answers"].map((name) => join(folder, name));
  execFileSync("mkfifo", [questions, answers]);
  const run = 'exec "$0" "$1" <"$2" >"$3"';
  spawn("sh", ["-c", run, interpreter, script, questions, answers], { stdio: ["ignore", "ignore", "inherit"] }).unref();
  // Each waits for the shell to open the other end, in this order.
  const opened = { questions: openSync(questions, "w"), answers: openSync(answers, "r") };
  rmSync(folder, { recursive: true });
  return opened;
}

function readLine(descriptor) {
  const parts = [];
  const buffer = Buffer.alloc(65536);
  for (;;) {
    const length = readSync(descriptor, buffer);
    if (length === 0) throw new Error("Python has ended");
    parts.push(Buffer.from(buffer.subarray(0, length)));
    if (buffer[length - 1] === 10) return Buffer.concat(parts).toString("utf8");
  }
}
