/** The way back: the planes of a series as volumes, in the slice order of an export. */

import { OverlayError } from "../errors.js";
import { planeOnImage } from "../masks/plane-on-image.js";
import type { NoticeCode } from "../notices.js";
import { copyBits } from "../values/bits.js";
import type { ReadSeriesOptions } from "../values/options.js";
import type { InstanceFacts, Notice, OverlayPlane, OverlaySource } from "../values/plane.js";
import type { SeriesOverlays } from "../values/results.js";
import type { OverlayVolume } from "../values/volume.js";
import type { WorkerPool } from "../workers/pool.js";
import { requireInstances } from "./check.js";
import { eachFile, type SeriesFile, seriesFiles } from "./files.js";
import { orderOf } from "./order.js";
import { progressOf } from "./progress.js";

/** See `OverlayExporter.readSeries`. */
export async function readSeries(
  pool: WorkerPool,
  given: Iterable<OverlaySource>,
  options: ReadSeriesOptions,
): Promise<SeriesOverlays> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const files = seriesFiles(given);
  const progress = progressOf(files.length, options.onProgress);
  const found = await readFiles(pool, files, options.labels, signal, (file) => progress(file, "read"));
  const layout = requireInstances(found);
  const notices: Notice[] = [];
  const slices =
    layout === "frames"
      ? null
      : await orderOf(
          pool,
          found,
          found.length,
          { sliceOrder: options.sliceOrder, onNotice: (notice) => notices.push(notice) },
          signal,
        );
  const gathered = new Gathered(found, slices);
  // In slice order, so that "the first plane" is the same one whatever order the files came in. What the caller's own
  // order leaves out is not part of the volumes.
  const good = found
    .filter(({ facts, index }) => !(facts instanceof OverlayError) && (slices?.has(index) ?? true))
    .sort((a, b) => (slices?.get(a.index) ?? 0) - (slices?.get(b.index) ?? 0));
  for (const file of good) {
    for (const notice of file.notices) notices.push(placed(notice, file.index));
    // What is laid down is not held any longer.
    for (const plane of file.planes.splice(0)) gathered.take(plane, file.index);
  }
  const failures = found.flatMap(({ file, index, name, facts }) =>
    facts instanceof OverlayError ? [{ file, index, name, outcome: "failed" as const, error: facts }] : [],
  );
  return { volumes: gathered.volumes(), order: gathered.order, notices, failures };
}

/** What was read of a file: its header and its planes. */
interface ReadFile {
  readonly facts: InstanceFacts | OverlayError;
  readonly planes: OverlayPlane[];
  readonly notices: readonly Notice[];
}

/** Read header and planes of every file at once; of the planes, those that are asked for are held. */
async function readFiles(
  pool: WorkerPool,
  files: readonly SeriesFile[],
  labels: readonly string[] | undefined,
  signal: AbortSignal,
  tell: (file: SeriesFile) => void,
): Promise<readonly (SeriesFile & ReadFile)[]> {
  const wanted = labels === undefined ? null : new Set(labels);
  const read = async (source: Blob): Promise<ReadFile> => {
    const { planes, notices, facts } = await pool.run({ type: "read", source, facts: true }, { signal });
    if (facts === undefined) throw new OverlayError("internal", "A file was read without its facts.");
    const held = planes.filter(({ label }) => wanted === null || (label !== null && wanted.has(label)));
    return { facts, notices, planes: held };
  };
  const failed = (error: OverlayError): ReadFile => ({ facts: error, planes: [], notices: [] });
  return await eachFile(pool, files, read, failed, signal, tell);
}

/** Volumes that are put together plane by plane. */
class Gathered {
  readonly order: readonly number[];
  readonly #rows: number;
  readonly #columns: number;
  readonly #slices: number;
  readonly #files: number;
  readonly #sliceOf: ReadonlyMap<number, number> | null;
  readonly #layers = new Map<string, Layer>();

  constructor(
    found: readonly { readonly facts: InstanceFacts | OverlayError; readonly index: number }[],
    slices: ReadonlyMap<number, number> | null,
  ) {
    const first = found.find(({ facts }) => !(facts instanceof OverlayError));
    const facts = first?.facts as InstanceFacts;
    this.#rows = facts.rows ?? 0;
    this.#columns = facts.columns ?? 0;
    this.#slices =
      slices === null ? (facts.numberOfFrames ?? 1) : Math.max(0, ...[...slices.values()].map((s) => s + 1));
    this.#files = found.length;
    this.#sliceOf = slices;
    this.order =
      slices === null
        ? [first?.index ?? 0]
        : [...slices].sort(([, a], [, b]) => a - b).map(([index]) => index);
  }

