/** What the worker's own policy refuses. It comes with the worker's script, not with the page. */
import { OverlayError } from "../errors.js";

/** The smallest module: its magic number and version. */
const EMPTY_MODULE: Uint8Array<ArrayBuffer> = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

const seen: SecurityPolicyViolationEvent[] = [];

/** Remember what is refused from now on. */
export function watchPolicy(): void {
  globalThis.addEventListener("securitypolicyviolation", (event) => {
    seen.push(event as SecurityPolicyViolationEvent);
  });
}

/** The directive that refused an address, `null` where none did. The event may come after the failure itself. */
export async function refusedBy(url: string): Promise<string | null> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  const { origin } = new URL(url);
  const found = seen.find(({ blockedURI }) => blockedURI === url || blockedURI === origin);
  return found?.effectiveDirective ?? null;
}

/** @throws OverlayError `worker-start-failed` where WebAssembly is not there or not allowed, before anything is loaded. */
export function requireWebAssembly(): void {
  try {
    new WebAssembly.Module(EMPTY_MODULE);
  } catch (error) {
    if (typeof WebAssembly === "undefined") {
      const message = "This browser has no WebAssembly, or it is switched off.";
      throw new OverlayError("worker-start-failed", message, { cause: "no-webassembly" });
    }
    const message =
      "The worker's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src of the page and of the worker's script.";
    const detail = { cause: "content-security-policy", directive: "script-src" };
    throw new OverlayError("worker-start-failed", message, detail, error);
  }
}
