/** The planes that the files of the shown series have: read one file after the other, the shown one first. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { OverlayPlane } from "dicom-overlay";
import { codeOf } from "../words/faults.js";
import { BitMask, cutFrame } from "./bitmask.js";
import type { PlaneOrigin } from "./document.js";
import { getExporter } from "./exporter.js";
import { planeColour } from "./palette.js";
import type { OpenedFile, Picture, Series } from "./series.js";
import { current, index } from "./state.js";

/** Files read at the same time; the package's pool shares them among its workers. */
const ABREAST = 2;
/** Milliseconds between two looks of the page at what was read. */
const PACE = 200;

/** One plane over the whole series: the planes of its files that have the same label, or the same group. */
export interface SeriesPlane {
  readonly key: string;
  readonly label: string;
  readonly groups: readonly number[];
  readonly files: ReadonlyMap<number, OverlayPlane>;
  readonly first: OverlayPlane;
}

/** How a plane is shown; kept while the page is open. */
export interface PlaneStyle {
  readonly colour: string;
  readonly opacity: number;
  readonly visible: boolean;
}

/** What was read, by file number: planes, or the code of what went wrong. */
type Read = ReadonlyMap<number, readonly OverlayPlane[] | string>;

const read: Signal<Read> = signal(new Map());
/** Rises when files were written, so that they are read again. */
const generation = signal(0);
export const planeStyles: Signal<ReadonlyMap<string, PlaneStyle>> = signal(new Map());

/** Planes of the shown series, and how many of its files were read. */
export const seriesPlanes: ReadonlySignal<{
  planes: readonly SeriesPlane[];
  done: number;
  total: number;
  fault: string;
}> = computed(() => {
  const files = current.value?.files ?? [];
  let done = 0;
  let fault = "";
  const found: [number, readonly OverlayPlane[]][] = [];
  for (const { id } of files) {
    const one = read.value.get(id);
    if (one === undefined) continue;
    done += 1;
    if (typeof one === "string") fault = one;
    else if (one.length > 0) found.push([id, one]);
  }
  return { planes: gather(found), done, total: files.length, fault };
});

function gather(found: readonly [number, readonly OverlayPlane[]][]): SeriesPlane[] {
  const byKey = new Map<string, { label: string; files: Map<number, OverlayPlane> }>();
  for (const [id, planes] of found) {
    for (const plane of planes) {
      const label = plane.label?.trim() ?? "";
      const plain = label === "" ? `group ${plane.group}` : `label ${label}`;
      // Two planes of one file with the same label stay two.
      const key = byKey.get(plain)?.files.has(id) === true ? `${plain} ${plane.group}` : plain;
      const entry = byKey.get(key) ?? { label, files: new Map<number, OverlayPlane>() };
      entry.files.set(id, plane);
      byKey.set(key, entry);
    }
  }
  return [...byKey].map(([key, { label, files }]) => {
    const groups = [...new Set([...files.values()].map(({ group }) => group))].sort((a, b) => a - b);
    return { key, label, files, groups, first: [...files.values()][0] as OverlayPlane };
  });
}

/** The style of a plane; its colour begins further on, so that it differs from the first layers. */
export function styleOf(key: string, group: number): PlaneStyle {
  return (
    planeStyles.value.get(key) ?? { colour: planeColour((group - 0x6000) / 2), opacity: 0.7, visible: true }
  );
}

export function changeStyle(key: string, group: number, change: Partial<PlaneStyle>): void {
  planeStyles.value = new Map(planeStyles.value).set(key, { ...styleOf(key, group), ...change });
}

/** Begin to follow the shown series. */
export function followPlanes(): void {
  let stop = new AbortController();
  let uid = "";
  effect(() => {
    const series = current.value;
    const state = `${series?.uid} ${series?.files.length} ${generation.value}`;
    if (series === null || state === uid) return;
    uid = state;
    stop.abort();
    stop = new AbortController();
    void readAll(series, stop.signal);
  });
}

