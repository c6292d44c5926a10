/** Shapes as distances: grown, shrunk, and blended between two slices. */
import { BitMask } from "../model/bitmask.js";

const FAR = 1e12;

/**
 * Signed distance of each pixel from the mask's edge in pixels, negative inside, for the rows and columns of `box`.
 * Exact, in time linear in the pixels (Felzenszwalb and Huttenlocher 2012).
 */
export function signedDistance(mask: BitMask, box: Box): Float32Array {
  const outside = squaredDistance(mask, box, true);
  const inside = squaredDistance(mask, box, false);
  const distance = new Float32Array(outside.length);
  for (let i = 0; i < distance.length; i++) {
    const out = outside[i] as number;
    // Half a pixel lies between a pixel's centre and the edge beside it.
    distance[i] = out > 0 ? Math.sqrt(out) - 0.5 : 0.5 - Math.sqrt(inside[i] as number);
  }
  return distance;
}

export interface Box {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** The smallest box around the set pixels of all masks, wider by `margin`; null when none is set. */
export function boxAround(masks: readonly BitMask[], margin: number): Box | null {
  const [first] = masks;
  let [top, left, bottom, right] = [FAR, FAR, -1, -1];
  for (const mask of masks) {
    for (let r = 0; r < mask.rows; r++) {
      for (let c = 0; c < mask.columns; c++) {
        if (!mask.get(r, c)) continue;
        if (r < top) top = r;
        if (r > bottom) bottom = r;
        if (c < left) left = c;
        if (c > right) right = c;
      }
    }
  }
  if (first === undefined || bottom < 0) return null;
  top = Math.max(0, top - margin);
  left = Math.max(0, left - margin);
  bottom = Math.min(first.rows - 1, bottom + margin);
  right = Math.min(first.columns - 1, right + margin);
  return { top, left, rows: bottom - top + 1, columns: right - left + 1 };
}

/** A mask grown (or, below 0, shrunk) by `pixels` all around. */
export function growMask(mask: BitMask, pixels: number): BitMask {
  const box = boxAround([mask], Math.max(1, pixels + 1));
  if (box === null) return mask;
  const distance = signedDistance(mask, box);
  // The distance counts from the edge; the middle of the pixels beside it is half a pixel on.
  const limit = pixels > 0 ? pixels - 0.4 : pixels + 0.4;
  return maskWhere(mask, box, (i) => (distance[i] as number) < limit);
}

/** The shape at `share` (0 to 1) of the way from one distance to another. */
export function blend(like: BitMask, box: Box, from: Float32Array, to: Float32Array, share: number): BitMask {
  return maskWhere(like, box, (i) => (from[i] as number) * (1 - share) + (to[i] as number) * share < 0);
}

function maskWhere(like: BitMask, box: Box, isSet: (i: number) => boolean): BitMask {
  const mask = new BitMask(like.rows, like.columns);
  for (let r = 0, i = 0; r < box.rows; r++) {
    for (let c = 0; c < box.columns; c++, i++) {
      if (isSet(i)) mask.setIndex((box.top + r) * like.columns + box.left + c, true);
    }
  }
  return mask;
}

/** Squared distance to the nearest pixel that is set (or, `set` false, that is not); beyond the box nothing is set. */
function squaredDistance(mask: BitMask, { top, left, rows, columns }: Box, set: boolean): Float64Array {
  const grid = new Float64Array(rows * columns);
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i++) grid[i] = mask.get(top + r, left + c) === set ? 0 : FAR;
  }
  const line = new Float64Array(Math.max(rows, columns));
  for (let c = 0; c < columns; c++) {
    for (let r = 0; r < rows; r++) line[r] = grid[r * columns + c] as number;
    const done = transform(line, rows);
    for (let r = 0; r < rows; r++) grid[r * columns + c] = done[r] as number;
  }
  for (let r = 0; r < rows; r++) {
    const at = r * columns;
    for (let c = 0; c < columns; c++) line[c] = grid[at + c] as number;
    grid.set(transform(line, columns).subarray(0, columns), at);
  }
  return grid;
}

/** The lower envelope of parabolas standing on `f`. */
function transform(f: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n);
  const at = new Int32Array(n);
  const from = new Float64Array(n + 1);
  let k = 0;
  from[0] = -FAR;
  from[1] = FAR;
  for (let q = 1; q < n; q++) {
    let s: number;
    for (;;) {
      const p = at[k] as number;
      s = ((f[q] as number) + q * q - ((f[p] as number) + p * p)) / (2 * q - 2 * p);
      if (s > (from[k] as number) || k === 0) break;
      k -= 1;
    }
    if (s > (from[k] as number)) k += 1;
    at[k] = q;
    from[k] = s;
    from[k + 1] = FAR;
  }
  for (let q = 0, j = 0; q < n; q++) {
    while ((from[j + 1] as number) < q) j += 1;
    const p = at[j] as number;
    result[q] = (q - p) ** 2 + (f[p] as number);
  }
  return result;
}
