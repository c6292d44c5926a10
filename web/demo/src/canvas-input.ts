/** Pointer, wheel and keys on the canvas, turned into drawing, window, zoom and slice changes. */
import type { Drawing } from "./drawing.js";
import type { Point } from "./raster.js";
import type { Viewport } from "./viewport.js";
import type { ToolName, Workspace } from "./workspace.js";

export interface CanvasActions {
  readonly selectTool: (name: ToolName) => void;
  /** Change the window by screen pixels: right is wider, up is brighter. */
  readonly dragWindow: (dx: number, dy: number) => void;
  readonly undo: () => void;
  readonly redo: () => void;
}

type Gesture = "draw" | "window" | "move" | "pinch";

const TOOL_KEYS: Readonly<Record<string, ToolName>> = {
  b: "brush",
  e: "eraser",
  r: "rectangle",
  p: "polygon",
  f: "fill",
  w: "window",
  h: "move",
};
/** Wheel pixels for one picture: a mouse notch is about 100, a touchpad sends many small ones. */
const WHEEL_STEP = 60;

export class CanvasInput {
  private readonly workspace: Workspace;
  private readonly viewport: Viewport;
  private readonly drawing: Drawing;
  private readonly actions: CanvasActions;
  /** Where each finger or button is down. */
  private readonly pressed = new Map<number, Point>();
  private gesture: Gesture | null = null;
  private last: Point = { x: 0, y: 0 };
  private wheel = 0;
  /** The cross that arrow keys move; null while the pointer is used. */
  private cross: Point | null = null;
  private stroking = false;

