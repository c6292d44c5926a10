/** What the caller gave as planes → what the worker gets: bits or arrays of their own, and attributes as plain data. */
import { OverlayError } from "../errors.js";
import type { BufferRule } from "../values/options.js";
import type { Existing, PlaneAttributes, PlaneInput, PlaneLabel } from "../values/plane.js";
import { kindOf } from "../values/typed-array.js";
import { type PixelRule, packPixels } from "./packing.js";
import { type Pixels, requireFilled, toPixels } from "./pixels.js";

/** A label as it crosses: `fallback` is `null` where the caller has none. */
export interface WireLabel {
  readonly text: string;
  readonly fallback: string | null;
}

/** Every label under which a plane may be in a file; `null` for one without a label. */
export function namesOf(label: PlaneLabel | WireLabel | null | undefined): readonly (string | null)[] {
  if (label === undefined || label === null || typeof label === "string") return [label ?? null];
  return label.fallback === null ? [label.text] : [label.text, label.fallback];
}

/** The mask of one plane: an index into the request's `masks`, and how its items become pixels. */
export interface WirePlane extends Omit<PlaneAttributes, "label" | "existing"> {
  readonly mask: number;
  readonly rule: PixelRule | PackedRule;
  readonly label?: WireLabel | undefined;
  readonly existing: Existing;
}

/** The mask is packed already; `pixels` is how many it has, where that is known. */
export interface PackedRule {
  readonly type: "packed";
  readonly pixels?: number | undefined;
}

/** Masks and planes of one request, with the buffers to transfer. */
export interface WirePlanes {
  readonly masks: readonly Pixels[];
  readonly planes: readonly WirePlane[];
  readonly transfer: readonly Transferable[];
}

/**
 * Items of one mask, times its planes, that are packed on the caller's thread: about 2 ms. Bits are an eighth of what
 * they stand for, or less, and copying is what crossing costs; beyond, the worker packs and the page stays free.
 */
const PACKED_HERE = 4_000_000;

/**
 * Prepare planes for the worker.
 *
 * The caller's arrays are packed or copied now, so that he may go on drawing; with `"transfer"`, arrays that are alone
 * in their buffer are moved instead. Each array is sent once, also when several planes share it.
 *
 * @throws OverlayError `invalid-mask` for an empty or detached array, `invalid-plane` for an attribute.
 */
export function prepareWirePlanes(
  inputs: readonly PlaneInput[],
  buffers: BufferRule,
  existing: Existing = "refuse",
): WirePlanes {
  if (inputs.length === 0) {
    throw new OverlayError("invalid-plane", "Expected at least one plane.", { expected: 1, found: 0 });
  }
  const asked = inputs.flatMap((input) => askedPlanes(input, existing));
  return buffers === "transfer" ? moved(asked) : packedOrCopied(asked);
}

/** One plane and the caller's own array. */
interface AskedPlane {
  /** What tells arrays apart: the caller's own object. */
  readonly owner: object;
  readonly pixels: Pixels;
  readonly rule: WirePlane["rule"];
  readonly attributes: Omit<WirePlane, "mask" | "rule">;
}

function moved(asked: readonly AskedPlane[]): WirePlanes {
  const { masks, planes } = shared(asked, (pixels) => (isAlone(pixels) ? pixels : copyOf(pixels)));
  return { masks, planes, transfer: [...new Set(masks.map((pixels) => pixels.buffer as ArrayBuffer))] };
}

/** Nothing is transferred: a job whose worker died can be posted again as it is. */
function packedOrCopied(asked: readonly AskedPlane[]): WirePlanes {
  const items = new Map<object, number>();
  for (const { owner, pixels } of asked) items.set(owner, (items.get(owner) ?? 0) + pixels.length);
  const isLarge = ({ owner }: AskedPlane): boolean => (items.get(owner) ?? 0) > PACKED_HERE;
  const packed = asked.map((plane): AskedPlane => {
    if (plane.rule.type === "packed" || isLarge(plane)) return plane;
    const pixels = packPixels(plane.pixels, plane.rule);
    return { ...plane, owner: pixels, pixels, rule: { type: "packed", pixels: pixelsOf(plane) } };
  });
  const isOwn = new Set<object>(
    packed.filter((plane, at) => plane !== asked[at]).map(({ pixels }) => pixels),
  );
  const { masks, planes } = shared(packed, (pixels) => (isOwn.has(pixels) ? pixels : copyOf(pixels)));
  return { masks, planes, transfer: [] };
}

