/** The facts of images that a caller hands back, checked: the worker takes them as its own. */
import { isObject, requireList, wrong } from "../values/check.js";
import type { SeriesImage } from "../values/plane.js";

type Fact = keyof SeriesImage;

/** What each fact is where it is known; `null` where it is not. */
const FACTS: Readonly<Record<Fact, "text" | "whole" | number>> = {
  name: "text",
  seriesInstanceUid: "text",
  frameOfReferenceUid: "text",
  rows: "whole",
  columns: "whole",
  numberOfFrames: "whole",
  instanceNumber: "whole",
  imagePositionPatient: 3,
  imageOrientationPatient: 6,
  pixelSpacing: 2,
};

/** @throws OverlayError `invalid-request` for a list of anything else, with `detail.field`. */
export function requireImages(images: readonly SeriesImage[]): readonly SeriesImage[] {
  return requireList<SeriesImage>(images, "images").map((image, at) => {
    if (!isObject(image)) throw wrong("an image's facts", `images[${at}]`);
    const facts: Partial<Record<Fact, unknown>> = {};
    for (const [name, kind] of Object.entries(FACTS) as [Fact, (typeof FACTS)[Fact]][]) {
      const value: unknown = image[name] ?? null;
      if (value !== null && !isFact(value, kind))
        throw wrong("a fact as inspect gives it", `images[${at}].${name}`);
      facts[name] = value;
    }
    const { frames = null } = image as { frames?: unknown };
    if (frames !== null && !isPlaces(frames))
      throw wrong("a fact as inspect gives it", `images[${at}].frames`);
    return { ...facts, frames, name: facts.name ?? "" } as unknown as SeriesImage;
  });
}

function isFact(value: unknown, kind: "text" | "whole" | number): boolean {
  if (kind === "text") return typeof value === "string";
  if (kind === "whole") return Number.isSafeInteger(value);
  return Array.isArray(value) && value.length === kind && value.every(Number.isFinite);
}

/** The frames of an enhanced image: for each its position, orientation and spacing, `null` where one is not known. */
function isPlaces(frames: unknown): boolean {
  const isNumbers = (part: unknown): boolean =>
    part === null || (Array.isArray(part) && part.every(Number.isFinite));
  return Array.isArray(frames) && frames.every((frame) => Array.isArray(frame) && frame.every(isNumbers));
}
