/** `runtime.json`: what the runtime folder holds, checked before anything is loaded from it. */
import { OverlayError } from "../errors.js";
import { PACKAGE_VERSION, PROTOCOL } from "../workers/protocol.js";
import { compareVersions } from "../workers/versions.js";
import { type AssetRecord, requireRightFile, unreachable } from "./assets.js";

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
  requireRightFile(response, NAME);
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
  if (isManifest(value)) return value;
  const message = `${NAME} does not list the runtime's files: is it another file, or changed on the way?`;
  throw new OverlayError("worker-start-failed", message, { cause: "content-type", file: NAME });
}

function isManifest(value: unknown): value is Manifest {
  const { files, snapshot } = (value ?? {}) as { files?: unknown; snapshot?: Partial<Manifest["snapshot"]> };
  const isRecord = (file: Partial<AssetRecord> | null): boolean =>
    typeof file?.name === "string" && typeof file.bytes === "number" && typeof file.sha256 === "string";
  const isWhole =
    snapshot === undefined ||
    (typeof snapshot?.name === "string" && Object(snapshot.madeFrom) === snapshot.madeFrom);
  return Array.isArray(files) && files.every(isRecord) && isWhole;
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
