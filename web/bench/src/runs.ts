/** What is measured beside single files: very many files, and one of any size. */
import { startedExporter } from "./contenders.js";
import { fetchFile } from "./load.js";
import { makeMask } from "./masks.js";

const SIZE = 512;

/** `count` files whose pixels are one shared Blob; the headers are those of a series, taken again where it ends. */
export async function seriesFiles(count: number): Promise<File[]> {
  const [lengths, headers, pixels] = await Promise.all([
    fetch("workloads/headers.json").then((response) => response.json() as Promise<number[]>),
    fetchFile("headers.bin"),
    fetchFile("pixels.bin"),
  ]);
  let at = 0;
  const parts = lengths.map((length) => {
    at += length;
    return headers.slice(at - length, at);
  });
  return Array.from({ length: count }, (_, index) => {
    return new File([parts[index % parts.length] as Blob, pixels], `${index}.dcm`);
  });
}

const slice = new Uint8Array(SIZE * SIZE).fill(1, 0, SIZE);

/** Export any number of files, each with a plane of its own: what grows with their number is memory. */
export async function many({ count }: { count: number }): Promise<{ samples: number[]; right: boolean }> {
  const files = await seriesFiles(count);
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