  constructor(workspace: Workspace, viewport: Viewport, drawing: Drawing, actions: CanvasActions) {
    this.workspace = workspace;
    this.viewport = viewport;
    this.drawing = drawing;
    this.actions = actions;
    const { canvas } = viewport;
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerup", (event) => this.onUp(event));
    canvas.addEventListener("pointercancel", (event) => {
      this.pressed.delete(event.pointerId);
      this.drop();
    });
    canvas.addEventListener("pointerleave", () => {
      if (this.gesture === null) drawing.move(null);
    });
    canvas.addEventListener("dblclick", () => drawing.closePolygon());
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.onKey(event));
    canvas.addEventListener("keyup", (event) => this.onKeyUp(event));
    canvas.addEventListener("blur", () => this.endStroke());
  }

  private onDown(event: PointerEvent): void {
    this.pressed.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.pressed.size === 2) {
      // A second finger: what the first began to draw was not meant.
      this.drop();
      this.gesture = "pinch";
    }
    if (this.gesture !== null) return;
    this.viewport.canvas.focus({ preventScroll: true });
    this.viewport.canvas.setPointerCapture(event.pointerId);
    this.gesture = this.gestureOf(event);
    this.last = { x: event.clientX, y: event.clientY };
    this.cross = null;
    if (this.gesture === "draw") this.drawing.press(this.viewport.toImage(event.clientX, event.clientY));
    if (event.button === 1) event.preventDefault();
  }

  private gestureOf({ button, shiftKey }: PointerEvent): Gesture {
    const { name } = this.workspace.tool;
    if (button === 2) return "window";
    if (button === 1 || shiftKey) return "move";
    return name === "window" || name === "move" ? name : "draw";
  }

  private onMove(event: PointerEvent): void {
    if (this.gesture === "pinch") {
      this.pinch(event);
      return;
    }
    const [dx, dy] = [event.clientX - this.last.x, event.clientY - this.last.y];
    if (this.gesture === "window") this.actions.dragWindow(dx, -dy);
    else if (this.gesture === "move") this.viewport.panBy(dx, dy);
    else {
      // A fast stroke has more points than frames; they all count.
      const steps = this.gesture === "draw" ? (event.getCoalescedEvents?.() ?? []) : [];
      for (const step of steps) this.drawing.move(this.viewport.toImage(step.clientX, step.clientY));
      this.drawing.move(this.viewport.toImage(event.clientX, event.clientY));
    }
    this.last = { x: event.clientX, y: event.clientY };
  }

  /** Zoom by how far two fingers are apart, move with their middle. */
  private pinch({ pointerId, clientX, clientY }: PointerEvent): void {
    const before = this.pressed.get(pointerId);
    const other = [...this.pressed].find(([id]) => id !== pointerId)?.[1];
    if (before === undefined || other === undefined) return;
    const distance = (a: Point): number => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
    const now = { x: clientX, y: clientY };
    this.pressed.set(pointerId, now);
    this.viewport.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.viewport.zoomBy(distance(now) / distance(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
  }

  private onUp(event: PointerEvent): void {
    this.pressed.delete(event.pointerId);
    if (this.gesture === "pinch" && this.pressed.size > 0) return;
    if (this.gesture === "draw") this.drawing.release(this.viewport.toImage(event.clientX, event.clientY));
    this.gesture = null;
  }

  private drop(): void {
    this.gesture = null;
    this.drawing.cancel();
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.viewport.zoomBy(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
      return;
    }
    // Lines and pages (Firefox) to pixels.
    this.wheel += event.deltaY * (event.deltaMode === 0 ? 1 : WHEEL_STEP / 3);
    const steps = Math.trunc(this.wheel / WHEEL_STEP);
    if (steps === 0) return;
    this.wheel -= steps * WHEEL_STEP;
    this.workspace.showPicture(this.workspace.index + steps);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey) return;
    const handled =
      event.ctrlKey || event.metaKey
        ? this.onCommand(event)
        : this.onSliceKey(event.key) || this.onViewKey(event.key) || this.onDrawKey(event);
    if (handled) event.preventDefault();
  }

  private onCommand({ key, shiftKey }: KeyboardEvent): boolean {
    const name = key.toLowerCase();
    if (name === "z" && !shiftKey) this.actions.undo();
    else if (name === "y" || (name === "z" && shiftKey)) this.actions.redo();
    else return false;
    return true;
  }

  private onSliceKey(key: string): boolean {
    const { index, current } = this.workspace;
    const to = { PageDown: index + 1, PageUp: index - 1, Home: 0, End: (current?.pictures.length ?? 1) - 1 }[
      key
    ];
    if (to === undefined) return false;
    this.workspace.showPicture(to);
    return true;
  }

  private onViewKey(key: string): boolean {
    const { tool } = this.workspace;
    const name = TOOL_KEYS[key.toLowerCase()];
    if (name !== undefined) this.actions.selectTool(name);
    else if (key === "+" || key === "=") this.viewport.zoomBy(1.25);
    else if (key === "-") this.viewport.zoomBy(0.8);
    else if (key === "0") this.viewport.fit();
    else if (key === "[" || key === "]") {
      tool.brushSize = Math.min(200, Math.max(1, tool.brushSize + (key === "]" ? 1 : -1)));
      this.workspace.changed("tool");
    } else return false;
    return true;
  }

  private onDrawKey({ key, shiftKey, repeat }: KeyboardEvent): boolean {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (step !== undefined) return this.onArrow(step, shiftKey ? 10 : 1);
    if (key === "Escape") {
      this.stroking = false;
      this.drawing.cancel();
    } else if (key === "Enter") this.drawing.closePolygon();
    else if (key === " " && this.workspace.picture !== null) {
      if (!repeat) this.pressCross();
    } else return false;
    return true;
  }

  private onArrow([dx = 0, dy = 0]: readonly number[], distance: number): boolean {
    const { tool, index } = this.workspace;
    if (tool.name === "window") this.actions.dragWindow(dx * distance * 4, -dy * distance * 4);
    else if (tool.name === "move") {
      if (dy !== 0) this.workspace.showPicture(index + dy);
      else this.viewport.panBy(-dx * distance * 4, 0);
    } else {
      const at = this.crossPoint();
      const size = this.workspace.picture?.source.facts;
      const limit = (value: number, end: number): number => Math.min(Math.max(0.5, value), end - 0.5);
      this.cross = {
        x: limit(at.x + dx * distance, size?.columns ?? 1),
        y: limit(at.y + dy * distance, size?.rows ?? 1),
      };
      this.drawing.move(this.cross);
    }
    return true;
  }

  /** Brush and eraser draw while Space is held; a rectangle begins with one Space and ends with the next. */
  private pressCross(): void {
    const at = this.crossPoint();
    this.cross = at;
    const { name } = this.workspace.tool;
    if (name === "rectangle" && this.stroking) {
      this.endStroke();
      return;
    }
    this.drawing.press(at);
    this.stroking = name === "rectangle" || name === "brush" || name === "eraser";
  }

  private onKeyUp({ key }: KeyboardEvent): void {
    if (key === " " && this.workspace.tool.name !== "rectangle") this.endStroke();
  }

  private endStroke(): void {
    if (!this.stroking) return;
    this.stroking = false;
    this.drawing.release(this.crossPoint());
  }

  private crossPoint(): Point {
    const facts = this.workspace.picture?.source.facts;
    const middle = {
      x: Math.floor((facts?.columns ?? 1) / 2) + 0.5,
      y: Math.floor((facts?.rows ?? 1) / 2) + 0.5,
    };
    return this.cross ?? middle;
  }
}
