/** What is open, what is shown, what is drawn: signals that panels and canvas follow. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { DecodedFrame, Window } from "../image/protocol.js";
import { words } from "../words/words.js";
import { emptyDoc, History } from "./document.js";
import type { Point } from "./raster.js";
import { addFiles, type OpenedFile, type Picture, refreshFiles, type Series } from "./series.js";

export type ToolName = "window" | "move" | "brush" | "eraser" | "rectangle" | "polygon" | "fill";

export interface ToolSettings {
  readonly name: ToolName;
  /** Diameter, in image pixels or in mm. */
  readonly brushSize: number;
  readonly brushUnit: "px" | "mm";
  /** Brush and eraser take the pixels of a range of values only. */
  readonly brushInRange: boolean;
  /** Fill takes values around the clicked one, or those of a fixed range. */
  readonly fillBy: "click" | "range";
  /** How far values may be from the clicked one, in real values; null until the first click or drag. */
  readonly tolerance: number | null;
  /** The range of brush and fill in real values; both null until the first fill or the user sets one. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface RejectedFile {
  readonly path: string;
  readonly code: string;
  /** A file that can be used in another way: a segmentation as a mask. */
  readonly file?: File | undefined;
}

/** The shown picture, decoded. */
export interface ShownFrame {
  readonly key: string;
  readonly frame: DecodedFrame;
}

/** What the page is busy with; one thing at a time. */
export interface Job {
  readonly phase: "opening" | "masks" | "starting" | "writing" | "saving" | "checking";
  readonly done: number;
  /** 0 while it is unknown. */
  readonly total: number;
}

export interface View {
  /** Canvas pixels per image pixel. */
  readonly zoom: number;
  /** In percent of the screen's own pixels. */
  readonly percent: number;
}

const histories = new Map<string, History>();

export const seriesList: Signal<readonly Series[]> = signal([]);
export const rejected: Signal<readonly RejectedFile[]> = signal([]);
export const tool: Signal<ToolSettings> = signal({
  name: "brush",
  brushSize: 12,
  brushUnit: "px",
  brushInRange: false,
  fillBy: "click",
  tolerance: null,
  low: null,
  high: null,
});
/** The tool's name, which changes with the tool and not with its settings. */
export const toolName: ReadonlySignal<ToolName> = computed(() => tool.value.name);
export const shown: Signal<ShownFrame | null> = signal(null);
/** The code of the reason why no picture is shown; empty if one is. */
export const pictureFault: Signal<string> = signal("");
/** Where the pointer is, in image pixels. */
export const hover: Signal<Point | null> = signal(null);
export const view: Signal<View> = signal({ zoom: 1, percent: 100 });
export const job: Signal<Job | null> = signal(null);
/** A text in the language that is chosen when it is read. */
export type Said = () => string;
export const NOTHING_SAID: Said = () => "";
/** Announced in the live region. */
export const status: Signal<Said> = signal(NOTHING_SAID);
export const errorText: Signal<Said> = signal(NOTHING_SAID);
/** Files are or were opened: the workspace replaces the start page. */
export const working: Signal<boolean> = signal(false);
export const windows: Signal<ReadonlyMap<string, Window>> = signal(new Map());

const seriesUid = signal("");
const pictureKey = signal("");
/** The user has chosen what is shown, so the page does not choose any more. */
let chosen = false;
/** Files are being read; more may join a series. */
export const opening: Signal<boolean> = signal(false);

export const current: ReadonlySignal<Series | null> = computed(
  () => seriesList.value.find(({ uid }) => uid === seriesUid.value) ?? null,
);
/** The pictures of the shown series will not change places any more: they can be stepped through and drawn on. */
export const isInOrder: ReadonlySignal<boolean> = computed(() => {
  const series = current.value;
  if (series === null || opening.value) return false;
  return series.orderedBy !== "arrival" || series.files.length === 1;
});
/** Position of the shown picture in its series, from 0. */
export const index: ReadonlySignal<number> = computed(() =>
  Math.max(0, current.value?.pictures.findIndex(({ key }) => key === pictureKey.value) ?? 0),
);
export const picture: ReadonlySignal<Picture | null> = computed(() => {
  const found = current.value?.pictures[index.value];
  return found?.key === pictureKey.value ? found : null;
});
/** Its key: that changes only when another one is shown, and not when its series grows or is put into order. */
export const shownKey: ReadonlySignal<string> = computed(() => picture.value?.key ?? "");
export const history: ReadonlySignal<History | null> = computed(() =>
  current.value === null ? null : historyOf(current.value),
);
/** The user's window for this series; null takes each picture's own. */
export const userWindow: ReadonlySignal<Window | null> = computed(
  () => windows.value.get(seriesUid.value) ?? null,
);
/** Key of the picture that the canvas has drawn, or drawn empty where it cannot be shown. */
export const drawnKey: Signal<string> = signal("");
/**
 * False while the canvas still shows the last picture: a mark set on that would lie on an image other than the one it was meant
 * for. True where nothing can be shown.
 */
