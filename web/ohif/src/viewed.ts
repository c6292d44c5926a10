/** Which image a viewport shows. */
import type { Cornerstone, Services, Viewport } from "./ohif.js";

export interface ViewedImage {
  readonly study: string;
  readonly series: string;
  readonly sopInstanceUid: string;
  /** From 1. */
  readonly frame: number;
  readonly imageId: string;
}

/** Return what a viewport shows; `null` if it is empty or does not show a single image. */
export function viewedImage(cornerstone: Cornerstone, viewport: Viewport): ViewedImage | null {
  const imageId = currentImageId(viewport);
  return imageId === null ? null : imageOf(cornerstone, imageId);
}

/** Return the instance and frame of an image; `null` if OHIF does not know the instance. */
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
    // A viewport that is being set up has none yet, and throws.
    return null;
  }
}

/** SOP Instance UIDs of the images of a series that OHIF shows. */
export function instancesShown(
  { displaySetService }: Pick<Services, "displaySetService">,
  series: string,
): ReadonlySet<string> {
  const sets = displaySetService.getDisplaySetsForSeries(series);
  const instances = sets.flatMap((set) => set.instances ?? set.images ?? []);
  return new Set(instances.map(({ SOPInstanceUID }) => SOPInstanceUID));
}

/** Milliseconds that OHIF may take to show what it has read. */
const SHOW_TIMEOUT = 10_000;

/** Wait until OHIF shows so many images of a series; returns how many it shows. */
export async function waitUntilShown(
  services: Pick<Services, "displaySetService">,
  series: string,
  wanted: number,
): Promise<number> {
  const { displaySetService } = services;
  const count = (): number => instancesShown(services, series).size;
  if (count() >= wanted) return count();
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (count() >= wanted) end();
    };
    const subscriptions = ["DISPLAY_SETS_ADDED", "DISPLAY_SETS_CHANGED"]
      .map((name) => displaySetService.EVENTS[name])
      .filter((event) => event !== undefined)
      .map((event) => displaySetService.subscribe(event, look));
    const timer = setTimeout(end, SHOW_TIMEOUT);
    function end(): void {
      clearTimeout(timer);
      for (const subscription of subscriptions) subscription.unsubscribe();
      resolve();
    }
    look();
  });
  return count();
}
