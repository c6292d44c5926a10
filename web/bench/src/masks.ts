/** The annotation of file `number`; `bench/masks.py` computes the same bits. */
export function makeMask(number: number, rows: number, columns: number): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(rows * columns);
  const seed = Math.imul(number, 0x9e3779b1) + 0x7f4a7c15;
  for (let index = 0; index < mask.length; index++) {
    let mixed = Math.imul(index ^ seed, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mask[index] = mixed >>> 31;
  }
  // The spike's pattern: the first quadrant is set, the rest is chance.
  for (let row = 0; row < rows >> 1; row++) mask.fill(1, row * columns, row * columns + (columns >> 1));
  return mask;
}

/** One mask a frame, one after the other. */
export function makeVolume(
  number: number,
  frames: number,
  rows: number,
  columns: number,
): Uint8Array<ArrayBuffer> {
  const volume = new Uint8Array(frames * rows * columns);
  for (let frame = 0; frame < frames; frame++) {
    volume.set(makeMask(number * 1000 + frame, rows, columns), frame * rows * columns);
  }
  return volume;
}
