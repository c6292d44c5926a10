/**
 * The jobs of one message: read the heads of their files together, pack their masks, ask Python once for all of them.
 *
 * Crossings to Python cost, messages cost, and reads take their time: each is made once for the whole message. A job that
 * fails has its own outcome.
 */

import { fromErrorRecord, OverlayError, toErrorRecord } from "../errors.js";
import { packedSize, packPixels } from "../masks/packing.js";
import { namesOf, type WirePlane } from "../masks/wire-planes.js";
import type { Piece } from "../values/contents.js";
import type { MaskArray, OverlayPlane } from "../values/plane.js";
import type {
  ClearedLayer,
  EditedFile,
  EditFacts,
  Job,
  JobOutcome,
  Jobs,
  JobType,
  WriteRequest,
} from "../workers/protocol.js";
import { faultError } from "../workers/python-fault.js";
import type { Bridge } from "./bridge.js";
import { type FileReaders, noFile, type RangeReader } from "./read-ranges.js";
import type { Served } from "./serve.js";

/** The outcomes of a message's jobs, and the buffers in them that may be transferred. */
export type Answer = Required<Served<readonly JobOutcome[]>>;

/** Bytes of header and planes that are sent back as one piece, at most; beyond, the copy costs what it saves. */
const JOINED = 64 * 1024;

/** What became of an edit that left nothing to do. */
const UNCHANGED: EditedFile = { pieces: null, groups: [], notices: [], sopInstanceUid: null };

/** One job on its way through Python. */
interface Task {
  readonly job: Job;
  readonly reader: RangeReader;
  /** What Python gets. */
  readonly request: object;
}

/** Run the jobs of one message, none where `signal` aborts before Python is asked. Rejects only where Python broke down. */
export async function handleJobs(
  bridge: Bridge,
  readers: FileReaders,
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<Answer> {
  const outcomes: JobOutcome[] = [];
  const buffers: Uint8Array[] = [];
  // The masks are packed while the files are being read.
  const opened = jobs.map((job) => openFile(readers, job));
  const requests = jobs.map((job, at) =>
    orOutcome(outcomes, at, () => {
      const request = requestOf(job, buffers);
      if (request === null) outcomes[at] = { result: UNCHANGED };
      return request;
    }),
  );
  const files = await Promise.all(opened);
  if (jobs.length > 1) await turn();
  if (signal.aborted) return { result: [], transfer: [] };
  const tasks = jobs.flatMap((job, at): (Task & { at: number })[] => {
    const [request, reader] = [requests[at], files[at]];
    return request && reader ? [{ at, job, reader, request: { ...request, size: reader.size } }] : [];
  });
  const { answers, received } = ask(bridge, readers, tasks, buffers);
  for (const [number, { at, job, reader }] of tasks.entries()) {
    orOutcome(outcomes, at, () => {
      outcomes[at] = { result: resultOf(job, requireOk(answers[number], reader), received, reader) };
    });
  }
  return { result: outcomes, transfer: transferOf(outcomes) };
}

/** Let the messages that came meanwhile begin their reads, or cancel this one: Python then blocks this thread for a while. */
async function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
  port1.close();
}

/** Return what `make` returns; where it throws, that is the job's outcome. */
function orOutcome<T>(outcomes: JobOutcome[], at: number, make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    outcomes[at] = { error: toErrorRecord(error) };
    return null;
  }
}

async function openFile(readers: FileReaders, job: Job): Promise<RangeReader> {
  if (!("source" in job)) return noFile;
  return "kept" in job && job.kept !== null ? readers.openKnown(job.source) : await readers.open(job.source);
}

