/** What each option of `options.ts` may be. Numbers and texts that mean something in DICOM are Python's to judge. */
import type { CaptureOptions } from "./capture.js";
import {
  isIterable,
  isObject,
  type Rule,
  type Rules,
  requireList,
  requireNumbers,
  requireText,
  requireWhole,
  wrong,
} from "./check.js";
import type {
  CallOptions,
  EditOptions,
  ExporterOptions,
  ExportOptions,
  ReadSeriesOptions,
  RemoveOptions,
  SeriesOptions,
  WriteOptions,
} from "./options.js";
import type { Existing, PlaneAttributes } from "./plane.js";
import type { MaskVolume, OverlayVolume, VolumeAttributes, VolumeSpace } from "./volume.js";

export const EXISTING: readonly Existing[] = ["refuse", "replace-group", "replace-label"];

/** Any value; it is checked elsewhere. */
export const ANYTHING: Rule = () => undefined;

/** The same for each of these. */
export function anything<K extends string>(...names: readonly K[]): Readonly<Record<K, Rule>> {
  return Object.fromEntries(names.map((name) => [name, ANYTHING])) as Record<K, Rule>;
}

export const COUNT: Rule = (value, field) => requireWhole(value, field, 1);
export const NUMBERS: Rule = (value, field) => requireNumbers(value, field);
export const TEXTS: Rule = (value, field) => requireList(value, field, requireText);

/** `Infinity` too. */
export const MILLISECONDS: Rule = (value, field) => {
  if (typeof value !== "number" || !(value >= 0)) throw wrong("milliseconds, 0 or more,", field);
};

const SLICE_ORDER: Rule = (value, field) => {
  if (value !== "given" && !isIterable(value)) throw wrong('"given" or a list', field);
};

/** An AbortSignal of any realm. */
const SIGNAL: Rule = (value, field) => {
  const isSignal = isObject(value) && "aborted" in value && "addEventListener" in value;
  if (!isSignal) throw wrong("an AbortSignal", field);
};

export const CALL: Rules<CallOptions> = { signal: SIGNAL };

const NEW_SERIES: Rules<Omit<EditOptions, "signal" | "strict" | "instance">> = {
  seriesInstanceUid: "string",
  seriesNumber: "number",
  seriesNumbersInUse: NUMBERS,
  seriesDescription: "string",
};

const EDIT: Rules<EditOptions> = { ...CALL, ...NEW_SERIES, strict: "boolean", instance: ["keep", "derived"] };

export const CAPTURE: Rules<CaptureOptions> = {
  ...CALL,
  ...NEW_SERIES,
  frame: COUNT,
};

export const WRITE: Rules<WriteOptions> = { ...EDIT, existing: EXISTING, buffers: ["copy", "transfer"] };

export const REMOVE: Rules<RemoveOptions> = { ...EDIT, groups: NUMBERS, labels: TEXTS, embedded: "boolean" };

export const EXPORT: Rules<ExportOptions> = { ...WRITE, skipEmpty: "boolean", onProgress: "function" };

export const SERIES: Rules<SeriesOptions> = {
  ...EDIT,
  existing: EXISTING,
  skipEmpty: "boolean",
  sliceOrder: SLICE_ORDER,
  onProgress: "function",
  onNotice: "function",
};

export const READ_SERIES: Rules<ReadSeriesOptions> = {
  ...CALL,
  sliceOrder: SLICE_ORDER,
  labels: TEXTS,
  onProgress: "function",
};

export const EXPORTER: Rules<ExporterOptions> = {
  ...CALL,
  runtimeUrl: ANYTHING,
  worker: ANYTHING,
  workers: COUNT,
  onStatus: "function",
  startTimeout: MILLISECONDS,
  graceTime: MILLISECONDS,
  idleTimeout: MILLISECONDS,
};

/** What is written with the pixels of a mask. */
export const LAYER: Rules<Pick<PlaneAttributes, Exclude<keyof VolumeAttributes, keyof VolumeSpace>>> =
  anything("group", "existing", "planeOrigin", "overlayType", "subtype", "label", "description");

/** The same, and which pixels are set. */
export const LAYER_MASK: Rules<Omit<MaskVolume, keyof VolumeSpace | "mask" | "packed">> = {
  ...LAYER,
  ...anything("value", "threshold", "labels"),
};

/** What a volume has; one that was read back has two more keys. */
export const VOLUME: Readonly<Record<keyof MaskVolume | keyof OverlayVolume, Rule>> = {
  ...LAYER_MASK,
  ...anything("columns", "rows", "slices", "origin", "spacing", "direction"),
  ...anything("mask", "packed", "groups", "notices"),
};
