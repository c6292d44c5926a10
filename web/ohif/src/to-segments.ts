/** Turns planes into the segments of one editable segmentation. */
import { maskOf, OverlayError, planeOnImage } from "dicom-overlay";
import type { InstanceOverlays, RemotePlane } from "dicom-overlay/dicomweb";
import type { ActionOptions } from "./actions.js";
import { rgbOf } from "./colours.js";
import { labelImages } from "./label-maps.js";
import type { Cornerstone, CornerstoneTools, DisplaySet, LabelImage, Services, Viewport } from "./ohif.js";
import { groupName } from "./panel.js";
import type { SeriesPlanes } from "./planes.js";
import { imageOf } from "./viewed.js";

export interface SegmentsContext {
  readonly services: Services;
  readonly cornerstone: Cornerstone;
  readonly cornerstoneTools: CornerstoneTools;
  readonly viewport: Viewport;
  readonly displaySet: DisplaySet;
  readonly planes: SeriesPlanes;
}

/**
 * Make a segmentation of the planes that are switched on, one segment for each label and group.
 *
 * A label map holds one segment for each pixel: where planes overlap the last one is seen, and the words say so.
 */
export async function planesToSegments(context: SegmentsContext, options: ActionOptions): Promise<string> {
  const { services, cornerstone, viewport, displaySet, planes } = context;
  const kinds = planes.kinds.filter(({ visible }) => visible);
  if (kinds.length === 0) {
    throw new OverlayError("plane-not-found", "No overlay plane of this series is switched on.");
  }
  const segments = Object.fromEntries(
    kinds.map(({ label, group }, at) => [
      at + 1,
      { label: label?.trim() || `Plane ${groupName(group)}`, active: at === 0 },
    ]),
  );
  const { segmentationService } = services;
  const loaded = await loadBits(planes, options);
  const segmentationId = await segmentationService.createLabelmapForDisplaySet(displaySet, {
    label: "Overlay planes",
    segments,
  });
  const data = segmentationService.getSegmentation(segmentationId)?.representationData["Labelmap"];
  let overlapping = 0;
  for (const image of labelImages(cornerstone, data)) {
    const of = image.referencedImageId === undefined ? null : imageOf(cornerstone, image.referencedImageId);
    const instance = of && planes.instances.get(of.sopInstanceUid);
    if (!of || !instance) continue;
    for (const plane of instance.planes) {
      const segment = kinds.indexOf(planes.kindOf(plane) as (typeof kinds)[number]) + 1;
      const bits = loaded.get(plane);
      if (segment > 0 && bits !== undefined) overlapping += fill(image, plane, bits, of.frame, segment);
    }
  }
  await segmentationService.addSegmentationRepresentation(viewport.id, { segmentationId });
  for (const [at, { colour }] of kinds.entries()) {
    segmentationService.setSegmentColor(viewport.id, segmentationId, at + 1, [...rgbOf(colour), 255]);
  }
  context.cornerstoneTools.segmentation.triggerSegmentationEvents.triggerSegmentationDataModified(
    segmentationId,
  );
  const made = `${kinds.length} ${kinds.length === 1 ? "segment" : "segments"} made.`;
  if (overlapping === 0) return made;
  return `${made} ${overlapping} pixels lie in more than one plane; the last one has them.`;
}

/** Fetch every plane first, so that a lost connection does not leave half a segmentation. */
async function loadBits(
  planes: SeriesPlanes,
  { signal, progress }: ActionOptions,
): Promise<ReadonlyMap<RemotePlane, Uint8Array>> {
  const wanted = [...planes.instances.values()].flatMap(({ planes: all }: InstanceOverlays) => all);
  const loaded = new Map<RemotePlane, Uint8Array>();
  for (const plane of wanted) {
    signal.throwIfAborted();
    if (planes.kindOf(plane)?.visible) loaded.set(plane, await planes.bitsOf(plane, signal));
    progress(loaded.size, wanted.length, "Reading planes");
  }
  return loaded;
}

/** Give the plane's pixels on image frame `frame` to a segment; returns how many had another one. */
function fill(
  image: LabelImage,
  plane: RemotePlane,
  bits: Uint8Array,
  frame: number,
  segment: number,
): number {
  const placed = planeOnImage({ ...plane, packed: bits }, image.rows, image.columns, frame);
  if (placed === null) return 0;
  const labels = image.voxelManager.getScalarData();
  let taken = 0;
  for (const [pixel, bit] of maskOf(placed).entries()) {
    if (bit === 0) continue;
    if (labels[pixel] !== 0) taken++;
    labels[pixel] = segment;
  }
  return taken;
}
