/** What is seen of each image, marks and all, as a new series of Secondary Captures: for people whose viewer draws no planes. */

import { newUid } from "../../../src/values/new-uid.js";
import { capturedPictures, captureFault, captureName } from "../export/captured.js";
import { type ExportResult, type ExportTools, eachAhead, failure } from "../export/job.js";
import type { ExportItem, ExportOptions } from "../export/plan.js";
import { pixelsOf } from "../image/grey.js";
import type { Doc } from "../model/document.js";
import { gatherPlanes, planesOf, type SeriesPlane } from "../model/planes.js";
import type { OpenedFile, Picture, Series } from "../model/series.js";
import * as state from "../model/state.js";
import { sheetsOf } from "../view/canvas.js";
import { loadThumbnail } from "../view/pictures.js";
import { drawSheets } from "../view/viewport.js";
import { Fault } from "../workers/fault.js";

/** Make the captures, one result for each picture; none of it counts as saved work. */
export async function makeCaptures(
  series: Series,
  file: OpenedFile,
  doc: Doc,
  options: ExportOptions,
  { exporter, signal, onProgress }: ExportTools,
): Promise<ExportResult[]> {
  const files = options.scope === "series" ? series.files : [file];
  const found = await planesOf(files, signal);
  const planes = gatherPlanes(
    [...found],
    doc.layers.filter(({ origin }) => origin !== null),
  );
  const marked = new Set(capturedPictures(series, file, doc, planes, options));
  // A picture whose planes cannot be read fails; it is not left out.
  const isUnread = ({ source }: Picture): boolean => files.includes(source) && !found.has(source.id);
  const pictures = series.pictures.filter((picture) => marked.has(picture) || isUnread(picture));
  const seriesInstanceUid = newUid();
  const window = state.windows.value.get(series.uid) ?? null;
  return await eachAhead(pictures, { signal, onProgress }, async (picture) => {
    const { source, frame } = picture;
    const item: ExportItem = {
      source,
      name: captureName(picture),
      planes: [],
      removed: [],
      instance: "derived",
    };
    try {
      if (isUnread(picture)) await exporter.readOverlays(source.file, { signal });
      const seen = await drawn(picture, doc, planes, window);
      const { blob, sopInstanceUid } = await exporter.makeSecondaryCapture(source.file, seen, {
        frame: frame + 1,
        seriesInstanceUid,
        signal,
      });
      return { ...failure(item, null), outcome: "written", made: { name: item.name, blob }, sopInstanceUid };
    } catch (error) {
      signal.throwIfAborted();
      const code = captureFault(error);
      // A fault of ours and not of the file: whoever looks into it needs the cause, which stays on this machine.
      if (code === "internal") console.error(error);
      return failure(item, code);
    }
  });
}

/** A picture as the canvas shows it, pixel for pixel. */
async function drawn(
  picture: Picture,
  doc: Doc,
  planes: readonly SeriesPlane[],
  window: Parameters<typeof pixelsOf>[1],
): Promise<ImageData> {
  const { rows, columns } = picture.source.facts;
  const rgba = pixelsOf(await loadThumbnail(picture), window);
  const context = new OffscreenCanvas(columns, rows).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Fault("render-failed");
  context.putImageData(new ImageData(rgba, columns, rows), 0, 0);
  drawSheets(context, sheetsOf(picture, doc, planes));
  return context.getImageData(0, 0, columns, rows);
}
