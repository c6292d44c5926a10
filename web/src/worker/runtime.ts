/** Pyodide's start, and every PyProxy. The only module that knows Pyodide. */

import type { PyodideInterface } from "pyodide";
import type { PyProxy } from "pyodide/ffi";
import { OverlayError } from "../errors.js";
import type { StartedInfo, StartPhase } from "../values/status.js";
import type { StartConfig } from "../workers/protocol.js";
import { pythonFault } from "../workers/python-fault.js";
import { Assets, assetError, requireRightFile, unreachable } from "./assets.js";
import type { Bridge, ReadRange } from "./bridge.js";
import { fetchManifest, type Manifest, requireVersions } from "./manifest.js";
import { refusedBy, requireWebAssembly, watchPolicy } from "./policy.js";
import { fetchSnapshot, planStart, type StartPlan } from "./snapshot.js";

/** A started Python. */
export interface Runtime {
  readonly bridge: Bridge;
  readonly info: StartedInfo;
}

/** What a start says while it goes on. */
export interface StatusReport {
  readonly phase: StartPhase;
  readonly loadedBytes: number;
  readonly totalBytes: number;
  readonly note: string | null;
}

type PyodideModule = typeof import("pyodide");
type Handle = ((request: string, buffers: readonly Uint8Array[], read: ReadRange) => PyProxy) & PyProxy;

/** Not the one that a start watches: asking why it failed is no part of it. */
const plainFetch = globalThis.fetch.bind(globalThis);

/** Packages that every start loads; the lock file adds what they depend on. */
const PACKAGES = ["pydicom", "dicom-overlay"];

/**
 * Load Pyodide and import the wheel, or restore the memory of a Python that did; the plain way too when that fails.
 *
 * @throws OverlayError `worker-start-failed` with `detail.cause`, `runtime-mismatch`, `protocol-mismatch`.
 */
export async function startRuntime(
  config: StartConfig,
  tell: (status: StatusReport) => void,
): Promise<Runtime> {
  const begun = performance.now();
  watchPolicy();
  requireWebAssembly();
  const manifest = await fetchManifest(config.runtimeUrl);
  const plan = planStart(config, manifest);
  // Bytes of a start that failed were loaded all the same: the numbers never fall. What still arrives is not told.
  let loaded = 0;
  let current: StartPlan | null = null;
  const attempt = async (tried: StartPlan): Promise<Runtime> => {
    const { start, note } = tried;
    const before = loaded;
    current = tried;
    const counted = (status: StatusReport): void => {
      if (current !== tried) return;
      loaded = before + status.loadedBytes;
      tell({ ...status, loadedBytes: loaded, totalBytes: before + status.totalBytes, note });
    };
    const { bridge, info } = await startOnce(config, manifest, start, counted);
    return { bridge, info: { ...info, milliseconds: performance.now() - begun } };
  };
  if (plan.start === "plain") return await attempt(plan);
  try {
    return await attempt(plan);
  } catch {
    // Whatever it was, the plain start says it better where it fails too; the note tells that it was needed.
    return await attempt({ start: "plain", note: "snapshot-failed" });
  }
}

async function startOnce(
  config: StartConfig,
  manifest: Manifest,
  start: StartPlan["start"],
  tell: (status: StatusReport) => void,
): Promise<Runtime> {
  let phase: StartPhase = "runtime";
  let bytes = { loadedBytes: 0, totalBytes: 0 };
  const say = (): void => tell({ phase, ...bytes, note: null });
  const expected = start === "snapshot" ? snapshotFiles(manifest) : expectedFiles(config);
  const assets = new Assets(foldersOf(config), manifest.files, expected, (loadedBytes, totalBytes) => {
    bytes = { loadedBytes, totalBytes };
    say();
  });
  const enter = (next: StartPhase): void => {
    phase = next;
    say();
  };
  assets.watch();
  try {
    const load = start === "snapshot" ? restorePython : loadPython;
    const pyodide = await Promise.race([load(config, manifest, assets, enter), assets.failure]);
    enter("import");
    const handle = importHandle(pyodide);
    await Promise.race([assets.verified(), assets.failure]);
    const bridge = bridgeOf(handle);
    const version = requireVersion(bridge);
    return { bridge, info: { version, pyodide: pyodide.version, start, milliseconds: 0 } };
  } catch (error) {
    throw await asStartError(error, config.indexUrl ?? config.runtimeUrl);
  } finally {
    assets.release();
  }
}

function foldersOf({ runtimeUrl, indexUrl }: StartConfig): readonly string[] {
  return indexUrl === null ? [runtimeUrl] : [runtimeUrl, indexUrl];
}

/** An error after which this Python answers nothing any more. */
export function isFatal(error: unknown): boolean {
  return typeof error === "object" && error !== null && "pyodide_fatal_error" in error;
}

const CORE = /^(pyodide\.mjs|pyodide\.asm\.js|pyodide\.asm\.wasm|python_stdlib\.zip|pyodide-lock\.json)$/;

function snapshotFiles({ snapshot }: Manifest): (name: string) => boolean {
  return (name) => CORE.test(name) || name === snapshot?.name;
}

function expectedFiles({ packages, indexUrl }: StartConfig): (name: string) => boolean {
  const wheels = new Set([...PACKAGES, ...packages].map(distribution));
  return (name) =>
    name.endsWith(".whl")
      ? wheels.has(distribution(name.split("-")[0] ?? ""))
      : indexUrl === null && CORE.test(name);
}

