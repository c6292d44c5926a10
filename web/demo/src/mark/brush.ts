/** Brush and eraser: a round tip along the pointer's way. */
import { type Point, paintLine } from "../model/raster.js";
import * as state from "../model/state.js";
import { fillable, insideOf, rangeOfTool } from "./range.js";
import { beginStroke, cancelStroke, commitStroke, draft, touchStroke } from "./stroke.js";
import { cursorGuide, type Guide, type Tool } from "./tool.js";

/** Diameter of the brush in image pixels, from the choice in pixels or mm. */
function tipPixels(): number {
  const { brushSize, brushUnit } = state.tool.value;
  if (brushUnit === "px") return brushSize;
  const [, across] = state.spacing.value ?? [];
  return across ? Math.max(1, brushSize / across) : brushSize;
}

export class Brush implements Tool {
  private readonly value: boolean;
  private last: Point | null = null;
  private inside: ((i: number) => boolean) | null = null;

  /** @param value - whether the brush sets pixels or clears them. */
  constructor(value: boolean) {
    this.value = value;
  }

  press(at: Point): void {
    if (beginStroke() === null) return;
    this.inside = rangeInHand();
    this.last = at;
    this.paintTo(at);
  }

  move(at: Point): void {
    if (this.last !== null) this.paintTo(at);
  }

  release(): void {
    if (this.last === null) return;
    this.last = null;
    commitStroke();
  }

  cancel(): void {
    this.last = null;
    cancelStroke();
  }

  guideAt(at: Point | null): Guide {
    return cursorGuide(at, tipPixels());
  }

  private paintTo(at: Point): void {
    const { value: now } = draft;
    if (now === null || this.last === null) return;
    const { mask } = now;
    const { inside, value } = this;
    const touched = paintLine(mask, this.last, at, tipPixels(), (row, first, last) => {
      if (inside === null) mask.setSpan(row, first, last, value);
      else mask.setWhere(row, first, last, value, inside);
    });
    this.last = at;
    touchStroke(touched);
  }
}

/** Tells which pixels of the shown picture lie in the brush's range; null if it takes all. */
function rangeInHand(): ((i: number) => boolean) | null {
  const frame = state.tool.value.brushInRange ? fillable() : null;
  return frame === null ? null : insideOf(frame, rangeOfTool());
}
