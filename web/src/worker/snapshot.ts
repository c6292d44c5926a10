/** The memory snapshot of a started Python, when it may be used, and how it is fetched. Knows nothing of Pyodide. */
import type { StartConfig } from "../workers/protocol.js";
import { assetError } from "./assets.js";
import type { Manifest } from "./manifest.js";

/** Why the snapshot cannot be tried, for the status; `null`: it can, or nobody asked for it. */
export type Obstacle = "snapshot-missing" | "snapshot-mismatch" | "snapshot-without-packages" | null;

/** What a start does: restore the snapshot, or import the wheels; with the reason where it is not what was asked for. */
export interface StartPlan {
  readonly start: "plain" | "snapshot";
  readonly note: Obstacle | "snapshot-failed";
}

/** Decide how to start. A snapshot holds the wheel and pydicom alone, and fits the very files it was made from. */
export function planStart({ snapshot, packages, indexUrl }: StartConfig, manifest: Manifest): StartPlan {
  if (snapshot === "ignore") return { start: "plain", note: null };
  if (packages.length > 0 || indexUrl !== null) return { start: "plain", note: "snapshot-without-packages" };
  const record = manifest.snapshot;
  if (record === undefined) return { start: "plain", note: "snapshot-missing" };
  const sums = new Map(manifest.files.map(({ name, sha256 }) => [name, sha256]));
  const fits = Object.entries(record.madeFrom).every(([name, sha256]) => sums.get(name) === sha256);
  return fits && sums.has(record.name)
    ? { start: "snapshot", note: null }
    : { start: "plain", note: "snapshot-mismatch" };
}

/** Fetch and unpack. The checksum is the business of the watched `fetch`, as for every file of the runtime. */
export async function fetchSnapshot(runtimeUrl: string, name: string): Promise<ArrayBuffer> {
  const response = await fetch(`${runtimeUrl}${name}`);
  if (response.body === null) throw assetError("It is empty.", { cause: "checksum", file: name });
  const reader = response.body.pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  // Not by `new Response(stream)`: Firefox reports a broken stream as an uncaught error there.
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value as Uint8Array<ArrayBuffer>);
  }
  return await new Blob(chunks).arrayBuffer();
}
