/** The Worker of this package's own script, however the page was bundled. The only module that says `new Worker`. */
import { OverlayError } from "../errors.js";
import { wrong } from "../values/check.js";
import { isOtherOrigin } from "./addresses.js";

/** What a worker is made from: the package's own script (`null`), an address, or the caller's function. */
export type WorkerSource = string | null | (() => Worker);

/** A worker, and where its script lies where that is known. */
export interface MadeWorker {
  readonly worker: Worker;
  readonly script: string | null;
  /** Call it once the script has begun, or will not. */
  readonly release: () => void;
}

/** @throws OverlayError `worker-start-failed` where the browser refuses at once; `detail.cause` says why. */
export function makeWorker(source: WorkerSource, name: string): MadeWorker {
  if (typeof source === "function")
    return { worker: calledFor(source), script: null, release: () => undefined };
  try {
    const script = source ?? ownScript();
    const local = isOtherOrigin(script) ? importing(script) : script;
    const release = (): void => {
      if (local.startsWith("blob:") && local !== script) URL.revokeObjectURL(local);
    };
    const worker = new Worker(trusted(local), { type: "module", name });
    return { worker, script, release };
  } catch (error) {
    throw explainRefusal(error);
  }
}

function calledFor(make: () => Worker): Worker {
  let worker: Worker;
  try {
    worker = make();
  } catch (error) {
    const message = "The function given as `worker` threw an error.";
    throw new OverlayError("worker-start-failed", message, { cause: "refused" }, error);
  }
  if (typeof worker?.postMessage === "function") return worker;
  throw wrong("a function that returns a Worker", "worker");
}

/** The address of the package's own script, in the form that bundlers recognize and rewrite. */
function ownScript(): string {
  try {
    return new URL("./worker/main.js", import.meta.url).href;
  } catch (error) {
    const message =
      "This bundle does not know its own address (`import.meta.url` is empty, as in a classic script), so the worker's script cannot be found: give its address as `worker`.";
    throw new OverlayError("worker-start-failed", message, { cause: "no-script-address" }, error);
  }
}

/** Workers must be of the page's own origin; their imports need not be. */
function importing(script: string): string {
  const text = `import ${JSON.stringify(script)};`;
  // A page without an origin of its own, as in a sandboxed frame: Chromium makes no module worker from its `blob:` addresses.
  if (globalThis.origin === "null") return `data:text/javascript,${encodeURIComponent(text)}`;
  return URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
}

/** The part of Trusted Types that this module uses; TypeScript does not know them yet. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | null = null;

function trustedTypes(): TrustedTypes | undefined {
  return (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
}

/** Under Trusted Types an address alone makes no worker; the page allows our policy by its name. */
function trusted(address: string): string {
  try {
    policy ??= trustedTypes()?.createPolicy("dicom-overlay", { createScriptURL: (url) => url }) ?? null;
  } catch {
    // The page may name its policies and demand none; where it does, `new Worker` says so.
    return address;
  }
  return policy?.createScriptURL(address) ?? address;
}

function explainRefusal(error: unknown): OverlayError {
  if (error instanceof OverlayError) return error;
  if (typeof globalThis.Worker !== "function") {
    const message =
      "There are no Web Workers here, as in Node.js or in tests with jsdom: the exporter needs a browser.";
    return new OverlayError("worker-start-failed", message, { cause: "no-workers" }, error);
  }
  if (trustedTypes() !== undefined && policy === null && error instanceof TypeError) {
    const message =
      "The page demands Trusted Types and allows no policy `dicom-overlay`: add it to its `trusted-types`, or give `worker` as a function.";
    return new OverlayError("worker-start-failed", message, { cause: "trusted-types" }, error);
  }
  const message = "The browser refused to make the worker.";
  return new OverlayError("worker-start-failed", message, { cause: "refused" }, error);
}
