/** A call's arguments → the job that a worker gets. */

import { prepareWirePlanes } from "../masks/wire-planes.js";
import type { CapturedPicture, CaptureOptions } from "../values/capture.js";
import {
  requireList,
  requireNumber,
  requireObject,
  requireOptional,
  requireText,
  requireWhole,
  requireWord,
  wrong,
} from "../values/check.js";
import type { RemoveOptions, WriteOptions } from "../values/options.js";
import type { Existing, PlaneInput } from "../values/plane.js";
import type { ClearedLayer, EditRequest, Job, NewSeries } from "./protocol.js";
import type { RunOptions } from "./queue.js";

/** A job, and how it is run. */
export interface EditJob<K extends "write" | "remove"> {
  readonly job: Job<K>;
  readonly run: RunOptions;
}

/** What an export knows of a file beside its planes. */
export interface WriteRules extends WriteOptions {
  readonly skipEmpty?: boolean | undefined;
  /** Layers of the series of which this file gets no plane. */
  readonly cleared?: readonly ClearedLayer[] | undefined;
  /** What an inspection kept of the file. */
  readonly kept?: string | null | undefined;
  /** With `"derived"`: the same for all files of a call, so that those of one series are in one new series. */
  readonly seriesSeed?: string | undefined;
}

/** @throws OverlayError `invalid-mask`, `invalid-plane` or `invalid-request` for what the caller gave. */
export function writeJob(source: Blob, inputs: readonly PlaneInput[], rules: WriteRules): EditJob<"write"> {
  const { cleared = [] } = rules;
  const planes = requireList<PlaneInput>(inputs, "planes");
  const buffers = requireWord(rules.buffers, ["copy", "transfer"], "buffers");
  const existing = requireWord<Existing>(
    rules.existing,
    ["refuse", "replace-group", "replace-label"],
    "existing",
  );
  const { transfer, ...wire } =
    planes.length === 0 && cleared.length > 0
      ? { transfer: [], masks: [], planes: [] }
      : prepareWirePlanes(planes, buffers, existing);
  const weight = wire.masks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return {
    job: {
      type: "write",
      ...editRequest(source, rules),
      ...wire,
      empty: rules.skipEmpty ? "skip" : "write",
      cleared,
    },
    run: { transfer, weight, signal: rules.signal },
  };
}

/** @throws OverlayError `invalid-request` for what the caller gave. */
export function removeJob(source: Blob, rules: RemoveOptions): EditJob<"remove"> {
  const { groups, labels, embedded = false, signal } = rules;
  requireOptional(embedded, "boolean", "embedded");
  return {
    job: {
      type: "remove",
      ...editRequest(source, rules),
      groups: groups === undefined ? null : requireList<number>(groups, "groups", requireNumber),
      labels: labels === undefined ? null : requireList<string>(labels, "labels", requireText),
      embedded,
    },
    run: { signal },
  };
}

/**
 * @returns the job, and the picture's bytes as Pixel Data has them: red, green, blue, and an even number of bytes
 * @throws OverlayError `invalid-request` for what the caller gave.
 */
export function captureJob(
  source: Blob,
  picture: CapturedPicture,
  rules: CaptureOptions,
): { readonly job: Job<"capture">; readonly run: RunOptions; readonly pixels: Uint8Array<ArrayBuffer> } {
  const { data, width, height } = requireObject(picture, "picture");
  const columns = requireWhole(width, "picture.width", 1);
  const rows = requireWhole(height, "picture.height", 1);
  if (
    !(data instanceof Uint8ClampedArray || data instanceof Uint8Array) ||
    data.length !== rows * columns * 4
  )
    throw wrong("four bytes for each pixel", "picture.data");
  const pixels = new Uint8Array(Math.ceil((rows * columns * 3) / 2) * 2);
  for (let from = 0, to = 0; from < data.length; from++) {
    pixels[to++] = data[from++] as number;
    pixels[to++] = data[from++] as number;
    pixels[to++] = data[from++] as number;
  }
  const frame = rules.frame === undefined ? 1 : requireWhole(rules.frame, "frame", 1);
  const job = { type: "capture", source, rows, columns, frame, series: newSeries(rules) } as const;
  return { job, run: { signal: rules.signal }, pixels };
}

function editRequest(source: Blob, rules: Partial<WriteRules>): EditRequest {
  requireOptional(rules.strict, "boolean", "strict");
  return {
    source,
    kept: rules.kept ?? null,
    instance: requireWord(rules.instance, ["keep", "derived"], "instance"),
    series: newSeries(rules),
    strict: rules.strict ?? false,
  };
}

function newSeries(rules: NewSeries): NewSeries {
  const { seriesInstanceUid, seriesSeed, seriesNumber, seriesNumbersInUse, seriesDescription } = rules;
  requireOptional(seriesInstanceUid, "string", "seriesInstanceUid");
  requireOptional(seriesDescription, "string", "seriesDescription");
  requireOptional(seriesNumber, "number", "seriesNumber");
  if (seriesNumbersInUse !== undefined) requireList(seriesNumbersInUse, "seriesNumbersInUse", requireNumber);
  return { seriesInstanceUid, seriesSeed, seriesNumber, seriesNumbersInUse, seriesDescription };
}
