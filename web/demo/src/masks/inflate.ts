/** Compressed bytes, decompressed by the browser up to a limit: a small file must not fill the memory. */
import { Fault } from "../workers/fault.js";

/** Half a GiB: more than any series of 2,000 slices of 512 × 512. */
const SIZE_LIMIT = 512 * 1024 * 1024;

/** @throws Fault `mask-damaged`, or `mask-too-large` beyond the limit */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      total += part.value.length;
      if (total > SIZE_LIMIT) throw new Fault("mask-too-large");
      chunks.push(part.value);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error instanceof Fault ? error : new Fault("mask-damaged");
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
