/** From the page's state to a list of jobs: which file gets which planes under which name. */
import type { PlaneInput } from "dicom-overlay";
import { type BitMask, joinFrames, packedBytes } from "./bitmask.js";
import { exportName } from "./export-names.js";
import type { Layer } from "./layers.js";
import { type OpenedFile, pictureKey, type Series } from "./series.js";

/** What happens with files on which nothing is marked. */
export type UnmarkedRule = "empty" | "unchanged" | "omit";

export interface ExportOptions {
  readonly scope: "image" | "series";
  readonly instance: "keep" | "derived";
  readonly unmarked: UnmarkedRule;
  readonly pattern: string;
  readonly sink: "zip" | "folder" | "files";
  readonly check: boolean;
}

/** One plane as it will be written. */
export interface PlannedPlane {
  readonly name: string;
  readonly packed: Uint8Array;
  readonly marked: boolean;
}

export interface ExportItem {
  readonly source: OpenedFile;
  readonly name: string;
  /** Empty where the file is to be copied as it is. */
  readonly planes: readonly PlannedPlane[];
}

/** Plan the export of `file`, or of its whole series; hidden layers stay at home. */
export function planExport(
  series: Series,
  file: OpenedFile,
  layers: readonly Layer[],
  options: ExportOptions,
): ExportItem[] {
  const files = options.scope === "series" ? series.files : [file];
  const visible = layers.filter((layer) => layer.visible && (layer.masks.size > 0 || layers.length === 1));
  const items: ExportItem[] = [];
  for (const source of files) {
    const planes = visible.map((layer) => planPlane(layer, source));
    const unmarked = planes.every(({ marked }) => !marked);
    if (unmarked && options.scope === "series" && options.unmarked === "omit") continue;
    const index = series.files.indexOf(source) + 1;
    const name = exportName(options.pattern, source.file.name, index, series.files.length);
    const copied = unmarked && options.scope === "series" && options.unmarked === "unchanged";
    items.push({ source, name, planes: copied ? [] : planes });
  }
  return items;
}

function planPlane(layer: Layer, source: OpenedFile): PlannedPlane {
  const { frames, rows, columns } = source.facts;
  const masks: (BitMask | null)[] = [];
  for (let frame = 0; frame < frames; frame++) masks.push(layer.masks.get(pictureKey(source, frame)) ?? null);
  const marked = masks.some((mask) => mask !== null);
  const [only] = masks;
  // One frame is stored as it is written: 500 files cost no 500 copies.
  const packed =
    frames === 1 && only ? only.bits : marked ? joinFrames(masks, rows, columns) : emptyBits(source);
  return { name: layer.name, packed, marked };
}

/** Planes without a mark share their zeros as long as the size stays the same; nobody writes into them. */
let zeros = new Uint8Array();

function emptyBits({ facts: { frames, rows, columns } }: OpenedFile): Uint8Array {
  const bytes = packedBytes(frames * rows * columns);
  if (zeros.length !== bytes) zeros = new Uint8Array(bytes);
  return zeros;
}

/** A planned plane as the package takes it; the first free group is the package's choice. */
export function toPlaneInput({ name, packed }: PlannedPlane, { facts }: OpenedFile): PlaneInput {
  const { rows, columns, frames } = facts;
  const several = frames > 1 ? { numberOfFrames: frames, imageFrameOrigin: 1 } : {};
  return { packed, rows, columns, label: name, ...several };
}
