/** Where pixels of an image lie on the screen. */
import type { Cornerstone, ImagePlane, Viewport } from "./ohif.js";

/** A CSS matrix: from pixels of the image, (0, 0) being the outer corner of the first, to pixels of the page. */
export type Placement = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Cosine of the angle between two planes that count as one. */
const PARALLEL = 0.999;

/** Return where the image lies; `null` where the viewport does not show its plane (another direction, another slice). */
export function placementOf(cornerstone: Cornerstone, viewport: Viewport, imageId: string): Placement | null {
  const toWorld =
    viewport.type === "stack" ? byImageData(viewport) : byImagePlane(cornerstone, viewport, imageId);
  if (toWorld === null) return null;
  // Pixel centres are whole numbers there, so the corner is half a pixel before.
  const corner = viewport.worldToCanvas(toWorld(-0.5, -0.5));
  const right = viewport.worldToCanvas(toWorld(0.5, -0.5));
  const below = viewport.worldToCanvas(toWorld(-0.5, 0.5));
  const [x, y] = [at(corner, 0), at(corner, 1)];
  const matrix: Placement = [at(right, 0) - x, at(right, 1) - y, at(below, 0) - x, at(below, 1) - y, x, y];
  return matrix.every(Number.isFinite) ? matrix : null;
}

type ToWorld = (column: number, row: number) => readonly number[];

/** A stack shows one image, whatever it knows about its place in the patient. */
function byImageData(viewport: Viewport): ToWorld | null {
  const image = viewport.getImageData?.()?.imageData;
  if (image === undefined) return null;
  return (column, row) => Array.from(image.indexToWorld([column, row, 0]));
}

function byImagePlane(cornerstone: Cornerstone, viewport: Viewport, imageId: string): ToWorld | null {
  const plane = cornerstone.metaData.get("imagePlaneModule", imageId);
  const { imagePositionPatient: origin, rowCosines, columnCosines } = plane ?? {};
  if (!plane || !origin || !rowCosines || !columnCosines || !isSeen(viewport, plane)) return null;
  // PixelSpacing is row spacing first: a step along a row is the spacing of columns.
  const { columnPixelSpacing, rowPixelSpacing } = plane;
  const step = [columnPixelSpacing || 1, rowPixelSpacing || 1] as const;
  return (column, row) =>
    [0, 1, 2].map(
      (axis) =>
        at(origin, axis) + column * step[0] * at(rowCosines, axis) + row * step[1] * at(columnCosines, axis),
    );
}

/** Tell whether a volume viewport looks straight at the plane, and at this slice of it. */
function isSeen(
  viewport: Viewport,
  { imagePositionPatient, rowCosines, columnCosines, sliceThickness }: ImagePlane,
): boolean {
  const { viewPlaneNormal, focalPoint } = viewport.getCamera();
  if (!viewPlaneNormal || !focalPoint || !rowCosines || !columnCosines || !imagePositionPatient) return false;
  const normal = cross(rowCosines, columnCosines);
  if (Math.abs(dot(normal, viewPlaneNormal)) < PARALLEL) return false;
  const distance = Math.abs(dot(normal, focalPoint) - dot(normal, imagePositionPatient));
  return distance <= (sliceThickness || 1) / 2 + 1e-3;
}

function cross(a: ArrayLike<number>, b: ArrayLike<number>): readonly number[] {
  return [
    at(a, 1) * at(b, 2) - at(a, 2) * at(b, 1),
    at(a, 2) * at(b, 0) - at(a, 0) * at(b, 2),
    at(a, 0) * at(b, 1) - at(a, 1) * at(b, 0),
  ];
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return at(a, 0) * at(b, 0) + at(a, 1) * at(b, 1) + at(a, 2) * at(b, 2);
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}
