/** Entry of the mask worker: a volume of many labels is read and packed away from the page's thread. */
import { serve } from "../workers/side.js";
import type { MaskRequest } from "./protocol.js";
import { cutMasks, readMasks } from "./read.js";

serve<MaskRequest>(
  async (request, onProgress) => {
    let last = 0;
    const tell = (share: number): void => {
      if (share - last < 0.02) return;
      last = share;
      onProgress(share);
    };
    if (request.type === "read") {
      const answer = await readMasks(request, tell);
      return { answer, transfer: answer.layers.map(({ bits }) => bits.buffer) };
    }
    const answer = cutMasks(request, tell);
    return { answer, transfer: answer.map(({ bits }) => bits.buffer) };
  },
  (error) =>
    error instanceof DOMException && error.name === "NotReadableError" ? "file-access" : "mask-damaged",
);
