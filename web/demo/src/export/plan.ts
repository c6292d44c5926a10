/** From the page's state to a list of jobs: which file gets which planes under which name, and loses which. */
import type { PlaneInput } from "dicom-overlay";
import { type BitMask, joinFrames } from "../model/bitmask.js";
import type { Doc, Layer, PlaneOrigin } from "../model/document.js";
import { type OpenedFile, pictureKey, type Series } from "../model/series.js";
import { exportName } from "./names.js";

/** What happens to files without marks. */
export type UnmarkedRule = "empty" | "unchanged" | "omit";

export type SinkName = "zip" | "zip-to" | "folder" | "back" | "files" | "archive";

export interface ExportOptions {
  /** Planes in the files, or pictures with the marks in them as a series of their own. */
  readonly form: "planes" | "capture";
  readonly scope: "image" | "series";
  readonly instance: "keep" | "derived";
  readonly unmarked: UnmarkedRule;
  readonly pattern: string;
  readonly sink: SinkName;
  readonly check: boolean;
}

/** What of the choices can be had for a series of so many files, and into these sinks. */
export function usable(
  options: ExportOptions,
  { files, sinks }: { readonly files: number; readonly sinks: readonly SinkName[] },
): ExportOptions {
  // With a single file there is no scope to choose; another series may have come from no folder.
  const scope = files > 1 ? options.scope : "image";
  const sink = sinks.includes(options.sink) ? options.sink : "zip";
  const chosen: ExportOptions = { ...options, scope, sink };
  // A picture is a new image beside the old one; without marks it is of use to few.
  if (chosen.form === "capture")
    return { ...chosen, unmarked: chosen.unmarked === "unchanged" ? "unchanged" : "omit" };
  // An archive keeps the first copy of an instance, so it gets new ones, and only those with marks.
  if (sink === "archive") return { ...chosen, instance: "derived", unmarked: "omit" };
  // A derived image names its source, which must not go; and what goes back over its original must have been meant.
  return sink === "back" ? { ...chosen, instance: "keep", unmarked: "omit" } : chosen;
}

/** One plane, as it will be written. */
export interface PlannedPlane {
  readonly layerId: number;
  /** Overlay Label; empty for none. */
  readonly name: string;
  /** Its bits, made when they are asked for. */
  readonly pack: () => Uint8Array;
  readonly marked: boolean;
  /** The group of the plane that it replaces; null takes the first free one. */
  readonly group: number | null;
  readonly origin: PlaneOrigin | null;
  readonly againstPosition: boolean;
}

export interface ExportItem {
  readonly source: OpenedFile;
  readonly name: string;
  /** Empty where no plane is to be written. */
  readonly planes: readonly PlannedPlane[];
  /** Groups that are to be removed. */
  readonly removed: readonly number[];
  /** What a changed file becomes; a copied one stays as it was. */
  readonly instance: ExportOptions["instance"];
}

/** Layers that are exported: visible ones with marks, or out of a plane, which may have been emptied. */
export function exportedLayers({ layers }: Doc): readonly Layer[] {
  return layers.filter(({ visible, masks, origin }) => visible && (masks.size > 0 || origin !== null));
}

/** Plan the export of `file`, or of its whole series; hidden layers are left out. */
export function planExport(series: Series, file: OpenedFile, doc: Doc, options: ExportOptions): ExportItem[] {
  const files = options.scope === "series" ? series.files : [file];
  const layers = exportedLayers(doc);
  const { instance, unmarked } = options;
  const items: ExportItem[] = [];
  for (const source of files) {
    const index = series.files.indexOf(source) + 1;
    const name =
      options.sink === "back"
        ? source.file.name
        : exportName(options.pattern, source.file.name, index, series.files.length);
    const removed = doc.removed.flatMap(({ groups }) => groups.get(source.id) ?? []);
    const planned = layers
      .map((layer) => planPlane(layer, source))
      // A layer is written where it has marks and where its plane was; a new one everywhere, if the user asked for
      // that.
      .filter(
        ({ marked, group, origin }) => marked || group !== null || (origin === null && unmarked === "empty"),
      );
    const touched = removed.length > 0 || planned.some(({ marked, group }) => marked || group !== null);
    if (touched || (options.scope === "image" && options.sink !== "back")) {
      items.push({ source, name, planes: planned, removed, instance });
    } else if (unmarked !== "omit") {
      items.push({ source, name, planes: unmarked === "empty" ? planned : [], removed: [], instance });
    }
  }
  return items;
}

function planPlane(layer: Layer, source: OpenedFile): PlannedPlane {
  const { numberOfFrames: frames, rows, columns } = source.facts;
  const masks: (BitMask | null)[] = [];
  for (let frame = 0; frame < frames; frame++) masks.push(layer.masks.get(pictureKey(source, frame)) ?? null);
  const marked = masks.some((mask) => mask !== null);
  const [only] = masks;
  // One frame is stored as it is written; several are joined when the file's turn comes, and not for the button's words.
  const pack = (): Uint8Array => (frames === 1 && only ? only.bits : joinFrames(masks, rows, columns));
  const group = layer.origin?.groups.get(source.id) ?? null;
  const { name, origin, againstPosition } = layer;
  // A plane without a label stays without one until its layer is renamed.
  const label = origin !== null && name === origin.name ? origin.label : name;
  return { layerId: layer.id, name: label, pack, marked, group, origin, againstPosition };
}

/** A planned plane as the package takes it. */
export function toPlaneInput({ name, pack, group, origin }: PlannedPlane, { facts }: OpenedFile): PlaneInput {
  const { rows, columns, numberOfFrames: frames } = facts;
  return {
    packed: pack(),
    rows,
    columns,
    ...(name === "" ? {} : { label: name }),
    ...(frames > 1 ? { numberOfFrames: frames, imageFrameOrigin: 1 } : {}),
    ...(group === null ? {} : { group, existing: "replace-group" as const }),
    ...(origin === null ? {} : { overlayType: origin.overlayType }),
    ...(origin?.subtype ? { subtype: origin.subtype } : {}),
    ...(origin?.description ? { description: origin.description } : {}),
  };
}
