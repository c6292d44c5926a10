/**
 * Export an editor's layers as overlay planes: the shape of Visian's export dialog.
 *
 * An editor holds the files that it opened and, for each layer, a 3-D mask in the order in which ITK read the series.
 * Each visible layer becomes one plane in each file; the user gets a ZIP and is told which files failed, and why.
 */
import {
  createOverlayExporter,
  type OverlayExporter,
  type SeriesProgress,
  type SeriesResult,
  toZip,
  type Volume,
} from "dicom-overlay";

/** A layer as the editor holds it; `data` has columns × rows × slices items, x fastest. */
export interface Layer {
  readonly name: string;
  readonly isVisible: boolean;
  readonly data: Uint8Array;
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
  const volumes = layers
    .filter(({ isVisible }) => isVisible)
    .map(({ name, data }): Volume => ({ ...size, data, label: planeLabel(name) }));
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
  const zip = await new Response(toZip(report(results))).blob();
  return { zip, written, failures };
}

/** A label holds 64 characters, and ASCII is what every viewer shows. */
function planeLabel(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]|\\/g, "?").slice(0, 64);
}
