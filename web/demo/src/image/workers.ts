/** The page's image workers: pictures never wait for headers, and neither waits for a check. */
import { WorkerLink } from "../workers/link.js";
import type { ImageAnswers, ImageRequest } from "./protocol.js";

export type ImageLink = WorkerLink<ImageRequest, ImageAnswers>;

function makeLink(): ImageLink {
  return new WorkerLink<ImageRequest, ImageAnswers>(
    () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  );
}

/** The first decodes what is shown, the second what comes next. */
export const pictureWorkers: readonly ImageLink[] = [makeLink(), makeLink()];
/** Reads headers and ZIPs. */
export const fileWorker: ImageLink = makeLink();
/** Compares results with originals, and draws thumbnails: what may wait. */
export const patientWorker: ImageLink = makeLink();
