/** Visible segments become overlay planes: in a new series of the archive, or in a ZIP. */
import {
  createOverlayExporter,
  download,
  type ExportItem,
  OverlayError,
  type OverlayExporter,
  type PlaneInput,
  type SeriesResult,
  toZipBlob,
} from "dicom-overlay";
import { type FetchedInstance, fromDicomWeb, type StoreReport, toDicomWeb } from "dicom-overlay/dicomweb";
import { newUid } from "../../src/values/new-uid.js";
import type { ExportOptions } from "./actions.js";
import { copySegment, type VisibleSegment, visibleSegments } from "./label-maps.js";
import type { Cornerstone, DataSource, Services, Viewport } from "./ohif.js";
import type { ArchiveAddress } from "./planes.js";

export interface ExportContext {
  readonly services: Services;
  readonly cornerstone: Cornerstone;
  readonly viewport: Viewport;
  readonly archive: ArchiveAddress;
  readonly dataSource: DataSource;
  readonly study: string;
  readonly series: string;
}

/** Planes that a file can have (PS3.5 section 7.6). */
const MOST_PLANES = 16;

let starting: Promise<OverlayExporter> | null = null;

/** The exporter of this page, started at the first export: Python and its files are not fetched before. */
async function exporterOfPage(): Promise<OverlayExporter> {
  starting ??= createOverlayExporter({ runtimeUrl: new URL("./runtime/", import.meta.url) });
  try {
    return await starting;
  } catch (error) {
    starting = null;
    throw error;
  }
}

/** Export what is visible; returns in words what came of it. */
export async function exportSegments(context: ExportContext, options: ExportOptions): Promise<string> {
  const { services, cornerstone, viewport, archive, study, series } = context;
  const visible = visibleSegments(services, cornerstone, viewport, series);
  const { segments } = visible;
  if (segments.length === 0) {
    throw new OverlayError("invalid-request", "No segment of this series is visible.", { field: "segments" });
  }
  if (segments.length > MOST_PLANES) {
    throw new OverlayError("no-free-group", "A file can have 16 overlay planes; hide some segments.", {
      expected: MOST_PLANES,
      found: segments.length,
    });
  }
  const { signal, progress, existing } = options;
  const starts = exporterOfPage();
  // A failed start is told below, when it is waited for.
  starts.catch(() => undefined);
  const found = await fromDicomWeb({
    ...archive,
    study,
    series,
    signal,
    onProgress: ({ done, total }) => progress(done, total, "Fetching images"),
  });
  const instances = found.filter((instance) => instance.outcome === "fetched");
  const [missing] = found.filter((instance) => instance.outcome === "failed");
  if (missing !== undefined) throw missing.error;
  progress(0, instances.length, "Starting Python");
  const exporter = await starts;
  const items = instances.map(
    (instance): ExportItem => ({
      file: instance.file,
      name: instance.file.name,
      get planes() {
        return planesOf(instance, segments, visible.imagesOf);
      },
    }),
  );
  const derived = newUid();
  const results = exporter.exportFiles(items, {
    existing,
    instance: "derived",
    seriesInstanceUid: derived,
    signal,
  });
  if (options.to === "zip") return await saveZip(results, options, instances.length);
  const report = await toDicomWeb(results, {
    ...archive,
    signal,
    onProgress: ({ done }) => progress(done, instances.length, "Storing images"),
  });
  await showStored(context, derived, report);
  return tellStored(report);
}

/** The planes of one instance, each as large as its image; a segment without a pixel here is an empty plane. */
function planesOf(
  { sopInstanceUid, attributes }: FetchedInstance,
  segments: readonly VisibleSegment[],
  imagesOf: ReturnType<typeof visibleSegments>["imagesOf"],
): readonly PlaneInput[] {
  const value = (tag: string): number => Number(attributes[tag]?.Value?.[0] ?? 0);
  const first = imagesOf(sopInstanceUid, 1).values().next().value;
  const rows = first?.rows ?? value("00280010");
  const columns = first?.columns ?? value("00280011");
  let frames = 1;
  while (imagesOf(sopInstanceUid, frames + 1).size > 0) frames++;
  return segments.map(({ segmentationId, index, label }) => {
    const mask = new Uint8Array(rows * columns * frames);
    for (let frame = 1; frame <= frames; frame++) {
      const image = imagesOf(sopInstanceUid, frame).get(segmentationId);
      if (image !== undefined) copySegment(image, index, mask, (frame - 1) * rows * columns);
    }
    const plane = { mask, rows, columns, label: { text: label, fallback: `Segment ${index}` } };
    return frames === 1 ? plane : { ...plane, numberOfFrames: frames, imageFrameOrigin: 1 };
  });
}

async function saveZip(
  results: AsyncIterable<SeriesResult>,
  { progress }: ExportOptions,
  total: number,
): Promise<string> {
  const failed: string[] = [];
  const named = async function* (): AsyncGenerator<SeriesResult> {
    for await (const result of results) {
      if (result.outcome === "failed") failed.push(`image ${result.index + 1}: ${result.error.message}`);
      progress(result.index + 1, total, "Writing images");
      yield result;
    }
  };
  const blob = await toZipBlob(named());
  download(blob, "overlays.zip");
  const saved = `${total - failed.length} images saved.`;
  return failed.length === 0 ? saved : `${saved} Failed: ${failed.join("; ")}`;
}

/** Let OHIF read the new series, so that it appears beside the others. */
async function showStored(
  { dataSource, study }: ExportContext,
  series: string,
  report: StoreReport,
): Promise<void> {
  if (!report.instances.some(({ outcome }) => outcome === "written")) return;
  // OHIF 3.13.2 keeps what it has read under the source's name and the study, and forgets it under the study alone.
  const { name } = dataSource.getConfig?.() ?? {};
  for (const key of [study, `${name}:${study}`]) dataSource.deleteStudyMetadataPromise?.(key);
  await dataSource.retrieve.series.metadata({
    StudyInstanceUID: study,
    filters: { seriesInstanceUID: [series] },
  });
}

function tellStored({ instances, error, aborted }: StoreReport): string {
  const stored = instances.filter(({ outcome }) => outcome === "written");
  const words = [`${stored.length} of ${instances.length} images stored in a new series.`];
  if (aborted) words.unshift("Cancelled.");
  for (const { index, message } of instances.filter((instance) => !stored.includes(instance)).slice(0, 3)) {
    if (!aborted) words.push(`Image ${index + 1}: ${message ?? ""}`);
  }
  if (error !== null) words.push(error.message);
  return words.join(" ");
}
