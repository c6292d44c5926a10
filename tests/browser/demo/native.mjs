/** The Python side of the demo's tests: fixtures made and results judged outside the browser. */
import { fileURLToPath } from "node:url";
import { ask as askPython } from "../python.mjs";

const [fixtures, judge, masks] = ["fixtures.py", "judge.py", "mask_files.py"].map((name) => fileURLToPath(new URL(name, import.meta.url)));

/** Call a function of fixtures.py. */
export const make = (name, ...args) => askPython(fixtures, name, ...args);

/** Call a function of judge.py. */
export const ask = (name, ...args) => askPython(judge, name, ...args);

/** Call a function of mask_files.py. */
export const maskFiles = (name, ...args) => askPython(masks, name, ...args);
