/** What the caller gave as planes → what the worker gets: arrays of their own, and attributes as plain data. */
import { OverlayError } from "./errors.js";
import { isImageData } from "./kinds.js";
import { ownPixels } from "./mask-values.js";
import type { Mask, MaskArray, PlaneAttributes, PlaneInput, Volume } from "./plane.js";
import type { WirePlane } from "./protocol.js";

/** Whether the caller's buffers are copied (default) or transferred, which leaves them detached. */
export type BufferRule = "copy" | "transfer";

/** Masks and planes of one request, with the buffers to transfer. */
export interface WirePlanes {
  readonly masks: readonly (MaskArray | Uint8ClampedArray)[];
  readonly planes: readonly WirePlane[];
  readonly transfer: readonly Transferable[];
}

type Pixels = MaskArray | Uint8ClampedArray;

/**
 * Prepare planes for the worker.
 *
 * The caller's arrays are copied, so that he may go on drawing; with `"transfer"`, arrays that are alone in their
 * buffer are moved instead. Each array is sent once, also when several planes share it.
 *
 * @throws OverlayError `invalid-mask` for an empty or detached array, `invalid-plane` for an attribute.
 */
export function prepareWirePlanes(inputs: readonly PlaneInput[], buffers: BufferRule): WirePlanes {
  const seen = new Map<Pixels | ArrayBuffer, number>();
  const masks: Pixels[] = [];
  const planes: WirePlane[] = [];
  const register = (owner: Pixels | ArrayBuffer, pixels: Pixels): number => {
    const known = seen.get(owner);
    if (known !== undefined) return known;
    const index = masks.push(pixels) - 1;
    seen.set(owner, index);
    return index;
  };
  if (inputs.length === 0) {
    throw new OverlayError("invalid-plane", "Expected at least one plane.", { expected: 1, found: 0 });
  }
  for (const input of inputs) planes.push(...wirePlanes(input, register));
  const moved = masks.map((pixels) => (buffers === "transfer" && isAlone(pixels) ? pixels : copyOf(pixels)));
  return {
    masks: moved,
    planes,
    transfer: [...new Set(moved.map((pixels) => pixels.buffer as ArrayBuffer))],
  };
}

/** Return slice `slice` (from 0) of a volume as a plane, a view that copies nothing. */
export function slicePlane(volume: Volume, slice: number): PlaneInput {
  const { data, columns, rows, slices: _slices, labels, ...attributes } = volume;
  const size = rows * columns;
  const mask = data.subarray(slice * size, (slice + 1) * size) as MaskArray;
  return withLabels({ ...attributes, rows, columns }, mask, labels);
}

/** Return a whole volume as one plane of many frames, for a multi-frame image. */
export function multiFramePlane(volume: Volume): PlaneInput {
  const { data, columns, rows, slices, labels, ...attributes } = volume;
  return withLabels({ ...attributes, rows, columns, numberOfFrames: slices }, data, labels);
}

function withLabels(attributes: PlaneAttributes, mask: MaskArray, labels: Volume["labels"]): PlaneInput {
  if (labels === undefined) return { ...attributes, mask };
  const { label: _label, group: _group, ...shared } = attributes;
  return { ...shared, mask, labels };
}

function wirePlanes(
  input: PlaneInput,
  register: (owner: Pixels | ArrayBuffer, pixels: Pixels) => number,
): readonly WirePlane[] {
  const { mask, packed, labels, ...attributes } = input;
  if (packed !== undefined) {
    const bits = ownPixels(packed);
    if (!(bits instanceof Uint8Array)) throw wrongMask("packed bits in a Uint8Array", "packed");
    return [{ ...attributes, mask: register(packed, requireFilled(bits)), rule: { type: "packed" } }];
  }
  if (isImageData(mask)) {
    const { data, width, height } = mask;
    const sized = { rows: height, columns: width, ...attributes };
    const colours = ownPixels(data);
    if (!(colours instanceof Uint8ClampedArray)) throw wrongMask("ImageData of 8 bits a channel");
    return [{ ...sized, mask: register(data, requireFilled(colours)), rule: { type: "rgba" } }];
  }
  const { owner, pixels } = maskPixels(mask);
  const index = register(owner, requireFilled(pixels));
  if (labels !== undefined) {
    return Object.entries(labels).map(([value, label]) => {
      return { ...attributes, label, mask: index, rule: { type: "equals", value: requireLabelValue(value) } };
    });
  }
  const rule = pixels instanceof Uint8ClampedArray ? "rgba" : "nonzero";
  return [{ ...attributes, mask: index, rule: { type: rule } }];
}

function maskPixels(mask: Exclude<Mask, ImageData>): { owner: Pixels | ArrayBuffer; pixels: Pixels } {
  const pixels = ownPixels(mask);
  if (pixels !== null) return { owner: mask, pixels };
  throw wrongMask("a typed array, an ArrayBuffer or ImageData");
}

/** A detached array has length 0 too; neither can be a mask. */
function requireFilled(pixels: Pixels): Pixels {
  if (pixels.length > 0) return pixels;
  throw new OverlayError(
    "invalid-mask",
    "The mask is empty, or its buffer was transferred away (detached).",
    { field: "mask", found: 0 },
  );
}

function requireLabelValue(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number)) return number;
  throw new OverlayError("invalid-plane", "Expected integer keys in labels.", { field: "labels" });
}

function isAlone(pixels: Pixels): boolean {
  return pixels.buffer instanceof ArrayBuffer && pixels.byteLength === pixels.buffer.byteLength;
}

/** `slice` copies the view alone; a structured clone of a view would copy the whole buffer under it. */
function copyOf(pixels: Pixels): Pixels {
  return pixels.slice() as Pixels;
}

function wrongMask(expected: string, field = "mask"): OverlayError {
  return new OverlayError("invalid-mask", `Expected ${expected}.`, { field, expected });
}
