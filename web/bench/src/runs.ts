/** What is measured beside single files: a long series, a series into a folder, and one file of any size. */
import { startedExporter } from "./contenders.js";
import { fetchFile, loadLibrary } from "./load.js";
import { makeMask } from "./masks.js";

const SIZE = 512;

/** `count` files whose pixels are one shared Blob; the headers are those of a series, taken again where it ends. */
async function makeFiles(count: number): Promise<File[]> {
  const [lengths, headers, pixels] = await Promise.all([
    fetch("workloads/headers.json").then((response) => response.json() as Promise<number[]>),
    fetchFile("headers.bin"),
    fetchFile("pixels.bin"),
  ]);
  let at = 0;
  const parts = lengths.map((length) => headers.slice(at, (at += length)));
  return Array.from({ length: count }, (_, index) => {
    return new File([parts[index % parts.length] as Blob, pixels], `${index}.dcm`);
  });
}

const slice = new Uint8Array(SIZE * SIZE).fill(1, 0, SIZE);

/** Export a series with a 3-D mask, every result counted and let go; milliseconds for each file. */
export async function series({ count }: { count: number }): Promise<{ samples: number[]; right: boolean }> {
  const files = await makeFiles(count);
  const exporter = await startedExporter();
  const run = async (some: readonly File[]): Promise<number> => {
    const data = new Uint8Array(some.length * slice.length).fill(1, 0, SIZE);
    const volume = { data, columns: SIZE, rows: SIZE, slices: some.length };
    let written = 0;
    for await (const { outcome } of exporter.exportSeries(some, [volume])) if (outcome === "written") written += 1;
    return written;
  };
  try {
    await run(files.slice(0, 30));
    const begun = performance.now();
    const written = await run(files);
    return { samples: [(performance.now() - begun) / count], right: written === count };
  } finally {
    exporter.dispose();
  }
}

/** The same for any number of files, each with a plane of its own: what grows with their number is memory. */
export async function many({ count }: { count: number }): Promise<{ samples: number[]; right: boolean }> {
  const files = await makeFiles(count);
  const exporter = await startedExporter();
  function* items(): Generator<{ file: File; planes: { mask: Uint8Array }[] }> {
    for (const file of files) yield { file, planes: [{ mask: slice }] };
  }
  try {
    let written = 0;
    const begun = performance.now();
    for await (const { outcome } of exporter.exportFiles(items())) if (outcome === "written") written += 1;
    return { samples: [(performance.now() - begun) / count], right: written === count };
  } finally {
    exporter.dispose();
  }
}

/**
 * Export the chosen files into a folder of the browser's own storage, in turn with a loop that only copies them there:
 * milliseconds for each file.
 */
export async function saving({ rounds }: { rounds: number }): Promise<Record<string, number[]>> {
  const files = [...(document.querySelector<HTMLInputElement>("#files")?.files ?? [])];
  const { toDirectory } = await loadLibrary();
  const exporter = await startedExporter();
  const root = await navigator.storage.getDirectory();
  const samples: Record<string, number[]> = { "ours-exporter": [], "floor: copy loop": [] };
  const data = new Uint8Array(files.length * SIZE * SIZE).fill(1, 0, SIZE);
  try {
    for (let turn = 0; turn <= rounds; turn++) {
      for (const [name, times] of Object.entries(samples)) {
        const folder = await root.getDirectoryHandle("out", { create: true });
        const begun = performance.now();
        if (name === "ours-exporter") {
          const volume = { data, columns: SIZE, rows: SIZE, slices: files.length };
          const saved = await toDirectory(folder, exporter.exportSeries(files, [volume]));
          if (saved.some(({ outcome }) => outcome !== "saved")) throw new Error("not every file was saved");
        } else {
          for (const file of files) {
            const handle = await folder.getFileHandle(file.name, { create: true });
            const stream = await handle.createWritable();
            await stream.write(await file.arrayBuffer());
            await stream.close();
          }
        }
        if (turn > 0) times.push((performance.now() - begun) / files.length);
        await root.removeEntry("out", { recursive: true });
      }
    }
    return samples;
  } finally {
    exporter.dispose();
  }
}

/** Export the input's one file several times, then read the end of the result back. */
export async function size({ repeats }: { repeats: number }): Promise<{ samples: number[]; tail: string }> {
  const file = document.querySelector<HTMLInputElement>("#files")?.files?.[0];
  if (file === undefined) throw new Error("no file in the input");
  const mask = makeMask(1, SIZE, SIZE);
  const exporter = await startedExporter();
  try {
    for (let turn = 0; turn < 3; turn++) await exporter.writeOverlays(file, [{ mask }]);
    const samples: number[] = [];
    let tail = "";
    for (let turn = 0; turn < repeats; turn++) {
      const begun = performance.now();
      const { blob } = await exporter.writeOverlays(file, [{ mask }]);
      samples.push(performance.now() - begun);
      tail = blob.size > file.size ? await blob.slice(-27).text() : "";
    }
    return { samples, tail };
  } finally {
    exporter.dispose();
  }
}
