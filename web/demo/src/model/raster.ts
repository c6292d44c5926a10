/** Shapes into mask pixels. Points are in image pixels, `x` along the columns; pixel (r, c) has its centre at (c + ½, r + ½). */
import type { BitMask } from "./bitmask.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Rows and columns from 0, ends exclusive. */
export interface Area {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * Paint a round brush of `diameter` pixels along the line from `from` to `to`; one pixel is always painted.
 *
 * @param span - sets or clears the columns `first` to `last` of a row, as {@link BitMask.setSpan}
 * @returns the part of the mask that may have changed
 */
export function paintLine(
  { rows, columns }: Pick<BitMask, "rows" | "columns">,
  from: Point,
  to: Point,
  diameter: number,
  span: (row: number, first: number, last: number) => void,
): Area {
  const steps = Math.max(
    1,
    Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / Math.max(0.5, diameter / 4)),
  );
  for (let i = 0; i <= steps; i++) {
    const t = i / steps;
    paintDisc({ x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t }, diameter, span);
  }
  const reach = diameter / 2 + 1;
  const limit = (edge: number, end: number): number => Math.min(Math.max(0, edge), end);
  return {
    top: limit(Math.floor(Math.min(from.y, to.y) - reach), rows),
    left: limit(Math.floor(Math.min(from.x, to.x) - reach), columns),
    bottom: limit(Math.ceil(Math.max(from.y, to.y) + reach), rows),
    right: limit(Math.ceil(Math.max(from.x, to.x) + reach), columns),
  };
}

function paintDisc(
  centre: Point,
  diameter: number,
  span: (row: number, first: number, last: number) => void,
): void {
  const row = Math.floor(centre.y);
  const column = Math.floor(centre.x);
  if (diameter <= 1) {
    span(row, column, column);
    return;
  }
  // An even brush has its centre on a pixel corner, an odd one in a pixel's middle.
  const even = diameter % 2 === 0;
  const cx = even ? Math.round(centre.x) : column + 0.5;
  const cy = even ? Math.round(centre.y) : row + 0.5;
  const radius = diameter / 2;
  for (let r = Math.floor(cy - radius); r <= Math.ceil(cy + radius); r++) {
    const half = Math.sqrt(Math.max(0, radius * radius - (r + 0.5 - cy) ** 2));
    if (half === 0) continue;
    span(r, Math.ceil(cx - half - 0.5), Math.floor(cx + half - 0.5));
  }
}

/** Fill every pixel that the rectangle between two corners touches. */
export function fillRectangle(mask: BitMask, a: Point, b: Point, value: boolean): void {
  const left = Math.max(0, Math.floor(Math.min(a.x, b.x)));
  const right = Math.min(mask.columns - 1, Math.floor(Math.max(a.x, b.x)));
  const top = Math.max(0, Math.floor(Math.min(a.y, b.y)));
  const bottom = Math.min(mask.rows - 1, Math.floor(Math.max(a.y, b.y)));
  for (let r = top; r <= bottom; r++) mask.setSpan(r, left, right, value);
}

/** Fill the pixels whose centre lies inside the polygon (even-odd rule). */
export function fillPolygon(mask: BitMask, points: readonly Point[], value: boolean): void {
  if (points.length < 3) return;
  const top = Math.max(0, Math.floor(Math.min(...points.map((p) => p.y))));
  const bottom = Math.min(mask.rows - 1, Math.ceil(Math.max(...points.map((p) => p.y))));
  for (let r = top; r <= bottom; r++) {
    const y = r + 0.5;
    const crossings: number[] = [];
    for (const [i, p] of points.entries()) {
      const q = points[(i + 1) % points.length] as Point;
      if (p.y <= y !== q.y <= y) crossings.push(p.x + ((y - p.y) / (q.y - p.y)) * (q.x - p.x));
    }
    crossings.sort((m, n) => m - n);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const first = Math.ceil((crossings[i] as number) - 0.5);
      const last = Math.ceil((crossings[i + 1] as number) - 0.5) - 1;
      mask.setSpan(r, first, last, value);
    }
  }
}

/** Fill the region around `seed` whose pixels lie inside; 4-connected. */
export function fillRegion(mask: BitMask, isInside: (i: number) => boolean, seed: Point): void {
  const { rows, columns } = mask;
  const start = Math.floor(seed.y) * columns + Math.floor(seed.x);
  if (seed.x < 0 || seed.y < 0 || seed.x >= columns || seed.y >= rows || !isInside(start)) return;
  const seen = new Uint8Array(rows * columns);
  seen[start] = 1;
  const stack = [start];
  const visit = (n: number): void => {
    if (n < 0 || n >= seen.length || seen[n] === 1 || !isInside(n)) return;
    seen[n] = 1;
    stack.push(n);
  };
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    mask.setIndex(i, true);
    const column = i % columns;
    visit(i - columns);
    visit(i + columns);
    if (column > 0) visit(i - 1);
    if (column < columns - 1) visit(i + 1);
  }
}

/** Set every pixel that lies inside. */
export function fillThreshold(mask: BitMask, isInside: (i: number) => boolean): void {
  for (let i = 0; i < mask.rows * mask.columns; i++) if (isInside(i)) mask.setIndex(i, true);
}
