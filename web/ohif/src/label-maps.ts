/** OHIF's label maps as masks of instances, and back. */
import type { Cornerstone, LabelImage, Services, Viewport } from "./ohif.js";
import { imageOf } from "./viewed.js";

/** One visible segment of a series. */
export interface VisibleSegment {
  readonly segmentationId: string;
  readonly index: number;
  readonly label: string;
}

/** The visible segments of a viewport, and where their pixels are. */
export interface VisibleSegments {
  readonly segments: readonly VisibleSegment[];
  /** The label images of a frame (from 1), by segmentation. */
  imagesOf(sopInstanceUid: string, frame: number): ReadonlyMap<string, LabelImage>;
  /** The last frame that has label images, at least 1: not every frame before it need have one. */
  framesOf(sopInstanceUid: string): number;
}

const LABELMAP = "Labelmap";

/** Collect what a viewport shows of segmentations on one series. */
export function visibleSegments(
  { segmentationService }: Pick<Services, "segmentationService">,
  cornerstone: Cornerstone,
  viewport: Viewport,
  series: string,
): VisibleSegments {
  const segments: VisibleSegment[] = [];
  const images = new Map<string, Map<string, LabelImage>>();
  const frames = new Map<string, number>();
  for (const shown of segmentationService.getSegmentationRepresentations(viewport.id)) {
    const segmentation = segmentationService.getSegmentation(shown.segmentationId);
    if (shown.type !== LABELMAP || !shown.visible || segmentation === undefined) continue;
    const { segmentationId } = segmentation;
    let isOfSeries = false;
    for (const image of labelImages(cornerstone, segmentation.representationData[LABELMAP])) {
      const of = image.referencedImageId === undefined ? null : imageOf(cornerstone, image.referencedImageId);
      if (of?.series !== series) continue;
      isOfSeries = true;
      frames.set(of.sopInstanceUid, Math.max(frames.get(of.sopInstanceUid) ?? 1, of.frame));
      const key = keyOf(of.sopInstanceUid, of.frame);
      images.set(key, (images.get(key) ?? new Map<string, LabelImage>()).set(segmentationId, image));
    }
    if (!isOfSeries) continue;
    for (const { segmentIndex, label } of Object.values(segmentation.segments)) {
      if (shown.segments[segmentIndex]?.visible === false) continue;
      segments.push({ segmentationId, index: segmentIndex, label });
    }
  }
  return {
    segments,
    imagesOf: (sop, frame) => images.get(keyOf(sop, frame)) ?? new Map(),
    framesOf: (sop) => frames.get(sop) ?? 1,
  };
}

/** Put one segment's pixels of an image into `mask` at `offset`; returns how many are set. */
export function copySegment(image: LabelImage, index: number, mask: Uint8Array, offset: number): number {
  const labels = image.voxelManager.getScalarData();
  let set = 0;
  for (let pixel = 0; pixel < labels.length; pixel++) {
    if (labels[pixel] !== index) continue;
    mask[offset + pixel] = 1;
    set++;
  }
  return set;
}

/** The images of a label map in memory, whether it belongs to a stack or to a volume. */
export function labelImages(
  cornerstone: Cornerstone,
  data: { readonly imageIds?: readonly string[]; readonly volumeId?: string } | undefined,
): readonly LabelImage[] {
  const volume = data?.volumeId === undefined ? undefined : cornerstone.cache.getVolume(data.volumeId);
  const ids = data?.imageIds ?? volume?.imageIds ?? [];
  return ids.map((id) => cornerstone.cache.getImage(id)).filter((image) => image !== undefined);
}

function keyOf(sopInstanceUid: string, frame: number): string {
  return `${sopInstanceUid} ${frame}`;
}
