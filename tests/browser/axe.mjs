/** What axe-core finds on a page that keeps people out: only a browser lays out what it looks at. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(fileURLToPath(new URL("../../web/package.json", import.meta.url)));
const script = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Rules about colours look at every letter and cost most: they run where colours are new, and alone where nothing else is. */
const RULES = {
  all: {},
  colours: { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } },
  structure: { rules: { "color-contrast": { enabled: false } } },
};

/**
 * Serious and critical findings in what `where` selects, as short lines.
 *
 * @param which - the rules: `all`, only those about `colours`, or the `structure` without them.
 */
export async function seriousFindings(page, which = "all", where = "html") {
  // Evaluated from outside, as a page's own policy lets no foreign script in.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(script);
  const options = { ...RULES[which], resultTypes: ["violations"], preload: false };
  const { violations } = await page.evaluate(async (place, given) => await globalThis.axe.run(place, given), where, options);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}