function distribution(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

async function loadPython(
  { runtimeUrl, indexUrl, packages }: StartConfig,
  manifest: Manifest,
  assets: Assets,
  enter: (phase: StartPhase) => void,
): Promise<PyodideInterface> {
  const indexURL = indexUrl ?? runtimeUrl;
  const loader = (await importModule(`${indexURL}pyodide.mjs`, "pyodide.mjs")) as PyodideModule;
  assets.countModule("pyodide.mjs");
  enter("python");
  const quiet = { stdout: ignoreLine, stderr: ignoreLine };
  if (indexUrl === null) {
    // By the lock file, downloaded while Python itself starts.
    const pyodide = await loader.loadPyodide({ indexURL, packages: [...PACKAGES, ...packages], ...quiet });
    assets.countModule("pyodide.asm.js");
    return pyodide;
  }
  const pyodide = await loader.loadPyodide({ indexURL, packages: [...packages], ...quiet });
  enter("packages");
  const wheels = manifest.files
    .map(({ name }) => name)
    .filter((name) => /^(pydicom|dicom_overlay)-.*\.whl$/.test(name));
  await pyodide.loadPackage(wheels.map((name) => `${runtimeUrl}${name}`));
  return pyodide;
}

/** Put the memory of a Python with everything imported into a new one. Its file system has no wheel. */
async function restorePython(
  { runtimeUrl }: StartConfig,
  manifest: Manifest,
  assets: Assets,
  enter: (phase: StartPhase) => void,
): Promise<PyodideInterface> {
  const snapshot = fetchSnapshot(runtimeUrl, manifest.snapshot?.name ?? "");
  // Pyodide takes its time before it waits for this promise, which may have failed by then.
  snapshot.catch(() => undefined);
  const loader = (await importModule(`${runtimeUrl}pyodide.mjs`, "pyodide.mjs")) as PyodideModule;
  assets.countModule("pyodide.mjs");
  enter("python");
  const quiet = { stdout: ignoreLine, stderr: ignoreLine };
  const pyodide = await loader.loadPyodide({ indexURL: runtimeUrl, _loadSnapshot: snapshot, ...quiet });
  assets.countModule("pyodide.asm.js");
  const bridge = pyodide.pyimport("dicom_overlay.bridge");
  try {
    bridge.renew();
  } finally {
    bridge.destroy();
  }
  return pyodide;
}

/** Pyodide tells of each package it loads; the page is told by status messages, not on its console. */
function ignoreLine(): void {
  // nothing of Python's output is wanted
}

async function importModule(url: string, file: string): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ url);
  } catch (error) {
    throw (
      (await explainModule(url, file)) ??
      assetError("It is no JavaScript module.", { cause: "module", file }, error)
    );
  }
}

/** Why a module could not be imported, which the browser does not say; `null` where there is nothing wrong with it. */
async function explainModule(url: string, file: string): Promise<OverlayError | null> {
  try {
    requireRightFile(await plainFetch(url, { cache: "no-cache" }), file);
  } catch (error) {
    return error instanceof OverlayError ? error : await unreachable(url, file, error);
  }
  const directive = await refusedBy(url);
  if (directive === null) return null;
  const message = `The Content-Security-Policy of the worker's script refuses it (${directive}).`;
  return assetError(message, { cause: "content-security-policy", file, directive });
}

function importHandle(pyodide: PyodideInterface): Handle {
  const module = pyodide.pyimport("dicom_overlay.bridge");
  try {
    // A copy: what was read from a proxy is destroyed with it.
    return (module.handle as Handle).copy() as Handle;
  } finally {
    module.destroy();
  }
}

function bridgeOf(handle: Handle): Bridge {
  return {
    call(request, buffers, read) {
      const reply = callPython(handle, request, buffers, read);
      try {
        // One crossing: the string as it is, each bytes object as a Uint8Array with a copy of its own.
        return reply.toJs({ create_pyproxies: false }) as [string, Uint8Array[]];
      } finally {
        reply.destroy();
      }
    },
  };
}

function callPython(
  handle: Handle,
  request: string,
  buffers: readonly Uint8Array[],
  read: ReadRange,
): PyProxy {
  try {
    return handle(request, buffers, read);
  } catch (error) {
    // A traceback quotes values; its class and place do not.
    throw error instanceof Error && "type" in error && !isFatal(error) ? pythonFault(error) : error;
  }
}

function requireVersion(bridge: Bridge): string {
  const [json] = bridge.call(JSON.stringify([{ type: "version" }]), [], () => new Uint8Array());
  const [{ ok }] = JSON.parse(json) as [{ ok: { version: string; protocol: number } }];
  requireVersions(ok.protocol, ok.version);
  return ok.version;
}

/** No file was read yet, so Python's own words can hold nothing of a patient. */
async function asStartError(error: unknown, indexURL: string): Promise<OverlayError> {
  if (error instanceof OverlayError) return error;
  // Pyodide imports this one itself.
  const file = "pyodide.asm.js";
  const fault = await explainModule(`${indexURL}${file}`, file);
  if (fault !== null) return fault;
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.trim().split("\n");
  const reason = (text.startsWith("Traceback") ? lines.at(-1) : lines[0]) ?? "";
  const detail = { cause: "python", reason };
  return new OverlayError("worker-start-failed", "Python did not start.", detail, { cause: error });
}
