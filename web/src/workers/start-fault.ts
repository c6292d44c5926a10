/** Why a worker's script did not begin. The browser's `error` event says nothing, so the script is asked for again. */
import { OverlayError } from "../errors.js";
import { isOtherOrigin } from "./addresses.js";
import { corsMessage, isAnswered, PATIENCE } from "./cors.js";

/** What the page's policy refused while the worker was made. */
export class Violations {
  readonly #seen: SecurityPolicyViolationEvent[] = [];
  readonly #note = (event: SecurityPolicyViolationEvent): void => {
    this.#seen.push(event);
  };

  constructor() {
    globalThis.document?.addEventListener("securitypolicyviolation", this.#note);
  }

  /** The directive that refused a worker from `script`, or `null`. */
  directive(script: string | null): string | null {
    const isOurs = ({ blockedURI, effectiveDirective }: SecurityPolicyViolationEvent): boolean =>
      /^(worker|child|script)-src|^default-src/.test(effectiveDirective) &&
      (script === null ||
        blockedURI === script ||
        /^(blob|data)/.test(blockedURI) ||
        script.startsWith(blockedURI));
    return this.#seen.find(isOurs)?.effectiveDirective ?? null;
  }

  release(): void {
    globalThis.document?.removeEventListener("securitypolicyviolation", this.#note);
  }
}

/**
 * Find out why the script did not begin.
 *
 * @param script - its address; `null` where the caller made the worker.
 * @param event - the worker's `error` event; it has a message only where a script was there and broke off.
 */
export async function explainScript(
  script: string | null,
  event: Event,
  violations: Violations,
): Promise<OverlayError> {
  const reason = "message" in event && typeof event.message === "string" ? event.message : "";
  const response = script === null ? null : await ask(script);
  const directive = violations.directive(script);
  if (directive !== null) {
    const detail = { cause: "content-security-policy", directive };
    return new OverlayError("worker-start-failed", policyMessage(script, directive), detail);
  }
  if (reason !== "") {
    return new OverlayError("worker-start-failed", "The worker's script broke off.", {
      cause: "error",
      reason,
    });
  }
  if (script === null || response === null) {
    return new OverlayError("worker-start-failed", "The worker's script did not load.", { cause: "error" });
  }
  const file = new URL(script).pathname.split("/").pop() ?? "";
  if (response instanceof Error) {
    const isThere = await isAnswered(script, fetch);
    const message = isThere ? corsMessage(file) : "The worker's script could not be fetched.";
    const detail = { cause: isThere ? "cors" : "network", file };
    return new OverlayError("worker-start-failed", message, detail, response);
  }
  return await explainResponse(response, file);
}

/** A worker of another origin's script is made from an address of its own; in a sandboxed frame every origin is another one. */
function policyMessage(script: string | null, directive: string): string {
  const refusal = `The page's Content-Security-Policy refuses the worker (${directive})`;
  if (script === null || !isOtherOrigin(script)) return `${refusal}: allow its script in worker-src.`;
  return globalThis.origin === "null"
    ? `${refusal}, which this frame can only make from a data: address because it has no origin of its own: add allow-same-origin to its sandbox, or allow data: in worker-src.`
    : `${refusal}, which is made from a blob: address because its script is of another origin: allow blob: in worker-src, or serve the script beside the page.`;
}

async function explainResponse(response: Response, file: string): Promise<OverlayError> {
  const { status, headers } = response;
  if (!response.ok) {
    const message = `The server answered ${status} for the worker's script: is it beside the package's other files?`;
    return new OverlayError("worker-start-failed", message, { cause: "http-status", file, status });
  }
  const found = (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!/^(text|application)\/(x-)?(java|ecma)script$/.test(found)) {
    const what = found === "text/html" ? "a page of HTML" : `\`${found}\``;
    const message = `The server sent ${what} for the worker's script, which must be JavaScript (\`text/javascript\`).`;
    return new OverlayError("worker-start-failed", message, { cause: "content-type", file, found });
  }
  if (response.redirected && isOtherOrigin(response.url)) {
    const message =
      "The server redirects the worker's script to another origin, which browsers refuse: give the address there as `worker`.";
    return new OverlayError("worker-start-failed", message, { cause: "redirect", file });
  }
  if (!headers.has("cross-origin-embedder-policy") && (await hasEmbedderPolicy())) {
    const message =
      "The page has a Cross-Origin-Embedder-Policy and the worker's script has none: send the same header with it.";
    return new OverlayError("worker-start-failed", message, { cause: "embedder-policy", file });
  }
  return new OverlayError("worker-start-failed", "The worker's script did not load.", {
    cause: "error",
    file,
  });
}

async function ask(script: string): Promise<Response | Error | null> {
  if (!/^https?:/.test(script)) return null;
  try {
    return await fetch(script, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A page does not know its own header, unless it is isolated; it can ask for itself. */
async function hasEmbedderPolicy(): Promise<boolean> {
  if (globalThis.crossOriginIsolated) return true;
  const page = await ask(globalThis.document?.baseURI ?? "");
  return page instanceof Response && page.headers.has("cross-origin-embedder-policy");
}
