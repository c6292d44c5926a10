/** From mask files to volumes, and from volumes that were placed to layers. */
import type { PlacedView } from "dicom-overlay";
import { packedSize } from "../../../src/masks/packing.js";
import { countBits } from "../model/bitmask.js";
import { Fault } from "../workers/fault.js";
import { isMetaImage, readMetaImage } from "./metaimage.js";
import { readNifti } from "./nifti.js";
import { isNpy, readNpy } from "./npy.js";
import { isNrrd, readNrrd } from "./nrrd.js";
import { isPng, readPng } from "./png.js";
import type {
  Choice,
  CutRequest,
  FoundVolume,
  MaskAnswers,
  NewLayer,
  ReadRequest,
  Size,
  TryRequest,
} from "./protocol.js";
import { isDicom, readSegmentation } from "./segmentation.js";
import { type LabelVolume, type Values, valuesOf } from "./volume.js";

/** More labels than there are planes cannot be written. */
const LABEL_LIMIT = 16;

type Progress = (share: number) => void;

/** A volume that is kept until the page knows where it lies. */
interface Waiting {
  readonly name: string;
  readonly volume: LabelVolume;
  readonly values: Values;
}

let waiting: Waiting[] = [];

/** Read all files; nothing is returned if one of them is not a mask. Pictures of one size are one stack, by their names. */
export async function readMasks(request: ReadRequest, onProgress: Progress): Promise<FoundVolume[]> {
  const files = [...request.files].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  waiting = [];
  const pictures: LabelVolume[] = [];
  for (const [k, file] of files.entries()) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (isPng(bytes)) {
      const picture = readPng(bytes);
      requireSize(picture, request);
      pictures.push(picture);
    } else for (const volume of await readVolumes(bytes)) wait(stem(file.name), volume);
    onProgress((k + 1) / files.length);
  }
  const [first] = files;
  if (pictures.length > 0) wait(stem(first?.name ?? ""), stackOf(pictures));
  return waiting.map(({ name, values, volume: { data: _data, names: _names, isGrey: _grey, ...space } }) => ({
    name,
    values,
    ...space,
  }));
}

function wait(name: string, volume: LabelVolume): void {
  const values = valuesOf(volume, LABEL_LIMIT);
  if (values.labels?.length === 0) throw new Fault("mask-empty");
  waiting.push({ name, volume, values });
}

function requireSize({ columns, rows }: Size, { columns: wantedColumns, rows: wantedRows }: Size): void {
  if (columns === wantedColumns && rows === wantedRows) return;
  throw new Fault("mask-size", { columns, rows, wantedColumns, wantedRows });
}

/** Pictures one after the other; where one needs a threshold, all have it. */
function stackOf(pictures: readonly LabelVolume[]): LabelVolume {
  const [first] = pictures;
  if (first === undefined || pictures.length === 1) return first as LabelVolume;
  const size = first.rows * first.columns;
  const data = new Uint16Array(size * pictures.length);
  const isGrey = pictures.some((picture) => picture.isGrey === true);
  let highest = 0;
  for (const { data: all } of pictures) for (const value of all) highest = Math.max(highest, value);
  for (const [k, picture] of pictures.entries()) {
    const isDrawing = isGrey && picture.isGrey !== true;
    data.set(isDrawing ? picture.data.map((value) => value * highest) : picture.data, k * size);
  }
  return { data, rows: first.rows, columns: first.columns, slices: pictures.length, isGrey };
}

async function readVolumes(bytes: Uint8Array<ArrayBuffer>): Promise<readonly LabelVolume[]> {
  if (isNpy(bytes)) return [readNpy(bytes)];
  if (isNrrd(bytes)) return await readNrrd(bytes);
  if (isDicom(bytes)) return readSegmentation(bytes.buffer);
  const volume = await readNifti(bytes.buffer);
  if (volume !== null) return [volume];
  if (isMetaImage(bytes)) return [await readMetaImage(bytes)];
  throw new Fault("mask-unknown-format");
}