async function readAll(series: Series, signal: AbortSignal): Promise<void> {
  const fresh = new Map<number, readonly OverlayPlane[] | string>();
  const flush = (): void => {
    if (fresh.size === 0) return;
    read.value = new Map([...read.peek(), ...fresh]);
    fresh.clear();
  };
  const timer = setInterval(flush, PACE);
  try {
    const exporter = await getExporter(signal);
    const left = new Set(series.files.filter(({ id }) => !read.peek().has(id)));
    const work = async (): Promise<void> => {
      for (let file = nextOf(left, series); file !== null && !signal.aborted; file = nextOf(left, series)) {
        left.delete(file);
        const result = await exporter
          .readOverlays(file.file, { signal })
          .then(({ planes }) => planes, codeOf);
        if (signal.aborted) return;
        fresh.set(file.id, result);
        if (file.id === series.pictures[index.peek()]?.source.id) flush();
      }
    };
    await Promise.all(Array.from({ length: ABREAST }, work));
  } catch {
    // The chip says that Python did not start; the export that needs it says why.
  } finally {
    clearInterval(timer);
    if (!signal.aborted) flush();
  }
}

/** The shown file first, then the others in order. */
function nextOf(left: ReadonlySet<OpenedFile>, series: Series): OpenedFile | null {
  const seen = series.pictures[index.peek()]?.source;
  if (seen !== undefined && left.has(seen)) return seen;
  const [next] = left;
  return next ?? null;
}

/** Read these files anew: they were written. */
export function forgetPlanes(files: readonly OpenedFile[]): void {
  const kept = new Map(read.peek());
  for (const { id } of files) kept.delete(id);
  read.value = kept;
  generation.value += 1;
}

/** Frames cut out of planes, so that each is cut once. */
const cutFrames = new WeakMap<OverlayPlane, Map<number, BitMask>>();

/** The mask of a plane on a picture, in the plane's own size; null where it has no frame there. */
export function planeMask(plane: OverlayPlane, { frame }: Picture): BitMask | null {
  const { numberOfFrames, imageFrameOrigin } = plane;
  // Without frames of its own and the number of one, a bitmap lies on every frame (CP-1974).
  const isOnAll = numberOfFrames === null && imageFrameOrigin === null;
  const at = isOnAll ? 0 : frame - ((imageFrameOrigin ?? 1) - 1);
  if (at < 0 || at >= (numberOfFrames ?? 1)) return null;
  const frames = cutFrames.get(plane) ?? new Map<number, BitMask>();
  cutFrames.set(plane, frames);
  const mask = frames.get(at) ?? cutFrame(plane.packed, at, plane.rows, plane.columns);
  frames.set(at, mask);
  return mask;
}

/** A plane's masks on its pictures, laid at its origin and cut at the image's edges; `cropped` says that bits were lost. */
export function masksOf(
  { files }: SeriesPlane,
  series: Series,
): { masks: Map<string, BitMask>; cropped: boolean } {
  const masks = new Map<string, BitMask>();
  let cropped = false;
  for (const picture of series.pictures) {
    const plane = files.get(picture.source.id);
    const mask = plane === undefined ? null : planeMask(plane, picture);
    if (plane === undefined || mask === null) continue;
    const { rows, columns } = picture.source.facts;
    const laid = layAt(mask, plane.planeOrigin, rows, columns);
    cropped ||= laid.countSet() !== mask.countSet();
    if (!laid.isEmpty()) masks.set(picture.key, laid);
  }
  return { masks, cropped };
}

function layAt(
  mask: BitMask,
  [row, column]: readonly [number, number],
  rows: number,
  columns: number,
): BitMask {
  if (row === 1 && column === 1 && mask.rows === rows && mask.columns === columns) return mask;
  const laid = new BitMask(rows, columns);
  for (let r = 0; r < mask.rows; r++) {
    const to = r + row - 1;
    if (to < 0 || to >= rows) continue;
    for (let c = 0; c < mask.columns; c++) {
      const at = c + column - 1;
      if (at >= 0 && at < columns && mask.get(r, c)) laid.setIndex(to * columns + at, true);
    }
  }
  return laid;
}

/** What a layer needs to replace this plane on export. */
export function originOf({ key, label, files, first }: SeriesPlane, name: string): PlaneOrigin {
  return {
    key,
    label,
    name,
    groups: new Map([...files].map(([id, { group }]) => [id, group])),
    overlayType: first.overlayType,
    subtype: first.subtype,
    description: first.description,
  };
}
