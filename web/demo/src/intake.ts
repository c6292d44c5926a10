/** From what was dropped or chosen to opened files: folders walked, ZIPs unpacked, headers read, the rest listed. */
import type { HeaderFacts } from "./dicom-image.js";
import type { ExporterService } from "./exporter-service.js";
import { type ImageClient, ImageError } from "./image-client.js";
import { codeOf } from "./messages.js";
import { aspectOf } from "./pixel-aspect.js";
import type { OpenedFile } from "./series.js";

export interface NamedFile {
  readonly path: string;
  readonly file: File;
}

export interface RejectedFile {
  readonly path: string;
  readonly code: string;
}

/** Headers asked for at the same time: the worker always has the next one, and pictures are not kept waiting. */
const AHEAD = 4;
/** Files between two reports, so that 500 files do not redraw the list 500 times. */
const BATCH = 25;

/**
 * The files of a drop, folders walked.
 *
 * The entries must be taken before the first `await`: the browser empties the transfer after the event.
 */
export function filesOfDrop(transfer: DataTransfer): Promise<NamedFile[]> {
  const entries = [...transfer.items].map((item) => (item.kind === "file" ? item.webkitGetAsEntry() : null));
  const found = entries.filter((entry) => entry !== null);
  if (found.length === 0) return Promise.resolve(filesOfList(transfer.files));
  return walkEntries(found);
}

/** The files of an `<input type="file">`, with their folder where it has one. */
export function filesOfList(list: FileList): NamedFile[] {
  return [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

async function walkEntries(entries: readonly FileSystemEntry[]): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  const waiting = [...entries];
  for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
    if (entry instanceof FileSystemFileEntry || entry.isFile) {
      const path = entry.fullPath.replace(/^\//, "");
      files.push({ path, file: await readEntry(entry as FileSystemFileEntry) });
    } else {
      waiting.push(...(await readFolder((entry as FileSystemDirectoryEntry).createReader())));
    }
  }
  return files;
}

function readEntry(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader hands out at most 100 entries a call (Chromium). */
async function readFolder(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

export interface IntakeReport {
  readonly opened: readonly OpenedFile[];
  readonly rejected: readonly RejectedFile[];
  readonly done: number;
  readonly total: number;
}

/** Gives every opened file its number. */
export class Intake {
  private readonly images: ImageClient;
  private readonly service: ExporterService;
  private nextId = 1;

  constructor(images: ImageClient, service: ExporterService) {
    this.images = images;
    this.service = service;
  }

  /** Open `files`; `report` gets what is new, in batches, the first picture alone so that it shows at once. */
  async open(files: readonly NamedFile[], report: (part: IntakeReport) => void): Promise<void> {
    const { plain, rejected } = await this.unpack(files);
    let opened: OpenedFile[] = [];
    let refused: RejectedFile[] = [...rejected];
    let done = 0;
    let reported = false;
    const flush = (): void => {
      report({ opened, rejected: refused, done, total: plain.length });
      opened = [];
      refused = [];
    };
    const queue = plain.entries();
    const work = async (): Promise<void> => {
      for (const [, item] of queue) {
        const result = await this.openOne(item);
        done += 1;
        if ("code" in result) refused.push(result);
        else opened.push(result);
        if (!reported && opened.length > 0) {
          reported = true;
          flush();
        } else if (done % BATCH === 0) flush();
      }
    };
    await Promise.all(Array.from({ length: AHEAD }, work));
    flush();
  }

  private async openOne({ path, file }: NamedFile): Promise<OpenedFile | RejectedFile> {
    try {
      if (!(await looksLikeDicom(file))) return { path, code: "not-dicom" };
      const facts = await this.images.readHeader(file).catch((error: unknown) => {
        if (!["header-failed", "no-image"].includes(codeOf(error))) throw error;
        return this.inspect(file);
      });
      // No frame is empty: such a number is damaged, and a picture for each would be more than the page can hold.
      if (facts.frames > file.size) return { path, code: "header-failed" };
      return { id: this.nextId++, path, file, facts };
    } catch (error) {
      return { path, code: error instanceof DOMException ? "file-access" : codeOf(error) };
    }
  }

  /** dcmjs gives up on some files that the package reads: marks can be written where nothing is shown. */
  private async inspect(file: File): Promise<HeaderFacts> {
    const exporter = await this.service.get();
    const facts = await exporter.inspect(file);
    if (!facts.rows || !facts.columns) throw new ImageError("no-image");
    return {
      rows: facts.rows,
      columns: facts.columns,
      frames: facts.numberOfFrames ?? 1,
      seriesUid: facts.seriesInstanceUid ?? "",
      instanceUid: facts.sopInstanceUid ?? "",
      modality: "",
      seriesDescription: "",
      seriesNumber: null,
      instanceNumber: facts.instanceNumber,
      position: facts.imagePositionPatient,
      orientation: facts.imageOrientationPatient,
      spacing: facts.pixelSpacing,
      pixelAspect: aspectOf(facts.pixelSpacing),
    };
  }

  private async unpack(
    files: readonly NamedFile[],
  ): Promise<{ plain: NamedFile[]; rejected: RejectedFile[] }> {
    const plain: NamedFile[] = [];
    const rejected: RejectedFile[] = [];
    for (const item of files) {
      if (!(await isZip(item.file))) {
        plain.push(item);
        continue;
      }
      try {
        for (const { path, file } of await this.images.unzip(item.file)) {
          plain.push({ path: `${item.path}/${path}`, file });
        }
      } catch (error) {
        rejected.push({ path: item.path, code: codeOf(error) });
      }
    }
    return { plain, rejected };
  }
}

async function isZip(file: Blob): Promise<boolean> {
  // What cannot be read is no ZIP; the header step then says why.
  const head = await readHead(file, 4).catch(() => new Uint8Array());
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
}

/** "DICM" at 128, or a data set that begins at once with group 0002 or 0008 in either byte order. */
async function looksLikeDicom(file: Blob): Promise<boolean> {
  const head = await readHead(file, 132);
  if (String.fromCharCode(...head.subarray(128)) === "DICM") return true;
  const [a, b, c, d] = head;
  const little = (a === 2 || a === 8) && b === 0 && d === 0;
  const big = a === 0 && (b === 2 || b === 8) && c === 0;
  return head.length > 8 && (little || big);
}

async function readHead(file: Blob, bytes: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, bytes).arrayBuffer());
}
