/**
 * Fill: the pixels that are connected to the clicked one and have values near its own. Dragging to the right takes in
 * more values, to the left fewer; a fixed range can be set instead.
 */
import { valueAt } from "../image/grey.js";
import type { DecodedFrame } from "../image/protocol.js";
import type { BitMask } from "../model/bitmask.js";
import { announce } from "../model/queue.js";
import { fillRegion, fillThreshold, type Point } from "../model/raster.js";
import * as state from "../model/state.js";
import { words } from "../words/words.js";
import { fillable, insideOf, type Range, rangeOfTool } from "./range.js";
import { beginStroke, cancelStroke, commitStroke, draft, restartStroke } from "./stroke.js";
import { cursorGuide, type Guide, type Tool } from "./tool.js";

/** Share of the values that are seen apart which the first click takes in, to each side. */
const FIRST_SHARE = 0.05;
/** Number of steps in which a drag widens the range; each step fills again. */
const STEPS = 100;
/** Image pixels of dragging for one step. */
const STEP_PIXELS = 2;

/** Where a fill began: the pixel, its real value, and the tolerance then. */
interface Seed {
  readonly at: Point;
  readonly value: number;
  readonly tolerance: number;
  readonly frame: DecodedFrame;
}

export class Fill implements Tool {
  /** Real values from the darkest to the brightest that the shown window tells apart. */
  private readonly spanOf: (frame: DecodedFrame) => number;
  private seed: Seed | null = null;

  constructor(spanOf: (frame: DecodedFrame) => number) {
    this.spanOf = spanOf;
  }

  press(at: Point): void {
    const frame = fillable();
    if (frame === null) {
      announce(() => words.value.toolHint.fillColour);
      return;
    }
    const value = valueAt(frame, Math.floor(at.y), Math.floor(at.x));
    if (value === null) {
      announce(() => words.value.fillOutside);
      return;
    }
    const { fillBy, tolerance } = state.tool.value;
    if (fillBy === "range") {
      const range = rangeOfTool();
      if (value < range.low || value > range.high) {
        announce(() => words.value.fillNotInRange(value, range.low, range.high));
        return;
      }
      if (beginStroke() !== null) this.fill(frame, range, at);
      this.finish();
      return;
    }
    const first = tolerance ?? this.spanOf(frame) * FIRST_SHARE;
    if (beginStroke() === null) return;
    this.seed = { at, value, tolerance: first, frame };
    this.take(first);
  }

  move(at: Point): void {
    const { seed } = this;
    if (seed === null) return;
    const step = this.spanOf(seed.frame) / STEPS;
    const steps = Math.round((at.x - seed.at.x) / STEP_PIXELS);
    const tolerance = Math.max(0, seed.tolerance + steps * step);
    if (tolerance !== state.tool.peek().tolerance && restartStroke() !== null) this.take(tolerance);
  }

  release(): void {
    if (this.seed === null) return;
    this.seed = null;
    this.finish();
  }

  cancel(): void {
    this.seed = null;
    cancelStroke();
  }

  guideAt(at: Point | null): Guide {
    return cursorGuide(at);
  }

  /** Mark every pixel of the fixed range, wherever it lies. */
  markAll(): void {
    const frame = fillable();
    const now = frame === null ? null : beginStroke();
    if (frame === null || now === null) return;
    fillThreshold(now.mask, insideOf(frame, rangeOfTool()));
    this.finish();
  }

  /** Fill around the seed with values up to `tolerance` away from its own. */
  private take(tolerance: number): void {
    const { seed } = this;
    if (seed === null) return;
    const range = { low: seed.value - tolerance, high: seed.value + tolerance };
    state.setTool({ tolerance, ...range });
    this.fill(seed.frame, range, seed.at);
  }

  private fill(frame: DecodedFrame, range: Range, at: Point): void {
    const { value: now } = draft;
    if (now === null) return;
    fillRegion(now.mask, insideOf(frame, range), at);
    const { rows, columns } = now.mask;
    draft.value = { ...now, touched: { top: 0, left: 0, bottom: rows, right: columns } };
  }

  private finish(): void {
    const { value: now } = draft;
    if (now !== null && sameMask(now.base, now.mask)) announce(() => words.value.fillNothingNew);
    commitStroke();
  }
}

function sameMask(before: BitMask | null, after: BitMask): boolean {
  return before === null ? after.isEmpty() : before.equals(after);
}
