/** Every file of tests that `TESTS` names, in one process: they share one browser and one Python. */
import { relative } from "node:path";
import { after, describe } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
// First: the browser ends when all files have, not with the first one that starts it.
import "./exporter/launch.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
/** How long one file of tests, and what is still open after all of them, may last, ms: a hang fails, and has a name. */
const LIMIT = 1_200_000;
const REMAINS = 20_000;

// Node waits without end for a server or a child process that a test has left.
after(() => {
  const leave = () => {
    console.error(`Still open after all tests: ${process.getActiveResourcesInfo().join(", ")}`);
    process.exit();
  };
  setTimeout(leave, REMAINS).unref();
});

for (const path of (process.env.TESTS ?? "").split(/\s+/).filter(Boolean))
  describe(relative(here, path), { timeout: LIMIT }, async () => await import(pathToFileURL(path).href));
