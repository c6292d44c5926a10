/** Many files in one call, beside the floors of the browser. */
import type { OverlayExporter } from "../../src/index.js";
import { startedExporter } from "./contenders.js";
import { loadLibrary } from "./load.js";
import { makeMask } from "./masks.js";
import { seriesFiles } from "./runs.js";

const SIZE = 512;
/** Files whose heads are read together, as the exporter's workers do. */
const TOGETHER = 16;

export interface BatchTask {
  readonly way: string;
  /** Files of the series; those of the page's input where it has so many, else of shared pixels in memory. */
  readonly count: number;
  readonly rounds: number;
}

export interface BatchTimes {
  /** Milliseconds a file, one value for each round. */
  readonly samples: readonly number[];
  /** What is wrong with what was made; empty where nothing is. */
  readonly fault: string;
}

interface Workload {
  readonly files: readonly File[];
  readonly mask: Uint8Array;
  readonly volume: { mask: Uint8Array; columns: number; rows: number; slices: number };
}

/** Does it once with every file and returns how many it did. */
type Way = (work: Workload, exporter: OverlayExporter) => Promise<number>;

const ways: Readonly<Record<string, Way>> = {
  exportFiles: ({ files, mask }, exporter) =>
    countWritten(exporter.exportFiles(files.map((file) => ({ file, planes: [{ mask }] })))),
  exportSeries: ({ files, volume }, exporter) => countWritten(exporter.exportSeries(files, [volume])),
  readSeries: async ({ files, volume }, exporter) => {
    const { volumes } = await exporter.readSeries(files);
    const [read] = volumes;
    return read?.packed !== undefined && read.slices === volume.slices ? files.length : 0;
  },
  "exportSeries to a folder": ({ files, volume }, exporter) =>
    inFolder(async (folder) => {
      const { toDirectory } = await loadLibrary();
      const names = files.map(({ name }) => name);
      const saved = await toDirectory(folder, exporter.exportSeries(files, [volume]), { names });
      return saved.filter(({ outcome }) => outcome === "saved").length;
    }),
  "floor: copy to a folder": ({ files }) =>
    inFolder(async (folder) => {
      for (const file of files) {
        const handle = await folder.getFileHandle(file.name, { create: true });
        const stream = await handle.createWritable();
        await stream.write(await file.arrayBuffer());
        await stream.close();
      }
      return files.length;
    }),
  "floor: heads and tails": async ({ files }) => {
    for (let at = 0; at < files.length; at += TOGETHER) {
      const together = files.slice(at, at + TOGETHER);
      const parts = together.flatMap((file) => [file.slice(0, 65_536), file.slice(file.size - 4_096)]);
      await Promise.all(parts.map((part) => part.arrayBuffer()));
    }
    return files.length;
  },
};

async function countWritten(results: AsyncIterable<{ readonly outcome: string }>): Promise<number> {
  let written = 0;
  for await (const { outcome } of results) if (outcome === "written") written++;
  return written;
}

/** A new folder of the browser's own storage, gone afterwards; what comes and goes with it is timed too. */
async function inFolder<T>(run: (folder: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
  const root = await navigator.storage.getDirectory();
  const name = `bench-${Math.random().toString(36).slice(2)}`;
  const folder = await root.getDirectoryHandle(name, { create: true });
  try {
    return await run(folder);
  } finally {
    await root.removeEntry(name, { recursive: true });
  }
}

let started: Promise<OverlayExporter> | null = null;
const worked = new Map<string, Workload>();

/** Do it one way: once to warm up, then in so many rounds. The exporter, of one worker, lives as long as the page. */
export async function batch({ way, count, rounds }: BatchTask): Promise<BatchTimes> {
  const run = ways[way];
  if (run === undefined) throw new Error(`no way ${way}`);
  started ??= startedExporter();
  const exporter = await started;
  const work = await workload(way === "readSeries", count, exporter);
  const samples: number[] = [];
  let done = await run(work, exporter);
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    done = Math.min(done, await run(work, exporter));
    samples.push((performance.now() - begun) / count);
  }
  return { samples, fault: done === count ? "" : `${done} of ${count} files` };
}

/** @param isWritten - the files have the planes already. */
async function workload(isWritten: boolean, count: number, exporter: OverlayExporter): Promise<Workload> {
  const key = `${count} ${isWritten}`;
  const known = worked.get(key);
  if (known !== undefined) return known;
  const input = [...(document.querySelector<HTMLInputElement>("#files")?.files ?? [])];
  const files = input.length >= count ? input.slice(0, count) : await seriesFiles(count);
  const mask = makeMask(1, SIZE, SIZE);
  const data = new Uint8Array(count * mask.length);
  for (let slice = 0; slice < count; slice++) data.set(mask, slice * mask.length);
  const volume = { mask: data, columns: SIZE, rows: SIZE, slices: count };
  const plain = { files, mask, volume };
  const made = isWritten ? { ...plain, files: await written(plain, exporter) } : plain;
  worked.set(key, made);
  return made;
}

async function written({ files, volume }: Workload, exporter: OverlayExporter): Promise<File[]> {
  const made: File[] = [];
  for await (const result of exporter.exportSeries(files, [volume])) {
    if (result.outcome === "written") made.push(new File([result.blob], result.name));
  }
  return made;
}
