import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const SOURCE = new URL("../src/", import.meta.url);

/** For each folder, and each module at the top, what it may import beside itself. `python/` has the same test. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  notices: [],
  values: ["errors", "notices"],
  masks: ["errors", "notices", "values"],
  workers: ["errors", "notices", "values", "masks"],
  worker: ["errors", "notices", "values", "masks", "workers"],
  series: ["errors", "notices", "values", "masks", "workers"],
  sinks: ["errors", "values"],
  dicomweb: ["errors", "values"],
  exporter: ["errors", "values", "masks", "workers", "series"],
  pyodide: ["errors", "values", "masks", "workers"],
  index: ["errors", "notices", "values", "masks", "sinks", "exporter", "pyodide"],
};

/** What the worker's script takes from the folders that it shares with the page: whatever it names, it carries. */
const SHARED = [
  "errors",
  "values/contents",
  "values/plane",
  "values/status",
  "masks/packing",
  "masks/wire-planes",
  "workers/cors",
  "workers/protocol",
  "workers/python-fault",
  "workers/versions",
];

const modules = new Map(
  readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => [path.replace(/\.ts$/, ""), importsOf(path)] as const),
);

function importsOf(path: string): readonly string[] {
  const text = readFileSync(new URL(path, SOURCE), "utf8");
  return [...text.matchAll(/(?:from|import\() ?"(\.[^"]+)\.js"/g)].map(([, to = ""]) =>
    new URL(to, new URL(path, SOURCE)).href.slice(SOURCE.href.length),
  );
}

const partOf = (name: string): string => name.split("/")[0] ?? "";

describe("the package's modules", () => {
  it("are all in a part that this test knows", () => {
    expect(new Set([...modules.keys()].map(partOf))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  });

  it("import only from parts below their own", () => {
    const upward = [...modules].flatMap(([name, imports]) =>
      imports
        .filter((other) => partOf(other) !== partOf(name))
        .filter((other) => !MAY_IMPORT[partOf(name)]?.includes(partOf(other)))
        .map((other) => `${name} imports ${other}`),
    );

    expect(upward).toEqual([]);
  });

  it("share few with the worker's script", () => {
    const shared = [...modules].flatMap(([name, imports]) =>
      partOf(name) === "worker" ? imports.filter((other) => partOf(other) !== "worker") : [],
    );

    expect([...new Set(shared)].sort()).toEqual([...SHARED].sort());
  });

  it("never reach themselves through their imports", () => {
    const left = new Map(modules);
    for (let isProgress = true; isProgress; ) {
      const free = [...left].filter(([, imports]) => !imports.some((other) => left.has(other)));
      for (const [name] of free) left.delete(name);
      isProgress = free.length > 0;
    }

    expect([...left.keys()]).toEqual([]);
  });
});
