/** Entry of the mask worker: a volume of many labels is read, placed and packed away from the page's thread. */
import { type Answer, serve } from "../app/worker-side.js";
import type { ImportRequest } from "./protocol.js";
import { importMasks } from "./read.js";

serve<ImportRequest>(
  async (request, onProgress): Promise<Answer> => {
    let last = 0;
    const answer = await importMasks(request, (share) => {
      if (share - last < 0.02) return;
      last = share;
      onProgress(share);
    });
    const buffers = answer.layers.flatMap(({ masks }) => masks.map(({ bits }) => bits.buffer));
    return { answer, transfer: buffers };
  },
  (error) =>
    error instanceof DOMException && error.name === "NotReadableError" ? "file-access" : "mask-damaged",
);
