/** A call's arguments → the job that a worker gets. */

import { prepareWirePlanes } from "../masks/wire-planes.js";
import type { CapturedPicture, CaptureOptions } from "../values/capture.js";
import { requireList, requireObject, requireWhole, wrong } from "../values/check.js";
import { kindOf } from "../values/kinds.js";
import type { RemoveOptions, WriteOptions } from "../values/options.js";
import type { PlaneInput } from "../values/plane.js";
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

/** @throws OverlayError `invalid-mask`, `invalid-plane` or `invalid-request` for the planes. */
export function writeJob(source: Blob, inputs: readonly PlaneInput[], rules: WriteRules): EditJob<"write"> {
  const { cleared = [], buffers = "copy", existing = "refuse", signal } = rules;
  const planes = requireList<PlaneInput>(inputs, "planes");
  const { transfer, ...wire } =
    planes.length === 0 && cleared.length > 0
      ? { transfer: [], masks: [], planes: [] }
      : prepareWirePlanes(planes, buffers, existing);
  const weight = wire.masks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const empty = rules.skipEmpty ? "skip" : "write";
  return {
    job: { type: "write", ...editRequest(source, rules), ...wire, empty, cleared },
    run: { transfer, weight, signal },
  };
}

export function removeJob(source: Blob, rules: RemoveOptions): EditJob<"remove"> {
  const { groups = null, labels = null, embedded = false, signal } = rules;
  const asked = { groups: groups && [...groups], labels: labels && [...labels], embedded };
  return { job: { type: "remove", ...editRequest(source, rules), ...asked }, run: { signal } };
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
  const isRgba = ["Uint8ClampedArray", "Uint8Array"].includes(kindOf(data) ?? "");
  if (!isRgba || data.length !== rows * columns * 4) throw wrong("four bytes for each pixel", "picture.data");
  const pixels = new Uint8Array(Math.ceil((rows * columns * 3) / 2) * 2);
  for (let from = 0, to = 0; from < data.length; from++) {
    pixels[to++] = data[from++] as number;
    pixels[to++] = data[from++] as number;
    pixels[to++] = data[from++] as number;
  }
  const { frame = 1 } = rules;
  const job = { type: "capture", source, rows, columns, frame, series: newSeries(rules) } as const;
  return { job, run: { signal: rules.signal }, pixels };
}

function editRequest(source: Blob, rules: Partial<WriteRules>): EditRequest {
  const { kept = null, instance = "keep", strict = false } = rules;
  return { source, kept, instance, series: newSeries(rules), strict };
}

function newSeries(rules: NewSeries): NewSeries {
  const { seriesInstanceUid, seriesSeed, seriesNumber, seriesNumbersInUse, seriesDescription } = rules;
  return { seriesInstanceUid, seriesSeed, seriesNumber, seriesNumbersInUse, seriesDescription };
}
