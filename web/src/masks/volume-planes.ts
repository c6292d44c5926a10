/** A volume → the planes of its images. Views where it can: a slice is not copied before it is packed. */

import { bitsOf } from "../values/bits.js";
import { type ArrayKind, kindOf, plainArray } from "../values/kinds.js";
import type { MaskArray, PlaneAttributes, PlaneInput } from "../values/plane.js";
import type { PlacedView } from "../values/results.js";
import type { Volume } from "../values/volume.js";

/** Return slice `slice` (from 0) of a volume as a plane. */
export function slicePlane(volume: Volume, slice: number): PlaneInput {
  const { rows, columns } = volume;
  const size = rows * columns;
  const attributes = { ...planeAttributes(volume), rows, columns };
  if (volume.packed !== undefined) {
    return { ...attributes, packed: bitsOf(volume.packed, slice * size, size), rows, columns };
  }
  const mask = volume.mask.subarray(slice * size, (slice + 1) * size) as MaskArray;
  return maskPlane(attributes, mask, volume);
}

/**
 * Return an image's plane out of a volume that lies in space: pixel (row, column) is where the view says.
 *
 * @param views - one for each frame of the image; `null` where the volume does not reach it
 */
export function viewPlane(
  volume: Volume,
  views: readonly (PlacedView | null)[],
  rows: number,
  columns: number,
): PlaneInput {
  const attributes = {
    ...planeAttributes(volume),
    rows,
    columns,
    ...(views.length > 1 && { numberOfFrames: views.length }),
  };
  const pixels = rows * columns;
  if (volume.packed !== undefined) {
    const { packed: bits } = volume;
    const packed = new Uint8Array(Math.ceil((pixels * views.length) / 16) * 2);
    eachPixel(views, rows, columns, (from, at) => {
      if (((bits[Math.floor(from / 8)] ?? 0) >> (from % 8)) & 1)
        packed[at >> 3] = (packed[at >> 3] ?? 0) | (1 << (at & 7));
    });
    return { ...attributes, packed, rows, columns };
  }
  const { mask: data } = volume;
  const [first] = views;
  if (views.length === 1 && first && isWhole(first, rows, columns)) {
    return maskPlane(attributes, data.subarray(first[0], first[0] + pixels) as MaskArray, volume);
  }
  const mask = plainArray(kindOf(data) as ArrayKind, pixels * views.length) as MaskArray;
  eachPixel(views, rows, columns, (from, at) => {
    mask[at] = data[from] as never;
  });
  return maskPlane(attributes, mask, volume);
}

/** Tell whether an image is a slice of the volume's array as it is. */
function isWhole(view: PlacedView, rows: number, columns: number): boolean {
  const [, rowStep, columnStep, firstRow, endRow, firstColumn, endColumn] = view;
  const isInside = firstRow === 0 && endRow === rows && firstColumn === 0 && endColumn === columns;
  return isInside && rowStep === columns && columnStep === 1;
}

/** Call for each pixel that is inside the volume: `from` is its item there, `at` its place in the image's frames. */
function eachPixel(
  views: readonly (PlacedView | null)[],
  rows: number,
  columns: number,
  take: (from: number, at: number) => void,
): void {
  for (const [frame, view] of views.entries()) {
    if (view === null) continue;
    const [offset, rowStep, columnStep, firstRow, endRow, firstColumn, endColumn] = view;
    for (let row = firstRow; row < endRow; row++) {
      const start = (frame * rows + row) * columns;
      for (let column = firstColumn; column < endColumn; column++) {
        take(offset + row * rowStep + column * columnStep, start + column);
      }
    }
  }
}

/** Return a whole volume as one plane of many frames, for a multi-frame image. */
export function multiFramePlane(volume: Volume): PlaneInput {
  const { rows, columns, slices } = volume;
  const attributes = { ...planeAttributes(volume), rows, columns, numberOfFrames: slices };
  if (volume.packed !== undefined) {
    // Trimmed or padded to the even number of bytes that Overlay Data has.
    return { ...attributes, packed: bitsOf(volume.packed, 0, rows * columns * slices), rows, columns };
  }
  return maskPlane(attributes, volume.mask, volume);
}

function maskPlane(
  attributes: PlaneAttributes,
  mask: MaskArray,
  { labels, value, threshold }: Pick<Volume, "labels" | "value" | "threshold">,
): PlaneInput {
  if (labels === undefined) return { ...attributes, mask, value, threshold };
  const { label: _label, group: _group, ...shared } = attributes;
  return { ...shared, mask, labels };
}

function planeAttributes(volume: Volume): PlaneAttributes {
  const { group, existing, overlayType, subtype, label, description, planeOrigin } = volume;
  return { group, existing, overlayType, subtype, label, description, planeOrigin };
}