/** What Python gets of a job; `null` where there is nothing to do. */
function requestOf(job: Job, buffers: Uint8Array[]): object | null {
  switch (job.type) {
    case "write": {
      const { planes, skipped } = packedPlanes(job, buffers);
      const cleared = [...job.cleared, ...skipped].filter(({ existing }) => existing !== "refuse");
      if (planes.length === 0 && cleared.length === 0) return null;
      return { type: "write", planes, cleared, ...editOf(job) };
    }
    case "remove": {
      const { groups, labels, embedded } = job;
      return { type: "remove", groups, labels, embedded, ...editOf(job) };
    }
    case "read":
      return { type: "read", facts: job.facts };
    case "inspect":
      return { type: "inspect", keep: job.keep };
    case "capture":
      return { type: "capture", rows: job.rows, columns: job.columns, frame: job.frame, options: job.series };
    case "order":
    case "place":
      return job;
    default:
      return job satisfies never;
  }
}

function editOf({ kept, instance, strict, series }: Job<"write" | "remove">): object {
  return { kept, options: { instance, strict, ...series } };
}

function packedPlanes(
  job: WriteRequest,
  buffers: Uint8Array[],
): { planes: readonly object[]; skipped: readonly ClearedLayer[] } {
  const planes: object[] = [];
  const skipped: ClearedLayer[] = [];
  for (const wire of job.planes) {
    const pixels = job.masks[wire.mask];
    if (pixels === undefined) throw new OverlayError("internal", "A plane without its mask.");
    const packed = packPlane(wire, pixels);
    const { mask: _mask, rule, label, existing, ...attributes } = wire;
    if (job.empty === "skip" && packed.every((byte) => byte === 0)) {
      // An empty plane still replaces what was there: by nothing.
      skipped.push({ labels: namesOf(label), existing, group: wire.group ?? null });
      continue;
    }
    const named = { label: label?.text, labelFallback: label?.fallback };
    const buffer = buffers.push(packed) - 1;
    planes.push({ ...attributes, ...named, existing, buffer, ...pixelCount(rule, pixels) });
  }
  return { planes, skipped };
}

function packPlane({ rule }: WirePlane, pixels: MaskArray | Uint8ClampedArray): Uint8Array {
  if (rule.type !== "packed") return packPixels(pixels, rule);
  if (pixels instanceof Uint8Array) return pixels;
  throw new OverlayError("invalid-mask", "Expected packed bits in a Uint8Array.", { field: "packed" });
}

/** Packed bits are padded; the count lets Python refuse a mask that differs in size from the image. */
function pixelCount(rule: WirePlane["rule"], pixels: MaskArray | Uint8ClampedArray): { pixels?: number } {
  if (rule.type === "packed") return rule.pixels === undefined ? {} : { pixels: rule.pixels };
  return { pixels: rule.type === "rgba" ? pixels.byteLength / 4 : pixels.length };
}

/** Ask Python. */
function ask(
  bridge: Bridge,
  readers: FileReaders,
  tasks: readonly Task[],
  buffers: readonly Uint8Array[],
): { answers: readonly unknown[]; received: readonly Uint8Array[] } {
  if (tasks.length === 0) return { answers: [], received: [] };
  const files = tasks.map(({ reader }) => reader);
  const read = (job: number, start: number, end: number): Uint8Array =>
    (files[job] ?? noFile).read(start, end);
  try {
    const [json, received] = bridge.call(JSON.stringify(tasks.map(({ request }) => request)), buffers, read);
    return { answers: JSON.parse(json) as unknown[], received };
  } finally {
    readers.done(files);
  }
}

/** @throws OverlayError with Python's code, or with that of a failed read, which Python can only pass on as unknown. */
function requireOk(answer: unknown, reader: RangeReader): unknown {
  if (typeof answer === "object" && answer !== null) {
    if ("ok" in answer) return answer.ok;
    const failed = reader.failure();
    if (failed !== null) throw failed;
    if ("fault" in answer) throw faultError(answer.fault);
    if ("error" in answer) throw fromErrorRecord(answer.error);
  }
  throw new OverlayError("internal", "Python gave no answer to a job.");
}

