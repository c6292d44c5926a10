/** The label map of a segmentation of cornerstone3D, on a stack or in a volume, as what `exportFiles` writes. */
import { cache } from "@cornerstonejs/core";
import { segmentation } from "@cornerstonejs/tools";
import type { ExportItem } from "dicom-overlay";

/** Items for `exportFiles`, each slice on the image that it was painted on; `fileOf` gives the file behind an image id. */
export function itemsOf(segmentationId: string, fileOf: (imageId: string) => File | undefined): ExportItem[] {
  const found = segmentation.state.getSegmentation(segmentationId);
  const labels = Object.fromEntries(
    Object.entries(found?.segments ?? {}).map(([at, { label }]) => [at, label]),
  );
  const data = found?.representationData.Labelmap;
  if (Object.keys(data?.labelmaps ?? {}).length > 1)
    throw new Error("Overlapping segments lie in several label maps.");
  const ids = data?.imageIds ?? cache.getVolume(data?.volumeId ?? "")?.imageIds ?? [];
  if (ids.length === 0) throw new Error("The segmentation has no label map in memory.");
  const frames = new Map<File, { rows: number; columns: number; masks: Uint16Array[] }>();
  for (const id of ids) {
    const { rows, columns, voxelManager, referencedImageId = "" } = cache.getImage(id) ?? {};
    const file = fileOf(referencedImageId);
    if (!file || !rows || !columns || !voxelManager)
      throw new Error(`There is no file or no label map for ${referencedImageId || id}.`);
    const of = frames.get(file) ?? { rows, columns, masks: [] };
    const frame = Number(/(?:\/frames\/|[?&]frame=)(\d+)/.exec(referencedImageId)?.[1] ?? 1);
    if (of.masks[frame - 1]) throw new Error(`Two label maps lie on ${referencedImageId}.`);
    of.masks[frame - 1] = Uint16Array.from(voxelManager.getScalarData());
    frames.set(file, of);
  }
  return [...frames].map(([file, { rows, columns, masks }]) => {
    const mask = new Uint16Array(rows * columns * masks.length);
    // A frame without a label map has no marks.
    masks.forEach((one, at) => {
      mask.set(one, at * rows * columns);
    });
    const numberOfFrames = masks.length > 1 ? masks.length : undefined;
    return { file, planes: [{ mask, rows, columns, numberOfFrames, labels, existing: "replace-label" }] };
  });
}
