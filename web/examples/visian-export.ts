/**
 * An editor's layers as overlay planes, out and back: the shape of Visian's export dialog.
 *
 * An editor holds the files that it opened and, for each layer, a 3-D mask in the order in which ITK read the series.
 * Each visible layer becomes one plane in each file; the user gets a ZIP and is told which files failed, and why.
 * Opened again, the planes are layers; saved again, each layer replaces the plane of its name.
 */
import {
  createOverlayExporter,
  maskOf,
  type OverlayExporter,
  type PlaneLabel,
  type SavedFile,
  type SeriesProgress,
  type SeriesResult,
  toDirectory,
  toZipBlob,
  type Volume,
} from "dicom-overlay";

/** A layer as the editor holds it; `data` has columns × rows × slices items, x fastest. */
export interface Layer {
  readonly name: string;
  readonly isVisible: boolean;
  readonly data: Uint8Array;
  /** Of a layer that was read from planes without a label: the group that they stand in. */
  readonly group?: number | null;
}

/** Size of the volume on the screen. */
export interface VolumeSize {
  readonly columns: number;
  readonly rows: number;
  readonly slices: number;
}

export interface LayerExportOptions {
  readonly onProgress?: (progress: SeriesProgress) => void;
  readonly signal?: AbortSignal;
}

/** What the dialog shows at the end. */
export interface LayerExport {
  readonly zip: Blob;
  readonly written: number;
  readonly failures: readonly { readonly name: string; readonly reason: string }[];
}

let exporter: Promise<OverlayExporter> | null = null;

/** Start Python while the user still draws; call it when the series is loaded. Safe to call again. */
export function warmUp(runtimeUrl: string): Promise<OverlayExporter> {
  exporter ??= createOverlayExporter({ runtimeUrl }).catch((error: unknown) => {
    // The next try starts anew: the network may be back.
    exporter = null;
    throw error;
  });
  return exporter;
}

/** Write the visible layers into the series and put the results into a ZIP. */
export async function exportLayers(
  files: readonly File[],
  layers: readonly Layer[],
  size: VolumeSize,
  runtimeUrl: string,
  options: LayerExportOptions = {},
): Promise<LayerExport> {
  const volumes = layers.filter(({ isVisible }) => isVisible).map((layer) => volumeOf(layer, size));
  const failures: { name: string; reason: string }[] = [];
  let written = 0;
  async function* report(results: AsyncIterable<SeriesResult>): AsyncGenerator<SeriesResult> {
    for await (const result of results) {
      if (result.outcome !== "failed") written++;
      else failures.push({ name: result.name, reason: result.error.message });
      yield result;
    }
  }
  const results = (await warmUp(runtimeUrl)).exportSeries(files, volumes, {
    ...options,
    instance: "derived",
  });
  const zip = await toZipBlob(report(results));
  return { zip, written, failures };
}

/** Open files again that were saved: each label is a layer, in the slice order in which ITK reads the series. */
export async function openLayers(
  files: readonly File[],
  runtimeUrl: string,
): Promise<{ readonly layers: readonly Layer[]; readonly remarks: readonly string[] }> {
  const { volumes, notices, failures } = await (await warmUp(runtimeUrl)).readSeries(files);
  const layers = volumes.map(
    (volume): Layer => ({
      name: volume.label ?? `Overlay ${volume.group?.toString(16).toUpperCase()}`,
      isVisible: true,
      data: maskOf(volume),
      group: volume.group,
    }),
  );
  const remarks = [
    ...[...notices, ...volumes.flatMap((volume) => volume.notices)].map(({ message }) => message),
    ...failures.map(({ name, error }) => `${name}: ${error.message}`),
  ];
  return { layers, remarks: [...new Set(remarks)] };
}

/** Save changed layers into the folder that the files came from: each file has each layer once, and is old or new. */
export async function saveLayers(
  files: readonly File[],
  layers: readonly Layer[],
  size: VolumeSize,
  folder: FileSystemDirectoryHandle,
  runtimeUrl: string,
): Promise<readonly SavedFile[]> {
  const volumes = layers.map((layer) => volumeOf(layer, size));
  const results = (await warmUp(runtimeUrl)).exportSeries(files, volumes);
  return await toDirectory(folder, results, { existingFiles: "replace" });
}

function volumeOf({ name, data, group }: Layer, size: VolumeSize): Volume {
  return group == null
    ? { ...size, mask: data, label: planeLabel(name), existing: "replace-label" }
    : { ...size, mask: data, group, existing: "replace-group" };
}

/** A label holds 64 characters. What the file's character set does not have is written in ASCII. */
function planeLabel(name: string): PlaneLabel {
  const text = name.replaceAll("\\", "/").slice(0, 64);
  return { text, fallback: text.replaceAll(/[^\x20-\x7e]/g, "?") };
}
