/** Which pictures are captured, and the names of their files. */
import type { Doc } from "../model/document.js";
import { planeMask, removalOf, type SeriesPlane, styleOf } from "../model/planes.js";
import type { OpenedFile, Picture, Series } from "../model/series.js";
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