function shared(asked: readonly AskedPlane[], own: (pixels: Pixels) => Pixels): Omit<WirePlanes, "transfer"> {
  const seen = new Map<object, number>();
  const masks: Pixels[] = [];
  const planes = asked.map(({ owner, pixels, rule, attributes }): WirePlane => {
    const mask = seen.get(owner) ?? masks.push(own(pixels)) - 1;
    seen.set(owner, mask);
    return { ...attributes, mask, rule };
  });
  return { masks, planes };
}

function pixelsOf({ pixels, rule }: AskedPlane): number {
  return rule.type === "rgba" ? pixels.length / 4 : pixels.length;
}

function askedPlanes(input: PlaneInput, existing: Existing): readonly AskedPlane[] {
  if (typeof input !== "object" || input === null) throw wrong("a plane as an object", "planes");
  const attributes = attributesOf(input, existing);
  if (input.packed !== undefined) {
    if (kindOf(input.packed) !== "Uint8Array") throw wrongMask("packed bits in a Uint8Array");
    const pixels = requireFilled(input.packed);
    return [{ owner: input.packed, pixels, rule: { type: "packed" }, attributes }];
  }
  const { owner, pixels, size } = toPixels(input.mask);
  const sized = { ...size, ...attributes };
  if (input.labels !== undefined) {
    return Object.entries(input.labels).map(([value, label]) => {
      const rule: PixelRule = { type: "equals", value: labelValue(value) };
      return { owner, pixels, rule, attributes: { ...sized, label: wireLabel(label) } };
    });
  }
  return [{ owner, pixels, rule: pixelRule(pixels, input.value), attributes: sized }];
}

function pixelRule(pixels: Pixels, value: number | undefined): PixelRule {
  if (value !== undefined) return { type: "equals", value: labelValue(String(value)) };
  return { type: kindOf(pixels) === "Uint8ClampedArray" ? "rgba" : "nonzero" };
}

type Attribute = Exclude<keyof PlaneAttributes, "label" | "existing">;

/** What crosses, and no more: a plane that was read has other keys too. */
const ATTRIBUTES: Readonly<Record<Attribute, true>> = {
  rows: true,
  columns: true,
  numberOfFrames: true,
  imageFrameOrigin: true,
  frames: true,
  group: true,
  origin: true,
  overlayType: true,
  subtype: true,
  description: true,
  roiArea: true,
  roiMean: true,
  roiStandardDeviation: true,
};

function attributesOf(
  input: PlaneInput & { readonly label?: PlaneLabel | null | undefined },
  existing: Existing,
): AskedPlane["attributes"] {
  const own: Partial<Record<Attribute, unknown>> = {};
  for (const name of Object.keys(ATTRIBUTES) as Attribute[]) {
    const value = (input as PlaneAttributes)[name];
    // The default stands for both.
    if (value !== undefined && value !== null) own[name] = value;
  }
  const { label } = input;
  const named = label === undefined || label === null ? {} : { label: wireLabel(label) };
  return {
    ...(own as Omit<PlaneAttributes, "label" | "existing">),
    ...named,
    existing: existingRule(input.existing ?? existing),
  };
}

function existingRule(rule: Existing): Existing {
  if (rule === "refuse" || rule === "replace-group" || rule === "replace-label") return rule;
  throw wrong('"refuse", "replace-group" or "replace-label"', "existing");
}

function wireLabel(label: PlaneLabel): WireLabel {
  if (typeof label === "string") return { text: label, fallback: null };
  if (typeof label?.text === "string" && typeof label.fallback === "string") {
    return { text: label.text, fallback: label.fallback };
  }
  throw wrong("a string, or an object with text and fallback", "label");
}

function labelValue(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number)) return number;
  throw wrong("whole numbers as labels' keys, or as value", "labels");
}

function isAlone(pixels: Pixels): boolean {
  const { buffer } = pixels;
  // Shared memory cannot be moved, and a resizable buffer would be moved with room to grow.
  const isPlain =
    Object.prototype.toString.call(buffer) === "[object ArrayBuffer]" &&
    !("resizable" in buffer && buffer.resizable);
  return isPlain && pixels.byteLength === buffer.byteLength;
}

/** Copies the view alone, into memory that is not shared; a structured clone of a view copies the whole buffer under it. */
function copyOf(pixels: Pixels): Pixels {
  return pixels.slice() as Pixels;
}

function wrongMask(expected: string): OverlayError {
  return new OverlayError("invalid-mask", `Expected ${expected}.`, { field: "mask", expected });
}

function wrong(expected: string, field: string): OverlayError {
  return new OverlayError("invalid-plane", `Expected ${expected}.`, { field });
}
