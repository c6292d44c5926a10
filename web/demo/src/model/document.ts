/**
 * What the user has made of a series: layers, their masks, and planes of the files that shall go. Each state is a value
 * that is never changed, so every step can be taken back: a stroke, a deleted layer, a mask brought in.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { BitMask } from "./bitmask.js";
import { layerColour } from "./palette.js";

/** Groups 6000, 6002 … 601E (PS3.5 section 7.6). */
export const MAX_LAYERS = 16;
/** Overlay Label is an LO: 64 characters, no backslash. */
export const MAX_NAME = 64;
const UNDO_STEPS = 200;

/** The group of one plane in each file that has it, by file number. */
export type GroupByFile = ReadonlyMap<number, number>;

/** A plane of the files that is to be removed. */
export interface Removal {
  readonly groups: GroupByFile;
  /** Its Overlay Label; empty where it has none. */
  readonly label: string;
  readonly overlayType: "G" | "R";
}

/** The plane of the files that a layer came from, and that it replaces on export. */
export interface PlaneOrigin {
  /** Its Overlay Label; empty where it has none. */
  readonly label: string;
  /** The layer's name until it is renamed. */
  readonly name: string;
  readonly groups: GroupByFile;
  readonly overlayType: "G" | "R";
  readonly subtype: string | null;
  readonly description: string | null;
}

export interface Layer {
  readonly id: number;
  readonly name: string;
  readonly colour: string;
  /** 0 to 1 */
  readonly opacity: number;
  readonly visible: boolean;
  /** Masks by picture key; a picture without marks has none. */
  readonly masks: ReadonlyMap<string, BitMask>;
  readonly origin: PlaneOrigin | null;
  /** Its mask was laid in the images' order although its file says that it lies elsewhere. */
  readonly againstPosition: boolean;
}

export interface Doc {
  readonly layers: readonly Layer[];
  readonly activeId: number;
  readonly nextId: number;
  readonly removed: readonly Removal[];
}

/** A new mask of one picture of one layer; null takes it away. */
export interface MaskChange {
  readonly layerId: number;
  readonly picture: string;
  readonly mask: BitMask | null;
}

interface Step {
  readonly doc: Doc;
  /** The picture that shows the step; empty if it concerns more than one. */
  readonly picture: string;
  /** Consecutive steps with the same tag count as one, such as dragging the opacity. */
  readonly tag: string;
}

export function emptyDoc(firstName: string): Doc {
  const bare: Doc = { layers: [], activeId: 0, nextId: 1, removed: [] };
  return addLayer(bare, firstName) ?? bare;
}

/** A document with one more layer, the active one; null when there are sixteen. */
export function addLayer(doc: Doc, name: string, rest: Partial<Layer> = {}): Doc | null {
  if (doc.layers.length >= MAX_LAYERS) return null;
  const id = doc.nextId;
  const used = new Set(doc.layers.map(({ colour }) => colour));
  const free = Array.from({ length: MAX_LAYERS }, (_, k) => layerColour(k)).find((one) => !used.has(one));
  const layer: Layer = {
    id,
    name: name.slice(0, MAX_NAME),
    colour: free ?? layerColour(doc.layers.length),
    opacity: 0.5,
    visible: true,
    masks: new Map(),
    origin: null,
    againstPosition: false,
    ...rest,
  };
  return { ...doc, layers: [...doc.layers, layer], activeId: id, nextId: id + 1 };
}

/** A document without a layer; the last one is replaced by an empty one. */
export function dropLayer(doc: Doc, id: number, firstName: string): Doc {
  const at = doc.layers.findIndex((layer) => layer.id === id);
  const layers = doc.layers.filter((layer) => layer.id !== id);
  const activeId = doc.activeId === id ? (layers[Math.max(0, at - 1)]?.id ?? 0) : doc.activeId;
  const left = { ...doc, layers, activeId };
  return layers.length === 0 ? (addLayer(left, firstName) ?? left) : left;
}

export function changeLayer(doc: Doc, id: number, change: Partial<Layer>): Doc {
  return { ...doc, layers: doc.layers.map((layer) => (layer.id === id ? { ...layer, ...change } : layer)) };
}

/** A document with these masks; an empty mask counts as none. The same document when nothing differs. */
export function putMasks(doc: Doc, changes: readonly MaskChange[]): Doc {
  const maps = new Map<number, Map<string, BitMask>>();
  for (const { layerId, picture, mask } of changes) {
    const layer = doc.layers.find(({ id }) => id === layerId);
    if (layer === undefined) continue;
    const before = (maps.get(layerId) ?? layer.masks).get(picture) ?? null;
    const after = mask === null || mask.isEmpty() ? null : mask;
    if (before === after || (before !== null && after !== null && before.equals(after))) continue;
    const masks = maps.get(layerId) ?? new Map(layer.masks);
    if (after === null) masks.delete(picture);
    else masks.set(picture, after);
    maps.set(layerId, masks);
  }
  if (maps.size === 0) return doc;
  return {
    ...doc,
    layers: doc.layers.map((layer) => ({ ...layer, masks: maps.get(layer.id) ?? layer.masks })),
  };
}

