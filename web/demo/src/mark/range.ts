/** The range of real values that brush and fill take. */
import { realValue, windowOf } from "../image/grey.js";
import type { DecodedFrame } from "../image/protocol.js";
import * as state from "../model/state.js";

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The range that is set; until then that of the window which the picture is seen with. */
export function rangeOfTool(): Range {
  const { low, high } = state.tool.value;
  if (low !== null && high !== null) return { low, high };
  const frame = state.shown.value?.frame;
  if (frame === undefined) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const { width, level } = windowOf(frame, state.userWindow.value);
  return { low: level - width / 2, high: level + width / 2 };
}

/** The frame whose values are used; null for colour, or if nothing is shown. */
export function fillable(): DecodedFrame | null {
  const frame = state.shown.value?.frame ?? null;
  return frame?.values && state.pictureIsSeen.value ? frame : null;
}

/** Whether a pixel's real value lies within the range, ends included. */
export function insideOf({ values, modality }: DecodedFrame, { low, high }: Range): (i: number) => boolean {
  return (i) => {
    const value = realValue(modality, values?.[i] as number);
    return value >= low && value <= high;
  };
}
