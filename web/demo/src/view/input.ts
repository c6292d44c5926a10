/** Pointer, wheel and keys on the canvas, turned into drawing, window, zoom and slice changes. */
import { effect, untracked } from "@preact/signals";
import * as drawing from "../mark/drawing.js";
import type { Point } from "../model/raster.js";
import * as state from "../model/state.js";
import { playing } from "./cine.js";
import type { Viewport } from "./viewport.js";
import { WheelSteps } from "./wheel.js";
import { dragWindow } from "./windowing.js";

type Gesture = "draw" | "window" | "move" | "zoom" | "pinch";

/** Pixels of dragging that zoom by the factor e. */
const ZOOM_DRAG = 150;

/** Listen on the viewport's canvas; returns a function that stops it. */
export function setUpInput(viewport: Viewport): () => void {
  const input = new CanvasInput(viewport);
  return () => input.stop();
}

class CanvasInput {
  private readonly viewport: Viewport;
  private readonly controller = new AbortController();
  private readonly unfollow: () => void;
  /** Where each finger or button was pressed. */
  private readonly pressed = new Map<number, Point>();
  private gesture: Gesture | null = null;
  private last: Point = { x: 0, y: 0 };
  /** Where the button was pressed, which is the centre of a zoom. */
  private start: Point = { x: 0, y: 0 };
  private readonly wheel = new WheelSteps();
  /** The cross that arrow keys move; null while the pointer is used. */
  private cross: Point | null = null;
  private stroking = false;

