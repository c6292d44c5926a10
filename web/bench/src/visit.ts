/** One visit of a page that needs one file: milliseconds from navigation to the changed file, in `visited`. */
import { fetchFile, loadLibrary } from "./load.js";
import { makeMask } from "./masks.js";

const SIZE = 512;
const base = document.baseURI;

interface Visit {
  readonly ms: number;
  readonly start: string;
  readonly size: number;
  readonly steps: Readonly<Record<string, number>>;
}

const steps: Record<string, number> = {};
const mark = (name: string): void => {
  steps[name] = Math.round(performance.now());
};

async function withExporter(runtime: "runtime" | "runtime-plain"): Promise<{ start: string; blob: Blob }> {
  const file = fetchFile("ct-0000.dcm");
  const { createOverlayExporter } = await loadLibrary();
  let start = "";
  const exporter = await createOverlayExporter({
    runtimeUrl: new URL(`dist/${runtime}/`, base),
    workers: 1,
    onStatus: (status) => {
      if (status.type === "starting") steps[status.note ?? status.phase] ??= Math.round(performance.now());
      if (status.type === "ready") start = status.start;
    },
  });
  mark("ready");
  const { blob } = await exporter.writeOverlays(await file, [{ mask: makeMask(1, SIZE, SIZE) }]);
  exporter.dispose();
  return { start, blob };
}

/** The start of the spike's page, from a stock Pyodide: numpy, micropip, then pydicom from its wheel, one after the other. */
async function asTheSpike(): Promise<{ start: string; blob: Blob }> {
  const stock = new URL("stock/", base).href;
  const { loadPyodide } = (await import(`${stock}pyodide.mjs`)) as typeof import("pyodide");
  const pyodide = await loadPyodide({ indexURL: stock, stdout: () => undefined });
  mark("python");
  await pyodide.loadPackage("numpy");
  await pyodide.loadPackage("micropip");
  const { wheel } = (await (await fetch(`${stock}stock.json`)).json()) as { wheel: string };
  await pyodide.pyimport("micropip").install(`${stock}${wheel}`);
  mark("packages");
  pyodide.FS.writeFile("methods.py", await (await fetch("methods.py")).text());
  const methods = pyodide.pyimport("methods");
  pyodide.FS.writeFile("in.dcm", new Uint8Array(await (await fetchFile("ct-0000.dcm")).arrayBuffer()));
  const asArray = pyodide.runPython("lambda mask: __import__('numpy').frombuffer(mask.to_py(), 'u1')");
  mark("import");
  methods.spike("in.dcm", "out.dcm", asArray(makeMask(1, SIZE, SIZE)));
  return { start: "spike", blob: new Blob([pyodide.FS.readFile("out.dcm") as Uint8Array<ArrayBuffer>]) };
}

const rule = new URLSearchParams(location.search).get("start");
const { start, blob } = await (rule === "spike"
  ? asTheSpike()
  : withExporter(rule === "plain" ? "runtime-plain" : "runtime"));
const visited: Visit = { ms: performance.now(), start, size: blob.size, steps };
Object.assign(globalThis, { visited });
