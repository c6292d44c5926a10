/** From mask files to layers: PNGs lie on the shown picture or, several at once, on the pictures in order. */
import type { PlacedView } from "dicom-overlay";
import { CodedError } from "../workers/side.js";
import { readNifti } from "./nifti.js";
import { isNpy, readNpy } from "./npy.js";
import { isPng, readPngMask } from "./png.js";
import type { CutRequest, NewLayer, ReadAnswer, ReadRequest, Size } from "./protocol.js";
import { type LabelVolume, labelsIn } from "./volume.js";

/** More labels than there are planes need not be told apart. */
const LABEL_LIMIT = 16;

type Progress = (share: number) => void;

/** A volume that waits until the page knows where it lies. */
interface Waiting {
  readonly name: string;
  readonly volume: LabelVolume;
  readonly labels: readonly number[];
}

let waiting: Waiting[] = [];

/** Read all files; nothing is answered when one of them is no mask or there are too many labels. */
export async function readMasks(request: ReadRequest, onProgress: Progress): Promise<ReadAnswer> {
  const { files } = request;
  const heads = await Promise.all(
    files.map(async (file) => new Uint8Array(await file.slice(0, 8).arrayBuffer())),
  );
  if (heads.length > 0 && heads.every(isPng)) return await readPngs(request, onProgress);
  waiting = [];
  let count = 0;
  for (const file of files) {
    const volume = await readVolume(await file.arrayBuffer(), request);
    const labels = labelsIn(volume, LABEL_LIMIT);
    if (labels.length === 0) throw new CodedError("mask-empty");
    count += labels.length;
    if (count > request.room) throw new CodedError("mask-too-many-labels");
    waiting.push({ name: stem(file.name), volume, labels });
  }
  const volumes = waiting.map(({ volume: { data: _data, ...space } }) => space);
  return { layers: [], pixels: 0, volumes };
}

async function readPngs(
  { files, pictures, room, ...wanted }: ReadRequest,
  onProgress: Progress,
): Promise<ReadAnswer> {
  const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  if (files.length > 1 && files.length !== pictures) throw new CodedError("mask-not-placed");
  if (room < 1) throw new CodedError("mask-too-many-labels");
  const masks = new Map<number, Uint8Array>();
  let pixels = 0;
  for (const [k, file] of sorted.entries()) {
    const mask = readPngMask(new Uint8Array(await file.arrayBuffer()));
    requireSize(mask, wanted);
    onProgress((k + 1) / files.length);
    if (mask.isEmpty()) continue;
    pixels += mask.countSet();
    masks.set(k, mask.bits);
  }
  if (masks.size === 0) throw new CodedError("mask-empty");
  return { layers: [joined(stem(sorted[0]?.name ?? ""), masks)], pixels, volumes: [] };
}

function requireSize({ columns, rows }: Size, { columns: wantedColumns, rows: wantedRows }: Size): void {
  if (columns === wantedColumns && rows === wantedRows) return;
  throw new CodedError("mask-size", { columns, rows, wantedColumns, wantedRows });
}

async function readVolume(buffer: ArrayBuffer, { rows, columns }: Size): Promise<LabelVolume> {
  const bytes = new Uint8Array(buffer);
  if (isNpy(bytes)) return readNpy(bytes, rows, columns);
  const volume = await readNifti(buffer);
  if (volume === null) throw new CodedError("mask-unknown-format");
  return volume;
}

/** Cut the volumes that wait: a layer for each label. */
export function cutMasks({ views, rows, columns }: CutRequest, onProgress: Progress): NewLayer[] {
  const total = views.reduce((sum, some) => sum + some.length, 0);
  let done = 0;
  return waiting.flatMap(({ name, volume, labels }, v) => {
    const byLabel = new Map(labels.map((label) => [label, new Map<number, Uint8Array>()]));
    for (const [picture, view] of (views[v] ?? []).entries()) {
      if (view !== null) cutPicture(volume, view, { rows, columns }, picture, byLabel);
      onProgress(++done / total);
    }
    return [...byLabel].map(([label, masks]) =>
      joined(byLabel.size === 1 ? name : `${name} ${label}`.trim(), masks),
    );
  });
}

/** The masks of all labels on one picture, without empty ones, in one pass over its pixels. */
function cutPicture(
  { data }: LabelVolume,
  [offset, rowStep, columnStep, firstRow, endRow, firstColumn, endColumn]: PlacedView,
  { rows, columns }: Size,
  picture: number,
  byLabel: ReadonlyMap<number, Map<number, Uint8Array>>,
): void {
  const bytes = Math.ceil((rows * columns) / 16) * 2;
  let last = 0;
  let bits: Uint8Array | null = null;
  for (let r = firstRow; r < endRow; r++) {
    for (let c = firstColumn; c < endColumn; c++) {
      const i = r * columns + c;
      const value = data[offset + r * rowStep + c * columnStep] as number;
      if (value === 0 || Number.isNaN(value)) continue;
      if (value !== last || bits === null) {
        last = value;
        const masks = byLabel.get(value);
        bits = masks?.get(picture) ?? new Uint8Array(bytes);
        masks?.set(picture, bits);
      }
      bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
    }
  }
}

/** The masks of a layer in one buffer: thousands of buffers would hold the page up while they arrive. */
function joined(name: string, masks: ReadonlyMap<number, Uint8Array>): NewLayer {
  const all = [...masks.values()];
  const bits = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of all) {
    bits.set(one, at);
    at += one.length;
  }
  return { name, pictures: [...masks.keys()], bits };
}

/** A file name as a layer's name: without extension and backslash. */
function stem(fileName: string): string {
  return fileName
    .replace(/\.(png|npy|nii|nii\.gz)$/i, "")
    .replaceAll("\\", "")
    .trim();
}
