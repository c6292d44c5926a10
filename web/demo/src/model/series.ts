/** From files to series, and the order of a series' pictures: the package's order, once it is known. */
import type { HeaderFacts, Place, StudyFacts } from "../image/protocol.js";

/** A file that was opened. */
export interface OpenedFile {
  /** Unique on this page; rises in the order of the paths of what was opened at once. */
  readonly id: number;
  /** Read again after it was saved back: a browser reads no file that changed. */
  file: File;
  /** Folder and name as it was dropped or packed. */
  readonly path: string;
  readonly facts: HeaderFacts;
  /** The folder on disk that contains it, if the browser gave one. */
  folder: FileSystemDirectoryHandle | null;
}

/** One picture: a frame of a file. */
export interface Picture {
  readonly key: string;
  readonly source: OpenedFile;
  /** From 0. */
  readonly frame: number;
}

/** What decided the order: not asked yet, positions in space, numbers and names, or, without Python, paths alone. */
export type OrderedBy = "arrival" | "position" | "number" | "path";

export interface Series {
  readonly uid: string;
  readonly files: readonly OpenedFile[];
  readonly pictures: readonly Picture[];
  readonly orderedBy: OrderedBy;
}

/** Key of a frame (from 0) of a file. */
export function pictureKey(source: OpenedFile, frame: number): string {
  return `${source.id}#${frame}`;
}

/** Where a picture lies, as the header says: a frame of an enhanced image in its own place; null where it does not say. */
export function placeOf({ source: { facts }, frame }: Picture): Place | null {
  if (facts.frames !== null) return facts.frames[frame] ?? null;
  const {
    imagePositionPatient: position,
    imageOrientationPatient: orientation,
    pixelSpacing: spacing,
  } = facts;
  return facts.numberOfFrames === 1 && position && orientation && spacing
    ? { position, orientation, spacing }
    : null;
}

/**
 * Files of one key are one series: a scout among axial images becomes a series of its own, and so do images of another
 * patient or study under the same UID, as careless copies have it.
 */
export function seriesKey({ path, facts }: OpenedFile): string {
  const { seriesInstanceUid, rows, columns, imageOrientationPatient, study } = facts;
  const turned = imageOrientationPatient?.map((value) => Math.round(value * 1000)).join(",") ?? "";
  return [seriesInstanceUid || `no series ${path}`, rows, columns, turned, studyKey(study)].join("|");
}

function studyKey({ studyInstanceUid, patientId, patientName, date }: StudyFacts): string {
  return [studyInstanceUid, patientId, patientName, date].join("|");
}

export function makeSeries(uid: string, files: readonly OpenedFile[], orderedBy: OrderedBy): Series {
  const pictures = files.flatMap((source) =>
    Array.from({ length: source.facts.numberOfFrames }, (_, frame) => ({
      key: pictureKey(source, frame),
      source,
      frame,
    })),
  );
  return { uid, files, pictures, orderedBy };
}

/**
 * Sort files that are open already, of the same path and the same instance, out: they get the file that was just opened,
 * which a browser can read even where the old one changed.
 */
export function refreshFiles(
  list: readonly Series[],
  files: readonly OpenedFile[],
): { readonly fresh: readonly OpenedFile[]; readonly again: readonly OpenedFile[] } {
  const known = new Map(list.flatMap(({ files: open }) => open.map((one) => [identityOf(one), one])));
  const fresh: OpenedFile[] = [];
  const again: OpenedFile[] = [];
  for (const one of files) {
    const before = known.get(identityOf(one));
    if (before === undefined) fresh.push(one);
    else {
      before.file = one.file;
      before.folder = one.folder ?? before.folder;
      again.push(before);
    }
  }
  return { fresh, again };
}

function identityOf(file: OpenedFile): string {
  const { sopInstanceUid, numberOfFrames } = file.facts;
  return [seriesKey(file), sopInstanceUid, numberOfFrames, file.path].join("|");
}

/** The series with these files added; other series stay the same objects. */
export function addFiles(list: readonly Series[], files: readonly OpenedFile[]): Series[] {
  const fresh = new Map<string, OpenedFile[]>();
  for (const file of files) {
    const key = seriesKey(file);
    fresh.set(key, [...(fresh.get(key) ?? []), file]);
  }
  const grown = list.map((series) => {
    const more = fresh.get(series.uid);
    fresh.delete(series.uid);
    if (more === undefined) return series;
    const files = [...series.files, ...more];
    return makeSeries(series.uid, series.orderedBy === "arrival" ? inTurn(files) : files, "arrival");
  });
  return [...grown, ...[...fresh].map(([uid, group]) => makeSeries(uid, inTurn(group), "arrival"))];
}

/** A file that was read late is still put where its path belongs, so that nothing moves once all are there. */
function inTurn(files: readonly OpenedFile[]): OpenedFile[] {
  return [...files].sort((a, b) => a.id - b.id);
}

/** The series of one study; files that name no study are told apart by patient and day. */
export interface Study {
  readonly key: string;
  readonly study: StudyFacts;
  readonly series: readonly Series[];
}

export function studiesOf(list: readonly Series[]): Study[] {
  const found = new Map<string, { study: StudyFacts; series: Series[] }>();
  for (const series of list) {
    const study = series.files[0]?.facts.study;
    if (study === undefined) continue;
    const key = studyKey(study);
    const entry = found.get(key) ?? { study, series: [] };
    entry.series.push(series);
    found.set(key, entry);
  }
  return [...found].map(([key, entry]) => ({ key, ...entry }));
}
