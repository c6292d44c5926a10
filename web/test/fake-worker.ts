/** A worker that is always ready and says yes to everything: what a caller gave has to be checked before it gets here. */
import type { InstanceFacts } from "../src/index.js";
import { channel, type FarEnd, started } from "./worker-port.js";

export const FACTS: InstanceFacts = {
  transferSyntaxUid: "1.2.840.10008.1.2.1",
  sopClassUid: "1.2.3",
  sopInstanceUid: "1.2.4",
  seriesInstanceUid: "1.2.5",
  frameOfReferenceUid: "1.2.6",
  rows: 2,
  columns: 2,
  numberOfFrames: 1,
  imagePositionPatient: [0, 0, 0],
  imageOrientationPatient: [1, 0, 0, 0, 1, 0],
  pixelSpacing: [1, 1],
  instanceNumber: 1,
  overlayGroups: [],
  hasPixelData: true,
};

const edited = { pieces: [Uint8Array.of(1)], groups: [0x6000], notices: [], sopInstanceUid: null };
const results: Readonly<
  Record<string, (job: { readonly type: string; readonly instances?: readonly unknown[] }) => unknown>
> = {
  write: () => edited,
  remove: () => edited,
  read: () => ({ planes: [], notices: [], facts: FACTS }),
  capture: () => ({ head: new Uint8Array(2), sopInstanceUid: "1.2.3" }),
  inspect: () => ({ facts: FACTS, kept: null }),
  order: ({ instances = [] }) => ({ order: instances.map((_, at) => at), notices: [] }),
  // Image k is slice k of a volume of 2 × 2 voxels a slice.
  place: ({ instances = [] }) => ({ views: instances.map((_, k) => [4 * k, 2, 1, 0, 2, 0, 2]), notices: [] }),
};

/** Make a worker for `createOverlayExporter({ worker })`; `asked` gets each job. */
export function fakeWorker(asked: (job: Record<string, unknown>) => void = () => undefined): Worker {
  const { near, far } = channel();
  void serve(far, asked);
  return near as unknown as Worker;
}

async function serve(far: FarEnd, asked: (job: Record<string, unknown>) => void): Promise<void> {
  const { id } = await far.next();
  far.send({ type: "hello", version: started.version });
  far.send({ type: "done", id, result: started });
  for (;;) {
    const message = await far.next();
    const jobs = message["jobs"] as readonly ({
      readonly type: string;
      readonly instances?: unknown[];
    } & Record<string, unknown>)[];
    for (const job of jobs) asked(job);
    const result = jobs.map((job) => ({ result: results[job.type]?.(job) }));
    far.send({ type: "done", id: message.id, result });
  }
}
