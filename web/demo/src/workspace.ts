/** What is open, what is shown, what is drawn. Panels listen for topics and draw themselves again. */
import type { OverlayPlane } from "dicom-overlay";
import type { RenderedImage, WindowLevel } from "./dicom-image.js";
import type { RejectedFile } from "./intake.js";
import { LayerStack } from "./layers.js";
import { groupSeries, type OpenedFile, type Picture, type Series } from "./series.js";

export type Topic = "series" | "picture" | "image" | "layers" | "planes" | "tool";

export type ToolName = "window" | "move" | "brush" | "eraser" | "rectangle" | "polygon" | "fill";

export interface ToolSettings {
  name: ToolName;
  /** Diameter in image pixels. */
  brushSize: number;
  /** Shown brightness, 0 to 255. */
  low: number;
  high: number;
}

/** How a plane of the file is shown; kept per group while the page is open. */
export interface PlaneStyle {
  colour: string;
  opacity: number;
  visible: boolean;
}

/** The shown picture as it was decoded. */
export interface ShownImage {
  readonly key: string;
  readonly image: RenderedImage;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export class Workspace {
  readonly rejected: RejectedFile[] = [];
  readonly tool: ToolSettings = { name: "brush", brushSize: 12, low: 128, high: 255 };
  readonly planeStyles = new Map<number, PlaneStyle>();
  series: readonly Series[] = [];
  shown: ShownImage | null = null;
  /** Planes of the shown file; null while they are not known. */
  planes: readonly OverlayPlane[] | null = null;
  private readonly opened: OpenedFile[] = [];
  private readonly stacks = new Map<string, LayerStack>();
  private readonly windows = new Map<string, WindowLevel>();
  private readonly listeners = new Map<Topic, (() => void)[]>();
  private currentUid = "";
  private currentKey = "";
  /** The user has chosen what is shown, so the page no longer does. */
  private chosen = false;

  on(topic: Topic, listener: () => void): void {
    const list = this.listeners.get(topic);
    if (list === undefined) this.listeners.set(topic, [listener]);
    else list.push(listener);
  }

  changed(topic: Topic): void {
    for (const listener of this.listeners.get(topic) ?? []) listener();
  }

  get current(): Series | null {
    return this.series.find(({ uid }) => uid === this.currentUid) ?? null;
  }

  get picture(): Picture | null {
    return this.current?.pictures.find(({ key }) => key === this.currentKey) ?? null;
  }

  /**
   * False while the canvas still shows the last picture: a mark set on that would lie on another image than it was meant
   * for. True where nothing can be shown.
   */
  get pictureIsSeen(): boolean {
    return this.shown === null || this.shown.key === this.picture?.key;
  }

  /** Position of the shown picture in its series, from 0. */
  get index(): number {
    return Math.max(0, this.current?.pictures.findIndex(({ key }) => key === this.currentKey) ?? 0);
  }

  get stack(): LayerStack | null {
    return this.current === null ? null : this.stackOf(this.current);
  }

  /** The user's window for this series; null takes each file's own. */
  get window(): WindowLevel | null {
    return this.windows.get(this.currentUid) ?? null;
  }

  set window(value: WindowLevel | null) {
    if (value === null) this.windows.delete(this.currentUid);
    else this.windows.set(this.currentUid, value);
  }

  /** Take newly opened files in; shows a picture when none is shown. */
  take(opened: readonly OpenedFile[], rejected: readonly RejectedFile[]): void {
    this.rejected.push(...rejected);
    this.opened.push(...opened);
    if (opened.length > 0) this.series = groupSeries(this.opened);
    this.changed("series");
    const first = this.series.find(({ files }) => files.includes(opened[0] as OpenedFile)) ?? this.series[0];
    if (this.current === null && first !== undefined) this.showSeries(first);
    else if (opened.length > 0) this.changed("picture");
  }

  /** All files are open: unless the user has moved on already, show the first picture, and not the first that came. */
  settle(): void {
    if (!this.chosen && this.stack?.hasMarks() !== true) this.show(0);
  }

  showSeries(series: Series): void {
    this.currentUid = series.uid;
    this.show(0);
    this.changed("series");
    this.changed("layers");
  }

  /** Show the picture at `index` (from 0); outside the series the nearest one. */
  showPicture(index: number): void {
    this.chosen = true;
    this.show(index);
  }

  private show(index: number): void {
    const pictures = this.current?.pictures ?? [];
    const picture = pictures[Math.min(Math.max(0, index), pictures.length - 1)];
    if (picture === undefined || picture.key === this.currentKey) return;
    if (picture.source !== this.picture?.source) this.planes = null;
    this.currentKey = picture.key;
    this.changed("picture");
  }

  showKey(key: string): void {
    const at = this.current?.pictures.findIndex((picture) => picture.key === key) ?? -1;
    if (at >= 0) this.showPicture(at);
  }

  stackOf(series: Series): LayerStack {
    const known = this.stacks.get(series.uid);
    if (known !== undefined) return known;
    const stack = new LayerStack();
    this.stacks.set(series.uid, stack);
    return stack;
  }
}
