/** A volume → the planes of its images. Views where it can: a slice is not copied before it is packed. */

import { bitsOf } from "../values/bits.js";
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

/** Return an image's plane out of a volume that lies in space: pixel (row, column) is where the view says. */
export function viewPlane(volume: Volume, view: PlacedView, rows: number, columns: number): PlaneInput {
  const [offset, rowStep, columnStep] = view;
  const attributes = { ...planeAttributes(volume), rows, columns };
  if (volume.packed !== undefined) {
    const packed = new Uint8Array(Math.ceil((rows * columns) / 16) * 2);
    for (let row = 0, at = 0; row < rows; row++) {
      for (
        let from = offset + row * rowStep, column = 0;
        column < columns;
        column++, at++, from += columnStep
      ) {
        if (((volume.packed[Math.floor(from / 8)] ?? 0) >> (from % 8)) & 1)
          packed[at >> 3] = (packed[at >> 3] ?? 0) | (1 << (at & 7));
      }
    }
    return { ...attributes, packed, rows, columns };
  }
  if (rowStep === columns && columnStep === 1) {
    return maskPlane(attributes, volume.mask.subarray(offset, offset + rows * columns) as MaskArray, volume);
  }
  const mask = new (volume.mask.constructor as new (items: number) => MaskArray)(rows * columns);
  for (let row = 0, at = 0; row < rows; row++) {
    for (
      let from = offset + row * rowStep, column = 0;
      column < columns;
      column++, at++, from += columnStep
    ) {
      mask[at] = volume.mask[from] as never;
    }
  }
  return maskPlane(attributes, mask, volume);
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
