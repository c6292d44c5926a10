/** A polygon, corner by corner; its corners wait for the picture that they were set on. */
import { fillPolygon, type Point } from "../model/raster.js";
import * as state from "../model/state.js";
import { beginStroke, cancelStroke, commitStroke } from "./stroke.js";
import { cursorGuide, type Guide, type Tool } from "./tool.js";

/** Image pixels around the first corner in which a click closes. */
const CLOSE_REACH = 4;

export class Polygon implements Tool {
  private corners: readonly Point[] = [];
  private cornersOn = "";

  press(at: Point): void {
    const key = state.shownKey.value;
    if (this.cornersOn !== key) this.corners = [];
    this.cornersOn = key;
    const [first] = this.corners;
    const near = first !== undefined && Math.hypot(at.x - first.x, at.y - first.y) < CLOSE_REACH;
    if (near && this.corners.length >= 3) this.close();
    else this.corners = [...this.corners, at];
  }

  move(): void {
    // Only the outline follows the pointer.
  }

  release(): void {
    // A corner is set by its press.
  }

  /** Corners stay: another picture or tool may be looked at meanwhile. */
  cancel(): void {
    cancelStroke();
  }

  /** Forget the corners. */
  discard(): void {
    this.corners = [];
  }

  /** Fill the polygon that has been set corner by corner. */
  close(): void {
    const here = this.cornersOn === state.shownKey.value;
    if (here && this.corners.length >= 3 && state.pictureIsSeen.value) {
      const now = beginStroke();
      if (now === null) return;
      fillPolygon(now.mask, this.corners, true);
      commitStroke();
    }
    this.discard();
  }

  /** Whether corners wait on the shown picture. */
  get isOpen(): boolean {
    return this.corners.length > 0 && this.cornersOn === state.shownKey.value;
  }

  guideAt(at: Point | null): Guide {
    if (!this.isOpen) return cursorGuide(at);
    const outline = at === null ? this.corners : [...this.corners, at];
    return { ...cursorGuide(at), outline };
  }
}