function resultOf(
  job: Job,
  ok: unknown,
  received: readonly Uint8Array[],
  reader: RangeReader,
): Jobs[JobType]["result"] {
  switch (job.type) {
    case "write":
    case "remove":
      return editedFile(ok as PlannedEdit, received, reader);
    case "read":
      return readPlanes(ok as ReadPlanes, received);
    case "capture": {
      const { buffer, sopInstanceUid } = ok as { buffer: number; sopInstanceUid: string };
      return { head: bufferAt(received, buffer) as Uint8Array<ArrayBuffer>, sopInstanceUid };
    }
    default:
      return ok as Jobs["inspect" | "order" | "place"]["result"];
  }
}

/** An edit as Python plans it: what takes the place of which bytes. */
interface PlannedEdit extends EditFacts {
  readonly sourceSize: number;
  readonly splices: readonly { readonly start: number; readonly end: number; readonly buffer: number }[];
}

/**
 * Turn splices into the pieces of the new file. Where the bytes before the first splice were read anyway, they are one
 * piece with its new bytes: whoever puts the file together then makes one slice less, a round trip in Chromium.
 */
function editedFile(planned: PlannedEdit, received: readonly Uint8Array[], reader: RangeReader): EditedFile {
  const { sourceSize, splices, ...facts } = planned;
  const pieces: Piece[] = [];
  let position = 0;
  for (const { start, end, buffer } of splices) {
    const bytes = bufferAt(received, buffer);
    const head = pieces.length === 0 && start + bytes.length <= JOINED ? reader.head(start) : null;
    if (head !== null && start > 0) pieces.push(joined(head, bytes));
    else {
      if (start > position) pieces.push([position, start]);
      if (bytes.length > 0) pieces.push(bytes);
    }
    position = end;
  }
  if (position < sourceSize) pieces.push([position, sourceSize]);
  return { ...facts, pieces: splices.length === 0 ? null : pieces };
}

function joined(head: Uint8Array, bytes: Uint8Array): Uint8Array {
  const both = new Uint8Array(head.length + bytes.length);
  both.set(head);
  both.set(bytes, head.length);
  return both;
}

/** A file's planes as Python reads them. */
type ReadPlanes = Omit<Jobs["read"]["result"], "planes"> & {
  readonly planes: readonly (Omit<OverlayPlane, "packed"> & { readonly buffer: number })[];
};

function readPlanes(
  { planes: records, ...rest }: ReadPlanes,
  received: readonly Uint8Array[],
): Jobs["read"]["result"] {
  const planes = records.map(({ buffer, ...plane }): OverlayPlane => {
    const size = packedSize(plane.rows * plane.columns * (plane.numberOfFrames ?? 1));
    const packed = bufferAt(received, buffer);
    if (packed.length === size) return { ...plane, packed };
    throw new OverlayError("internal", "Python gave another number of packed bytes than the plane has.", {
      expected: size,
      found: packed.length,
    });
  });
  return { ...rest, planes };
}

function bufferAt(buffers: readonly Uint8Array[], index: number): Uint8Array {
  const bytes = buffers[index];
  if (bytes === undefined) throw new OverlayError("internal", "Python named a buffer that it did not give.");
  return bytes;
}

function transferOf(outcomes: readonly JobOutcome[]): Transferable[] {
  const bytes = outcomes.flatMap((outcome): readonly Uint8Array[] => {
    if (!("result" in outcome)) return [];
    if ("pieces" in outcome.result) return (outcome.result.pieces ?? []).filter(isBytes);
    if ("head" in outcome.result) return [outcome.result.head];
    return "planes" in outcome.result ? outcome.result.planes.map(({ packed }) => packed) : [];
  });
  return [...new Set(bytes.map(({ buffer }) => buffer as ArrayBuffer))];
}

function isBytes(piece: Piece): piece is Uint8Array {
  return piece instanceof Uint8Array;
}
