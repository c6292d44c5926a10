/** How tall an image's pixels are for their width: the canvas shows a structure in its proportions. */

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
