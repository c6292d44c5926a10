/** Masks as canvases: painted once, updated where a stroke goes, and the oldest dropped. */
import type { BitMask } from "../model/bitmask.js";
import { rgbOf } from "../model/palette.js";
import type { Area } from "../model/raster.js";

/** Pixels of masks kept painted: 64 slices of 1,024 × 1,024, or 16 of 2,048 × 2,048. */
const PIXELS_KEPT = 64 * 1024 * 1024;

interface Painted {
  readonly canvas: OffscreenCanvas;
  readonly colour: string;
}

const painted = new Map<BitMask, Painted>();
let pixelsKept = 0;

export function isPainted(mask: BitMask, colour: string): boolean {
  return painted.get(mask)?.colour === colour;
}

/** The canvas of a mask in a colour, opaque where it is set. */
export function sheetCanvas(mask: BitMask, colour: string): OffscreenCanvas {
  const known = painted.get(mask);
  if (known !== undefined && known.colour === colour) {
    painted.delete(mask);
    painted.set(mask, known);
    return known.canvas;
  }
  const canvas = known?.canvas ?? new OffscreenCanvas(mask.columns, mask.rows);
  paint(canvas, mask, colour, { top: 0, left: 0, bottom: mask.rows, right: mask.columns });
  if (known === undefined) keep(mask, { canvas, colour });
  else painted.set(mask, { canvas, colour });
  return canvas;
}

/**
 * The canvas of a mask that is being drawn: it starts as a copy of the one below, and is then painted where it
 * changed.
 */
export function draftCanvas(
  mask: BitMask,
  base: BitMask | null,
  colour: string,
  touched: Area | null,
): OffscreenCanvas {
  const known = painted.get(mask);
  if (known === undefined && base === null) {
    keep(mask, { canvas: new OffscreenCanvas(mask.columns, mask.rows), colour });
  } else if (known === undefined && base !== null) {
    const canvas = new OffscreenCanvas(mask.columns, mask.rows);
    canvas.getContext("2d")?.drawImage(sheetCanvas(base, colour), 0, 0);
    keep(mask, { canvas, colour });
  }
  const canvas = painted.get(mask)?.canvas ?? sheetCanvas(mask, colour);
  if (touched !== null) paint(canvas, mask, colour, touched);
  return canvas;
}

function keep(mask: BitMask, entry: Painted): void {
  painted.set(mask, entry);
  pixelsKept += mask.rows * mask.columns;
  for (const old of painted.keys()) {
    if (pixelsKept <= PIXELS_KEPT || old === mask) break;
    painted.delete(old);
    pixelsKept -= old.rows * old.columns;
  }
}

function paint(canvas: OffscreenCanvas, mask: BitMask, colour: string, area: Area): void {
  const [width, height] = [area.right - area.left, area.bottom - area.top];
  if (width <= 0 || height <= 0) return;
  const image = new ImageData(width, height);
  const [red, green, blue] = rgbOf(colour);
  const littleEndianPixel = (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  const pixels = new Uint32Array(image.data.buffer);
  const { bits, columns } = mask;
  for (let r = 0, to = 0; r < height; r++) {
    let i = (area.top + r) * columns + area.left;
    for (let c = 0; c < width; ) {
      // Masks are mostly empty, so eight pixels are tested at once.
      const step = (i & 7) === 0 && bits[i >> 3] === 0 ? Math.min(8, width - c) : 1;
      if (step === 1 && ((bits[i >> 3] as number) & (1 << (i & 7))) !== 0) pixels[to] = littleEndianPixel;
      c += step;
      i += step;
      to += step;
    }
  }
  canvas.getContext("2d")?.putImageData(image, area.left, area.top);
}
