/**
 * Visian's annotation layers as overlay planes, out and back: each is placed by what its `toITKImage()` returns.
 */
import {
  createOverlayExporter,
  type ItkImage,
  type OverlayExporter,
  type PlacedView,
  type SavedFile,
  type SeriesOptions,
  sliceOf,
  toDirectory,
  toZipBlob,
  volumeFromItk,
} from "dicom-overlay";

/** The part of Visian's `ImageLayer` that is used. */
export interface Layer {
  readonly title: string;
  readonly image: { toITKImage(excludedImages?: readonly Layer["image"][]): ItkImage };
}

/** The part of Visian's `Document` that is used. */
export interface LayerDocument {
  readonly layers: readonly unknown[];
  readonly maxLayers: number;
  readonly annotationLayers: readonly Layer[];
  readonly mainImageLayer?: Layer | undefined;
  getLayer(id: string): unknown;
  getExcludedSegmentations(layer: Layer): readonly Layer[] | undefined;
  importAnnotation(image: ItkImage, filterValue?: number, squash?: boolean): Promise<string>;
}

export interface LayerExportOptions extends Pick<SeriesOptions, "onProgress" | "signal"> {
  /** The folder of the files: they are replaced there, as the same instances. Without it: a ZIP of new instances. */
  readonly folder?: FileSystemDirectoryHandle | undefined;
}

/** What the dialog shows at the end: each file with its `error.message`, if it failed. No ZIP where all failed. */
export interface LayerExport {
  readonly zip: Blob | null;
  readonly saved: readonly SavedFile[];
}

let exporter: Promise<OverlayExporter> | null = null;
const importedFiles = new WeakMap<object, File[]>();
const unlabelledGroups = new WeakMap<object, number>();

/** Start Python while the user still draws; call it when a series is loaded. Safe to call again. */
export function warmUp(runtimeUrl: string): Promise<OverlayExporter> {
  exporter ??= createOverlayExporter({ runtimeUrl }).catch((error: unknown) => {
    // The next try starts again: the network may be back.
    exporter = null;
    throw error;
  });
  return exporter;
}

/** Keep the DICOM files of an image layer; Visian itself does not. Call it at the end of `importFiles`. */
export function keepFiles(document: LayerDocument, id: string, files: readonly File[]): void {
  importedFiles.set(document.getLayer(id) as object, [...files]);
}

/** Write every annotation layer into the files of the document's main image, one plane for each. */
export async function exportLayers(
  document: LayerDocument,
  runtimeUrl: string,
  { folder, ...options }: LayerExportOptions = {},
): Promise<LayerExport> {
  const { files } = requireSeries(document);
  const layers = document.annotationLayers;
  if (layers.length === 0) throw new Error("The document has no annotation layer to export.");
  const labels = planeLabels(layers.map(({ title }) => title));
  const volumes = layers.map((layer, at) => {
    const excluded = document.getExcludedSegmentations(layer)?.map(({ image }) => image);
    const group = unlabelledGroups.get(layer);
    const existing = group === undefined ? "replace-label" : "replace-group";
    const plane = { label: group === undefined ? labels[at] : null, group, existing } as const;
    // In Visian a voxel belongs to a layer if it is above 0; an imported layer may hold fractions.
    return volumeFromItk(layer.image.toITKImage(excluded), { ...plane, threshold: Number.MIN_VALUE });
  });
  const rules = folder ? { skipEmpty: true } : ({ instance: "derived" } as const);
  const results = (await warmUp(runtimeUrl)).exportSeries(files, volumes, { ...options, ...rules });
  const saved: SavedFile[] = [];
  const saving = { signal: options.signal, onSaved: (file: SavedFile) => void saved.push(file) };
  try {
    if (folder) await toDirectory(folder, results, { ...saving, existingFiles: "replace" });
    const zip = folder ? null : await toZipBlob(results, saving);
    return { zip: saved.some(({ outcome }) => outcome === "saved") ? zip : null, saved };
  } finally {
    // The File of a file that was replaced on disk can no longer be read.
    for (const file of saved)
      if (folder && file.outcome === "saved")
        files[file.index] = await (await folder.getFileHandle(file.savedAs)).getFile();
  }
}

/** Add the planes of the main image's files to the document as annotation layers; returns what the user should know. */
export async function openLayers(document: LayerDocument, runtimeUrl: string): Promise<readonly string[]> {
  const { files, layer } = requireSeries(document);
  const exporter = await warmUp(runtimeUrl);
  const { volumes, order, notices, failures } = await exporter.readSeries(files);
  if (document.layers.length + volumes.length > document.maxLayers)
    throw new Error(`The document takes ${document.maxLayers} layers. ${volumes.length} more do not fit.`);
  const { imageType, data: shown, ...space } = layer.image.toITKImage();
  const voxels = (shown?.length ?? 0) / (imageType?.components ?? 1);
  const scalar = { ...imageType, components: 1, pixelType: 1, componentType: "uint8_t" };
  const grid = { ...space, imageType: scalar, data: new Uint8Array(voxels) };
  const facts = await Promise.all(order.map((at) => exporter.inspect(files[at] as File)));
  const images = facts.map((own) => ({ ...own, name: "" }));
  const { views } = await exporter.placeImages(images, volumeFromItk(grid));
  for (const volume of volumes) {
    const data = new Uint8Array(voxels);
    for (const [k, view] of views.entries()) if (view) lay(sliceOf(volume, k), volume.columns, view, data);
    const name = volume.label ?? `Overlay ${volume.group?.toString(16).toUpperCase()}`;
    const id = await document.importAnnotation({ ...grid, data, name } as ItkImage, undefined, true);
    if (volume.group !== null) unlabelledGroups.set(document.getLayer(id) as object, volume.group);
  }
  const remarks = [...notices, ...volumes.flatMap((volume) => volume.notices)];
  const reasons = failures.map(({ name, error }) => `${name}: ${error.message}`);
  return [...new Set([...remarks.map(({ message }) => message), ...reasons])];
}

function requireSeries({ mainImageLayer: layer }: LayerDocument): { files: File[]; layer: Layer } {
  const files = layer && importedFiles.get(layer);
  if (files) return { files, layer };
  throw new Error("The DICOM files of this image are not at hand (after a reload?). Import them again.");
}

/** Lay an image's pixels where its view says; see `PlacedView`. */
function lay(pixels: Uint8Array, columns: number, view: PlacedView, data: Uint8Array): void {
  const [offset, rowStep, columnStep, firstRow, endRow, firstColumn, endColumn] = view;
  for (let row = firstRow; row < endRow; row++)
    for (let column = firstColumn; column < endColumn; column++)
      data[offset + row * rowStep + column * columnStep] = pixels[row * columns + column] ?? 0;
}

/** Labels of at most 64 characters, no two alike; the fallback is for a character set that lacks a letter. */
function planeLabels(titles: readonly string[]): readonly { text: string; fallback: string }[] {
  const taken = new Set<string>();
  const ascii = (text: string) => text.replaceAll(/[^\x20-\x7e]/gu, "?");
  return titles.map((title) => {
    const plain = title.slice(0, 60).replaceAll(/[\\\p{Cc}\p{Cs}]/gu, " ");
    const name = plain.trim() || "Layer";
    let text = name;
    for (let n = 2; taken.has(ascii(text)); n++) text = `${name} ${n}`;
    taken.add(ascii(text));
    return { text, fallback: ascii(text) };
  });
}
