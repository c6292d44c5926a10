/** The ways to do the job in a browser: from a File to a Blob of the changed file, the mask given as one byte for each pixel. */
import dcmjs from "dcmjs";
import type { PyProxy } from "pyodide/ffi";
import type { OverlayExporter } from "../../src/index.js";
import { loadLibrary, loadPython, runtimeUrl } from "./load.js";

/** What a contender has to know of a file. */
export interface ImageFacts {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
}

/** A contender that is ready to work. */
export interface Contender {
  /** Write the planes; returns the file, and the masks where it made its own. */
  write(file: Blob, masks: readonly Uint8Array[], image: ImageFacts): Promise<Written>;
  /** Write all files in one call; absent: they are written one after the other. */
  writeAll?(files: readonly File[], masks: readonly (readonly Uint8Array[])[]): Promise<Written[]>;
  stop(): void;
}

export interface Written {
  readonly blob: Blob;
  readonly masks?: readonly Uint8Array[];
}

type Start = () => Promise<Contender>;

/** Every contender by its name. */
export const contenders: Readonly<Record<string, Start>> = {
  spike: () => startPython("spike"),
  "spike+loop": () => startPython("spike_with_loop"),
  "lean-pydicom": () => startPython("lean"),
  dcmjs: startDcmjs,
  "ours-exporter": startExporter,
  "ours-files": startFiles,
  "floor: copy": startCopy,
  "floor: 64 KiB + Blob": startFloor,
};

async function startPython(method: "spike" | "spike_with_loop" | "lean"): Promise<Contender> {
  const pyodide = await loadPython(["pydicom", "numpy"]);
  const module = pyodide.pyimport("methods") as PyProxy & Record<string, (...values: unknown[]) => unknown>;
  const call = (name: string, ...values: unknown[]): unknown => module[name]?.(...values);
  pyodide.runPython("import numpy");
  const asArray = pyodide.runPython(
    "lambda mask, *shape: numpy.frombuffer(mask.to_py(), 'u1').reshape(shape)",
  );
  const asBits = pyodide.runPython(
    "lambda masks: [__import__('methods').pack(mask) for mask in masks.to_py()]",
  );
  const asBytes = pyodide.runPython("lambda mask: mask.astype('u1').tobytes()");
  return {
    async write(file, masks, { rows, columns, frames }) {
      pyodide.FS.writeFile("in.dcm", new Uint8Array(await file.arrayBuffer()));
      let made: Uint8Array[] | undefined;
      if (method === "spike") call("spike", "in.dcm", "out.dcm", asArray(masks[0], rows, columns));
      else if (method === "lean")
        call("lean", "in.dcm", "out.dcm", asBits(masks), rows, columns, frames > 1 ? frames : 0);
      else made = [asBytes(call("spike_with_loop", "in.dcm", "out.dcm", rows, columns)).toJs()];
      const blob = new Blob([pyodide.FS.readFile("out.dcm") as Uint8Array<ArrayBuffer>]);
      return made === undefined ? { blob } : { blob, masks: made };
    },
    stop: () => undefined,
  };
}

async function startDcmjs(): Promise<Contender> {
  const { DicomMessage, BitArray } = dcmjs.data;
  dcmjs.log.setLevel("silent");
  return {
    async write(file, masks, { rows, columns, frames }) {
      const dicom = DicomMessage.readFile(await file.arrayBuffer());
      for (const [index, mask] of masks.entries()) {
        const put = (element: string, vr: string, value: unknown[]): void => {
          dicom.upsertTag(`${(0x6000 + 2 * index).toString(16)}${element}`, vr, value);
        };
        put("0010", "US", [rows]);
        put("0011", "US", [columns]);
        if (frames > 1) {
          put("0015", "IS", [frames]);
          put("0051", "US", [1]);
        }
        put("0040", "CS", ["G"]);
        put("0050", "SS", [1, 1]);
        put("0100", "US", [1]);
        put("0102", "US", [0]);
        put("3000", "OW", [BitArray.pack(mask).buffer]);
      }
      return { blob: new Blob([dicom.write()]) };
    },
    stop: () => undefined,
  };
}

async function startExporter(): Promise<Contender> {
  const exporter = await startedExporter();
  return {
    async write(file, masks, { rows, columns, frames }) {
      const size = frames > 1 ? { rows, columns, numberOfFrames: frames } : { rows, columns };
      const planes = masks.map((mask) => ({ mask, ...size }));
      return { blob: (await exporter.writeOverlays(file, planes)).blob };
    },
    stop: () => exporter.dispose(),
  };
}

/** Many files in one call, as a whole series is exported. */
async function startFiles(): Promise<Contender> {
  const single = await startExporter();
  const exporter = await startedExporter();
  return {
    ...single,
    async writeAll(files, masks) {
      const items = files.map((file, at) => ({ file, planes: (masks[at] ?? []).map((mask) => ({ mask })) }));
      const written: Written[] = [];
      for await (const result of exporter.exportFiles(items)) {
        if (result.outcome !== "written") throw new Error(`file ${result.index}: ${result.outcome}`);
        written[result.index] = { blob: result.blob };
      }
      return written;
    },
    stop() {
      single.stop();
      exporter.dispose();
    },
  };
}

/** An exporter with one worker. */
export async function startedExporter(): Promise<OverlayExporter> {
  const { createOverlayExporter } = await loadLibrary();
  return await createOverlayExporter({ runtimeUrl, workers: 1 });
}

/** No overlay is written: what any method that touches every byte pays at least. */
async function startCopy(): Promise<Contender> {
  return {
    write: async (file) => ({ blob: new Blob([await file.arrayBuffer()]) }),
    stop: () => undefined,
  };
}

/** No overlay is written: the part of a splice that is the browser's, in a worker as the exporter does it. */
async function startFloor(): Promise<Contender> {
  const script = `onmessage = ({ data: { file, mask } }) => {
    const head = new FileReaderSync().readAsArrayBuffer(file.slice(0, 65536));
    postMessage({ size: head.byteLength, bits: new Uint8Array(mask.length >> 3) });
  }`;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url);
  const ask = (file: Blob, mask: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
    new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data.bits);
      const copy = mask.slice();
      worker.postMessage({ file, mask: copy }, [copy.buffer]);
    });
  return {
    async write(file, masks) {
      const bits = await ask(file, masks[0] as Uint8Array);
      return { blob: new Blob([file.slice(0, 6000), bits, file.slice(6000)]) };
    },
    stop() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
