/** The memory snapshot of a started Python, when it may be used, and how it is fetched. Knows nothing of Pyodide. */
import { OverlayError } from "../errors.js";
import type { Manifest } from "./manifest.js";

/** Why the snapshot cannot be tried, for the status; `null`: it can. */
export type Obstacle = "snapshot-missing" | "snapshot-mismatch" | null;

/** Say whether the snapshot can be tried: it fits the very files that it was made from. */
export function snapshotObstacle({ snapshot, files }: Manifest): Obstacle {
  if (snapshot === undefined) return "snapshot-missing";
  const sums = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  const fits = Object.entries(snapshot.madeFrom).every(([name, sha256]) => sums.get(name) === sha256);
  return fits && sums.has(snapshot.name) ? null : "snapshot-mismatch";
}

/** Fetch and unpack. The checksum is the business of the watched `fetch`, as for every file of the runtime. */
export async function fetchSnapshot(runtimeUrl: string, name: string): Promise<ArrayBuffer> {
  const response = await fetch(`${runtimeUrl}${name}`);
  if (response.body === null) {
    const detail = { cause: "checksum", file: name };
    throw new OverlayError("worker-start-failed", `${name} is empty.`, detail);
  }
  const reader = response.body.pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  // Not by `new Response(stream)`: Firefox reports a broken stream as an uncaught error there.
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value as Uint8Array<ArrayBuffer>);
  }
  return await new Blob(chunks).arrayBuffer();
}
