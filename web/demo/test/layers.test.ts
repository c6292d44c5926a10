/** The folders of the page as a table: each imports only from those below it, and no two modules import each other. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));
/** From the top down; CONTRIBUTING.md says what each is for. */
const FLOORS = [
  ".",
  "panels",
  "actions",
  "view",
  "masks",
  "mark",
  "export",
  "open",
  "model",
  "image",
  "words",
  "workers",
  "shell",
];
const LONGEST = 400;

const modules = new Map(
  readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => path.replaceAll("\\", "/"))
    .map((path) => [path, readFileSync(join(SOURCE, path), "utf8")]),
);

/** Modules of the page that `path` names in an import, an export or a worker's address. */
function importsOf(path: string): string[] {
  const named = (modules.get(path) ?? "").matchAll(/(?:from|import|import\(|URL\()\s*"(\.[^"]+)"/g);
  return [...named].flatMap(([, name = ""]) => {
    const target = normalize(join(dirname(path), name)).replaceAll("\\", "/");
    return [target, target.replace(/js$/, "ts"), target.replace(/js$/, "tsx")].filter((one) =>
      modules.has(one),
    );
  });
}

const floorOf = (path: string): number => FLOORS.indexOf(dirname(path));

it("finds the page's modules", () => {
  expect(modules.size).toBeGreaterThan(50);
  expect(importsOf("main.tsx")).toContain("panels/page.tsx");
  expect(importsOf("image/workers.ts")).toContain("image/worker.ts");
});

it("has a floor for each folder", () => {
  const unknown = [...modules.keys()].filter((path) => floorOf(path) < 0);
  expect(unknown).toEqual([]);
});

it("imports only from the same folder or from one below it", () => {
  const upwards = [...modules.keys()].flatMap((path) =>
    importsOf(path)
      .filter((target) => floorOf(target) < floorOf(path))
      .map((target) => `${path} → ${target}`),
  );
  expect(upwards).toEqual([]);
});

it("has no circle of imports", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(" → "));
    if (above.includes(path) || done.has(path)) return;
    for (const target of importsOf(path)) visit(target, [...above, path]);
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  expect(circles).toEqual([]);
});

it("keeps each module short enough to read", () => {
  const long = [...modules].filter(
    ([path, text]) => !path.startsWith("words/") && text.split("\n").length > LONGEST,
  );
  expect(long.map(([path]) => path)).toEqual([]);
});
