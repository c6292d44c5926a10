/** `runtime.json`: what the runtime folder holds, checked before anything is loaded from it. */
import { OverlayError } from "../errors.js";
import { PACKAGE_VERSION, PROTOCOL } from "../workers/protocol.js";
import { compareVersions } from "../workers/versions.js";
import { type AssetRecord, assetError, unreachable } from "./assets.js";

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
 * @throws OverlayError `worker-start-failed` when it is not there or no JSON; `runtime-mismatch`, `protocol-mismatch`.
 */
export async function fetchManifest(runtimeUrl: string): Promise<Manifest> {
  let response: Response;
  try {
    response = await fetch(`${runtimeUrl}${NAME}`, { cache: "no-cache" });
  } catch (error) {
    throw await unreachable(`${runtimeUrl}${NAME}`, NAME, error);
  }
  const { status } = response;
  if (!response.ok)
    throw assetError(`The server answered ${status}.`, { cause: "http-status", file: NAME, status });
  const manifest = requireManifest(await parse(response));
  requireVersions(manifest.protocol, manifest.package);
  return manifest;
}

/** Check the versions that a manifest or the wheel itself states against this package's. */
export function requireVersions(protocol: unknown, version: unknown): void {
  requireEqual("protocol-mismatch", PROTOCOL, protocol);
  requireEqual("runtime-mismatch", PACKAGE_VERSION, version);
}

async function parse(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw assetError("It is no JSON.", { cause: "content-type", file: NAME }, error);
  }
}

function requireManifest(value: unknown): Manifest {
  const isManifest =
    typeof value === "object" &&
    value !== null &&
    "package" in value &&
    "protocol" in value &&
    "files" in value;
  if (isManifest && Array.isArray(value.files)) return value as Manifest;
  throw assetError("It is not a list of the runtime's files.", { cause: "content-type", file: NAME });
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
        : [null, "is not of this package's version: make both from one release"];
  throw new OverlayError(code, `The runtime folder ${advice}.`, { expected, found, old });
}
