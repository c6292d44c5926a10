/** The build that OHIF's gallery asks for: one classic script, the extension in a global of the package's name. */
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";

it("is an extension whose id is the package's name, with the keyword that the gallery looks for", () => {
  const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const { name, keywords } = JSON.parse(read("package.json")) as { name: string; keywords: string[] };
  const page: Record<string, unknown> = { document: { currentScript: { src: "https://host/ohif.umd.js" } } };
  runInNewContext(read("dist/ohif.umd.js"), page);
  expect(page[name]).toMatchObject({
    id: name,
    onModeEnter: expect.anything(),
    getPanelModule: expect.anything(),
  });
  expect(keywords).toContain("ohif-extension");
});
