/** The page of `make editors`: marks are put into real editors, and the recipes take them out. */
import { cache, Enums, imageLoader, init as initCore, RenderingEngine, type Types, utilities, volumeLoader } from "@cornerstonejs/core";
import { Enums as ToolEnums, init as initTools, segmentation } from "@cornerstonejs/tools";
import { Niivue } from "@niivue/niivue";
import { createOverlayExporter, type ItkImage, type OverlayExporter, toZipBlob, volumeFromItk } from "dicom-overlay";
import { itemsOf } from "../../web/examples/cornerstone-labelmap.js";
import { volumeFromDrawing } from "../../web/examples/niivue-drawing.js";

/** What `files.py` says of a file. */
interface Described {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly position: readonly [number, number, number];
  readonly orientation: readonly number[];
  readonly spacing: readonly [number, number];
}

const LABELS = { 1: "Liver", 2: "Spleen" };
const options = { instance: "derived", existing: "replace-label" } as const;
let exporter: OverlayExporter;

/** The segment of a pixel, told by its value. */
const segmentOf = (value: number): number => ({ 3: 1, 5: 2 })[value % 7] ?? 0;

async function fileOf(series: string, name: string): Promise<File> {
  return new File([await (await fetch(`/made/${series}/${name}`)).blob()], name);
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Put the images of a series into cornerstone's cache; returns the file behind each image id. */
async function loadImages(series: string, described: readonly Described[]): Promise<Map<string, File>> {
  segmentation.removeAllSegmentations();
  cache.purgeCache();
  const files = new Map<string, File>();
  for (const { name, rows, columns, frames, position, orientation, spacing } of described) {
    const file = await fileOf(series, name);
    const pixels = new Uint16Array(await file.slice(-2 * rows * columns * frames).arrayBuffer());
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
    for (let frame = 0; frame < frames; frame++) {
      const imageId = `wadouri:${series}/${name}${frames > 1 ? `?x=1&frame=${frame + 1}` : ""}`;
      imageLoader.createAndCacheLocalImage(imageId, {
        scalarData: pixels.slice(frame * rows * columns, (frame + 1) * rows * columns),
        dimensions: [columns, rows],
        spacing: [spacing[1], spacing[0]],
        origin: [...position],
        direction: [a, b, c, d, e, f, b * f - c * e, c * d - a * f, a * e - b * d],
        frameOfReferenceUID: "1.2",
      });
      const general = { modality: "CT", seriesInstanceUID: "1.3" };
      utilities.genericMetadataProvider.add(imageId, { type: "generalSeriesModule", metadata: general });
      files.set(imageId, file);
    }
  }
  return files;
}

/** Draw a stack with a label map on it in a viewport, until cornerstone says that it is drawn. */
async function show(imageIds: readonly string[], segmentationId: string): Promise<void> {
  const element = document.createElement("div");
  element.style.cssText = "width:200px;height:200px";
  document.body.append(element);
  const engine = new RenderingEngine(segmentationId);
  engine.enableElement({ viewportId: segmentationId, type: Enums.ViewportType.STACK, element });
  const drawn = new Promise((resolve) =>
    element.addEventListener(Enums.Events.IMAGE_RENDERED, resolve, { once: true }),
  );
  await (engine.getViewport(segmentationId) as Types.IStackViewport).setStack([...imageIds]);
  await segmentation.addLabelmapRepresentationToViewport(segmentationId, [{ segmentationId }]);
  engine.render();
  await drawn;
}

/** Paint a label map for these images with cornerstone's own functions. */
async function paint(series: string, imageIds: readonly string[], kind: "stack" | "volume"): Promise<void> {
  let labelIds: string[];
  let data: { imageIds: string[] } | { volumeId: string };
  if (kind === "stack") {
    labelIds = imageLoader.createAndCacheDerivedLabelmapImages([...imageIds]).map(({ imageId }) => imageId);
    data = { imageIds: labelIds };
  } else {
    const volume = await volumeLoader.createAndCacheVolumeFromImages(`volume-${series}`, [...imageIds]);
    const labels = volumeLoader.createAndCacheDerivedLabelmapVolume(volume.volumeId, { volumeId: `labels-${series}` });
    labelIds = labels.imageIds;
    data = { volumeId: labels.volumeId };
  }
  segmentation.addSegmentations([
    {
      segmentationId: series + kind,
      representation: { type: ToolEnums.SegmentationRepresentations.Labelmap, data },
      config: { segments: { 1: { label: LABELS[1] }, 2: { label: LABELS[2] } } },
    },
  ]);
  for (const id of labelIds) {
    const label = cache.getImage(id);
    const pixels = cache.getImage(label?.referencedImageId ?? "")?.voxelManager?.getScalarData();
    if (!pixels) throw new Error(`no image below ${id}`);
    pixels.forEach((value, at) => void label?.voxelManager?.setAtIndex(at, segmentOf(value)));
  }
}

const editors = {
  async start(): Promise<void> {
    await initCore();
    await initTools();
    exporter = await createOverlayExporter({ runtimeUrl: "/runtime/", workers: 1 });
  },

  /** cornerstone3D: each slice on the image that it was painted on. */
  async cornerstone(series: string, described: readonly Described[], kind: "stack" | "volume") {
    const files = await loadImages(series, described);
    await paint(series, [...files.keys()], kind);
    const id = series + kind;
    if (kind === "stack") await show([...files.keys()], id);
    const items = itemsOf(id, (imageId) => files.get(imageId));
    return await base64(await toZipBlob(exporter.exportFiles(items, options)));
  },

  /** What the recipe says where a file or the label map itself is missing. */
  async refusals(series: string, described: readonly Described[]): Promise<string[]> {
    await paint(series, [...(await loadImages(series, described)).keys()], "stack");
    const id = `${series}stack`;
    return [() => itemsOf(id, () => undefined), () => itemsOf("none", () => undefined)].map((call) => {
      try {
        call();
        return "";
      } catch (error) {
        return String(error);
      }
    });
  },

  /** NiiVue: drawn voxel by voxel in its own order. */
  async niivue(series: string, described: readonly Described[]) {
    const canvas = document.body.appendChild(document.createElement("canvas"));
    canvas.width = canvas.height = 300;
    const viewer = new Niivue();
    await viewer.attachToCanvas(canvas);
    await viewer.loadVolumes([{ url: `/made/${series}.nii` }]);
    viewer.createEmptyDrawing();
    const [image] = viewer.volumes;
    const [, columns = 0, rows = 0, slices = 0] = image?.dimsRAS ?? [];
    for (let z = 0; z < slices; z++)
      for (let y = 0; y < rows; y++)
        for (let x = 0; x < columns; x++) {
          const pen = segmentOf(image?.getValue(x, y, z) ?? 0);
          if (pen > 0) viewer.drawPt(x, y, z, pen);
        }
    viewer.refreshDrawing();
    const files = await Promise.all(described.map(({ name }) => fileOf(series, name)));
    const drawing = volumeFromDrawing(viewer.drawBitmap, image ?? {}, LABELS);
    return await base64(await toZipBlob(exporter.exportSeries(files, [drawing], options)));
  },

  /** ITK: an image that a reader read; its voxels become the mask. */
  async itk(series: string, described: readonly Described[], image: ItkImage, values: readonly number[]) {
    const files = await Promise.all(described.map(({ name }) => fileOf(series, name)));
    const painted = volumeFromItk({ ...image, data: Uint8Array.from(values, segmentOf) }, { labels: LABELS });
    return await base64(await toZipBlob(exporter.exportSeries(files, [painted], options)));
  },
};

export type Editors = typeof editors;
Object.assign(globalThis, { editors });
