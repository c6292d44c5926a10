/** Makes the shown picture follow the chosen one; keeps decoded frames, and fetches the next ones ahead. */
import { effect } from "@preact/signals";
import type { DecodedFrame } from "../image/protocol.js";
import { type ImageLink, patientWorker, pictureWorkers } from "../image/workers.js";
import { type OpenedFile, type Picture, pictureKey } from "../model/series.js";
import { current, index, picture, pictureFault, shown } from "../model/state.js";
import { codeOf } from "../words/faults.js";
import { Fault } from "../workers/fault.js";

/** Decoded frames kept on the page: some 500 slices of a CT. */
const CACHE_BYTES = 256 * 1024 * 1024;
/** Pictures fetched ahead in the direction of travel. */
const AHEAD = 3;

/** A multi-frame file up to this size is parsed by both workers; a larger one by only one. */
const SHARED_BYTES = 32 * 1024 * 1024;

const kept = new Map<string, DecodedFrame>();
let keptBytes = 0;
/** Codes of what could not be decoded, by picture key. */
const failed = new Map<string, string>();
/** What each worker is decoding, by picture key. */
const loading = new Map<ImageLink, string>();
let lastIndex = 0;

/** Start following the chosen picture. */
export function followPicture(): void {
  effect(() => {
    const wanted = picture.value;
    if (wanted === null) return;
    const known = kept.get(wanted.key);
    if (known !== undefined) put(wanted, known);
    for (const worker of pictureWorkers) if (!loading.has(worker)) void loadWanted(worker);
  });
}

/** Load until the chosen picture is there and its neighbours are; only the newest request counts. */
async function loadWanted(worker: ImageLink): Promise<void> {
  for (let next = nextWanted(worker); next !== null; next = nextWanted(worker)) {
    loading.set(worker, next.key);
    try {
      const frame = await load(next, worker);
      if (isChosen(next)) put(next, frame);
    } catch (error) {
      failed.set(next.key, codeOf(error));
      if (isChosen(next)) put(next, null);
    } finally {
      loading.delete(worker);
    }
  }
}

/** A series that grows has new picture objects with the same keys. */
function isChosen({ key }: Picture): boolean {
  return picture.peek()?.key === key;
}

/** The chosen picture, or what lies next on the way; null when nothing is left for this worker. */
function nextWanted(worker: ImageLink): Picture | null {
  const chosen = picture.peek();
  if (chosen === null) return null;
  const busy = new Set(loading.values());
  const isFree = ({ key, source: { file, facts } }: Picture): boolean =>
    !busy.has(key) &&
    (worker === pictureWorkers[0] || facts.numberOfFrames === 1 || file.size < SHARED_BYTES);
  const isMissing = !kept.has(chosen.key) && shown.peek()?.key !== chosen.key && fault !== chosen.key;
  if (isMissing && isFree(chosen)) return chosen;
  const at = index.peek();
  const step = at < lastIndex ? -1 : 1;
  const pictures = current.peek()?.pictures ?? [];
  for (let k = 1; k <= AHEAD; k++) {
    const near = pictures[at + step * k];
    if (near !== undefined && !kept.has(near.key) && !failed.has(near.key) && isFree(near)) return near;
  }
  lastIndex = at;
  return null;
}

/** Key of the picture whose fault is told; a second visit tries again. */
let fault = "";

function put(at: Picture, frame: DecodedFrame | null): void {
  if (frame === null) {
    fault = at.key;
    pictureFault.value = failed.get(at.key) ?? "render-failed";
    shown.value = null;
    return;
  }
  fault = "";
  pictureFault.value = "";
  if (shown.peek()?.key !== at.key) shown.value = { key: at.key, frame };
}

/** Decode one picture, or take it from those kept. */
async function load(at: Picture, worker: ImageLink): Promise<DecodedFrame> {
  const known = kept.get(at.key);
  if (known !== undefined) {
    kept.delete(at.key);
    kept.set(at.key, known);
    return known;
  }
  const { id, file, facts } = at.source;
  // Opened again, a file may be another version of itself.
  const key = `${id} ${file.lastModified} ${file.size}`;
  const frame = await worker.ask({ type: "decode", key, file, frame: at.frame });
  // It was opened again meanwhile.
  if (at.source.file !== file) return await load(at, worker);
  // Marks are set on what is seen: a picture of another size must not be seen.
  if (frame.rows !== facts.rows || frame.columns !== facts.columns) throw new Fault("render-failed");
  keep(at.key, frame);
  return frame;
}

function keep(key: string, frame: DecodedFrame): void {
  if (kept.has(key)) return;
  kept.set(key, frame);
  keptBytes += bytesOf(frame);
  for (const [old, frameOf] of kept) {
    if (keptBytes <= CACHE_BYTES || old === key) break;
    kept.delete(old);
    keptBytes -= bytesOf(frameOf);
  }
}

/** Decode the pictures of these files once more: they were opened again, and may have changed. */
export function forgetPictures(files: readonly OpenedFile[]): void {
  for (const source of files) {
    for (let frame = 0; frame < source.facts.numberOfFrames; frame++) {
      const key = pictureKey(source, frame);
      const old = kept.get(key);
      if (old !== undefined) keptBytes -= bytesOf(old);
      kept.delete(key);
      failed.delete(key);
      if (shown.peek()?.key === key) shown.value = null;
    }
  }
  for (const worker of pictureWorkers) if (!loading.has(worker)) void loadWanted(worker);
}

function bytesOf({ values, rgba }: DecodedFrame): number {
  return (values?.byteLength ?? 0) + (rgba?.byteLength ?? 0);
}

/** A picture for a thumbnail: by the worker that may be kept waiting. */
export async function loadThumbnail(at: Picture): Promise<DecodedFrame> {
  return kept.get(at.key) ?? (await load(at, patientWorker));
}
