/** What is open, what is shown, what is drawn: signals that panels and canvas follow. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { DecodedFrame, FileWindow, WindowLevel } from "../image/protocol.js";
import { words } from "../words/words.js";
import { emptyDoc, History, hasWork } from "./document.js";
import type { Point } from "./raster.js";
import { addFiles, type OpenedFile, type Picture, type Series } from "./series.js";

export type ToolName = "window" | "move" | "brush" | "eraser" | "rectangle" | "polygon" | "fill";

export interface ToolSettings {
  readonly name: ToolName;
  /** Diameter, in image pixels or in mm. */
  readonly brushSize: number;
  readonly brushUnit: "px" | "mm";
  /** Real values that fill and threshold take; null until the user or the first picture sets them. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface RejectedFile {
  readonly path: string;
  readonly code: string;
}

/** The shown picture as it was decoded. */
export interface ShownFrame {
  readonly key: string;
  readonly frame: DecodedFrame;
}

/** What the page is busy with; one thing at a time. */
export interface Job {
  readonly phase: "opening" | "masks" | "starting" | "writing" | "saving" | "checking";
  readonly done: number;
  /** 0 while unknown. */
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
  low: null,
  high: null,
});
/** Its name: that changes only with another tool, and not with a setting. */
export const toolName: ReadonlySignal<ToolName> = computed(() => tool.value.name);
export const shown: Signal<ShownFrame | null> = signal(null);
/** Why no picture is shown, as a code; empty when all is well. */
export const pictureFault: Signal<string> = signal("");
/** Where the pointer is, in image pixels. */
export const hover: Signal<Point | null> = signal(null);
export const view: Signal<View> = signal({ zoom: 1, percent: 100 });
export const job: Signal<Job | null> = signal(null);
/** A text in whichever language is chosen when it is read. */
export type Said = () => string;
export const NOTHING_SAID: Said = () => "";
/** Told in the live region. */
export const status: Signal<Said> = signal(NOTHING_SAID);
export const errorText: Signal<Said> = signal(NOTHING_SAID);
/** Files are being opened or were: the start page makes way. */
export const working: Signal<boolean> = signal(false);
export const windows: Signal<ReadonlyMap<string, WindowLevel & Partial<FileWindow>>> = signal(new Map());

const seriesUid = signal("");
const pictureKey = signal("");
/** The user has chosen what is shown, so the page no longer does. */
let chosen = false;

export const current: ReadonlySignal<Series | null> = computed(
  () => seriesList.value.find(({ uid }) => uid === seriesUid.value) ?? null,
);
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
export const userWindow: ReadonlySignal<(WindowLevel & Partial<FileWindow>) | null> = computed(
  () => windows.value.get(seriesUid.value) ?? null,
);
/** Key of the picture that the canvas has drawn, or drawn empty where it cannot be shown. */
export const drawnKey: Signal<string> = signal("");
/**
 * False while the canvas still shows the last picture: a mark set on that would lie on another image than it was meant
 * for. True where nothing can be shown.
 */
export const pictureIsSeen: ReadonlySignal<boolean> = computed(() => drawnKey.value === picture.value?.key);

export function historyOf(series: Series): History {
  const known = histories.get(series.uid);
  if (known !== undefined) return known;
  const made = new History(emptyDoc(words.value.layerName(1)));
  histories.set(series.uid, made);
  return made;
}

/** Whether marks of any series would be lost now. */
export function anyUnsaved(): boolean {
  return [...histories.values()].some(({ unsaved, doc }) => unsaved.value && hasWork(doc.value));
}

export function setWindow(window: (WindowLevel & Partial<FileWindow>) | null): void {
  const next = new Map(windows.value);
  if (window === null) next.delete(seriesUid.value);
  else next.set(seriesUid.value, window);
  windows.value = next;
}

export function setTool(change: Partial<ToolSettings>): void {
  tool.value = { ...tool.value, ...change };
}

/** Take newly opened files in; shows a picture when none is shown. */
export function takeFiles(files: readonly OpenedFile[], refused: readonly RejectedFile[]): void {
  batch(() => {
    if (refused.length > 0) rejected.value = [...rejected.value, ...refused];
    if (files.length === 0) return;
    seriesList.value = addFiles(seriesList.value, files);
    if (current.value !== null) return;
    const first = seriesList.value.find((series) => series.files.includes(files[0] as OpenedFile));
    if (first !== undefined) showSeries(first);
  });
}

/** All files are open: unless the user has moved on already, show the first picture, and not the first that came. */
export function settle(): void {
  const marked = history.value?.doc.value.layers.some(({ masks }) => masks.size > 0) === true;
  if (!chosen && !marked) show(0);
}

/** A series in its order takes the place of what it was, unless that has grown meanwhile. */
export function reorder(before: Series, after: Series): void {
  seriesList.value = seriesList.value.map((one) => (one === before ? after : one));
  if (current.value === after) settle();
}

export function showSeries(series: Series): void {
  batch(() => {
    seriesUid.value = series.uid;
    show(0);
  });
}

/** The user works on what is shown: the page shows nothing else by itself. */
export function stay(): void {
  chosen = true;
}

/** Show the picture at `at` (from 0); outside the series the nearest one. */
export function showPicture(at: number): void {
  chosen = true;
  show(at);
}

export function showKey(key: string): void {
  const at = current.value?.pictures.findIndex((one) => one.key === key) ?? -1;
  if (at >= 0) showPicture(at);
}

function show(at: number): void {
  const pictures = current.value?.pictures ?? [];
  const found = pictures[Math.min(Math.max(0, at), pictures.length - 1)];
  if (found !== undefined) pictureKey.value = found.key;
}
