/** Pyodide's start, and every PyProxy. The only module that knows Pyodide. */

import type { PyodideInterface } from "pyodide";
import type { PyProxy } from "pyodide/ffi";
import { OverlayError } from "../errors.js";
import type { StartedInfo, StartPhase } from "../values/status.js";
import type { StartConfig, StartStatus } from "../workers/protocol.js";
import { pythonFault } from "../workers/python-fault.js";
import { Assets, refusedByPolicy } from "./assets.js";
import type { Bridge, ReadRange } from "./bridge.js";
import { fetchManifest, type Manifest, requireVersions } from "./manifest.js";
import { requireWebAssembly, watchPolicy } from "./policy.js";
import { fetchSnapshot, type Obstacle, snapshotObstacle } from "./snapshot.js";

/** A started Python. */
export interface Runtime {
  readonly bridge: Bridge;
  readonly info: StartedInfo;
}

type PyodideModule = typeof import("pyodide");
type Handle = ((request: string, buffers: readonly Uint8Array[], read: ReadRange) => PyProxy) & PyProxy;

/** Packages that the plain start loads; the lock file adds what they depend on. */
const PACKAGES = ["pydicom", "dicom-overlay"];

/** Scripts of Pyodide, which run as they come: they are compared before, and imported after. */
const SCRIPTS = ["pyodide.mjs", "pyodide.asm.js"] as const;

/** One way to start, and why the other one was not taken. */
interface StartPlan {
  readonly start: "plain" | "snapshot";
  readonly note: Obstacle | "snapshot-failed";
}

/**
 * Load Pyodide and import the wheel, or restore the memory of a Python that did; the plain way too when that fails.
 *
 * @throws OverlayError `worker-start-failed` with `detail.cause`, `runtime-mismatch`, `protocol-mismatch`.
 */
export async function startRuntime(
  { runtimeUrl }: StartConfig,
  tell: (status: StartStatus) => void,
): Promise<Runtime> {
  const begun = performance.now();
  watchPolicy();
  requireWebAssembly();
  const manifest = await fetchManifest(runtimeUrl);
  // The bytes of a failed start still count, so that the numbers never fall. Bytes that arrive later are not reported.
  let loaded = 0;
  let current: StartPlan | null = null;
  const attempt = async (tried: StartPlan): Promise<Runtime> => {
    const before = loaded;
    current = tried;
    const counted = (status: StartStatus): void => {
      if (current !== tried) return;
      loaded = before + status.loadedBytes;
      tell({ ...status, loadedBytes: loaded, totalBytes: before + status.totalBytes, note: tried.note });
    };
    const { bridge, info } = await startOnce(runtimeUrl, manifest, tried.start, counted);
    return { bridge, info: { ...info, milliseconds: performance.now() - begun } };
  };
  const obstacle = snapshotObstacle(manifest);
  if (obstacle !== null) return await attempt({ start: "plain", note: obstacle });
  try {
    return await attempt({ start: "snapshot", note: null });
  } catch {
    // Whatever it was, the plain start says it better where it fails too; the note tells that it was needed.
    return await attempt({ start: "plain", note: "snapshot-failed" });
  }
}

async function startOnce(
  runtimeUrl: string,
  manifest: Manifest,
  start: StartPlan["start"],
  tell: (status: StartStatus) => void,
): Promise<Runtime> {
  let phase: StartPhase = "runtime";
  let bytes = { loadedBytes: 0, totalBytes: 0 };
  const say = (): void => tell({ phase, ...bytes, note: null });
  const expected = start === "snapshot" ? snapshotFiles(manifest) : plainFiles;
  const assets = new Assets(runtimeUrl, manifest.files, expected, (loadedBytes, totalBytes) => {
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
    const pyodide = await Promise.race([load(runtimeUrl, manifest, assets, enter), assets.failure]);
    enter("import");
    const handle = importHandle(pyodide);
    await Promise.race([assets.verified(), assets.failure]);
    const bridge = bridgeOf(handle);
    const version = requireVersion(bridge);
    return { bridge, info: { version, pyodide: pyodide.version, start, milliseconds: 0 } };
  } catch (error) {
    throw await asStartError(error, runtimeUrl);
  } finally {
    assets.release();
  }
}

/** An error after which this Python no longer answers. */
export function isFatal(error: unknown): boolean {
  return typeof error === "object" && error !== null && "pyodide_fatal_error" in error;
}

const CORE = /^(pyodide\.mjs|pyodide\.asm\.js|pyodide\.asm\.wasm|python_stdlib\.zip|pyodide-lock\.json)$/;
const WHEEL = /^(pydicom|dicom_overlay)-.*\.whl$/;

function snapshotFiles({ snapshot }: Manifest): (name: string) => boolean {
  return (name) => CORE.test(name) || name === snapshot?.name;
}

function plainFiles(name: string): boolean {
  return CORE.test(name) || WHEEL.test(name);
}

async function loadPython(
  runtimeUrl: string,
  _manifest: Manifest,
  assets: Assets,
  enter: (phase: StartPhase) => void,
): Promise<PyodideInterface> {
  const loader = await importLoader(runtimeUrl, assets);
  enter("python");
  // The packages are downloaded, by the lock file, while Python itself starts.
  return await loader.loadPyodide({ indexURL: runtimeUrl, packages: PACKAGES, ...QUIET });
}

/** Put the memory of a Python with everything imported into a new one. Its file system has no wheel. */
async function restorePython(
  runtimeUrl: string,
  manifest: Manifest,
  assets: Assets,
  enter: (phase: StartPhase) => void,
): Promise<PyodideInterface> {
  const snapshot = fetchSnapshot(runtimeUrl, manifest.snapshot?.name ?? "");
  // Pyodide takes its time before it waits for this promise, which may have failed by then.
  snapshot.catch(() => undefined);
  const loader = await importLoader(runtimeUrl, assets);
  enter("python");
  const pyodide = await loader.loadPyodide({ indexURL: runtimeUrl, _loadSnapshot: snapshot, ...QUIET });
  const bridge = pyodide.pyimport("dicom_overlay.bridge");
  try {
    bridge.renew();
  } finally {
    bridge.destroy();
  }
  return pyodide;
}

/** Import Pyodide's loader, once its scripts are known to be those of `runtime.json`. */
async function importLoader(runtimeUrl: string, assets: Assets): Promise<PyodideModule> {
  await Promise.all(SCRIPTS.map((name) => assets.compare(name)));
  const [file] = SCRIPTS;
  const url = `${runtimeUrl}${file}`;
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as PyodideModule;
  } catch (error) {
    const refused = await refusedByPolicy(url, file, error);
    if (refused !== null) throw refused;
    const message = `${file} could not be imported as a JavaScript module.`;
    throw new OverlayError("worker-start-failed", message, { cause: "module", file }, error);
  }
}

/** Pyodide tells of each package it loads; the page is told by status messages, not on its console. */
const QUIET = { stdout: (): void => undefined, stderr: (): void => undefined };

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
async function asStartError(error: unknown, runtimeUrl: string): Promise<OverlayError> {
  if (error instanceof OverlayError) return error;
  // Pyodide imports its second script itself.
  const [, script] = SCRIPTS;
  const refused = await refusedByPolicy(`${runtimeUrl}${script}`, script, error);
  if (refused !== null) return refused;
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.trim().split("\n");
  const reason = (text.startsWith("Traceback") ? lines.at(-1) : lines[0]) ?? "";
  const detail = { cause: "python", reason };
  return new OverlayError("worker-start-failed", "Python did not start.", detail, error);
}
