/** One fact, one test: what no browser decides, our own code or Python's, is shown in one browser. */
import { it } from "node:test";
import { browserName } from "./browsers.mjs";

/** `it` in Chromium, and nothing in the others, which keep what they alone can show. */
export const itOnce = browserName === "firefox" ? () => undefined : it;
