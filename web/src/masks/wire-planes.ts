/** What the caller gave as planes → what the worker gets: bits or arrays of their own, and attributes as plain data. */
import { type ErrorCode, OverlayError } from "../errors.js";
import { isObject, requireWord, unknownWord, wrong } from "../values/check.js";
import { type ArrayKind, isPlainBuffer, kindOf, plainArray } from "../values/kinds.js";
import type { BufferRule } from "../values/options.js";
import type {
  Existing,
  MaskPlane,
  OverlayPlane,
  PlaneAttributes,
  PlaneInput,
  PlaneLabel,
} from "../values/plane.js";
import { anything, EXISTING, LAYER_MASK } from "../values/rules.js";
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
 * they represent, or less, and copying is what crossing costs; beyond, the worker packs and the page stays free.
 */
const PACKED_HERE = 4_000_000;

const INVALID: ErrorCode = "invalid-plane";

/**
 * Prepare planes for the worker.
 *
 * The caller's arrays are packed or copied now, so that drawing can go on; with `"transfer"`, arrays that are alone
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
  if (!isObject(input)) throw wrong("objects", "planes");
  const unknown = unknownWord(input, WORDS);
  if (unknown !== undefined)
    throw new OverlayError(INVALID, `A plane has no attribute "${unknown}".`, { field: unknown });
  requireOneRule(input);
  const attributes = attributesOf(input, existing);
  if (input.packed !== undefined) {
    if (kindOf(input.packed) !== "Uint8Array")
      throw wrong("packed bits in a Uint8Array", "packed", "invalid-mask");
    const pixels = requireFilled(input.packed);
    return [{ owner: input.packed, pixels, rule: { type: "packed" }, attributes }];
  }
  const { owner, pixels, size } = toPixels(input.mask);
  const sized = { ...size, ...attributes };
  if (input.labels !== undefined) {
    if (kindOf(pixels) === "Uint8ClampedArray")
      throw wrong("a label map of one number for each pixel", "mask", "invalid-mask");
    return labelsOf(input.labels, pixels).map(([value, label]) => {
      const rule: PixelRule = { type: "equals", value };
      return { owner, pixels, rule, attributes: { ...sized, label: wireLabel(label) } };
    });
  }
  return [{ owner, pixels, rule: pixelRule(pixels, input), attributes: sized }];
}

/** For each way to say which pixels are set, what it cannot be combined with: one of the two would be ignored. */
const EXCLUDED = {
  packed: ["mask", "labels", "value", "threshold"],
  labels: ["label", "group", "value", "threshold"],
  threshold: ["value"],
} as const;

/** @throws OverlayError `invalid-plane` where a plane or volume says in two ways which pixels are set. */
export function requireOneRule(given: object): void {
  const has = (field: string): boolean => ((given as Record<string, unknown>)[field] ?? null) !== null;
  for (const [field, others] of Object.entries(EXCLUDED)) {
    const other = has(field) ? others.find(has) : undefined;
    if (other === undefined) continue;
    throw new OverlayError(INVALID, `${other} cannot be combined with ${field}.`, { field: other });
  }
}

/** The values and labels of a label map, at least one. @throws OverlayError `invalid-plane` */
export function labelsOf(
  labels: unknown,
  pixels: Pixels,
): readonly (readonly [value: number, label: PlaneLabel])[] {
  const entries = isObject(labels) && !Array.isArray(labels) ? Object.entries(labels) : [];
  if (entries.length === 0) throw wrong("an object with a label for at least one value", "labels", INVALID);
  return entries.map(([key, label]) => {
    const value = Number(key);
    // "01" and "1" would be two labels of one value.
    if (!Number.isSafeInteger(value) || String(value) !== key)
      throw wrong("whole numbers as the keys", "labels", INVALID);
    requirePossible(value, pixels, "labels");
    requireLabel(label);
    return [value, label as PlaneLabel];
  });
}

