/** From mask files to layers: PNGs lie on the shown picture or, several at once, on the pictures in order. */
import { CodedError } from "../app/worker-side.js";
import type { BitMask } from "../mark/bitmask.js";
import { readNifti } from "./nifti.js";
import { isNpy, readNpy } from "./npy.js";
import { placeVolume } from "./place.js";
import { isPng, readPngMask } from "./png.js";
import type { ImportAnswer, ImportRequest, NewLayer } from "./protocol.js";
import { type LabelVolume, labelsIn, type Target } from "./volume.js";

/** More labels than there are planes need not be told apart. */
const LABEL_LIMIT = 16;

/** Read and place all files; nothing is answered when one of them does not fit. */
export async function importMasks(
  request: ImportRequest,
  onProgress: (share: number) => void,
): Promise<ImportAnswer> {
  const heads = await Promise.all(
    request.files.map(async (file) => new Uint8Array(await file.slice(0, 8).arrayBuffer())),
  );
  if (heads.length > 0 && heads.every(isPng)) return importPngs(request, onProgress);
  const layers: NewLayer[] = [];
  let method: ImportAnswer["method"] = "geometry";
  let placed = 0;
  for (const [k, file] of request.files.entries()) {
    const share = (part: number): void => onProgress((k + part) / request.files.length);
    const answer = await importVolume(file, request, share);
    layers.push(...answer.layers);
    if (answer.method === "index") method = "index";
    placed = Math.max(placed, answer.placed);
  }
  if (layers.length > request.room) throw new CodedError("mask-too-many-labels");
  return { layers, method, placed, pixels: 0 };
}

async function importPngs(
  { files, pictures, shown, room }: ImportRequest,
  onProgress: (share: number) => void,
): Promise<ImportAnswer> {
  const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  if (files.length > 1 && files.length !== pictures.length) throw new CodedError("mask-not-placed");
  if (room < 1) throw new CodedError("mask-too-many-labels");
  const masks: { picture: number; bits: Uint8Array<ArrayBuffer> }[] = [];
  let pixels = 0;
  for (const [k, file] of sorted.entries()) {
    const mask = readPngMask(new Uint8Array(await file.arrayBuffer()));
    const at = files.length === 1 ? shown : k;
    requireSize(mask.columns, mask.rows, pictures[at] as Target);
    onProgress((k + 1) / files.length);
    if (mask.isEmpty()) continue;
    pixels += mask.countSet();
    masks.push({ picture: at, bits: bitsOf(mask) });
  }
  if (masks.length === 0) throw new CodedError("mask-empty");
  const name = stem(sorted[0]?.name ?? "");
  return { layers: [{ name, masks }], method: "pictures", placed: masks.length, pixels };
}

function bitsOf({ bits }: BitMask): Uint8Array<ArrayBuffer> {
  return bits as Uint8Array<ArrayBuffer>;
}

function requireSize(columns: number, rows: number, wanted: Target): void {
  if (columns === wanted.columns && rows === wanted.rows) return;
  throw new CodedError("mask-size", {
    columns,
    rows,
    wantedColumns: wanted.columns,
    wantedRows: wanted.rows,
  });
}

async function importVolume(
  file: File,
  { pictures, shown, room }: ImportRequest,
  onProgress: (share: number) => void,
): Promise<ImportAnswer> {
  const first = pictures[shown] as Target;
  const volume = await readVolume(await file.arrayBuffer(), first);
  const labels = labelsIn(volume, LABEL_LIMIT);
  if (labels.length === 0) throw new CodedError("mask-empty");
  if (labels.length > room) throw new CodedError("mask-too-many-labels");
  const single = volume.size[2] === 1 && volume.affine === null;
  if (single) requireSize(volume.size[0], volume.size[1], first);
  const targets = single ? [first] : pictures;
  const placement = placeVolume(volume, targets);
  const byLabel = new Map(
    labels.map((label) => [label, [] as { picture: number; bits: Uint8Array<ArrayBuffer> }[]]),
  );
  for (const k of targets.keys()) {
    for (const [label, mask] of placement.cut(k, labels)) {
      byLabel.get(label)?.push({ picture: single ? shown : k, bits: bitsOf(mask) });
    }
    onProgress((k + 1) / targets.length);
  }
  const name = stem(file.name);
  const layers = labels.map((label) => ({
    name: labels.length === 1 ? name : `${name} ${label}`.trim(),
    masks: byLabel.get(label) ?? [],
  }));
  return { layers, method: placement.method, placed: placement.placed, pixels: 0 };
}

async function readVolume(buffer: ArrayBuffer, { rows, columns }: Target): Promise<LabelVolume> {
  const bytes = new Uint8Array(buffer);
  if (isNpy(bytes)) return readNpy(bytes, rows, columns);
  const volume = await readNifti(buffer);
  if (volume === null) throw new CodedError("mask-unknown-format");
  return volume;
}

/** A file name as a layer's name: without extension and backslash. */
function stem(fileName: string): string {
  return fileName
    .replace(/\.(png|npy|nii|nii\.gz)$/i, "")
    .replaceAll("\\", "")
    .trim();
}
