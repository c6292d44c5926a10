/** 3-D masks onto a series: one result for each file, in the files' order. */
import { isOverlayError, OverlayError, toErrorRecord } from "./errors.js";
import { inOrder } from "./in-order.js";
import { applyPatch } from "./patch.js";
import type { InstanceFacts, Notice, OverlaySource, Volume } from "./plane.js";
import type { WorkerPool } from "./pool.js";
import type { FilePart, InstanceRule } from "./protocol.js";
import { requireOneSeries, requireVolumes, type SliceOrder, slicesByOrder } from "./series-check.js";
import { listOf, nameOf, toBlob } from "./source.js";
import { multiFramePlane, prepareWirePlanes, slicePlane } from "./wire-planes.js";

/** How far an export is. Numbers never fall. */
export interface SeriesProgress {
  /** Steps done; each file counts twice, once inspected and once written. */
  readonly done: number;
  readonly total: number;
  readonly file: OverlaySource;
  readonly phase: "inspect" | "write";
  /** Bytes of the files that are written so far. */
  readonly bytes: number;
}

export interface SeriesOptions {
  /**
   * Which image gets which slice: `"given"` (the files' own order), the same files in slice order, or their SOP
   * Instance UIDs in slice order. Default: the order in which ITK reads the series, found from the headers.
   */
  readonly order?: SliceOrder;
  /** Leave out planes without a set pixel; a file with none left is given back unchanged. */
  readonly skipEmpty?: boolean;
  /** `"keep"` (default) or `"derived"`, see {@link WriteOptions.instance}. */
  readonly instance?: InstanceRule;
  /** With `"derived"`: the new series; default: a new UID for this export. */
  readonly seriesInstanceUid?: string;
  /** Replace planes that are in the way, for every volume that names a group. */
  readonly replace?: boolean;
  /** Make each notice of a file its error. */
  readonly strict?: boolean;
  readonly onProgress?: (progress: SeriesProgress) => void;
  /** Notices about the series as a whole, for example that positions tie. */
  readonly onNotice?: (notice: Notice) => void;
  /** Ends the export: the iteration throws `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** What became of one file. */
export interface SeriesResult {
  readonly file: OverlaySource;
  /** Position in the list of files, from 0. */
  readonly index: number;
  /** Name of the file, not made safe or unique: {@link toZip} and {@link toDirectory} do that. */
  readonly name: string;
  readonly outcome: "written" | "unchanged" | "failed";
  /** The changed file; absent when it failed. */
  readonly blob?: Blob;
  /** Why it failed; absent otherwise. */
  readonly error?: OverlayError;
  /** Groups that the planes got, in the volumes' order. */
  readonly groups: readonly number[];
  readonly notices: readonly Notice[];
}

/** One file on its way. */
interface Item {
  readonly file: OverlaySource;
  readonly source: Blob;
  readonly name: string;
  readonly index: number;
  /** What the inspection read, kept until the file is written. */
  parts: readonly FilePart[];
}

/** Bytes that an export may keep of its files (those of 1,000 heads); what is beyond is read twice. */
const PARTS_LIMIT = 64 * 1024 * 1024;

/** Errors after which no further file can succeed. */
const FATAL_CODES = ["disposed", "worker-start-failed", "runtime-mismatch", "protocol-mismatch"] as const;

/** See `OverlayExporter.exportSeries`. */
export async function* exportSeries(
  pool: WorkerPool,
  files: readonly OverlaySource[],
  volumes: readonly Volume[],
  options: SeriesOptions,
): AsyncGenerator<SeriesResult, void, undefined> {
  const ended = new AbortController();
  const onAbort = (): void => ended.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener("abort", onAbort);
  try {
    const given = listOf(files, "files");
    requireVolumes(volumes, given.length);
    const items = given.map(
      (file, index): Item => ({ file, source: toBlob(file), name: nameOf(file, index), index, parts: [] }),
    );
    const progress = progressOf(items, options.onProgress);
    const facts: (InstanceFacts | OverlayError)[] = [];
    for await (const found of inOrder(items, pool.capacity, inspectWith(pool, ended.signal))) {
      progress(items[facts.length] as Item, "inspect");
      facts.push(found);
    }
    const slices = await findSlices(pool, items, facts, volumes, options, ended.signal);
    const derived = options.instance === "derived" ? (options.seriesInstanceUid ?? newUid()) : null;
    const write = (item: Item): Promise<SeriesResult> => {
      const found = facts[item.index];
      if (found instanceof OverlayError) return Promise.resolve(failed(item, found));
      const slice = slices.get(item.index);
      return writeItem(pool, item, volumes, slice ?? "frames", { ...options, signal: ended.signal }, derived);
    };
    for await (const result of inOrder(items, pool.capacity, write)) {
      // Files that were done ahead are not given out any more once the caller has given up.
      ended.signal.throwIfAborted();
      progress(items[result.index] as Item, "write");
      yield result;
    }
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    // Left early, by `break` or an error: nobody takes what still runs.
    ended.abort();
  }
}

/** Return what inspects one file, and keeps what was read of it while there is room. */
function inspectWith(
  pool: WorkerPool,
  signal: AbortSignal,
): (item: Item) => Promise<InstanceFacts | OverlayError> {
  let room = PARTS_LIMIT;
  return async (item) => {
    try {
      const job = { type: "inspect", source: item.source, parts: room > 0 ? "keep" : "drop" } as const;
      const { facts, parts } = await pool.run(job, { signal });
      item.parts = parts;
      room -= parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
      return facts;
    } catch (error) {
      return requireOwnFault(error, signal);
    }
  };
}

/** Return the slice of each file by its index; empty for one multi-frame image, whose frames are the slices. */
async function findSlices(
  pool: WorkerPool,
  items: readonly Item[],
  found: readonly (InstanceFacts | OverlayError)[],
  volumes: readonly Volume[],
  options: SeriesOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const good = items.flatMap(({ index, name, file }) => {
    const facts = found[index];
    return facts === undefined || facts instanceof OverlayError ? [] : [{ index, name, file, facts }];
  });
  const layout = requireOneSeries(good, volumes, found, options.order);
  if (layout === "frames") return new Map();
  if (options.order !== undefined) {
    return slicesByOrder(
      options.order,
      items.map(({ file }) => file),
      good,
      volumes[0]?.slices ?? 0,
    );
  }
  const instances = good.map(({ facts, name }) => ({ ...facts, name }));
  const { order, notices } = await pool.run({ type: "order", instances }, { signal });
  for (const notice of notices) options.onNotice?.(notice);
  return new Map(order.map((at, slice) => [good[at]?.index ?? -1, slice]));
}

async function writeItem(
  pool: WorkerPool,
  item: Item,
  volumes: readonly Volume[],
  slice: number | "frames",
  options: SeriesOptions & { readonly signal: AbortSignal },
  seriesInstanceUid: string | null,
): Promise<SeriesResult> {
  const { file, index, name, source, parts } = item;
  item.parts = [];
  try {
    const planes = volumes.map((volume) =>
      slice === "frames" ? multiFramePlane(volume) : slicePlane(volume, slice),
    );
    const { transfer, ...wire } = prepareWirePlanes(planes, "copy");
    const { patch, groups, notices } = await pool.run(
      {
        type: "write",
        source,
        parts,
        ...wire,
        empty: options.skipEmpty ? "skip" : "write",
        replace: options.replace ?? false,
        instance: options.instance ?? "keep",
        seriesInstanceUid,
        strict: options.strict ?? false,
      },
      {
        transfer: [...transfer, ...parts.map(({ bytes }) => bytes.buffer as ArrayBuffer)],
        signal: options.signal,
      },
    );
    if (patch === null) return { file, index, name, outcome: "unchanged", blob: source, groups, notices };
    return { file, index, name, outcome: "written", blob: applyPatch(source, patch), groups, notices };
  } catch (error) {
    return failed(item, requireOwnFault(error, options.signal));
  }
}

/** Return the error of one file; throw what ends the whole export. */
function requireOwnFault(error: unknown, signal: AbortSignal): OverlayError {
  if (signal.aborted) throw signal.reason;
  if (!isOverlayError(error)) {
    const { code, message, detail } = toErrorRecord(error);
    throw new OverlayError(code, message, detail, { cause: error });
  }
  if ((FATAL_CODES as readonly string[]).includes(error.code)) throw error;
  return error;
}

function failed({ file, index, name }: Item, error: OverlayError): SeriesResult {
  return { file, index, name, outcome: "failed", error, groups: [], notices: [] };
}

function progressOf(
  items: readonly Item[],
  onProgress: SeriesOptions["onProgress"],
): (item: Item, phase: SeriesProgress["phase"]) => void {
  const total = items.length * 2;
  let done = 0;
  let bytes = 0;
  return ({ file, source }, phase) => {
    done++;
    if (phase === "write") bytes += source.size;
    onProgress?.({ done, total, file, phase, bytes });
  };
}

/** A UID derived from a random UUID (PS3.5 section B.2). */
function newUid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return `2.25.${bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n)}`;
}
