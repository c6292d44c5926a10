/** The ways to do the job in a browser, file by file: from a File to a Blob, the masks given as one byte for each pixel. */
import dcmjs from "dcmjs";
import type { PyProxy } from "pyodide/ffi";
import { loadPython, SIZE, startExporter } from "./page.js";

/** What a way is given: files, and for each the masks of its planes. */
export interface Work {
  readonly files: readonly File[];
  readonly masks: readonly (readonly Uint8Array<ArrayBuffer>[])[];
  /** Frames of each file. */
  readonly frames: number;
}

/** A file that was written, and the masks in it where the way made its own. */
export interface Written {
  readonly blob: Blob;
  readonly masks?: readonly Uint8Array<ArrayBuffer>[];
}

/** A way that is ready. */
export interface Contender {
  /** Do the job with every file; returns what was written, in order, or how many files were done. */
  run(work: Work): Promise<readonly Written[] | number>;
  stop?(): void | Promise<void>;
}

type Write = (file: File, masks: Work["masks"][number], frames: number) => Promise<Written>;

function oneByOne(write: Write, stop?: () => void): Contender {
  return {
    async run({ files, masks, frames }) {
      const written: Written[] = [];
      for (const [at, file] of files.entries()) written.push(await write(file, masks[at] ?? [], frames));
      return written;
    },
    ...(stop === undefined ? {} : { stop }),
  };
}

/** Every contender by its name. */
export const contenders: Readonly<Record<string, () => Promise<Contender>>> = {
  spike: () => startPython("spike"),
  "spike+loop": () => startPython("spike_with_loop"),
  "lean-pydicom": () => startPython("lean"),
  dcmjs: startDcmjs,
  "ours-exporter": startOneByOne,
  "ours-files": startFiles,
  "floor: copy": async () => oneByOne(async (file) => ({ blob: new Blob([await file.arrayBuffer()]) })),
  "floor: 64 KiB + Blob": startFloor,
};

async function startPython(method: "spike" | "spike_with_loop" | "lean"): Promise<Contender> {
  const pyodide = await loadPython();
  const shape = "(frames, size, size) if frames > 1 else (size, size)";
  const write = pyodide.runPython(`
import methods, numpy
def write(masks, frames, size):
    masks = [numpy.frombuffer(mask, "u1").reshape(${shape}) for mask in masks.to_py()]
    made = methods.${method}("in.dcm", "out.dcm", masks)
    return None if made is masks else [mask.astype("u1").tobytes() for mask in made]
write`) as (masks: unknown, frames: number, size: number) => PyProxy | undefined;
  return oneByOne(async (file, masks, frames) => {
    pyodide.FS.writeFile("in.dcm", new Uint8Array(await file.arrayBuffer()));
    const made = write(masks, frames, SIZE);
    const blob = new Blob([pyodide.FS.readFile("out.dcm") as Uint8Array<ArrayBuffer>]);
    return made === undefined ? { blob } : { blob, masks: made.toJs() };
  });
}

async function startDcmjs(): Promise<Contender> {
  const { DicomMessage, BitArray } = dcmjs.data;
  dcmjs.log.setLevel("silent");
  return oneByOne(async (file, masks, frames) => {
    const dicom = DicomMessage.readFile(await file.arrayBuffer());
    for (const [index, mask] of masks.entries()) {
      const put = (element: string, vr: string, value: unknown[]): void => {
        dicom.upsertTag(`${(0x6000 + 2 * index).toString(16)}${element}`, vr, value);
      };
      put("0010", "US", [SIZE]);
      put("0011", "US", [SIZE]);
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
  });
}

async function startOneByOne(): Promise<Contender> {
  const exporter = await startExporter();
  return oneByOne(
    async (file, masks, frames) => {
      const planes = masks.map((mask) => (frames > 1 ? { mask, numberOfFrames: frames } : { mask }));
      return { blob: (await exporter.writeOverlays(file, planes)).blob };
    },
    () => exporter.dispose(),
  );
}

/** What `exportFiles` takes. */
export const itemsOf = ({ files, masks }: Work): { file: File; planes: { mask: Uint8Array }[] }[] =>
  files.map((file, at) => ({ file, planes: (masks[at] ?? []).map((mask) => ({ mask })) }));

/** Many files in one call, each result kept. */
async function startFiles(): Promise<Contender> {
  const exporter = await startExporter();
  return {
    async run(work) {
      const written: Written[] = [];
      for await (const result of exporter.exportFiles(itemsOf(work))) {
        if (result.outcome !== "written") throw new Error(`file ${result.index}: ${result.outcome}`);
        written[result.index] = { blob: result.blob };
      }
      return written;
    },
    stop: () => exporter.dispose(),
  };
}

/** No overlay is written: the part of a splice that is the browser's, in a worker as the exporter does it. */
async function startFloor(): Promise<Contender> {
  const script = `onmessage = ({ data: { file, mask } }) => {
    const head = new FileReaderSync().readAsArrayBuffer(file.slice(0, 65536));
    postMessage({ size: head.byteLength, bits: new Uint8Array(mask.length >> 3) });
  }`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(script)}`);
  const ask = (file: Blob, mask: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
    new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data.bits);
      worker.postMessage({ file, mask }, [mask.buffer]);
    });
  return oneByOne(
    async (file, masks) => {
      const bits = await ask(file, (masks[0] as Uint8Array).slice());
      return { blob: new Blob([file.slice(0, 6000), bits, file.slice(6000)]) };
    },
    () => worker.terminate(),
  );
}
