/** The built package and its runtime, as the page finds them below `dist/`, and the files that it works on. */
import type { PyodideInterface } from "pyodide";
import type { OverlayExporter } from "../../src/index.js";

type Library = typeof import("../../src/index.js");

/** Rows and columns of every image. */
export const SIZE = 512;

const dist = new URL("dist/", document.baseURI).href;
/** The runtime with numpy, for methods that need it. */
const fullRuntimeUrl = `${dist}runtime-full/`;

export const loadLibrary = async (): Promise<Library> => (await import(`${dist}index.js`)) as Library;

/** An exporter with one worker; `runtime-plain` starts without the snapshot. */
export async function startExporter(
  runtime: "runtime" | "runtime-plain" = "runtime",
): Promise<OverlayExporter> {
  const { createOverlayExporter } = await loadLibrary();
  return await createOverlayExporter({ runtimeUrl: `${dist}${runtime}/`, workers: 1 });
}

/** Load Pyodide into this page, with the Python methods that the native run uses too. */
export async function loadPython(): Promise<PyodideInterface> {
  const { loadPyodide } = (await import(`${fullRuntimeUrl}pyodide.mjs`)) as typeof import("pyodide");
  const quiet = { stdout: () => undefined, stderr: () => undefined };
  const pyodide = await loadPyodide({ indexURL: fullRuntimeUrl, packages: ["pydicom", "numpy"], ...quiet });
  pyodide.FS.writeFile("methods.py", await (await fetch("methods.py")).text());
  return pyodide;
}

export async function fetchFile(name: string): Promise<File> {
  const response = await fetch(`workloads/${name}`);
  if (!response.ok) throw new Error(`workloads/${name}: ${response.status}`);
  return new File([await response.arrayBuffer()], name);
}

/** `count` files: those of the page's input, again and again; else files in memory, which share their pixels. */
export async function files(count: number): Promise<File[]> {
  const given = document.querySelector<HTMLInputElement>("#files")?.files ?? [];
  if (given.length > 0) return Array.from({ length: count }, (_, at) => given[at % given.length] as File);
  const headers = await fetchFile("headers.bin");
  const lengths = JSON.parse(await (await fetchFile("headers.json")).text()) as number[];
  const pixels = await fetchFile("pixels.bin");
  let end = 0;
  const parts = lengths.map((length) => {
    end += length;
    return headers.slice(end - length, end);
  });
  return Array.from(
    { length: count },
    (_, at) => new File([parts[at % parts.length] as Blob, pixels], `${at}.dcm`),
  );
}

/** The mask of file `number`, one frame after the other; `bench/workloads.py` computes the same bits. */
export function makeMask(number: number, frames = 1): Uint8Array<ArrayBuffer> {
  const volume = new Uint8Array(frames * SIZE * SIZE);
  for (let frame = 0; frame < frames; frame++) {
    const seed = Math.imul(frames > 1 ? number * 1000 + frame : number, 0x9e3779b1) + 0x7f4a7c15;
    const mask = volume.subarray(frame * SIZE * SIZE, (frame + 1) * SIZE * SIZE);
    for (let index = 0; index < mask.length; index++) {
      let mixed = Math.imul(index ^ seed, 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      mask[index] = mixed >>> 31;
    }
    // The spike's pattern: the first quadrant is set, the rest is chance.
    for (let row = 0; row < SIZE / 2; row++) mask.fill(1, row * SIZE, row * SIZE + SIZE / 2);
  }
  return volume;
}
