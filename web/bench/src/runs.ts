/** What is measured beside single files: a long series, one file of any size, and the Python calls alone. */
import type { PyProxy } from "pyodide/ffi";
import { startedExporter } from "./contenders.js";
import { fetchFile, loadLibrary, loadPython, runtimeUrl } from "./load.js";
import { makeMask } from "./masks.js";

const SIZE = 512;

export interface SeriesTask {
  readonly count: number;
  readonly workers: number;
  /** Read the written files back as well, and time that instead. */
  readonly back: boolean;
}

export interface SeriesTimes {
  /** Milliseconds from the call to its last result. */
  readonly total: number;
  readonly written: number;
  /** Whether the volume that was read is the one that was written; `true` where none was read. */
  readonly equal: boolean;
}

/** Make the files of a long series: headers of their own, and the same pixels. */
export async function seriesFiles(count: number): Promise<File[]> {
  const [lengths, headers, pixels] = await Promise.all([
    fetch("workloads/headers.json").then((response) => response.json() as Promise<number[]>),
    fetchFile("headers.bin"),
    fetchFile("pixels.bin"),
  ]);
  let at = 0;
  return lengths.slice(0, count).map((length, index) => {
    const header = headers.slice(at, at + length);
    at += length;
    return new File([header, pixels], `${index}.dcm`);
  });
}

/** Export a series of `count` files with a 3-D mask; on demand, read the results back into one volume. */
export async function series({ count, workers, back }: SeriesTask): Promise<SeriesTimes> {
  const files = await seriesFiles(count);
  const slice = makeMask(1, SIZE, SIZE);
  const data = new Uint8Array(count * slice.length);
  for (let index = 0; index < count; index++) data.set(slice, index * slice.length);
  const { exporter, allReady } = await startedExporter(workers);
  try {
    // Every worker is started and warm before the clock runs.
    const warmUp = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: workers * 8 }, (_, index) =>
          exporter.writeOverlays(files[index % files.length] as File, [{ mask: slice }]),
        ),
      );
    await warmUp();
    await allReady;
    await warmUp();
    const begun = performance.now();
    const changed: Blob[] = [];
    for await (const result of exporter.exportSeries(files, [
      { mask: data, columns: SIZE, rows: SIZE, slices: count },
    ])) {
      if (result.outcome === "written") changed.push(result.blob);
    }
    const written = changed.length;
    if (!back) return { total: performance.now() - begun, written, equal: true };
    const again = performance.now();
    const [{ volumes }, { maskOf }] = [await exporter.readSeries(changed), await loadLibrary()];
    const total = performance.now() - again;
    const [volume] = volumes;
    const found = volume && maskOf(volume);
    const equal = found?.length === data.length && found.every((pixel, at) => pixel === data[at]);
    return { total, written, equal };
  } finally {
    exporter.dispose();
  }
}

/** Export the input's one file several times, then read the end of the result back. */
export async function size({ repeats }: { repeats: number }): Promise<{ samples: number[]; tail: string }> {
  const file = document.querySelector<HTMLInputElement>("#files")?.files?.[0];
  if (file === undefined) throw new Error("no file in the input");
  const mask = makeMask(1, SIZE, SIZE);
  const { createOverlayExporter } = await loadLibrary();
  const exporter = await createOverlayExporter({ runtimeUrl, workers: 1 });
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

export interface CompareTask {
  readonly file: string;
  readonly numpy: boolean;
  readonly repeats: number;
}

/** Time write_dicom_overlay against dcmread + add_new + save_as inside Python, as the native run does. */
export async function compare({ file, numpy, repeats }: CompareTask): Promise<Record<string, number[]>> {
  const pyodide = await loadPython(["pydicom", "dicom-overlay", ...(numpy ? ["numpy"] : [])]);
  if (numpy) pyodide.runPython("import numpy");
  pyodide.FS.writeFile("compare.dcm", new Uint8Array(await (await fetchFile(file)).arrayBuffer()));
  const mask = makeMask(1, SIZE, SIZE);
  const packed = new Uint8Array(mask.length >> 3);
  for (const [at, pixel] of mask.entries())
    packed[at >> 3] = (packed[at >> 3] as number) | (pixel << (at & 7));
  const call = pyodide.runPython(
    "lambda mask, packed, *rest: __import__('methods').compare('compare.dcm', mask.to_bytes(), packed.to_bytes(), *rest)",
  ) as (...values: unknown[]) => PyProxy;
  return call(mask, packed, SIZE, SIZE, repeats).toJs({ dict_converter: Object.fromEntries }) as Record<
    string,
    number[]
  >;
}
