/** The range of real values that brush and fill take. */
import { realValue } from "../image/grey.js";
import type { DecodedFrame } from "../image/protocol.js";
import * as state from "../model/state.js";

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The range that is set; an end that is not set is open. */
export function rangeOfTool(): Range {
  const { low, high } = state.tool.value;
  return { low: low ?? Number.NEGATIVE_INFINITY, high: high ?? Number.POSITIVE_INFINITY };
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
