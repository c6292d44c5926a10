/** Visible segments become overlay planes: in a new series of the archive, or in a ZIP. */
import {
  download,
  type ExportItem,
  type Notice,
  OverlayError,
  type OverlayExporter,
  type PlaneInput,
  type SeriesResult,
  toZipBlob,
} from "dicom-overlay";
import { type FetchedInstance, fromDicomWeb, type StoreReport, toDicomWeb } from "dicom-overlay/dicomweb";
import { newUid } from "../../src/values/new-uid.js";
import type { ExportOptions } from "./actions.js";
import { copySegment, type VisibleSegment, type VisibleSegments, visibleSegments } from "./label-maps.js";
import type { Cornerstone, DataSource, Services, Viewport } from "./ohif.js";
import type { ArchiveAddress } from "./planes.js";
import { asciiLabels, uniqueLabels } from "./unique-labels.js";
import { instancesShown, waitUntilShown } from "./viewed.js";

export interface ExportContext {
  readonly services: Services;
  readonly cornerstone: Cornerstone;
  readonly viewport: Viewport;
  readonly archive: ArchiveAddress;
  readonly dataSource: DataSource;
  readonly study: string;
  readonly series: string;
  /** Started at the first export: Python and its files are not fetched before. */
  readonly exporter: () => Promise<OverlayExporter>;
}

/** A segment with the label that its plane gets. */
export interface NamedSegment extends VisibleSegment {
  /** Unique among the segments. */
  readonly text: string;
  /** Written where a file cannot hold `text`; unique, too. */
  readonly fallback: string;
}

type LabelImages = Pick<VisibleSegments, "imagesOf" | "framesOf">;

/** Planes that a file can have (PS3.5 section 7.6). */
const MOST_PLANES = 16;

/** Give each segment the label that its plane gets. */
export function named(segments: readonly VisibleSegment[]): readonly NamedSegment[] {
  const texts = uniqueLabels(segments.map(({ label }) => label));
  const fallbacks = asciiLabels(texts);
  return segments.map((segment, at) => ({
    ...segment,
    text: texts[at] as string,
    fallback: fallbacks[at] as string,
  }));
}

/** Export what is visible; returns the result in words. */
export async function exportSegments(context: ExportContext, options: ExportOptions): Promise<string> {
  const { services, cornerstone, viewport, series } = context;
  const visible = visibleSegments(services, cornerstone, viewport, series);
  const segments = named(visible.segments);
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
  const starts = context.exporter();
  // A failed start is reported below, where it is awaited.
  starts.catch(() => undefined);
  const instances = await fetchAll(context, options);
  progress(0, instances.length, "Starting Python");
  const exporter = await starts;
  const told = new Told(segments);
  const derived = newUid();
  const results = told.listen(
    exporter.exportFiles(itemsOf(exporter, instances, segments, visible), {
      existing,
      instance: "derived",
      seriesInstanceUid: derived,
      signal,
    }),
  );
  if (options.to === "zip") return told.join(await saveZip(results, options, instances.length));
  const report = await toDicomWeb(results, {
    ...context.archive,
    signal,
    onProgress: ({ done }) => progress(done, instances.length, "Storing images"),
  });
  const stored = report.instances.filter(({ outcome }) => outcome === "written");
  const words = told.join(tellStored(report, instances.length));
  if (stored.length === 0) return words;
  const shown = await showStored(context, derived, stored.length);
  if (shown >= stored.length) return words;
  const less = `OHIF shows ${shown} of the ${stored.length} images that were stored. Reload the study.`;
  throw new OverlayError("archive-response", `${words} ${less}`, { expected: stored.length, found: shown });
}

/** Fetch every image of the series; one that is missing, or that OHIF shows and the archive does not send, is an error. */
async function fetchAll(
  { services, archive, study, series }: ExportContext,
  { signal, progress }: ExportOptions,
): Promise<readonly FetchedInstance[]> {
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
  const fetched = new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid));
  const shown = instancesShown(services, series);
  if ([...shown].every((uid) => fetched.has(uid))) return instances;
  const words = "The archive does not send every image that is shown here; nothing was written.";
  throw new OverlayError("archive-response", words, { expected: shown.size, found: fetched.size });
}

/** The items one by one, so that the masks of one image are made once and when it is its turn. */
async function* itemsOf(
  exporter: OverlayExporter,
  instances: readonly FetchedInstance[],
  segments: readonly NamedSegment[],
  images: LabelImages,
): AsyncGenerator<ExportItem> {
  for (const { sopInstanceUid, file } of instances) {
    // An image that nobody has drawn on may have no label image: the file says how large it is.
    const [first] = images.imagesOf(sopInstanceUid, 1).values();
    const size = first ?? (await exporter.inspect(file));
    yield { file, name: file.name, planes: planesOf(sopInstanceUid, size, segments, images) };
  }
}

