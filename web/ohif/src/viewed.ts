/** Which image a viewport shows. */
import type { Cornerstone, Viewport } from "./ohif.js";

export interface ViewedImage {
  readonly study: string;
  readonly series: string;
  readonly sopInstanceUid: string;
  /** From 1. */
  readonly frame: number;
  readonly imageId: string;
}

/** Return what a viewport shows; `null` for an empty one, and for one that shows no single image. */
export function viewedImage(cornerstone: Cornerstone, viewport: Viewport): ViewedImage | null {
  const imageId = currentImageId(viewport);
  return imageId === null ? null : imageOf(cornerstone, imageId);
}

/** Return the instance and frame of an image; `null` where OHIF knows no such instance. */
export function imageOf(cornerstone: Cornerstone, imageId: string): ViewedImage | null {
  const instance = cornerstone.metaData.get("instance", imageId);
  if (!instance?.SOPInstanceUID) return null;
  return {
    study: instance.StudyInstanceUID,
    series: instance.SeriesInstanceUID,
    sopInstanceUid: instance.SOPInstanceUID,
    frame: frameOfImageId(imageId),
    imageId,
  };
}

/** `wadors:…/frames/3` and `wadouri:…&frame=3` name a frame, from 1. */
export function frameOfImageId(imageId: string): number {
  const [, frame] = /(?:\/frames\/|[?&]frame=)(\d+)/.exec(imageId) ?? [];
  return Math.max(1, Number(frame ?? 1));
}

function currentImageId(viewport: Viewport): string | null {
  try {
    return viewport.getCurrentImageId?.() ?? null;
  } catch {
    // A viewport that is being set up has none yet, and says so by throwing.
    return null;
  }
}