export const pictureIsSeen: ReadonlySignal<boolean> = computed(() => drawnKey.value === picture.value?.key);

/** Distances of the shown picture's rows and columns in mm; null where it does not say. */
export const spacing: ReadonlySignal<readonly number[] | null> = computed(
  () => shown.value?.frame.place?.spacing ?? picture.value?.source.facts.pixelSpacing ?? null,
);

export function historyOf(series: Series): History {
  const known = histories.get(series.uid);
  if (known !== undefined) return known;
  const made = new History(emptyDoc(words.value.layerName(1)));
  histories.set(series.uid, made);
  return made;
}

/** Whether marks of any series would be lost if the page were left. */
export function anyUnsaved(): boolean {
  return [...histories.values()].some(
    ({ unsaved: { value } }) => value.layers.length + value.removed.length > 0,
  );
}

export function setWindow(window: Window | null): void {
  const next = new Map(windows.value);
  if (window === null) next.delete(seriesUid.value);
  else next.set(seriesUid.value, window);
  windows.value = next;
}

export function setTool(change: Partial<ToolSettings>): void {
  tool.value = { ...tool.value, ...change };
}

/** Files are about to be opened: the first of them is shown, unless the user goes on with something else. */
export function beginOpening(): void {
  opening.value = true;
  awaited = true;
}

/** The first of the files that are being opened has not come yet, and nothing else was chosen meanwhile. */
let awaited = false;

/**
 * Take newly opened files in.
 *
 * @returns files that were open already, and are read again
 */
export function takeFiles(
  files: readonly OpenedFile[],
  refused: readonly RejectedFile[],
): readonly OpenedFile[] {
  return batch(() => {
    if (refused.length > 0) rejected.value = [...rejected.value, ...refused];
    const { fresh, again } = refreshFiles(seriesList.value, files);
    if (fresh.length > 0) seriesList.value = addFiles(seriesList.value, fresh);
    const [first] = files.length === 0 ? [] : [again[0] ?? fresh[0]];
    if (first === undefined || !awaited) return again;
    awaited = false;
    const series = seriesList.value.find((one) => one.files.includes(first));
    if (series !== undefined && series.uid !== seriesUid.value) {
      chosen = false;
      showSeries(series);
    }
    return again;
  });
}

/** All files are open: unless the user works on one already, show the middle picture, and not the first that came. */
export function settle(): void {
  const marked = history.value?.doc.value.layers.some(({ masks }) => masks.size > 0) === true;
  if (!chosen && !marked) showMiddle();
}

/** A series in its order takes the place of what it was, unless that has grown meanwhile. */
export function reorder(before: Series, after: Series): void {
  seriesList.value = seriesList.value.map((one) => (one === before ? after : one));
  if (current.value === after) settle();
}

/** Show a series where it was left, or its middle picture, as its first one is often empty. */
export function showSeries(series: Series): void {
  batch(() => {
    lastKeys.set(seriesUid.value, pictureKey.value);
    seriesUid.value = series.uid;
    const at = series.pictures.findIndex(({ key }) => key === lastKeys.get(series.uid));
    if (at >= 0) show(at);
    else showMiddle();
  });
}

/** The picture that each series was left on. */
const lastKeys = new Map<string, string>();

/** The user works on what is shown: the page shows nothing else by itself. */
export function stay(): void {
  chosen = true;
  awaited = false;
}

/** Show the picture at `at` (from 0), once they are in order; outside the series the nearest one. */
export function showPicture(at: number): void {
  if (!isInOrder.value) return;
  stay();
  show(at);
}

export function showKey(key: string): void {
  const at = current.value?.pictures.findIndex((one) => one.key === key) ?? -1;
  if (at < 0) return;
  stay();
  show(at);
}

function showMiddle(): void {
  show((current.value?.pictures.length ?? 0) >> 1);
}

function show(at: number): void {
  const pictures = current.value?.pictures ?? [];
  const found = pictures[Math.min(Math.max(0, at), pictures.length - 1)];
  if (found !== undefined) pictureKey.value = found.key;
}
