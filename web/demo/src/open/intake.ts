/** From files to opened files: ZIPs unpacked, headers read, the rest listed. */

import { aspectOf } from "../image/place.js";
import type { HeaderFacts } from "../image/protocol.js";
import { fileWorker } from "../image/workers.js";
import { getExporter } from "../model/exporter.js";
import type { OpenedFile } from "../model/series.js";
import type { RejectedFile } from "../model/state.js";
import { codeOf } from "../words/faults.js";
import { Fault } from "../workers/fault.js";
import type { NamedFile } from "./drop.js";

/** Headers asked for at the same time: the worker always has the next one. */
const AHEAD = 4;
/** Milliseconds between two reports: ten thousand files must not sort the lists ten thousand times. */
const PACE = 300;

export interface IntakeReport {
  readonly opened: readonly OpenedFile[];
  readonly rejected: readonly RejectedFile[];
  readonly done: number;
  readonly total: number;
}

/** Each file gets its number when its turn comes, because answers may come in another order. */
let nextId = 1;

/** Open `files`; `report` gets what is new, the first picture alone so that it shows at once. */
export async function openFiles(
  files: readonly NamedFile[],
  signal: AbortSignal,
  report: (part: IntakeReport) => void,
): Promise<void> {
  // The files of a ZIP join the queue when its turn comes, so that the first picture does not wait for others.
  const plain = byPath(files);
  let opened: OpenedFile[] = [];
  let refused: RejectedFile[] = [];
  let done = 0;
  let last = Number.NEGATIVE_INFINITY;
  const flush = (): void => {
    report({ opened, rejected: refused, done, total: plain.length });
    opened = [];
    refused = [];
    last = performance.now();
  };
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < plain.length) {
      const item = plain[next++] as NamedFile;
      signal.throwIfAborted();
      const result = await openOne(item, nextId++, signal);
      done += 1;
      if (Array.isArray(result)) {
        for (const one of result) plain.push(one);
        return;
      }
      if ("code" in result) refused.push(result);
      else opened.push(result);
      const first = opened.length > 0 && last === Number.NEGATIVE_INFINITY;
      if (first || performance.now() - last > PACE) flush();
    }
  };
  try {
    // A ZIP that came last fills the queue when the others have gone.
    while (next < plain.length) await Promise.all(Array.from({ length: AHEAD }, work));
  } finally {
    flush();
  }
}

/** The opened file, why it could not be opened, or the files of a ZIP. */
async function openOne(
  { path, file, folder }: NamedFile,
  id: number,
  signal: AbortSignal,
): Promise<OpenedFile | RejectedFile | NamedFile[]> {
  try {
    const facts = await fileWorker.ask<"header">({ type: "header", file }).catch((error: unknown) => {
      if (codeOf(error) === "is-zip") return null;
      if (!["header-failed", "no-image"].includes(codeOf(error))) throw error;
      return inspect(file, signal);
    });
    if (facts === null) return await unpack(path, file, signal);
    // No frame is empty: such a number is damaged, and a picture for each would be more than the page can hold.
    if (facts.numberOfFrames > file.size) return { path, code: "header-failed" };
    return { id, path, file, facts, folder };
  } catch (error) {
    signal.throwIfAborted();
    const code = codeOf(error);
    return { path, code, ...(code === "is-segmentation" ? { file } : {}) };
  }
}

/** dcmjs gives up on some files that the package reads: marks can be written where nothing is shown. */
async function inspect(file: File, signal: AbortSignal): Promise<HeaderFacts> {
  const exporter = await getExporter(signal);
  const facts = await exporter.inspect(file, { signal });
  if (!facts.rows || !facts.columns) throw new Fault("no-image");
  return {
    ...facts,
    rows: facts.rows,
    columns: facts.columns,
    numberOfFrames: facts.numberOfFrames ?? 1,
    modality: "",
    seriesDescription: "",
    seriesNumber: null,
    frameRate: null,
    pixelAspect: aspectOf(facts.pixelSpacing),
    study: { studyInstanceUid: null, patientName: "", patientId: "", date: "", description: "" },
    frames: null,
  };
}

async function unpack(archive: string, file: File, signal: AbortSignal): Promise<NamedFile[]> {
  const files = await fileWorker.ask<"unzip">({ type: "unzip", file }, { signal });
  return byPath(files.map((one) => ({ path: `${archive}/${one.path}`, file: one.file, folder: null })));
}

const { compare } = new Intl.Collator("en", { numeric: true });

/** In the order of their paths, which is most often that of the slices: the page shows it until the package knows. */
function byPath(files: readonly NamedFile[]): NamedFile[] {
  return [...files].sort((a, b) => compare(a.path, b.path));
}