  take(plane: OverlayPlane, index: number): void {
    const label = plane.label || null;
    const key = label === null ? `group ${plane.group}` : `label ${label}`;
    const layer = this.#layers.get(key) ?? this.#layer(plane, label);
    this.#layers.set(key, layer);
    const tell = (code: keyof typeof MESSAGES, more: object = {}): void => {
      const message = `${MESSAGES[code]} (group ${plane.group.toString(16).toUpperCase()})`;
      layer.notices.push({ code, message, detail: { index, group: plane.group, ...more } });
    };
    if (layer.groups[index] !== null) tell("layer-repeated");
    else layer.groups[index] = plane.group;
    layer.lowest = Math.min(layer.lowest, plane.group);
    for (const notice of plane.notices) layer.notices.push(placed(notice, index));
    if (plane.overlayType !== layer.overlayType) tell("types-differ");
    const [first, images] = this.#sliceOf === null ? [0, this.#slices] : [this.#sliceOf.get(index) ?? 0, 1];
    const used = new Set<number>();
    for (let image = 0; image < images; image++) {
      const found = planeOnImage(plane, this.#rows, this.#columns, image + 1);
      if (found === null) continue;
      if (used.size === 0 && found.fit !== "exact") tell(`plane-${found.fit}`);
      used.add(found.frame);
      const pixels = this.#rows * this.#columns;
      orBits(layer.packed, (first + image) * pixels, found.packed, pixels);
    }
    const frames = plane.numberOfFrames ?? 1;
    const left = frames - used.size;
    if (left > 0) tell("frames-left-out", { expected: images, found: frames });
  }

  volumes(): readonly OverlayVolume[] {
    const layers = [...this.#layers.values()].sort((a, b) => a.lowest - b.lowest);
    return layers.map((layer) => {
      const { rows, columns, slices } = { rows: this.#rows, columns: this.#columns, slices: this.#slices };
      const { packed, groups, lowest: _lowest, ...facts } = layer;
      return { ...facts, packed, groups, rows, columns, slices };
    });
  }

  #layer(plane: OverlayPlane, label: string | null): Layer {
    const pixels = this.#rows * this.#columns * this.#slices;
    return {
      label,
      group: label === null ? plane.group : null,
      lowest: plane.group,
      overlayType: plane.overlayType === "R" ? "R" : "G",
      subtype: plane.subtype ?? null,
      description: plane.description ?? null,
      groups: new Array(this.#files).fill(null),
      packed: new Uint8Array(Math.ceil(pixels / 16) * 2),
      notices: [],
    };
  }
}

/** What is said of a plane that is not simply laid down; the sentences of `notices.py`. */
const MESSAGES = {
  "layer-repeated": "a file has the label in several groups; their pixels were combined",
  "plane-cropped": "a plane reaches beyond its image; the part outside was left out",
  "plane-enlarged": "a plane is smaller than its image; the rest is clear",
  "frames-left-out": "a plane has frames for images that the file does not have; they were left out",
  "types-differ": "the planes of one label have different types; the volume has the type of the first",
} as const satisfies Partial<Record<NoticeCode, string>>;

/** A volume that is being put together. */
interface Layer {
  readonly label: string | null;
  readonly group: number | null;
  lowest: number;
  readonly overlayType: "G" | "R";
  readonly subtype: string | null;
  readonly description: string | null;
  readonly groups: (number | null)[];
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly notices: Notice[];
}

/** Set those of a target's bits, from bit `to` on, that are set in the source; others stay. */
function orBits(target: Uint8Array, to: number, source: Uint8Array, count: number): void {
  // No shifts: a volume may have more than 2 ** 31 bits.
  const first = Math.floor(to / 8);
  const held = target.slice(first, Math.ceil((to + count) / 8));
  copyBits(target, to, source, 0, count);
  for (const [at, byte] of held.entries()) target[first + at] = (target[first + at] ?? 0) | byte;
}

function placed(notice: Notice, index: number): Notice {
  return { ...notice, detail: { ...notice.detail, index } };
}
