/** `runtime.json`: what the runtime folder holds, checked before anything is loaded from it. */
import { OverlayError } from "../errors.js";
import { PACKAGE_VERSION, PROTOCOL } from "../workers/protocol.js";
import { compareVersions } from "../workers/versions.js";
import { type AssetRecord, unreachable } from "./assets.js";

const NAME = "runtime.json";

/** The checked content of `runtime.json`. */
export interface Manifest {
  readonly pyodide: string;
  readonly package: string;
  readonly protocol: number;
  readonly files: readonly AssetRecord[];
  /** Absent where the runtime was built without one. */
  readonly snapshot?: {
    readonly name: string;
    /** Checksums of the files whose memory it holds, by their names. */
    readonly madeFrom: Readonly<Record<string, string>>;
  };
}

/**
 * Fetch and check the manifest.
 *
 * @throws OverlayError `worker-start-failed` when it is not there or not JSON; `runtime-mismatch`, `protocol-mismatch`.
 */
export async function fetchManifest(runtimeUrl: string): Promise<Manifest> {
  let response: Response;
  try {
    response = await fetch(`${runtimeUrl}${NAME}`, { cache: "no-cache" });
  } catch (error) {
    throw await unreachable(`${runtimeUrl}${NAME}`, NAME, error);
  }
  const { ok, status } = response;
  if (!ok) {
    const message = `The server answered ${status} for ${NAME}: is this the address of the runtime folder?`;
    throw new OverlayError("worker-start-failed", message, { cause: "http-status", file: NAME, status });
  }
  const manifest = requireManifest(await response.json().catch(() => null));
  requireVersions(manifest.protocol, manifest.package);
  return manifest;
}

/** Check the versions that a manifest or the wheel itself states against this package's. */
export function requireVersions(protocol: unknown, version: unknown): void {
  requireEqual("protocol-mismatch", PROTOCOL, protocol);
  requireEqual("runtime-mismatch", PACKAGE_VERSION, version);
}

function requireManifest(value: unknown): Manifest {
  const isManifest =
    typeof value === "object" &&
    value !== null &&
    "package" in value &&
    "protocol" in value &&
    "files" in value;
  if (isManifest && Array.isArray(value.files)) return value as Manifest;
  const message = `${NAME} does not list the runtime's files: is it another file?`;
  throw new OverlayError("worker-start-failed", message, { cause: "content-type", file: NAME });
}

function requireEqual(
  code: "protocol-mismatch" | "runtime-mismatch",
  expected: string | number,
  given: unknown,
): void {
  if (given === expected) return;
  const found = String(given);
  const order = compareVersions(found, String(expected));
  const [old, advice] =
    order < 0
      ? [
          "runtime",
          "is older than this package: run `npx dicom-overlay-runtime` again and serve what it writes",
        ]
      : order > 0
        ? ["package", "is newer than this package: reload the page, or update the package"]
        : [null, "has a different version than this package: take both from one release"];
  throw new OverlayError(code, `The runtime folder ${advice}.`, { expected, found, old });
}
