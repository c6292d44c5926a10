/** The Worker of this package's own script, however the page was bundled. The only module that says `new Worker`. */
import { OverlayError } from "../errors.js";

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
    const { script, options } = source === null ? ownScript() : { script: source, options: {} };
    const isForeign = isOtherOrigin(script);
    const local = isForeign ? importing(script) : script;
    const release = (): void => {
      if (isForeign) URL.revokeObjectURL(local);
    };
    // A bundler's own options come after: a bundle of classic scripts has no module worker.
    const worker = new Worker(trusted(local), { type: "module", ...options, name });
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
    throw refused("The function given as `worker` threw an error.", "refused", error);
  }
  if (typeof worker?.postMessage === "function") return worker;
  throw new OverlayError("invalid-request", "Expected a function that returns a Worker.", {
    field: "worker",
  });
}

interface OwnScript {
  readonly script: string;
  readonly options: WorkerOptions;
}

/**
 * Return what the bundler made of the one expression that Vite and webpack follow to bundle the worker.
 *
 * They know it by its form alone, `new Worker(new URL("…", import.meta.url), …)`; but its address is needed without a
 * worker (Trusted Types want a policy's value, and a failed start is explained by asking for the script), and neither
 * takes a `name` that is computed. So for this one expression `Worker` is a function that writes its arguments down.
 */
function ownScript(): OwnScript {
  const native = globalThis.Worker;
  let found: OwnScript | null = null;
  function note(script: string | URL, options: WorkerOptions = {}): object {
    found = { script: String(script), options };
    return {};
  }
  globalThis.Worker = note as unknown as typeof Worker;
  try {
    new Worker(new URL("./worker/main.js", import.meta.url), { type: "module" });
  } finally {
    globalThis.Worker = native;
  }
  if (found === null) throw new Error("the bundler made another expression of it");
  return found;
}

function isOtherOrigin(script: string): boolean {
  const { origin, protocol } = new URL(script, globalThis.location?.href);
  return (protocol === "http:" || protocol === "https:") && origin !== globalThis.location?.origin;
}

/** Workers must be of the page's own origin; their imports need not be. */
function importing(script: string): string {
  const text = `import ${JSON.stringify(script)};`;
  return URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
}

/** What this module uses of Trusted Types, which TypeScript does not know yet. */
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
  if (trustedTypes() !== undefined && policy === null && error instanceof TypeError) {
    const message =
      "The page demands Trusted Types and allows no policy `dicom-overlay`: add it to its `trusted-types`, or give `worker` as a function.";
    return refused(message, "trusted-types", error);
  }
  return refused("The browser refused to make the worker.", "refused", error);
}

function refused(message: string, cause: string, error: unknown): OverlayError {
  return new OverlayError("worker-start-failed", message, { cause }, { cause: error });
}
