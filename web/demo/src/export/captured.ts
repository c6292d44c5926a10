/** Which pictures are captured, the names of their files, and why one could not be made. */
import { isOverlayError } from "dicom-overlay";
import type { Doc } from "../model/document.js";
import { planeMask, removalOf, type SeriesPlane, styleOf } from "../model/planes.js";
import type { OpenedFile, Picture, Series } from "../model/series.js";
import { codeOf } from "../words/faults.js";
import { exportName } from "./names.js";
import type { ExportOptions } from "./plan.js";

/** The pictures on which a mark is seen, or all: of one file, or of the series. */
export function capturedPictures(
  series: Series,
  file: OpenedFile,
  doc: Doc,
  planes: readonly SeriesPlane[],
  { scope, unmarked }: Pick<ExportOptions, "scope" | "unmarked">,
): readonly Picture[] {
  const pictures =
    scope === "series" ? series.pictures : series.pictures.filter(({ source }) => source === file);
  const left = planes.filter((plane) => !plane.isLayer && removalOf(plane, doc.removed) === undefined);
  return pictures.filter((picture) => unmarked !== "omit" || isMarked(picture, doc, left));
}

function isMarked(picture: Picture, { layers }: Doc, planes: readonly SeriesPlane[]): boolean {
  if (layers.some(({ visible, masks }) => visible && masks.has(picture.key))) return true;
  return planes.some(({ key, files, first }) => {
    const plane = files.get(picture.source.id);
    const found = plane === undefined ? null : planeMask(plane, picture);
    return found !== null && styleOf(key, first.group).visible && !found.mask.isEmpty();
  });
}

/** Name of the file of a picture. */
export function captureName({ source, frame }: Picture): string {
  const number = source.facts.numberOfFrames > 1 ? `-${String(frame + 1).padStart(5, "0")}` : "";
  return exportName(`{name}${number}-capture`, source.file.name, 1, 1);
}

/** Study, Series, SOP Class and SOP Instance UID: what a picture names its image by (PS3.3 section C.12.2). */
const REFERENCES: readonly unknown[] = [0x0020000d, 0x0020000e, 0x00080016, 0x00080018];

/** The code of an error of a capture; a file that only lacks a UID is not damaged. */
export function captureFault(error: unknown): string {
  const lacksUid =
    isOverlayError(error, "malformed-data-set") &&
    error.detail["offset"] === undefined &&
    REFERENCES.includes(error.detail["tag"]);
  return lacksUid ? "uid-missing" : codeOf(error);
}
