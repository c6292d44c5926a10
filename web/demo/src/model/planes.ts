/** The planes that the files of the shown series have: read one file after the other, the shown one first. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type OverlayExporter, type OverlayPlane, planeOnImage } from "dicom-overlay";
import { codeOf } from "../words/faults.js";
import { BitMask } from "./bitmask.js";
import type { GroupByFile, Layer, PlaneOrigin, Removal } from "./document.js";
import { getExporter, serviceState } from "./exporter.js";
import { planeColour } from "./palette.js";
import type { OpenedFile, Picture, Series } from "./series.js";
import { current, history, index } from "./state.js";

/** Files read at the same time; the package's pool shares them among its workers. */
const ABREAST = 2;
/** Milliseconds between two updates of the page from what was read. */
const PACE = 200;

/** One plane over the whole series: planes that one layer replaces, or that have the same label, or the same group. */
export interface SeriesPlane {
  readonly key: string;
  readonly label: string;
  readonly groups: readonly number[];
  /** It has become a layer. */
  readonly isLayer: boolean;
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
/** Increases when files were written, so that they are read again. */
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
  return { planes: gatherPlanes(found, claims.value), done, total: files.length, fault };
});

type Claim = Pick<Layer, "id" | "origin">;

/** Layers that replace planes; the same list while no other layer does, so that a stroke does not gather them again. */
const claims: ReadonlySignal<readonly Claim[]> = computed(() => {
  const layers = history.value?.doc.value.layers.filter(({ origin }) => origin !== null) ?? [];
  const before = lastClaims;
  const same =
    before.length === layers.length &&
    before.every(({ id, origin }, k) => layers[k]?.id === id && layers[k].origin === origin);
  if (!same) lastClaims = layers;
  return lastClaims;
});
let lastClaims: readonly Claim[] = [];

/** The planes of files, by file number, as planes of the series. A layer claims its planes by their groups. */
export function gatherPlanes(
  found: readonly (readonly [number, readonly OverlayPlane[]])[],
  layers: readonly Claim[],
): SeriesPlane[] {
  const byKey = new Map<string, { label: string; isLayer: boolean; files: Map<number, OverlayPlane> }>();
  for (const [id, planes] of found) {
    for (const plane of planes) {
      const label = plane.label?.trim() ?? "";
      const owner = layers.find(({ origin }) => origin?.groups.get(id) === plane.group);
      const plain = label === "" ? `group ${plane.group}` : `label ${label}`;
      // Two planes of one file that have the same label stay apart.
      const free = byKey.get(plain)?.files.has(id) === true ? `${plain} ${plane.group}` : plain;
      const key = owner === undefined ? free : `layer ${owner.id}`;
      const entry = byKey.get(key) ?? {
        label,
        isLayer: owner !== undefined,
        files: new Map<number, OverlayPlane>(),
      };
      entry.files.set(id, plane);
      byKey.set(key, entry);
    }
  }
  return [...byKey].map(([key, { label, isLayer, files }]) => {
    const groups = [...new Set([...files.values()].map(({ group }) => group))].sort((a, b) => a - b);
    return { key, label, isLayer, files, groups, first: [...files.values()][0] as OverlayPlane };
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
    // Python may come only when an export starts it once more.
    const isReady = serviceState.value.phase === "ready";
    const state = `${series?.uid} ${series?.files.length} ${generation.value} ${isReady}`;
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
        const result = await readOne(exporter, file, signal);
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

async function readOne(
  exporter: OverlayExporter,
  { file }: OpenedFile,
  signal: AbortSignal,
): Promise<readonly OverlayPlane[] | string> {
  return await exporter.readOverlays(file, { signal }).then(({ planes }) => planes, codeOf);
}

/** The planes of these files, by file number; without those that cannot be read. */
export async function planesOf(
  files: readonly OpenedFile[],
  signal: AbortSignal,
): Promise<Map<number, readonly OverlayPlane[]>> {
  const found = new Map<number, readonly OverlayPlane[]>();
  const exporter = await getExporter(signal);
  await Promise.all(
    files.map(async (file) => {
      const planes = read.peek().get(file.id) ?? (await readOne(exporter, file, signal));
      if (typeof planes !== "string") found.set(file.id, planes);
    }),
  );
  signal.throwIfAborted();
  return found;
}

/** The shown file first, then the others in order. */
function nextOf(left: ReadonlySet<OpenedFile>, series: Series): OpenedFile | null {
  const seen = series.pictures[index.peek()]?.source;
  if (seen !== undefined && left.has(seen)) return seen;
  const [next] = left;
  return next ?? null;
}

/** Read these files again: they were written. */
export function forgetPlanes(files: readonly OpenedFile[]): void {
  const kept = new Map(read.peek());
  for (const { id } of files) kept.delete(id);
  read.value = kept;
  generation.value += 1;
}

/** Planes laid onto their pictures, so that each is laid once. */
const laid = new WeakMap<OverlayPlane, Map<number, LaidPlane | null>>();

interface LaidPlane {
  readonly mask: BitMask;
  /** Whether the plane reaches beyond the picture. */
  readonly isCut: boolean;
}

/** A plane on a picture, in the picture's size; null where it does not lie there. */
export function planeMask(plane: OverlayPlane, { source, frame }: Picture): LaidPlane | null {
  const frames = laid.get(plane) ?? new Map<number, LaidPlane | null>();
  laid.set(plane, frames);
  const known = frames.get(frame);
  if (known !== undefined) return known;
  const { rows, columns } = source.facts;
  const found = planeOnImage(plane, rows, columns, frame + 1);
  const made = found && { mask: new BitMask(rows, columns, found.packed), isCut: found.fit === "cropped" };
  frames.set(frame, made);
  return made;
}

/** A plane's masks on its pictures, laid at its origin and cut at the image's edges; `cropped` says that one reaches beyond. */
export function masksOf(
  { files }: SeriesPlane,
  series: Series,
): { masks: Map<string, BitMask>; cropped: boolean } {
  const masks = new Map<string, BitMask>();
  let cropped = false;
  for (const picture of series.pictures) {
    const plane = files.get(picture.source.id);
    const found = plane === undefined ? null : planeMask(plane, picture);
    if (found === null) continue;
    cropped ||= found.isCut;
    if (!found.mask.isEmpty()) masks.set(picture.key, found.mask);
  }
  return { masks, cropped };
}

/** The group of a plane in each file that has it. */
export function groupsOf({ files }: SeriesPlane): GroupByFile {
  return new Map([...files].map(([id, { group }]) => [id, group]));
}

/** The removal that takes this plane, or a part of it, away. */
export function removalOf({ files }: SeriesPlane, removed: readonly Removal[]): Removal | undefined {
  return removed.find(({ groups }) => [...files].some(([id, { group }]) => groups.get(id) === group));
}

/** What a layer needs to replace this plane on export. */
export function originOf(plane: SeriesPlane, name: string): PlaneOrigin {
  const { label, first } = plane;
  return {
    label,
    name,
    groups: groupsOf(plane),
    overlayType: first.overlayType,
    subtype: first.subtype,
    description: first.description,
  };
}
