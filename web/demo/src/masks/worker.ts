/** Entry of the mask worker: a volume of many labels is read, placed and packed away from the page's thread. */
import { type Answer, serve } from "../app/worker-side.js";
import type { ImportRequest, NewLayer } from "./protocol.js";
import { importMasks } from "./read.js";

/** The masks of a layer in one buffer: thousands of buffers would hold the page up while they arrive. */
function joinBits({ name, masks }: NewLayer): NewLayer {
  const joined = new Uint8Array(masks.reduce((sum, { bits }) => sum + bits.length, 0));
  let at = 0;
  const views = masks.map(({ picture, bits }) => {
    joined.set(bits, at);
    at += bits.length;
    return { picture, bits: joined.subarray(at - bits.length, at) };
  });
  return { name, masks: views };
}

serve<ImportRequest>(
  async (request, onProgress): Promise<Answer> => {
    let last = 0;
    const answer = await importMasks(request, (share) => {
      if (share - last < 0.02) return;
      last = share;
      onProgress(share);
    });
    const layers = answer.layers.map(joinBits);
    const transfer = layers.flatMap(({ masks: [first] }) => (first === undefined ? [] : [first.bits.buffer]));
    return { answer: { ...answer, layers }, transfer };
  },
  (error) =>
    error instanceof DOMException && error.name === "NotReadableError" ? "file-access" : "mask-damaged",
);
