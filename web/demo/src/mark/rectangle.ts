/** A rectangle from corner to corner. */
import { fillRectangle, type Point } from "../model/raster.js";
import { beginStroke, cancelStroke, commitStroke, draft } from "./stroke.js";
import { cursorGuide, type Guide, type Tool } from "./tool.js";

export class Rectangle implements Tool {
  private corner: Point | null = null;

  press(at: Point): void {
    if (beginStroke() !== null) this.corner = at;
  }

  move(): void {
    // Only the outline follows the pointer.
  }

  release(at: Point): void {
    if (this.corner === null || draft.value === null) return;
    fillRectangle(draft.value.mask, this.corner, at, true);
    this.corner = null;
    commitStroke();
  }

  cancel(): void {
    this.corner = null;
    cancelStroke();
  }

  guideAt(at: Point | null): Guide {
    const { corner: a } = this;
    if (a === null || at === null) return cursorGuide(at);
    return { outline: [a, { x: at.x, y: a.y }, at, { x: a.x, y: at.y }], closed: true, cursor: null };
  }
}
