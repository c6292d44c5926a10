/** Converts image pixels to canvas pixels and back, and draws everything on the canvas. */
import type { Guide } from "../mark/tool.js";
import type { Area, Point } from "../model/raster.js";

/** A mask of the picture's size, painted. */
export interface Sheet {
  readonly canvas: OffscreenCanvas;
  /** 0 to 1 */
  readonly opacity: number;
}

/** All of the canvas; nothing of it. */
const ALL: Area = { top: 0, left: 0, bottom: Number.MAX_SAFE_INTEGER, right: Number.MAX_SAFE_INTEGER };
const NOTHING: Area = { top: ALL.bottom, left: ALL.right, bottom: 0, right: 0 };

const MAX_ZOOM = 40;
const MIN_ZOOM = 0.02;

export class Viewport {
  readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private picture: OffscreenCanvas | null = null;
  /** Width and height of an image pixel; the smaller of both is 1. */
  private pixel = { width: 1, height: 1 };
  private sheets: readonly Sheet[] = [];
  private guide: Guide = { outline: [], closed: false, cursor: null };
  private zoom = 1;
  private offset = { x: 0, y: 0 };
  private fitted = true;
  private frame = 0;
  /** The area that the next frame redraws, in canvas pixels: of a stroke on a large picture, only what it changed. */
  private stale: Area = NOTHING;
  private readonly observer: ResizeObserver;
  /** Called when the canvas shows another part of the picture. */
  onView: () => void = () => undefined;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser offers no canvas");
    this.canvas = canvas;
    this.context = context;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
  }

  /** Release the canvas. */
  stop(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Called with the key of the picture that was drawn. */
  onDrawn: (key: string) => void = () => undefined;
  private key = "";

  /** Show RGBA pixels that are `aspect` times as tall as wide; a picture of another size is fitted. */
  setPicture(
    rgba: Uint8ClampedArray<ArrayBuffer> | null,
    columns: number,
    rows: number,
    aspect: number,
    key: string,
  ): void {
    this.key = key;
    const pixel = { width: Math.max(1, 1 / aspect), height: Math.max(1, aspect) };
    const same =
      this.picture?.width === columns &&
      this.picture.height === rows &&
      this.pixel.width === pixel.width &&
      this.pixel.height === pixel.height;
    this.pixel = pixel;
    if (rgba === null) {
      this.picture = new OffscreenCanvas(columns, rows);
    } else {
      if (!same) this.picture = new OffscreenCanvas(columns, rows);
      this.picture?.getContext("2d")?.putImageData(new ImageData(rgba, columns, rows), 0, 0);
    }
    if (!same || this.fitted) this.fit();
    this.schedule();
  }

  /** `touched`, in image pixels: all that changed on these same sheets. */
  setSheets(sheets: readonly Sheet[], touched: Area | null = null): void {
    const same =
      sheets.length === this.sheets.length &&
      sheets.every(({ canvas, opacity }, k) => {
        const before = this.sheets[k];
        return before?.canvas === canvas && before.opacity === opacity;
      });
    this.sheets = sheets;
    this.schedule(same && touched !== null ? this.onCanvas(touched) : ALL);
  }

  setGuide(guide: Guide): void {
    const before = this.boxOf(this.guide);
    this.guide = guide;
    this.schedule(joined(before, this.boxOf(guide)));
  }

  /** The canvas pixels that a guide covers. */
  private boxOf({ outline, cursor }: Guide): Area {
    const points = [...outline];
    if (cursor !== null) {
      const reach = cursor.diameter / 2;
      const { x, y } = cursor.at;
      points.push({ x: x - reach, y: y - reach }, { x: x + reach, y: y + reach });
    }
    const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
    if (points.length === 0) return NOTHING;
    return this.onCanvas({
      left: Math.min(...xs),
      top: Math.min(...ys),
      right: Math.max(...xs),
      bottom: Math.max(...ys),
    });
  }

  /** An area of the image in canvas pixels, wide enough for lines and smoothing at its edges. */
  private onCanvas({ top, left, bottom, right }: Area): Area {
    const [across, down] = [this.zoom * this.pixel.width, this.zoom * this.pixel.height];
    const margin = 6 + Math.ceil(Math.max(across, down));
    return {
      left: Math.floor(left * across + this.offset.x) - margin,
      top: Math.floor(top * down + this.offset.y) - margin,
      right: Math.ceil(right * across + this.offset.x) + margin,
      bottom: Math.ceil(bottom * down + this.offset.y) + margin,
    };
  }

  /** Image point under a pointer event's position. */
  toImage(clientX: number, clientY: number): Point {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / Math.max(1, box.width);
    return {
      x: ((clientX - box.left) * scale - this.offset.x) / (this.zoom * this.pixel.width),
      y: ((clientY - box.top) * scale - this.offset.y) / (this.zoom * this.pixel.height),
    };
  }

  fit(): void {
    if (this.picture === null) return;
    const [width, height] = [this.picture.width * this.pixel.width, this.picture.height * this.pixel.height];
    const { canvas } = this;
    this.zoom = Math.max(MIN_ZOOM, Math.min(canvas.width / width, canvas.height / height));
    this.offset = {
      x: (canvas.width - width * this.zoom) / 2,
      y: (canvas.height - height * this.zoom) / 2,
    };
    this.fitted = true;
    this.schedule();
    this.onView();
  }

  /** Zoom by `factor` around a position in the window; default: the middle of the canvas. */
  zoomBy(factor: number, clientX?: number, clientY?: number): void {
    const box = this.canvas.getBoundingClientRect();
    const x = clientX ?? box.left + box.width / 2;
    const y = clientY ?? box.top + box.height / 2;
    const anchor = this.toImage(x, y);
    const zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, this.zoom * factor));
    this.offset.x += anchor.x * this.pixel.width * (this.zoom - zoom);
    this.offset.y += anchor.y * this.pixel.height * (this.zoom - zoom);
    this.zoom = zoom;
    this.fitted = false;
    this.schedule();
    this.onView();
  }

  /** Move by window pixels. */
  panBy(dx: number, dy: number): void {
    const scale = this.canvas.width / Math.max(1, this.canvas.getBoundingClientRect().width);
    this.offset.x += dx * scale;
    this.offset.y += dy * scale;
    this.fitted = false;
    this.schedule();
    this.onView();
  }

  /** What is seen of the picture and its masks as a PNG, in image pixels made square; null where there is no picture. */
  async snapshot(): Promise<Blob | null> {
    const { picture, pixel, sheets } = this;
    if (picture === null) return null;
    const whole = new OffscreenCanvas(
      Math.round(picture.width * pixel.width),
      Math.round(picture.height * pixel.height),
    );
    const context = whole.getContext("2d");
    if (context === null) return null;
    context.scale(whole.width / picture.width, whole.height / picture.height);
    context.drawImage(picture, 0, 0);
    drawSheets(context, sheets);
    return await whole.convertToBlob({ type: "image/png" });
  }

  /** Canvas pixels per image pixel along a row, and the same in pixels of the screen. */
  get scale(): { readonly zoom: number; readonly percent: number } {
    return { zoom: this.zoom, percent: Math.round((this.zoom * 100) / (globalThis.devicePixelRatio || 1)) };
  }

  private resize(): void {
    const ratio = globalThis.devicePixelRatio || 1;
    const box = this.canvas.getBoundingClientRect();
    const width = Math.max(1, Math.round(box.width * ratio));
    const height = Math.max(1, Math.round(box.height * ratio));
    if (width === this.canvas.width && height === this.canvas.height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    if (this.fitted) this.fit();
    this.stale = ALL;
    this.draw();
  }

  private schedule(area: Area = ALL): void {
    this.stale = joined(this.stale, area);
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { context, canvas } = this;
    const { left, top, right, bottom } = this.stale;
    this.stale = NOTHING;
    context.save();
    context.resetTransform();
    context.beginPath();
    context.rect(left, top, Math.min(right, canvas.width) - left, Math.min(bottom, canvas.height) - top);
    context.clip();
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (this.picture !== null) this.drawPicture(this.picture);
    context.restore();
    if (this.picture !== null) this.onDrawn(this.key);
  }

  private drawPicture(picture: OffscreenCanvas): void {
    const { context } = this;
    context.setTransform(this.matrix());
    // From two screen pixels for each image pixel on, nothing is smoothed.
    context.imageSmoothingEnabled = this.zoom < 2;
    context.drawImage(picture, 0, 0);
    context.imageSmoothingEnabled = this.zoom < 1;
    drawSheets(context, this.sheets);
    this.drawGuide();
  }

  private drawGuide(): void {
    const { outline, closed, cursor } = this.guide;
    const path = new Path2D();
    const { pixel, context } = this;
    for (const [i, { x, y }] of outline.entries()) {
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
    if (closed) path.closePath();
    if (cursor !== null) {
      const { at, diameter } = cursor;
      // A brush is round in image pixels: as wide and tall on the canvas as what it marks.
      const across = Math.max(diameter / 2, 3 / (this.zoom * pixel.width));
      const down = Math.max(diameter / 2, 3 / (this.zoom * pixel.height));
      path.moveTo(at.x + across, at.y);
      path.ellipse(at.x, at.y, across, down, 0, 0, 2 * Math.PI);
    }
    const onCanvas = new Path2D();
    onCanvas.addPath(path, this.matrix());
    // Dark under light: seen on any picture.
    context.resetTransform();
    context.lineWidth = 3;
    context.strokeStyle = "#000";
    context.stroke(onCanvas);
    context.lineWidth = 1.25;
    context.strokeStyle = "#fff";
    context.stroke(onCanvas);
  }

  /** From image points to canvas pixels. */
  private matrix(): DOMMatrix {
    const { zoom, pixel, offset } = this;
    return new DOMMatrix([zoom * pixel.width, 0, 0, zoom * pixel.height, offset.x, offset.y]);
  }
}

/** Draw masks over a picture, each as opaque as it is. */
export function drawSheets(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  sheets: readonly Sheet[],
): void {
  for (const { canvas, opacity } of sheets) {
    context.globalAlpha = opacity;
    context.drawImage(canvas, 0, 0);
  }
  context.globalAlpha = 1;
}

function joined(a: Area, b: Area): Area {
  return {
    top: Math.min(a.top, b.top),
    left: Math.min(a.left, b.left),
    bottom: Math.max(a.bottom, b.bottom),
    right: Math.max(a.right, b.right),
  };
}
