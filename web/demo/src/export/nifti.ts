/** Layers as NIfTI-1 label maps in the place of their series, the way back to other programs (and to this page). */
import { normalOf } from "../image/place.js";
import type { Place } from "../image/protocol.js";
import type { Layer } from "../model/document.js";
import { type Picture, placeOf, type Series } from "../model/series.js";
import { Fault } from "../workers/fault.js";

const HEADER = 352;
/** Share of a step by which pictures may lie off an even grid. */
const TOLERANCE = 0.01;

/** One file: a label map, or a single layer. */
export interface NiftiFile {
  /** Labels in their order: the first is 1. */
  readonly layers: readonly string[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Make NIfTI files of layers: one label map or, where layers overlap, a file for each.
 *
 * @throws Fault `no-grid` where the pictures do not lie on one even grid, `no-marks` where nothing is marked
 */
export function niftiOf({ pictures }: Series, layers: readonly Layer[]): NiftiFile[] {
  const marked = layers.filter(({ masks }) => masks.size > 0);
  if (marked.length === 0) throw new Fault("no-marks");
  const { affine, order } = gridOf(pictures);
  const { rows, columns } = pictures[0]?.source.facts ?? { rows: 0, columns: 0 };
  const size = { rows, columns, slices: pictures.length };
  const together = labelMap(order, marked, size);
  if (together !== null)
    return [{ layers: marked.map(({ name }) => name), bytes: fileOf(together, size, affine) }];
  return marked.map((layer) => ({
    layers: [layer.name],
    bytes: fileOf(labelMap(order, [layer], size) ?? new Uint8Array(), size, affine),
  }));
}

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly slices: number;
}

/** The labels of all voxels; null where two layers meet. */
function labelMap(
  order: readonly Picture[],
  layers: readonly Layer[],
  { rows, columns, slices }: Size,
): Uint8Array | null {
  const size = rows * columns;
  const labels = new Uint8Array(size * slices);
  for (const [k, { key }] of order.entries()) {
    for (const [n, { masks }] of layers.entries()) {
      const bits = masks.get(key)?.bits;
      for (let i = 0; bits !== undefined && i < size; i++) {
        if (((bits[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
        if (labels[k * size + i] !== 0) return null;
        labels[k * size + i] = n + 1;
      }
    }
  }
  return labels;
}

/** The pictures from one end to the other, and the affine of their grid in LPS, column by column. */
function gridOf(pictures: readonly Picture[]): {
  affine: readonly (readonly number[])[];
  order: readonly Picture[];
} {
  const known = pictures.map((picture) => {
    const place = placeOf(picture);
    if (place === null) throw new Fault("no-grid");
    return { picture, place };
  });
  const [first] = known;
  if (first === undefined) throw new Fault("no-grid");
  const { orientation, spacing } = first.place;
  const normal = normalOf(orientation);
  const depthOf = ({ place: { position } }: { place: Place }): number =>
    position.reduce((sum, value, axis) => sum + value * (normal[axis] ?? 0), 0);
  known.sort((one, two) => depthOf(one) - depthOf(two));
  const [low = first, high = first] = [known[0], known.at(-1)];
  const step = known.length === 1 ? 1 : (depthOf(high) - depthOf(low)) / (known.length - 1);
  const origin = low.place.position;
  for (const [k, { place }] of known.entries()) {
    const isAlike = [...place.orientation, ...place.spacing].every(
      (value, i) => Math.abs(value - ([...orientation, ...spacing][i] ?? 0)) < 1e-4,
    );
    // How far it lies from where an even grid has it.
    const off = place.position.map((v, axis) => v - (origin[axis] ?? 0) - k * step * (normal[axis] ?? 0));
    if (!isAlike || !(Math.hypot(...off) <= TOLERANCE * step)) throw new Fault("no-grid");
  }
  if (!(step > 0)) throw new Fault("no-grid");
  const [down = 1, across = 1] = spacing;
  const affine = [
    orientation.slice(0, 3).map((v) => v * across),
    orientation.slice(3).map((v) => v * down),
    normal.map((v) => v * step),
    origin,
  ];
  return { affine, order: known.map(({ picture }) => picture) };
}

function fileOf(
  labels: Uint8Array,
  { rows, columns, slices }: Size,
  affine: readonly (readonly number[])[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + labels.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  for (const [k, n] of [3, columns, rows, slices, 1, 1, 1, 1].entries()) view.setInt16(40 + 2 * k, n, true);
  // Unsigned bytes; millimetres; the place as sform (scanner coordinates).
  view.setInt16(70, 2, true);
  view.setInt16(72, 8, true);
  const lengths = affine.slice(0, 3).map((axis) => Math.hypot(...axis));
  for (const [k, n] of [1, ...lengths].entries()) view.setFloat32(76 + 4 * k, n, true);
  view.setFloat32(108, HEADER, true);
  view.setFloat32(112, 1, true);
  view.setUint8(123, 2);
  view.setInt16(254, 1, true);
  // NIfTI's axes point right and anterior, DICOM's left and posterior.
  for (const [row, sign] of [-1, -1, 1].entries()) {
    for (const [column, axis] of affine.entries())
      view.setFloat32(280 + 16 * row + 4 * column, sign * (axis[row] ?? 0), true);
  }
  bytes.set([0x6e, 0x2b, 0x31, 0], 344);
  bytes.set(labels, HEADER);
  return bytes;
}
