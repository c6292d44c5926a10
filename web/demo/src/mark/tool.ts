/** What a drawing tool is. Points are in image pixels. */
import type { Point } from "../model/raster.js";

/** What is being drawn right now: an outline in image pixels, or a round cursor. */
export interface Guide {
  readonly outline: readonly Point[];
  readonly closed: boolean;
  readonly cursor: { readonly at: Point; readonly diameter: number } | null;
}

export interface Tool {
  /** Begin a stroke, or set a point. */
  press(at: Point): void;
  move(at: Point): void;
  release(at: Point): void;
  /** Drop the stroke that is not finished. */
  cancel(): void;
  /** What to show at the pointer; null if it is outside. */
  guideAt(at: Point | null): Guide;
}

export const NO_GUIDE: Guide = { outline: [], closed: false, cursor: null };

/** A round cursor of `diameter` image pixels; a small cross section of the pointer where that is 0. */
export function cursorGuide(at: Point | null, diameter = 0): Guide {
  return at === null ? NO_GUIDE : { ...NO_GUIDE, cursor: { at, diameter } };
}
