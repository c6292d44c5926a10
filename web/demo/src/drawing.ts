/** One stroke of a tool, from press to release, on a draft of the active layer's mask. */
import type { BitMask } from "./bitmask.js";
import type { Layer } from "./layers.js";
import { fillPolygon, fillRectangle, fillRegion, fillThreshold, type Point, paintLine } from "./raster.js";
import type { Guide } from "./viewport.js";
import type { Workspace } from "./workspace.js";

const NO_OUTLINE = { outline: [], closed: false } as const;

/** The draft that is shown instead of the layer's mask while a stroke goes on. */
export interface Draft {
  readonly layer: Layer;
  readonly picture: string;
  readonly mask: BitMask;
}

export class Drawing {
  draft: Draft | null = null;
  /** Told when the draft or the guide changed. */
  onChange: () => void = () => undefined;
  private readonly workspace: Workspace;
  private last: Point | null = null;
  private corner: Point | null = null;
  private corners: Point[] = [];
  private pointer: Point | null = null;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  get polygonOpen(): boolean {
    return this.corners.length > 0;
  }

  /** Begin or go on at an image point. */
  press(at: Point): void {
    this.pointer = at;
    if (!this.workspace.pictureIsSeen) return;
    const { name } = this.workspace.tool;
    if (name === "brush" || name === "eraser") {
      this.begin();
      this.last = at;
      this.paintTo(at);
    } else if (name === "rectangle") {
      this.begin();
      this.corner = at;
    } else if (name === "polygon") {
      this.addCorner(at);
    } else if (name === "fill") {
      this.begin();
      const { draft } = this;
      const shown = this.workspace.shown;
      const { low, high } = this.workspace.tool;
      if (draft !== null && shown !== null) fillRegion(draft.mask, shown.rgba, at, low, high);
      this.commit();
    }
    this.onChange();
  }

  move(at: Point | null): void {
    this.pointer = at;
    if (at !== null && this.last !== null) this.paintTo(at);
    this.onChange();
  }

  release(at: Point): void {
    if (this.last !== null) {
      this.last = null;
      this.commit();
    } else if (this.corner !== null && this.draft !== null) {
      fillRectangle(this.draft.mask, this.corner, at, true);
      this.corner = null;
      this.commit();
    }
    this.onChange();
  }

  /** Fill the polygon that has been set point by point. */
  closePolygon(): void {
    if (this.corners.length >= 3) {
      this.begin();
      if (this.draft !== null) fillPolygon(this.draft.mask, this.corners, true);
      this.commit();
    }
    this.corners = [];
    this.onChange();
  }

  /** Drop what is not finished. */
  cancel(): void {
    this.draft = null;
    this.last = null;
    this.corner = null;
    this.corners = [];
    this.onChange();
  }

  /** Mark every pixel of the shown brightness, wherever it lies. */
  markBrightness(): void {
    const { shown, tool, pictureIsSeen } = this.workspace;
    if (!pictureIsSeen) return;
    this.begin();
    if (this.draft !== null && shown !== null)
      fillThreshold(this.draft.mask, shown.rgba, tool.low, tool.high);
    this.commit();
    this.onChange();
  }

  guide(): Guide {
    const { tool } = this.workspace;
    const at = this.pointer;
    if (this.corner !== null && at !== null) {
      const a = this.corner;
      return { outline: [a, { x: at.x, y: a.y }, at, { x: a.x, y: at.y }], closed: true, cursor: null };
    }
    if (this.corners.length > 0) {
      return {
        outline: at === null ? this.corners : [...this.corners, at],
        closed: false,
        cursor: cursorAt(at, 0),
      };
    }
    if (tool.name === "brush" || tool.name === "eraser")
      return { ...NO_OUTLINE, cursor: cursorAt(at, tool.brushSize) };
    return { ...NO_OUTLINE, cursor: tool.name === "window" || tool.name === "move" ? null : cursorAt(at, 0) };
  }

  private addCorner(at: Point): void {
    const first = this.corners[0];
    const near = first !== undefined && Math.hypot(at.x - first.x, at.y - first.y) < 4;
    if (near && this.corners.length >= 3) this.closePolygon();
    else this.corners.push(at);
  }

  private begin(): void {
    const { picture, stack } = this.workspace;
    if (picture === null || stack === null) return;
    const layer = stack.active;
    const { rows, columns } = picture.source.facts;
    this.draft = { layer, picture: picture.key, mask: stack.draft(layer, picture.key, rows, columns) };
  }

  private paintTo(at: Point): void {
    if (this.draft === null || this.last === null) return;
    const { name, brushSize } = this.workspace.tool;
    paintLine(this.draft.mask, this.last, at, brushSize, name === "brush");
    this.last = at;
  }

  private commit(): void {
    if (this.draft === null) return;
    const draft = this.draft;
    this.draft = null;
    this.workspace.stack?.apply([draft]);
    this.workspace.changed("layers");
  }
}

function cursorAt(at: Point | null, diameter: number): Guide["cursor"] {
  return at === null ? null : { at, diameter };
}
