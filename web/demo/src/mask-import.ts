/** From mask files to layers: PNGs lie on the shown picture or, several at once, on the pictures in order. */
import type { BitMask } from "./bitmask.js";
import { type LabelVolume, labelsIn } from "./label-volume.js";
import { type Layer, type LayerStack, MAX_LAYERS, MAX_NAME } from "./layers.js";
import { MaskFileError } from "./mask-error.js";
import { isNpy, readNpy } from "./npy.js";
import { placeVolume } from "./placement.js";
import { isPng, readPngMask } from "./png.js";
import type { Picture, Series } from "./series.js";

/** What was done, to be told on the page. */
export interface ImportReport {
  readonly words: string;
  /** A picture that has marks now. */
  readonly picture: string | null;
}

interface Target {
  readonly series: Series;
  readonly picture: Picture;
  readonly stack: LayerStack;
}

type Change = { layer: Layer; picture: string; mask: BitMask | null };

/** Bring mask files in; throws `MaskFileError` and changes nothing when one does not fit. */
export async function importMasks(files: readonly File[], target: Target): Promise<ImportReport> {
  const heads = await Promise.all(
    files.map(async (file) => new Uint8Array(await file.slice(0, 8).arrayBuffer())),
  );
  if (files.length > 0 && heads.every(isPng)) return await importPngs(files, target);
  const reports: ImportReport[] = [];
  for (const file of files) reports.push(await importVolume(file, target));
  return { words: reports.map(({ words }) => words).join(" "), picture: reports.at(-1)?.picture ?? null };
}

async function importPngs(files: readonly File[], { series, picture, stack }: Target): Promise<ImportReport> {
  const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const pictures = files.length === 1 ? [picture] : series.pictures;
  if (files.length > pictures.length || (files.length > 1 && files.length !== pictures.length)) {
    throw new MaskFileError("mask-not-placed");
  }
  const layer = freeLayer(stack, sorted[0]?.name ?? "Mask");
  const changes: Change[] = [];
  for (const [k, file] of sorted.entries()) {
    const mask = readPngMask(new Uint8Array(await file.arrayBuffer()));
    const { key, source } = pictures[k] as Picture;
    requireSize(mask.columns, mask.rows, source.facts);
    changes.push({ layer, picture: key, mask });
  }
  const marked = changes.filter(({ mask }) => mask?.isEmpty() === false);
  stack.apply(changes);
  const pixels = marked.reduce((sum, { mask }) => sum + (mask?.countSet() ?? 0), 0);
  const words = `Mask brought in: ${pixels} pixels on ${count(marked.length, "image")}.`;
  return { words, picture: marked[0]?.picture ?? null };
}

function requireSize(columns: number, rows: number, wanted: { columns: number; rows: number }): void {
  if (columns === wanted.columns && rows === wanted.rows) return;
  const detail = { columns, rows, wantedColumns: wanted.columns, wantedRows: wanted.rows };
  throw new MaskFileError("mask-size", { detail });
}

async function importVolume(file: File, { series, picture, stack }: Target): Promise<ImportReport> {
  const buffer = await file.arrayBuffer();
  const volume = await readVolume(buffer, picture);
  const labels = labelsIn(volume, MAX_LAYERS);
  if (labels.length === 0) throw new MaskFileError("mask-empty");
  const single = volume.size[2] === 1 && volume.affine === null;
  if (single) requireSize(volume.size[0], volume.size[1], picture.source.facts);
  const placement = placeVolume(volume, single ? [picture] : series.pictures);
  const empty = stack.layers.filter(({ masks }) => masks.size === 0).length;
  if (labels.length > MAX_LAYERS - stack.layers.length + empty)
    throw new MaskFileError("mask-too-many-labels");
  const changes: Change[] = [];
  for (const label of labels) {
    const layer = freeLayer(stack, labels.length === 1 ? file.name : `${stem(file.name)} ${label}`);
    for (const place of single ? [picture] : series.pictures) {
      const mask = placement.cut(label, place);
      if (mask !== null && !mask.isEmpty()) changes.push({ layer, picture: place.key, mask });
    }
    // The next label must not take the same empty layer: mark it at once.
    stack.apply(changes.splice(0));
  }
  const how =
    placement.method === "geometry"
      ? `placed by its position in space on ${count(placement.placed, "image")}`
      : "placed slice by slice in order, as its position in space could not decide; check that it lies right";
  const marked = series.pictures.find(({ key }) => stack.layers.some(({ masks }) => masks.has(key)));
  return {
    words: `Mask brought in: ${count(labels.length, "layer")}, ${how}.`,
    picture: marked?.key ?? null,
  };
}

async function readVolume(buffer: ArrayBuffer, { source }: Picture): Promise<LabelVolume> {
  const bytes = new Uint8Array(buffer);
  if (isNpy(bytes)) return readNpy(bytes, source.facts.rows, source.facts.columns);
  // Loaded only now: most visits bring no NIfTI.
  const { readNifti } = await import("./nifti.js");
  const volume = await readNifti(buffer);
  if (volume === null) throw new MaskFileError("mask-unknown-format");
  return volume;
}

/** The active layer when it is still empty, else a new one; named after the file. */
function freeLayer(stack: LayerStack, fileName: string): Layer {
  const empty =
    stack.active.masks.size === 0 ? stack.active : stack.layers.find(({ masks }) => masks.size === 0);
  const layer = empty ?? stack.add();
  if (layer === null) throw new MaskFileError("mask-too-many-labels");
  if (/^Layer \d+$/.test(layer.name)) layer.name = stem(fileName) || layer.name;
  stack.select(layer);
  return layer;
}

/** A file name as a layer's name: without extension and backslash, not longer than a label may be. */
function stem(fileName: string): string {
  return fileName
    .replace(/\.(png|npy|nii|nii\.gz)$/i, "")
    .replaceAll("\\", "")
    .trim()
    .slice(0, MAX_NAME);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
