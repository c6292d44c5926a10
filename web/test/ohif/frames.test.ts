/** Segments on a multi-frame image: each frame's pixels lie in that frame of the plane. */
import { expect, it } from "vitest";
import { named, planesOf } from "../../ohif/src/exporting.js";
import { visibleSegments } from "../../ohif/src/label-maps.js";
import type { Cornerstone, Services, Viewport } from "../../ohif/src/ohif.js";

const SEGMENTATION = "segmentation";
const [ROWS, COLUMNS] = [1, 2];

/** OHIF with one segment painted on these frames of one image; other frames have no label image. */
function painted(frames: readonly number[]): ReturnType<typeof visibleSegments> {
  const pixels = Uint8Array.of(0, 1);
  const cornerstone = {
    cache: {
      getImage: (id: string) => ({
        imageId: id,
        referencedImageId: `wadors:/archive/instances/1.2.3.1/frames/${id}`,
        rows: ROWS,
        columns: COLUMNS,
        voxelManager: { getScalarData: () => pixels },
      }),
      getVolume: () => undefined,
    },
    metaData: {
      get: () => ({ StudyInstanceUID: "1.2", SeriesInstanceUID: "1.2.3", SOPInstanceUID: "1.2.3.1" }),
    },
  } as unknown as Cornerstone;
  const segmentation = {
    segmentationId: SEGMENTATION,
    segments: { 1: { segmentIndex: 1, label: "Lesion" } },
    representationData: { Labelmap: { imageIds: frames.map(String) } },
  };
  const shown = { segmentationId: SEGMENTATION, type: "Labelmap", visible: true, segments: {} };
  const segmentationService = {
    getSegmentationRepresentations: () => [shown],
    getSegmentation: () => segmentation,
  } as unknown as Services["segmentationService"];
  return visibleSegments({ segmentationService }, cornerstone, { id: "view" } as Viewport, "1.2.3");
}

it.each([
  [
    [1, 2],
    [0, 1, 0, 1],
  ],
  [[3], [0, 0, 0, 0, 0, 1]],
  [
    [4, 2],
    [0, 0, 0, 1, 0, 0, 0, 1],
  ],
])("label images of frames %j are all written", (frames, mask) => {
  const visible = painted(frames);
  const size = { rows: ROWS, columns: COLUMNS };
  const [plane] = planesOf("1.2.3.1", size, named(visible.segments), visible);
  expect(plane).toMatchObject({ numberOfFrames: mask.length / 2, imageFrameOrigin: 1 });
  expect([...((plane?.mask ?? []) as Uint8Array)]).toEqual(mask);
});
