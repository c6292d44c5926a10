/** Where a volume says that it lies. */
import { requireNumbers, requireObject, requireWhole } from "../values/check.js";
import type { Volume, VolumeSpace } from "../values/volume.js";
import type { WireGeometry } from "../workers/protocol.js";

/** Tell whether a volume says where it lies; the three words go together. */
export function hasGeometry({ origin, spacing, direction }: Volume): boolean {
  return origin !== undefined || spacing !== undefined || direction !== undefined;
}

/** A volume's geometry as the worker takes it. @throws OverlayError `invalid-request` for what is not one. */
export function wireGeometry(given: VolumeSpace): WireGeometry {
  const { columns, rows, slices, origin, spacing, direction } = requireObject(given, "volume");
  return {
    size: [
      requireWhole(columns, "columns", 1),
      requireWhole(rows, "rows", 1),
      requireWhole(slices, "slices", 1),
    ],
    origin: requireNumbers(origin, "origin", 3),
    spacing: requireNumbers(spacing, "spacing", 3),
    direction: requireNumbers(direction, "direction", 9),
  };
}
