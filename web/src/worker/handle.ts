/** One job: pack the masks, ask Python for the patch, give it back. Crossings to Python cost; each job makes one. */

import { OverlayError, requireErrorRecord } from "../errors.js";
import { packedSize, packPixels } from "../masks/packing.js";
import type { WirePlane } from "../masks/wire-planes.js";
import { applyPatch, type Splice } from "../values/patch.js";
import type { InstanceFacts, MaskArray, Notice, OverlayPlane } from "../values/plane.js";
import type {
  EditedFile,
  FilePart,
  Job,
  Jobs,
  JobType,
  PlannedEdit,
  WriteRequest,
} from "../workers/protocol.js";
import type { Bridge } from "./bridge.js";
import { type FileReaders, noFile, type RangeReader } from "./read-ranges.js";

/** A job's result and the buffers in it that may be transferred. */
export interface Answer {
  readonly result: Jobs[JobType]["result"];
  readonly transfer: Transferable[];
}

/** Bytes of header and planes that are sent back as one piece, at most; beyond, the copy costs what it saves. */
const JOINED = 64 * 1024;

/** Job types that need a started Python. */
export type PythonJob = Exclude<Job, { type: "start" }>;

/** Run one job. @throws OverlayError with Python's code, or `file-access` / `file-changed` from reading. */
export async function handleJob(bridge: Bridge, readers: FileReaders, job: PythonJob): Promise<Answer> {
  switch (job.type) {
    case "write":
      return { result: editedFile(await planWrite(bridge, readers, job), job.source), transfer: [] };
    case "plan":
      return planAnswer(await planWrite(bridge, readers, job));
    case "remove": {
      const { groups, labels, embedded, instance, series, strict, source } = job;
      const reader = await readers.open(source, []);
      const options = { embedded, instance, ...series, strict };
      const request = { type: "remove", groups, labels, options };
      return {
        result: editedFile(plannedEdit(ask(bridge, request, [], reader), reader), source),
        transfer: [],
      };
    }
    case "read":
      return readPlanes(ask(bridge, { type: "read" }, [], await readers.open(job.source, job.parts)));
    case "inspect": {
      const reader = await readers.open(job.source, []);
      const { facts } = ask(bridge, { type: "inspect" }, [], reader).ok as { facts: InstanceFacts };
      const parts: readonly FilePart[] = job.parts === "keep" ? reader.parts : [];
      return { result: { facts, parts }, transfer: transferOf(parts.map(({ bytes }) => bytes)) };
    }
    case "order": {
      const { ok } = ask(bridge, { type: "order", instances: job.instances }, [], noFile);
      return { result: ok as Jobs["order"]["result"], transfer: [] };
    }
    case "place": {
      const { instances, geometry } = job;
      const { ok } = ask(bridge, { type: "place", instances, geometry }, [], noFile);
      return { result: ok as Jobs["place"]["result"], transfer: [] };
    }
    default:
      return job satisfies never;
  }
}

/** What Python said: the checked outer shape; the inner one is the wheel's own, of the same version. */
interface Reply {
  readonly ok: unknown;
  readonly buffers: Uint8Array[];
}

function ask(bridge: Bridge, request: object, buffers: readonly Uint8Array[], reader: RangeReader): Reply {
  const sized = { ...request, size: reader.size };
  let json: string;
  let received: Uint8Array[];
  try {
    [json, received] = bridge.call(JSON.stringify(sized), buffers, reader.read);
  } catch (error) {
    // A failed read comes back through Python as something else; the reader knows what it was.
    throw reader.failure() ?? error;
  } finally {
    reader.done();
  }
  const response: unknown = JSON.parse(json);
  if (typeof response === "object" && response !== null && "ok" in response) {
    return { ok: response.ok, buffers: received };
  }
  const failed =
    typeof response === "object" && response !== null && "error" in response ? response.error : null;
  const { code, message, detail } = requireErrorRecord(failed);
  throw reader.failure() ?? new OverlayError(code, message, detail);
}