export function activeLayer(doc: Doc): Layer {
  const layer = doc.layers.find(({ id }) => id === doc.activeId) ?? doc.layers[0];
  if (layer === undefined) throw new RangeError("a document is never without a layer");
  return layer;
}

/** Whether there is anything to write: marks, or planes to be removed. */
export function hasWork(doc: Doc): boolean {
  return doc.removed.length > 0 || workedLayers(doc).length > 0;
}

/** Layers that hold something to write. */
export function workedLayers({ layers }: Pick<Doc, "layers">): readonly Layer[] {
  return layers.filter(({ masks, origin }) => masks.size > 0 || origin !== null);
}

/** Layers and removals that lie in files; a later change of a layer is not saved. */
export interface SavedWork {
  readonly layers: readonly Layer[];
  readonly removed: readonly Removal[];
}

/** The documents of one series, one after the other. */
export class History {
  readonly doc: ReadonlySignal<Doc>;
  readonly canUndo: ReadonlySignal<boolean>;
  readonly canRedo: ReadonlySignal<boolean>;
  private readonly now: Signal<Doc>;
  private readonly done = signal<readonly Step[]>([]);
  private readonly undone = signal<readonly Step[]>([]);
  private readonly saved: Signal<SavedWork>;
  /** What is not in any file yet. */
  readonly unsaved: ReadonlySignal<SavedWork>;

  constructor(doc: Doc) {
    this.now = signal(doc);
    this.saved = signal({ layers: [], removed: [] });
    this.doc = this.now;
    this.canUndo = computed(() => this.done.value.length > 0);
    this.canRedo = computed(() => this.undone.value.length > 0);
    this.unsaved = computed(() => without(this.now.value, this.saved.value));
  }

  /** Make `doc` the present one. */
  commit(doc: Doc, { picture = "", tag = "" }: { picture?: string; tag?: string } = {}): void {
    if (doc === this.now.value) return;
    const last = this.done.value.at(-1);
    const joined = tag !== "" && last?.tag === tag && this.undone.value.length === 0;
    if (!joined) {
      this.done.value = [...this.done.value.slice(1 - UNDO_STEPS), { doc: this.now.value, picture, tag }];
    }
    this.undone.value = [];
    this.now.value = doc;
  }

  /** Choosing the layer to draw on is not a step that can be undone. */
  select(id: number): void {
    this.now.value = { ...this.now.value, activeId: id };
  }

  /** Undo the last step; returns its picture, or null if there is none. */
  undo(): string | null {
    return this.step(this.done, this.undone);
  }

  redo(): string | null {
    return this.step(this.undone, this.done);
  }

  /** Change every state of the past and the future as well: what was found in the files applies to all of them. */
  rewrite(change: (doc: Doc) => Doc): void {
    const changed = (step: Step): Step => ({ ...step, doc: change(step.doc) });
    const [before, after] = [this.done.value.map(changed), this.undone.value.map(changed)];
    this.now.value = change(this.now.value);
    this.done.value = before;
    this.undone.value = after;
  }

  /** Record that these layers, as they are here, and these removals are now in files. */
  markSaved({ layers, removed }: SavedWork): void {
    const ids = new Set(layers.map(({ id }) => id));
    const before = this.saved.value;
    this.saved.value = {
      layers: [...before.layers.filter(({ id }) => !ids.has(id)), ...layers],
      removed: [...before.removed, ...removed],
    };
  }

  private step(from: Signal<readonly Step[]>, to: Signal<readonly Step[]>): string | null {
    const last = from.value.at(-1);
    if (last === undefined) return null;
    from.value = from.value.slice(0, -1);
    to.value = [...to.value, { ...last, doc: this.now.value }];
    this.now.value = last.doc;
    return last.picture;
  }
}

/** The work of a document that is not saved. */
function without(doc: Doc, saved: SavedWork): SavedWork {
  const known = new Map(saved.layers.map((layer) => [layer.id, layer]));
  return {
    layers: workedLayers(doc).filter(({ id, masks, name }) => {
      const before = known.get(id);
      return before?.masks !== masks || before.name !== name;
    }),
    removed: doc.removed.filter((removal) => !saved.removed.includes(removal)),
  };
}