/** The planes of one instance, each as large as its image; a segment without a pixel here is an empty plane. */
export function planesOf(
  sopInstanceUid: string,
  size: { readonly rows: number | null; readonly columns: number | null },
  segments: readonly NamedSegment[],
  { imagesOf, framesOf }: LabelImages,
): readonly PlaneInput[] {
  const [rows, columns] = [size.rows ?? 0, size.columns ?? 0];
  const frames = framesOf(sopInstanceUid);
  return segments.map(({ segmentationId, index, text, fallback }) => {
    const mask = new Uint8Array(rows * columns * frames);
    for (let frame = 1; frame <= frames; frame++) {
      const image = imagesOf(sopInstanceUid, frame).get(segmentationId);
      if (image !== undefined) copySegment(image, index, mask, (frame - 1) * rows * columns);
    }
    const plane = { mask, rows, columns, label: { text, fallback } };
    return frames === 1 ? plane : { ...plane, numberOfFrames: frames, imageFrameOrigin: 1 };
  });
}

/** What happened to labels, heard from the results as they pass. */
class Told {
  readonly #segments: readonly NamedSegment[];
  readonly #codes = new Set<Notice["code"]>();

  constructor(segments: readonly NamedSegment[]) {
    this.#segments = segments;
  }

  async *listen(results: AsyncIterable<SeriesResult>): AsyncGenerator<SeriesResult> {
    for await (const result of results) {
      if (result.outcome !== "failed") for (const { code } of result.notices) this.#codes.add(code);
      yield result;
    }
  }

  /** Add to what is said which labels are others than those of the segments. */
  join(words: string): string {
    const renamed = this.#segments.filter(({ label, text }) => label.trim() !== text);
    const told = renamed.map(({ label, text }) => `"${label}" was written as "${text}".`);
    if (this.#codes.has("label-fallback")) {
      const others = this.#segments.filter(({ text, fallback }) => text !== fallback);
      for (const { text, fallback } of others)
        told.push(`"${text}" was written as "${fallback}": the images' character set cannot hold it.`);
    }
    return [words, ...told].join(" ");
  }
}

async function saveZip(
  results: AsyncIterable<SeriesResult>,
  { progress }: ExportOptions,
  total: number,
): Promise<string> {
  const failed: string[] = [];
  const watched = async function* (): AsyncGenerator<SeriesResult> {
    for await (const result of results) {
      if (result.outcome === "failed") failed.push(`image ${result.index + 1}: ${result.error.message}`);
      progress(result.index + 1, total, "Writing images");
      yield result;
    }
  };
  download(await toZipBlob(watched()), "overlays.zip");
  const saved = `${total - failed.length} of ${total} images saved.`;
  return failed.length === 0 ? saved : `${saved} Failed: ${failed.slice(0, 3).join("; ")}`;
}

/** Let OHIF read the new series, so that it appears beside the others; returns how many of its images OHIF shows. */
async function showStored(
  { dataSource, services, study }: ExportContext,
  series: string,
  stored: number,
): Promise<number> {
  // OHIF 3.13.2 keeps what it has read under the source's name and the study, and forgets it under the study alone.
  const { name } = dataSource.getConfig?.() ?? {};
  for (const key of [study, `${name}:${study}`]) dataSource.deleteStudyMetadataPromise?.(key);
  await dataSource.retrieve.series.metadata({
    StudyInstanceUID: study,
    filters: { seriesInstanceUID: [series] },
  });
  return await waitUntilShown(services, series, stored);
}

function tellStored({ instances, error, aborted }: StoreReport, total: number): string {
  const stored = instances.filter(({ outcome }) => outcome === "written");
  const unknown = instances.filter(({ outcome }) => outcome === "unknown");
  const words = [`${stored.length} of ${total} images stored in a new series.`];
  if (aborted) words.unshift("Cancelled.");
  if (unknown.length > 0) {
    words.push(`For ${unknown.length} more, the archive does not say whether it has them: check there.`);
  }
  const failed = instances.filter(({ outcome }) => outcome === "failed" || outcome === "unchanged");
  if (!aborted) {
    for (const { index, message } of failed.slice(0, 3)) words.push(`Image ${index + 1}: ${message ?? ""}`);
  }
  if (error !== null && !failed.some(({ message }) => message === error.message)) words.push(error.message);
  return words.join(" ");
}
