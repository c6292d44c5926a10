/** The built package and its runtime, as the page finds them: below `dist/`. */
import type { PyodideInterface } from "pyodide";

type Library = typeof import("../../src/index.js");

const dist = new URL("dist/", document.baseURI).href;
export const runtimeUrl = `${dist}runtime/`;
/** The runtime with numpy, for methods that need it. */
const fullRuntimeUrl = `${dist}runtime-full/`;

export const loadLibrary = async (): Promise<Library> => (await import(`${dist}index.js`)) as Library;

/** Load Pyodide into this page, with the Python methods that the native run uses too. */
export async function loadPython(packages: readonly string[]): Promise<PyodideInterface> {
  const { loadPyodide } = (await import(`${fullRuntimeUrl}pyodide.mjs`)) as typeof import("pyodide");
  const quiet = { stdout: () => undefined, stderr: () => undefined };
  const pyodide = await loadPyodide({ indexURL: fullRuntimeUrl, packages: [...packages], ...quiet });
  pyodide.FS.writeFile("methods.py", await (await fetch("methods.py")).text());
  return pyodide;
}

export async function fetchFile(name: string): Promise<File> {
  const response = await fetch(`workloads/${name}`);
  if (!response.ok) throw new Error(`workloads/${name}: ${response.status}`);
  return new File([await response.arrayBuffer()], name);
}
