/** Every file of tests that `TESTS` names, in one process: they share one browser and one Python. */
import { pathToFileURL } from "node:url";

for (const path of (process.env.TESTS ?? "").split(/\s+/).filter(Boolean)) await import(pathToFileURL(path).href);
