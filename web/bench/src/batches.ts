/** Many files in one call, beside the floors of the browser; each way tells how many files it did. */
import type { OverlayExporter } from "../../src/index.js";
import { type Contender, itemsOf, type Work } from "./contenders.js";
import { loadLibrary, makeMask, SIZE, startExporter } from "./page.js";

/** Files whose heads are read together, as the exporter's workers do. */
const TOGETHER = 16;

type Way = (files: readonly File[], exporter: OverlayExporter, work: Work) => Promise<number>;

const ways: Readonly<Record<string, Way>> = {
  exportFiles: (_, exporter, work) => count(exporter.exportFiles(itemsOf(work)), "written"),
  exportSeries: (files, exporter) => count(exporter.exportSeries(files, [volume(files.length)]), "written"),
  readSeries: async (files, exporter) => {
    const [read] = (await exporter.readSeries(files)).volumes;
    return read?.packed === undefined ? 0 : read.slices;
  },
  "exportSeries to a folder": (files, exporter) =>
    inFolder(async (folder) => {
      const { toDirectory } = await loadLibrary();
      const names = files.map(({ name }) => name);
      const results = exporter.exportSeries(files, [volume(files.length)]);
      return await count(await toDirectory(folder, results, { names }), "saved");
    }),
  "floor: copy to a folder": (files) =>
    inFolder(async (folder) => {
      for (const file of files) {
        const handle = await folder.getFileHandle(file.name, { create: true });
        const stream = await handle.createWritable();
        await stream.write(await file.arrayBuffer());
        await stream.close();
      }
      return files.length;
    }),
  "floor: heads and tails": async (files) => {
    for (let at = 0; at < files.length; at += TOGETHER) {
      const together = files.slice(at, at + TOGETHER);
      const parts = together.flatMap((file) => [file.slice(0, 65_536), file.slice(file.size - 4_096)]);
      await Promise.all(parts.map((part) => part.arrayBuffer()));
    }
    return files.length;
  },
};

type Outcomes = AsyncIterable<{ readonly outcome: string }> | Iterable<{ readonly outcome: string }>;

async function count(results: Outcomes, wanted: string): Promise<number> {
  let found = 0;
  for await (const { outcome } of results) if (outcome === wanted) found++;
  return found;
}

let mask = new Uint8Array();

/** The same mask in every slice; made in the pass that warms up. */
function volume(slices: number): { mask: Uint8Array; columns: number; rows: number; slices: number } {
  if (mask.length === 0) {
    mask = new Uint8Array(slices * SIZE * SIZE);
    for (let slice = 0, one = makeMask(1); slice < slices; slice++) mask.set(one, slice * one.length);
  }
  return { mask, columns: SIZE, rows: SIZE, slices };
}

/** Names of the folders that were made in the browser's own storage. */
const made: string[] = [];

/** Work in a new folder of the browser's own storage. It is removed when the way has ended, outside the timed part. */
async function inFolder<T>(run: (folder: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
  const root = await navigator.storage.getDirectory();
  const name = `bench-${Math.random().toString(36).slice(2)}`;
  made.push(name);
  return await run(await root.getDirectoryHandle(name, { create: true }));
}

/** Start an exporter of one worker for a way; `readSeries` first gives the files their planes. */
export async function startBatch(name: string): Promise<Contender> {
  const way = ways[name];
  if (way === undefined) throw new Error(`no way ${name}`);
  const exporter = await startExporter();
  let written: File[] | null = null;
  return {
    async run(work) {
      if (name !== "readSeries") return await way(work.files, exporter, work);
      if (written === null) {
        written = [];
        for await (const result of exporter.exportSeries(work.files, [volume(work.files.length)])) {
          if (result.outcome === "written") written.push(new File([result.blob], result.name));
        }
      }
      return await way(written, exporter, work);
    },
    async stop() {
      await exporter.dispose();
      const root = await navigator.storage.getDirectory();
      for (const name of made.splice(0)) await root.removeEntry(name, { recursive: true });
    },
  };
}
