/** Images of ITK in JavaScript (itk.js, itk-wasm, and what has their shape) → volumes that are placed by their geometry. */
import {
  isObject,
  requireNumbers,
  requireObject,
  requireOptions,
  requireWhole,
  wrong,
} from "../values/check.js";
import { kindOf } from "../values/kinds.js";
import type { MaskArray } from "../values/plane.js";
import { LAYER_MASK } from "../values/rules.js";
import type { MaskVolume } from "../values/volume.js";

/** What is used of an image of itk-wasm or itk.js, of two or three dimensions. */
export interface ItkImage {
  /** Columns, rows and slices. */
  readonly size: ArrayLike<number>;
  /** One item for each voxel, x fastest. */
  readonly data: MaskArray | Uint8ClampedArray | null;
  readonly origin: ArrayLike<number>;
  readonly spacing: ArrayLike<number>;
  /** Row by row; itk.js has an object around it. */
  readonly direction: ArrayLike<number> | { readonly data: ArrayLike<number> };
  readonly imageType?: { readonly components?: number | undefined } | undefined;
}

/** What the image does not say: `label` or `labels` above all, and for fractions a `threshold`. */
export type ItkVolumeOptions = Omit<
  MaskVolume,
  "mask" | "packed" | "columns" | "rows" | "slices" | "origin" | "spacing" | "direction"
>;

/**
 * Return an image of ITK as a volume for `exportSeries`, without a copy of its voxels.
 *
 * An image of three dimensions is placed by its origin, spacing and direction. One of two dimensions says nothing of its
 * place in the patient: it becomes a volume of one slice, for one image.
 *
 * @throws OverlayError `invalid-mask` for an image of another dimension, with several components in each voxel, or
 *   without its voxels; `invalid-request` for what is not an image.
 */
export function volumeFromItk(image: ItkImage, options: ItkVolumeOptions = {}): MaskVolume {
  requireObject(image, "image");
  requireOptions(options, LAYER_MASK);
  const size = requireNumbers(image.size, "size");
  if (size.length !== 2 && size.length !== 3) throw wrong("two or three dimensions", "size", "invalid-mask");
  const [columns = 0, rows = 0, slices = 1] = size.map((items) => requireWhole(items, "size", 1));
  if ((image.imageType?.components ?? 1) !== 1)
    throw wrong("one component in each voxel", "imageType", "invalid-mask");
  const mask = voxelsOf(image.data);
  if (mask?.length !== columns * rows * slices) {
    throw wrong("a typed array of one item for each voxel", "data", "invalid-mask");
  }
  const shape = { ...options, mask, columns, rows, slices };
  if (size.length === 2) return shape;
  const { direction } = image;
  const isWrapped = isObject(direction) && "data" in direction;
  return {
    ...shape,
    origin: threeOf(image.origin, "origin"),
    spacing: threeOf(image.spacing, "spacing"),
    direction: requireNumbers(isWrapped ? direction.data : direction, "direction", 9),
  };
}

function voxelsOf(data: ItkImage["data"]): MaskArray | null {
  const kind = kindOf(data);
  if (data === null || kind === null) return null;
  // Clamped bytes are RGBA elsewhere; in an image of ITK they are numbers.
  if (kind !== "Uint8ClampedArray") return data as MaskArray;
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

function threeOf(values: ArrayLike<number>, field: string): readonly [number, number, number] {
  const [x = 0, y = 0, z = 0] = requireNumbers(values, field, 3);
  return [x, y, z];
}
