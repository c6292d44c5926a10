/** One fact, one test: what no browser decides, our own code or Python's, is shown in one browser. */
import { describe, it } from "node:test";
import { browserName } from "./browsers.mjs";

const isOther = browserName === "firefox";

/** `it` in Chromium, and nothing in the others, which keep what they alone can show. */
export const itOnce = isOther ? () => undefined : it;

/** `describe` in the same way, for files of which nothing runs in the others: no browser is started in vain. */
export const describeOnce = isOther ? () => undefined : describe;