/** Plan a write; `null` where no plane is left to write. */
async function planWrite(
  bridge: Bridge,
  readers: FileReaders,
  job: WriteRequest,
): Promise<PlannedEdit | null> {
  // The masks are packed while the file is being read.
  const reading = readers.open(job.source, job.parts);
  const buffers: Uint8Array[] = [];
  const planes: object[] = [];
  for (const wire of job.planes) {
    const pixels = job.masks[wire.mask];
    if (pixels === undefined) throw new OverlayError("invalid-request", "A plane without its mask.");
    const packed = packPlane(wire, pixels);
    if (job.empty === "skip" && packed.every((byte) => byte === 0)) continue;
    const { mask: _mask, rule, label, existing, ...attributes } = wire;
    const buffer = buffers.push(packed) - 1;
    planes.push({
      ...attributes,
      label: label?.text,
      labelFallback: label?.fallback,
      existing,
      form: "packed",
      buffer,
      ...pixelCount(rule, pixels),
    });
  }
  if (planes.length === 0) return null;
  const { instance, strict, series } = job;
  const options = { instance, strict, ...series };
  const reader = await reading;
  return plannedEdit(ask(bridge, { type: "write", planes, options }, buffers, reader), reader);
}

/** The Blob is made here: in Chromium each slice and each Blob is a round trip, which the page need not wait for. */
function editedFile(planned: PlannedEdit | null, source: Blob): EditedFile {
  if (planned === null) return { blob: null, groups: [], notices: [], sopInstanceUid: null };
  const { patch, ...facts } = planned;
  return { ...facts, blob: applyPatch(source, patch) };
}

function planAnswer(planned: PlannedEdit | null): Answer {
  if (planned === null) throw new OverlayError("internal", "A plan without a plane.");
  return { result: planned, transfer: transferOf(planned.patch.splices.map(({ bytes }) => bytes)) };
}

function packPlane({ rule }: WirePlane, pixels: MaskArray | Uint8ClampedArray): Uint8Array {
  if (rule.type !== "packed") return packPixels(pixels, rule);
  if (pixels instanceof Uint8Array) return pixels;
  throw new OverlayError("invalid-mask", "Expected packed bits in a Uint8Array.", { field: "packed" });
}

/** Packed bits are padded; the count lets Python refuse a mask of another size than the image. */
function pixelCount(rule: WirePlane["rule"], pixels: MaskArray | Uint8ClampedArray): { pixels?: number } {
  if (rule.type === "packed") return rule.pixels === undefined ? {} : { pixels: rule.pixels };
  return { pixels: rule.type === "rgba" ? pixels.byteLength / 4 : pixels.length };
}

function plannedEdit({ ok, buffers }: Reply, reader: RangeReader): PlannedEdit {
  const planned = ok as {
    sourceSize: number;
    splices: readonly { start: number; end: number; buffer: number }[];
    groups: readonly number[];
    notices: readonly Notice[];
    sopInstanceUid?: string | null;
  };
  const splices = planned.splices.map(
    ({ start, end, buffer }): Splice => ({ start, end, bytes: bufferAt(buffers, buffer) }),
  );
  const [first] = splices;
  if (first !== undefined) splices[0] = withHead(first, reader);
  return {
    patch: { sourceSize: planned.sourceSize, splices },
    groups: planned.groups,
    notices: planned.notices,
    sopInstanceUid: planned.sopInstanceUid ?? null,
  };
}

/**
 * Let the first splice begin at the file's start where the bytes before it were read anyway: the page then makes one
 * slice less, which is a round trip in Chromium.
 */
function withHead(splice: Splice, reader: RangeReader): Splice {
  const { start, end, bytes } = splice;
  const head = start + bytes.length > JOINED ? null : reader.find(0, start);
  if (head === null) return splice;
  const joined = new Uint8Array(start + bytes.length);
  joined.set(head);
  joined.set(bytes, start);
  return { start: 0, end, bytes: joined };
}

function readPlanes({ ok, buffers }: Reply): Answer {
  const { planes: records, notices = [] } = ok as {
    planes: readonly (Omit<OverlayPlane, "packed"> & { buffer: number })[];
    notices?: readonly Notice[];
  };
  const planes = records.map(({ buffer, ...plane }): OverlayPlane => {
    const size = packedSize(plane.rows * plane.columns * (plane.numberOfFrames ?? 1));
    const packed = bufferAt(buffers, buffer);
    if (packed.length === size) return { ...plane, packed };
    throw new OverlayError("internal", "Python gave another number of packed bytes than the plane has.", {
      expected: size,
      found: packed.length,
    });
  });
  return { result: { planes, notices }, transfer: transferOf(buffers) };
}

function bufferAt(buffers: readonly Uint8Array[], index: number): Uint8Array {
  const bytes = buffers[index];
  if (bytes === undefined) throw new OverlayError("internal", "Python named a buffer that it did not give.");
  return bytes;
}

function transferOf(buffers: readonly Uint8Array[]): Transferable[] {
  return [...new Set(buffers.map((bytes) => bytes.buffer as ArrayBuffer))];
}