  constructor(viewport: Viewport) {
    this.viewport = viewport;
    const { canvas } = viewport;
    const { signal } = this.controller;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void,
    ): void => canvas.addEventListener(type, listener, { signal, passive: false });
    on("pointerdown", (event) => this.onDown(event));
    on("pointermove", (event) => this.onMove(event));
    on("pointerup", (event) => this.onUp(event));
    // Cancelled, or gone without being let go: after a release it is not among the pressed any more.
    on("lostpointercapture", ({ pointerId }) => {
      if (this.pressed.delete(pointerId)) this.drop();
    });
    on("pointerleave", () => {
      if (this.gesture === null) this.point(null);
    });
    on("dblclick", () => drawing.closePolygon());
    on("contextmenu", (event) => event.preventDefault());
    on("wheel", (event) => this.onWheel(event));
    on("keydown", (event) => this.onKey(event));
    on("keyup", (event) => this.onKeyUp(event));
    on("blur", () => this.endStroke());
    // With another picture or tool, an unfinished stroke is dropped; corners are kept for their picture.
    this.unfollow = effect(() => {
      state.shownKey.value;
      state.toolName.value;
      this.stroking = false;
      if (this.gesture === "draw") this.gesture = null;
      untracked(() => drawing.cancel({ all: false }));
    });
  }

  stop(): void {
    this.controller.abort();
    this.unfollow();
  }

  private onDown(event: PointerEvent): void {
    this.pressed.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.viewport.canvas.setPointerCapture(event.pointerId);
    if (this.pressed.size === 2) {
      // A second finger: what the first began to draw was not meant.
      this.drop();
      this.gesture = "pinch";
    }
    if (this.gesture !== null) return;
    this.viewport.canvas.focus({ preventScroll: true });
    this.gesture = this.gestureOf(event);
    this.start = { x: event.clientX, y: event.clientY };
    this.last = this.start;
    this.cross = null;
    state.stay();
    if (this.gesture === "draw") playing.value = false;
    if (this.gesture === "draw" && state.tool.value.name !== "polygon")
      drawing.press(this.viewport.toImage(event.clientX, event.clientY));
    if (event.button === 1) event.preventDefault();
  }

  /** As viewers of radiology have it: the right button zooms, the middle one moves. */
  private gestureOf({ button, shiftKey, ctrlKey, metaKey }: PointerEvent): Gesture {
    const { name } = state.tool.value;
    if (button === 2) return "zoom";
    if (button === 1 || shiftKey) return "move";
    if (ctrlKey || metaKey) return "window";
    return name === "window" || name === "move" ? name : "draw";
  }

  private onMove(event: PointerEvent): void {
    // A mouse or a pen that hovers beside the finger that draws.
    if (this.gesture !== null && !this.pressed.has(event.pointerId)) return;
    if (this.gesture === "pinch") {
      this.pinch(event);
      return;
    }
    const [dx, dy] = [event.clientX - this.last.x, event.clientY - this.last.y];
    if (this.gesture === "window") dragWindow(dx, -dy);
    else if (this.gesture === "move") this.viewport.panBy(dx, dy);
    else if (this.gesture === "zoom")
      this.viewport.zoomBy(Math.exp(-dy / ZOOM_DRAG), this.start.x, this.start.y);
    else {
      // A fast stroke has more points than frames; they all count.
      const steps = this.gesture === "draw" ? (event.getCoalescedEvents?.() ?? []) : [];
      for (const step of steps) drawing.move(this.viewport.toImage(step.clientX, step.clientY));
    }
    if (this.gesture === null || this.gesture === "draw")
      this.point(this.viewport.toImage(event.clientX, event.clientY));
    this.last = { x: event.clientX, y: event.clientY };
  }

  private point(at: Point | null): void {
    state.hover.value = at;
    drawing.move(at);
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
    if (!this.pressed.delete(event.pointerId)) return;
    if (this.gesture === "pinch" && this.pressed.size > 0) return;
    const at = this.viewport.toImage(event.clientX, event.clientY);
    if (this.gesture === "draw") {
      // A corner is set on release: the first finger of a pinch sets none.
      if (state.tool.value.name === "polygon") drawing.press(at);
      else drawing.release(at);
    }
    this.gesture = null;
  }

  private drop(): void {
    this.gesture = null;
    drawing.cancel({ all: false });
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.viewport.zoomBy(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
      return;
    }
    const steps = this.wheel.steps(event);
    if (steps !== 0) state.showPicture(state.index.value + steps);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (this.onCanvasKey(event)) event.preventDefault();
  }

  private onCanvasKey({ key, shiftKey, repeat }: KeyboardEvent): boolean {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (step !== undefined) return this.onArrow(step, shiftKey ? 10 : 1);
    if (key === "Escape") {
      this.stroking = false;
      drawing.cancel({ all: true });
    } else if (key === "Enter") drawing.closePolygon();
    else if (key === " ") {
      if (!repeat && state.picture.value !== null) this.pressCross();
    } else return false;
    return true;
  }

  private onArrow([dx = 0, dy = 0]: readonly number[], distance: number): boolean {
    const { name } = state.tool.value;
    if (name === "window") dragWindow(dx * distance * 4, -dy * distance * 4);
    else if (name === "move") {
      if (dy !== 0) state.showPicture(state.index.value + dy);
      else this.viewport.panBy(-dx * distance * 4, 0);
    } else {
      const at = this.crossPoint();
      const size = state.picture.value?.source.facts;
      const limit = (value: number, end: number): number => Math.min(Math.max(0.5, value), end - 0.5);
      this.cross = {
        x: limit(at.x + dx * distance, size?.columns ?? 1),
        y: limit(at.y + dy * distance, size?.rows ?? 1),
      };
      this.point(this.cross);
    }
    return true;
  }

  /** Brush and eraser draw while Space is held; a rectangle begins with one Space and ends with the next. */
  private pressCross(): void {
    const at = this.crossPoint();
    this.cross = at;
    const { name } = state.tool.value;
    if (name === "rectangle" && this.stroking) {
      this.endStroke();
      return;
    }
    drawing.press(at);
    this.stroking = name === "rectangle" || name === "brush" || name === "eraser";
  }

  private onKeyUp({ key }: KeyboardEvent): void {
    if (key === " " && state.tool.value.name !== "rectangle") this.endStroke();
  }

  private endStroke(): void {
    if (!this.stroking) return;
    this.stroking = false;
    drawing.release(this.crossPoint());
  }

  private crossPoint(): Point {
    const facts = state.picture.value?.source.facts;
    const middle = {
      x: Math.floor((facts?.columns ?? 1) / 2) + 0.5,
      y: Math.floor((facts?.rows ?? 1) / 2) + 0.5,
    };
    return this.cross ?? middle;
  }
}
