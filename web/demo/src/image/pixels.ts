/** What the elements of a file say about its pixels (PS3.3 C.7.6.3), with the defaults that real files need. */

import { Fault } from "../workers/fault.js";
import { buffersOf, type Elements, numberOf, textOf } from "./elements.js";

export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samples: number;
  readonly allocated: number;
  readonly stored: number;
  readonly high: number;
  readonly signed: boolean;
  readonly planar: boolean;
  readonly photometric: string;
}

/** Bits Allocated of the elements that hold real numbers. */
const FLOATS = { FloatPixelData: 32, DoubleFloatPixelData: 64 } as const;

/** @throws Fault `no-image` */
export function readFormat(elements: Elements): PixelFormat {
  const rows = numberOf(elements["Rows"]) ?? 0;
  const columns = numberOf(elements["Columns"]) ?? 0;
  if (!(rows > 0 && columns > 0)) throw new Fault("no-image");
  const said = textOf(elements["PhotometricInterpretation"])
    .replace(/[^ -~]+/g, "")
    .trim();
  const samples = numberOf(elements["SamplesPerPixel"]) || (/^(RGB|YBR)/.test(said) ? 3 : 1);
  const float = floatKeyword(elements);
  const allocated = float === null ? numberOf(elements["BitsAllocated"]) || 8 : (FLOATS[float] as number);
  const stored = numberOf(elements["BitsStored"]) || allocated;
  return {
    rows,
    columns,
    frames: Math.max(1, numberOf(elements["NumberOfFrames"]) ?? 1),
    samples,
    allocated,
    stored,
    high: numberOf(elements["HighBit"]) || stored - 1,
    signed: numberOf(elements["PixelRepresentation"]) === 1,
    planar: numberOf(elements["PlanarConfiguration"]) === 1,
    photometric: said || (samples === 1 ? "MONOCHROME2" : "RGB"),
  };
}

/** The element that holds real numbers, where there is one. */
export function floatKeyword(elements: Elements): keyof typeof FLOATS | null {
  if (buffersOf(elements["FloatPixelData"]).length > 0) return "FloatPixelData";
  return buffersOf(elements["DoubleFloatPixelData"]).length > 0 ? "DoubleFloatPixelData" : null;
}
