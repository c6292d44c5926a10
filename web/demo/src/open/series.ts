/** Files to series, and the order of a series' pictures. */
import type { HeaderFacts } from "../image/protocol.js";

/** A file that was opened. */
export interface OpenedFile {
  /** Unique on this page. */
  readonly id: number;
  /** Read anew after it was saved back: a browser reads no file that changed. */
  file: File;
  /** Folder and name as it was dropped or packed. */
  readonly path: string;
  readonly facts: HeaderFacts;
  /** The folder on disk that it lies in, where the browser gave that. */
  readonly folder: FileSystemDirectoryHandle | null;
}

/** One picture: a frame of a file. */
export interface Picture {
  readonly key: string;
  readonly source: OpenedFile;
  /** From 0. */
  readonly frame: number;
}

export interface Series {
  readonly uid: string;
  readonly files: readonly OpenedFile[];
  readonly pictures: readonly Picture[];
  /** True when the order came from positions in space and not from numbers or names. */
  readonly orderedByPosition: boolean;
}

/** Key of a frame (from 0) of a file. */
export function pictureKey(source: OpenedFile, frame: number): string {
  return `${source.id}#${frame}`;
}

/** Group by Series Instance UID, size and orientation; a scout among axial images becomes a series of its own. */
export function groupSeries(files: readonly OpenedFile[]): Series[] {
  const groups = new Map<string, OpenedFile[]>();
  for (const entry of files) {
    const { seriesUid, rows, columns, orientation } = entry.facts;
    const turned = orientation?.map((value) => Math.round(value * 1000)).join(",") ?? "";
    const uid = [seriesUid || `no series ${entry.path}`, rows, columns, turned].join("|");
    const group = groups.get(uid);
    if (group === undefined) groups.set(uid, [entry]);
    else group.push(entry);
  }
  return [...groups].map(([uid, group]) => makeSeries(uid, group));
}

function makeSeries(uid: string, group: readonly OpenedFile[]): Series {
  const { files, orderedByPosition } = orderFiles(group);
  const pictures = files.flatMap((source) =>
    Array.from({ length: source.facts.frames }, (_, frame) => ({
      key: pictureKey(source, frame),
      source,
      frame,
    })),
  );
  return { uid, files, pictures, orderedByPosition };
}

/**
 * Order as ITK does: by position along the first file's normal; with a tie anywhere, by Instance Number; with a tie
 * there too, by path.
 */
function orderFiles(group: readonly OpenedFile[]): { files: OpenedFile[]; orderedByPosition: boolean } {
  const normal = normalOf(group[0]?.facts.orientation ?? [1, 0, 0, 0, 1, 0]);
  const keyed = group.map((entry) => ({ entry, distance: dot(normal, entry.facts.position ?? [0, 0, 0]) }));
  if (new Set(keyed.map(({ distance }) => distance)).size === keyed.length) {
    keyed.sort((a, b) => a.distance - b.distance);
    return { files: keyed.map(({ entry }) => entry), orderedByPosition: true };
  }
  const files = [...group];
  const numbers = new Set(files.map(({ facts }) => facts.instanceNumber));
  if (numbers.size === files.length && !numbers.has(null)) {
    files.sort((a, b) => (a.facts.instanceNumber ?? 0) - (b.facts.instanceNumber ?? 0));
  } else {
    files.sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
  }
  return { files, orderedByPosition: false };
}

/** The normal of a slice: row direction × column direction (PS3.3 section C.7.6.2). */
export function normalOf(orientation: readonly number[]): readonly [number, number, number] {
  const [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0] = orientation;
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
