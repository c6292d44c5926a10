/** Where a frame lies in the patient, which way it faces, and the shape of its pixels. */
import { type Elements, groupOf, numbersOf } from "./elements.js";
import type { Place } from "./protocol.js";

/** Where a frame lies in space. */
export function placeOf(elements: Elements, frame: number): Place | null {
  const numbers = (group: string, keyword: string, count: number): number[] | null =>
    numbersOf((groupOf(elements, frame, group) ?? elements)[keyword], count);
  const position = numbers("PlanePositionSequence", "ImagePositionPatient", 3);
  const orientation = numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6);
  const spacing = numbers("PixelMeasuresSequence", "PixelSpacing", 2);
  return position && orientation && spacing && { position, orientation, spacing };
}

/** The direction that a frame faces: across its rows and columns. */
export function normalOf(orientation: readonly number[]): [number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

/**
 * Height of a pixel divided by its width.
 *
 * @param shape - height and width in any unit, as Pixel Spacing (PS3.3 10.7.1.3) and Pixel Aspect Ratio (C.7.6.3.1.7)
 *   give them; null where nothing is said
 * @returns 1 where nothing usable is said
 */
export function aspectOf(shape: readonly number[] | null): number {
  const [height = 0, width = 0] = shape ?? [];
  const aspect = height / width;
  // Beyond this a picture would be a line, and the value a mistake.
  return height > 0 && width > 0 && aspect >= 1 / 50 && aspect <= 50 ? aspect : 1;
}
