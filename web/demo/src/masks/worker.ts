/** Entry of the mask worker: a volume of many labels is read and packed away from the page's thread. */
import dcmjs from "dcmjs";
import { type Answer, answerAll } from "../workers/side.js";
import type { MaskRequest } from "./protocol.js";
import { cutMasks, readMasks, tryThreshold } from "./read.js";

/** Progress is reported in steps of this share. */
const STEP = 0.02;

// Otherwise it writes what it finds odd in a file to the console.
dcmjs.log.setLevel("silent");
dcmjs.log.getLogger("validation.dcmjs").setLevel("silent");

answerAll<MaskRequest>(
  async (request, onProgress) => {
    let last = 0;
    const tell = (share: number): void => {
      if (share - last < STEP) return;
      last = share;
      onProgress(share);
    };
    return await answer(request, tell);
  },
  () => "mask-damaged",
);

async function answer(request: MaskRequest, tell: (share: number) => void): Promise<Answer> {
  switch (request.type) {
    case "read":
      return { answer: await readMasks(request, tell) };
    case "try":
      return { answer: tryThreshold(request) };
    case "cut": {
      const layers = cutMasks(request, tell);
      return { answer: layers, transfer: layers.map(({ bits }) => bits.buffer) };
    }
    default:
      return request satisfies never;
  }
}
