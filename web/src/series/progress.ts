/** How far a series is. */

import type { SeriesOptions, SeriesProgress } from "../values/options.js";
import type { OverlaySource } from "../values/plane.js";
import { sizeOf } from "./export-files.js";
import type { SeriesFile } from "./files.js";

/** Return what counts one step of a file. */
export function progressOf(
  total: number,
  onProgress: SeriesOptions["onProgress"],
): (file: OverlaySource | SeriesFile, phase: SeriesProgress["phase"]) => void {
  let done = 0;
  let bytes = 0;
  return (given, phase) => {
    const file = "index" in given ? given.file : given;
    done++;
    if (phase !== "inspect") bytes += sizeOf(file);
    onProgress?.({ done, total, file, phase, bytes });
  };
}
