/** The user's layers: up to sixteen, each a mask per picture, with undo. A layer becomes one overlay plane on export. */
import { BitMask } from "./bitmask.js";
import { layerColour } from "./palette.js";

/** Groups 6000, 6002 … 601E (PS3.5 section 7.6). */
export const MAX_LAYERS = 16;
/** Overlay Label is an LO: 64 characters, no backslash. */
export const MAX_NAME = 64;
const UNDO_STEPS = 100;

export interface Layer {
  readonly id: number;
  name: string;
  colour: string;
  /** 0 to 1 */
  opacity: number;
  visible: boolean;
  /** Masks by picture key; a picture without marks has none. */
  readonly masks: Map<string, BitMask>;
}

/** One picture of one layer, before and after; null where there was no mask. */
interface Change {
  readonly layer: Layer;
  readonly picture: string;
  readonly before: BitMask | null;
  readonly after: BitMask | null;
}

/** The layers of one series, the active one, and the history. */
export class LayerStack {
  readonly layers: Layer[] = [];
  private activeId = 0;
  private nextId = 1;
  private readonly done: Change[][] = [];
  private readonly undone: Change[][] = [];

  constructor() {
    this.add();
  }

  get active(): Layer {
    const layer = this.layers.find(({ id }) => id === this.activeId) ?? this.layers[0];
    if (layer === undefined) throw new RangeError("a layer stack is never empty");
    return layer;
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Add a layer and make it the active one; null when there are sixteen. */
  add(name?: string): Layer | null {
    if (this.layers.length >= MAX_LAYERS) return null;
    const id = this.nextId++;
    const layer: Layer = {
      id,
      name: name ?? `Layer ${id}`,
      colour: layerColour(this.layers.length),
      opacity: 0.5,
      visible: true,
      masks: new Map(),
    };
    this.layers.push(layer);
    this.activeId = id;
    return layer;
  }

  select(layer: Layer): void {
    this.activeId = layer.id;
  }

  /** Remove a layer; its history goes with it, and the last one is replaced by an empty one. */
  remove(layer: Layer): void {
    const at = this.layers.indexOf(layer);
    if (at < 0) return;
    this.layers.splice(at, 1);
    for (const list of [this.done, this.undone]) {
      for (let i = list.length - 1; i >= 0; i--) {
        if (list[i]?.some((change) => change.layer === layer)) list.splice(i, 1);
      }
    }
    if (this.layers.length === 0) this.add();
    else if (this.activeId === layer.id) this.activeId = (this.layers[Math.max(0, at - 1)] as Layer).id;
  }

  /** Replace masks as one step of the history; an empty mask counts as none. */
  apply(changes: readonly { layer: Layer; picture: string; mask: BitMask | null }[]): void {
    const step: Change[] = [];
    for (const { layer, picture, mask } of changes) {
      const before = layer.masks.get(picture) ?? null;
      const after = mask === null || mask.isEmpty() ? null : mask;
      if (before === after || (before !== null && after !== null && before.equals(after))) continue;
      step.push({ layer, picture, before, after });
      put(layer, picture, after);
    }
    if (step.length === 0) return;
    this.done.push(step);
    if (this.done.length > UNDO_STEPS) this.done.shift();
    this.undone.length = 0;
  }

  /** Take the last step back; the picture it was on, or null. */
  undo(): string | null {
    const step = this.done.pop();
    if (step === undefined) return null;
    for (const { layer, picture, before } of [...step].reverse()) put(layer, picture, before);
    this.undone.push(step);
    return step[0]?.picture ?? null;
  }

  redo(): string | null {
    const step = this.undone.pop();
    if (step === undefined) return null;
    for (const { layer, picture, after } of step) put(layer, picture, after);
    this.done.push(step);
    return step[0]?.picture ?? null;
  }

  /** A mask that may be drawn on: a copy of the layer's, or a new one. */
  draft(layer: Layer, picture: string, rows: number, columns: number): BitMask {
    return layer.masks.get(picture)?.copy() ?? new BitMask(rows, columns);
  }

  hasMarks(): boolean {
    return this.layers.some(({ masks }) => masks.size > 0);
  }
}

function put(layer: Layer, picture: string, mask: BitMask | null): void {
  if (mask === null) layer.masks.delete(picture);
  else layer.masks.set(picture, mask);
}