/** A value that no item of the array can have would give an empty plane. */
function requirePossible(value: number, pixels: Pixels, field: string): void {
  const kind = kindOf(pixels) as ArrayKind;
  const wanted = kind.startsWith("Big") ? BigInt(value) : value;
  const one = plainArray(kind, 1);
  one[0] = wanted as never;
  if (one[0] !== wanted) throw wrong(`a number that ${kind} can hold`, field, INVALID);
}

/** How the items of a mask become pixels. */
export function pixelRule(
  pixels: Pixels,
  { value, threshold }: Pick<MaskPlane, "value" | "threshold"> = {},
): PixelRule {
  const isRgba = kindOf(pixels) === "Uint8ClampedArray";
  if (value === undefined && threshold === undefined) return { type: isRgba ? "rgba" : "nonzero" };
  if (isRgba)
    throw wrong("one number for each pixel, since a value or threshold is given,", "mask", "invalid-mask");
  if (threshold !== undefined) {
    if (typeof threshold === "number" && Number.isFinite(threshold)) return { type: "at-least", threshold };
    throw wrong("a number", "threshold", INVALID);
  }
  if (typeof value !== "number" || !Number.isSafeInteger(value))
    throw wrong("a whole number", "value", INVALID);
  requirePossible(value, pixels, "value");
  return { type: "equals", value };
}

type Attribute = Exclude<keyof PlaneAttributes, "label" | "existing">;

/** What crosses, and no more: a plane that was read has other keys too. */
const ATTRIBUTES: Readonly<Record<Attribute, unknown>> = {
  ...anything("rows", "columns", "numberOfFrames", "imageFrameOrigin", "frames", "group", "planeOrigin"),
  ...anything("overlayType", "subtype", "description", "roiArea", "roiMean", "roiStandardDeviation"),
};

/** What a plane has; one that was read from a file has two more keys. */
const WORDS: Readonly<Record<keyof MaskPlane | keyof OverlayPlane, unknown>> = {
  ...LAYER_MASK,
  ...ATTRIBUTES,
  ...anything("mask", "packed", "embedded", "notices"),
};

function attributesOf(
  input: PlaneInput & { readonly label?: PlaneLabel | null | undefined },
  existing: Existing,
): AskedPlane["attributes"] {
  const own: Partial<Record<Attribute, unknown>> = {};
  for (const name of Object.keys(ATTRIBUTES) as Attribute[]) {
    const value = (input as PlaneAttributes)[name];
    // The default means both.
    if (value === undefined || value === null) continue;
    requirePlain(value, name);
    own[name] = value;
  }
  const { label } = input;
  const named = label === undefined || label === null ? {} : { label: wireLabel(label) };
  return {
    ...(own as Omit<PlaneAttributes, "label" | "existing">),
    ...named,
    existing: requireWord(input.existing ?? existing, EXISTING, "existing", INVALID),
  };
}

function wireLabel(label: PlaneLabel): WireLabel {
  requireLabel(label);
  return typeof label === "string"
    ? { text: label, fallback: null }
    : { text: label.text, fallback: label.fallback };
}

function requireLabel(label: unknown): void {
  if (typeof label === "string") return;
  const { text, fallback } = (isObject(label) ? label : {}) as Partial<Record<"text" | "fallback", unknown>>;
  if (typeof text === "string" && typeof fallback === "string") return;
  throw wrong("a string, or an object with text and fallback,", "label", INVALID);
}

/** Numbers, words and short lists of them can cross to the worker, and Python says what is wrong with them. */
function requirePlain(value: unknown, field: string): void {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length <= 8 && items.every((item) => typeof item === "number" || typeof item === "string"))
    return;
  throw wrong("a number, a text or a short list of them", field, INVALID);
}

/** Shared memory cannot be moved, and a resizable buffer would be moved with room to grow. */
function isAlone({ buffer, byteLength }: Pixels): boolean {
  return isPlainBuffer(buffer) && byteLength === buffer.byteLength;
}

/** Copies the view alone, into memory that is not shared; a structured clone of a view copies the whole buffer under it. */
function copyOf(pixels: Pixels): Pixels {
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return plainArray(kindOf(pixels) as ArrayKind, new Uint8Array(bytes).buffer);
}