/** What a threshold would set on one picture. */
export function tryThreshold({ volume: at, view, threshold, rows, columns }: TryRequest): MaskAnswers["try"] {
  const volume = waiting[at]?.volume;
  if (volume === undefined) throw new Fault("mask-damaged");
  const masks = new Map([[1, new Map<number, Uint8Array>()]]);
  cutPicture(labeller(volume, { threshold }), view, { rows, columns }, 0, masks);
  const bits = new Uint8Array(masks.get(1)?.get(0) ?? packed({ rows, columns }));
  return { bits, pixels: countBits(bits) };
}

/** Cut up the volumes that were read: one layer for each label that occurs on the pictures. */
export function cutMasks({ views, choices, room, ...size }: CutRequest, onProgress: Progress): NewLayer[] {
  const total = views.reduce((sum, some) => sum + some.length, 0);
  let done = 0;
  const layers = waiting.flatMap(({ name, volume, values }, v) => {
    const choice = choices[v] ?? "labels";
    const labels = choice === "labels" ? (values.labels ?? []) : [1];
    const byLabel = new Map(labels.map((label) => [label, new Map<number, Uint8Array>()]));
    const labelAt = labeller(volume, choice);
    for (const [picture, view] of (views[v] ?? []).entries()) {
      if (view !== null) cutPicture(labelAt, view, size, picture, byLabel);
      onProgress(++done / total);
    }
    return [...byLabel].flatMap(([label, masks]) => {
      const own = volume.names?.get(label)?.replaceAll("\\", "").trim() || null;
      const called = own ?? (byLabel.size === 1 ? name : `${name} ${label}`.trim());
      return masks.size === 0 ? [] : [joined(called, v, masks, size)];
    });
  });
  // The labels occur in the volume. Without layers, none of them lies on an image.
  if (layers.length === 0) throw new Fault(choices.includes("labels") ? "mask-not-placed" : "mask-empty");
  if (layers.length > room) throw new Fault("mask-too-many-labels");
  return layers;
}

/** The label of a voxel, 0 for background. */
function labeller({ data }: LabelVolume, choice: Choice): (at: number) => number {
  if (choice === "labels") return (at) => data[at] as number;
  // As NumPy compares: 0.7 as a single is at 0.7, though it is less than 0.7 as a double.
  const threshold = data instanceof Float32Array ? Math.fround(choice.threshold) : choice.threshold;
  return (at) => ((data[at] as number) >= threshold ? 1 : 0);
}

/** The masks of all labels on one picture, without empty ones, in one pass over its pixels. */
function cutPicture(
  labelAt: (at: number) => number,
  [offset, rowStep, columnStep, firstRow, endRow, firstColumn, endColumn]: PlacedView,
  { rows, columns }: Size,
  picture: number,
  byLabel: ReadonlyMap<number, Map<number, Uint8Array>>,
): void {
  let last = 0;
  let bits: Uint8Array | null = null;
  for (let r = firstRow; r < endRow; r++) {
    for (let c = firstColumn; c < endColumn; c++) {
      const value = labelAt(offset + r * rowStep + c * columnStep);
      if (value === 0) continue;
      if (value !== last || bits === null) {
        last = value;
        const masks = byLabel.get(value);
        bits = masks?.get(picture) ?? packed({ rows, columns });
        masks?.set(picture, bits);
      }
      const i = r * columns + c;
      bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
    }
  }
}

/** Room for the bits of a picture, as Overlay Data has them. */
function packed({ rows, columns }: Size): Uint8Array {
  return new Uint8Array(packedSize(rows * columns));
}

/** The masks of a layer in one buffer: thousands of buffers would hold the page up while they arrive. */
function joined(
  name: string,
  volume: number,
  masks: ReadonlyMap<number, Uint8Array>,
  { rows, columns }: Size,
): NewLayer {
  const all = [...masks.values()];
  const bits = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let [at, pixels, most] = [0, 0, 0];
  for (const one of all) {
    bits.set(one, at);
    at += one.length;
    const count = countBits(one);
    pixels += count;
    most = Math.max(most, count / (rows * columns));
  }
  return { name, volume, pictures: [...masks.keys()], bits, pixels, most };
}

/** A file name as a layer's name: without extension and backslash; codes as in the names that `extract` gives. */
function stem(fileName: string): string {
  return decoded(fileName.replace(/\.(png|npy|nii|nii\.gz|nrrd|mha|dcm)$/i, "").replace(/\.seg$/i, ""))
    .replaceAll("\\", "")
    .trim();
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // A per cent sign that begins no code.
  }
}
