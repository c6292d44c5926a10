/** A DICOM file to the stored values of a frame, with what is needed to draw and to measure it. */
import { DicomImage, log } from "dcmjs-imaging";
import { Fault } from "../workers/fault.js";
import { applyPalette, nativeRgb, rgbaOf } from "./colour.js";
import { decodeFrame, forgetCodecs } from "./compressed.js";
import { type Elements, numberOf } from "./elements.js";
import { cutNative, NATIVE, requirePossible, type StoredValues, trimBits } from "./native.js";
import { type PixelFormat, readFormat } from "./pixels.js";
import { placeOf } from "./place.js";
import type { DecodedFrame } from "./protocol.js";
import { modalityOf, windowsOf } from "./units.js";

/** A file parsed by dcmjs, not decoded. */
export interface ParsedFile {
  readonly elements: Elements;
  readonly syntax: string;
}

log.setLevel("silent");

export function parseFile(buffer: ArrayBuffer): ParsedFile {
  requirePossible(buffer);
  const image = new DicomImage(buffer);
  return { elements: image.getElements(), syntax: image.getTransferSyntaxUid() };
}

/** Decode frame `frame`, from 0. */
export function decode({ elements, syntax }: ParsedFile, frame: number): DecodedFrame {
  const format = readFormat(elements);
  const native = NATIVE.includes(syntax);
  const samples = native
    ? cutNative(elements, format, syntax, frame)
    : decodeGuarded(elements, format, syntax, frame);
  const pixels = format.rows * format.columns;
  const base = {
    rows: format.rows,
    columns: format.columns,
    inverted: format.photometric === "MONOCHROME1",
    modality: modalityOf(elements, frame, syntax),
    windows: windowsOf(elements, frame, syntax),
    padding: numberOf(elements["PixelPaddingValue"]),
    place: placeOf(elements, frame),
  };
  if (format.samples > 1) {
    const rgb = native ? nativeRgb(samples, format) : samples;
    return { ...base, values: null, rgba: rgbaOf(rgb, pixels) };
  }
  const values = trimBits(samples, compressedFormat(format, samples, native));
  // Padding to whole units at the end of a stream or a frame does not count as a pixel.
  const exact = values.length === pixels ? values : (values.slice(0, pixels) as StoredValues);
  if (exact.length < pixels) throw new Fault("pixels-missing");
  const rgba = format.photometric === "PALETTE COLOR" ? applyPalette(exact, elements, syntax) : null;
  return { ...base, values: exact, rgba };
}

/** The decoder hands signed 16-bit values out extended already. */
function compressedFormat(format: PixelFormat, samples: StoredValues, native: boolean): PixelFormat {
  if (native || samples.BYTES_PER_ELEMENT === 1) return format;
  return { ...format, stored: samples.BYTES_PER_ELEMENT * 8, high: samples.BYTES_PER_ELEMENT * 8 - 1 };
}

function decodeGuarded(elements: Elements, format: PixelFormat, syntax: string, frame: number): StoredValues {
  try {
    return decodeFrame(elements, format, syntax, frame);
  } catch (error) {
    forgetCodecs();
    throw error;
  }
}
