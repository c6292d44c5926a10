/**
 * The planes over a viewport: one canvas for each plane, moved by the browser where the image is.
 *
 * OHIF's own Image Overlay tool is not used: it draws the first frame only, swaps the origin, and misplaces everything on
 * pixels that are not square (`web/docs/ohif.md`).
 */
import { maskOf } from "dicom-overlay";
import { rgbOf } from "./colours.js";
import type { Placement } from "./geometry.js";
import type { ShownPlane } from "./planes.js";

/** How much of the image shows through a set pixel: the image must stay readable. */
const ALPHA = 0.6;

const LAYER = "dicom-overlay-layer";

interface Drawn {
  readonly canvas: HTMLCanvasElement;
  key: string;
}

/** What is drawn over one viewport. */
export class Layer {
  readonly #root: HTMLElement;
  readonly #drawn = new Map<number, Drawn>();

  constructor(element: HTMLElement) {
    this.#root = document.createElement("div");
    this.#root.className = LAYER;
    this.#root.style.cssText = "position:absolute;inset:0;overflow:hidden;pointer-events:none";
    // Under OHIF's drawings, over the image.
    const canvas = element.querySelector("canvas.cornerstone-canvas");
    (canvas?.parentElement ?? element).insertBefore(this.#root, canvas?.nextSibling ?? null);
  }

  get isGone(): boolean {
    return !this.#root.isConnected;
  }

  /** Show these planes of an image that lies at `placement`; `image` names the image frame. */
  show(image: string, planes: readonly ShownPlane[], placement: Placement | null): void {
    const kept = new Set(placement === null ? [] : planes.map(({ kind }) => kind.group));
    for (const [group, { canvas }] of this.#drawn) {
      if (kept.has(group)) continue;
      canvas.remove();
      this.#drawn.delete(group);
    }
    if (placement !== null) for (const plane of planes) this.#draw(image, plane, placement);
  }

  remove(): void {
    this.#root.remove();
  }

  #draw(image: string, shown: ShownPlane, placement: Placement): void {
    const { kind } = shown;
    let drawn = this.#drawn.get(kind.group);
    if (drawn === undefined) {
      drawn = { canvas: document.createElement("canvas"), key: "" };
      drawn.canvas.style.cssText =
        "position:absolute;left:0;top:0;transform-origin:0 0;image-rendering:pixelated";
      // Higher groups above lower ones, in whatever order their bits came.
      drawn.canvas.style.zIndex = String(kind.group);
      drawn.canvas.dataset["group"] = kind.group.toString(16).toUpperCase();
      this.#root.append(drawn.canvas);
      this.#drawn.set(kind.group, drawn);
    }
    const key = `${image} ${kind.colour}`;
    if (drawn.key !== key) paint(drawn.canvas, shown);
    drawn.key = key;
    const [a, b, c, d, e, f] = placement;
    drawn.canvas.style.transform = `matrix(${a},${b},${c},${d},${e},${f})`;
  }
}

function paint(canvas: HTMLCanvasElement, { kind, placed }: ShownPlane): void {
  canvas.width = placed.columns;
  canvas.height = placed.rows;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const image = context.createImageData(placed.columns, placed.rows);
  const pixels = new Uint32Array(image.data.buffer);
  const [red, green, blue] = rgbOf(kind.colour);
  const [colour] = new Uint32Array(new Uint8Array([red, green, blue, Math.round(ALPHA * 255)]).buffer);
  for (const [pixel, bit] of maskOf(placed).entries()) if (bit !== 0) pixels[pixel] = colour as number;
  context.putImageData(image, 0, 0);
}
