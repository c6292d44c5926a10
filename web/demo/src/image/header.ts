/**
 * The few header facts that the page shows and sorts by.
 *
 * They are read with dcmjs so that a picture is on the screen before Python is; what is written into a file is
 * decided by the package alone.
 */
import dcmjs from "dcmjs";
import { aspectOf } from "./pixel-aspect.js";
import type { HeaderFacts } from "./protocol.js";

/** Most headers end well before this; the rest are read whole. */
const HEAD_BYTES = 256 * 1024;
const WHOLE_FILE_LIMIT = 512 * 1024 * 1024;

type Dict = ReturnType<typeof dcmjs.data.DicomMessage.readFile>["dict"];

/**
 * Read the header of `file`, which is looked at here and not on the page, where each slice would be a round trip.
 *
 * @throws Error `not-dicom`, `is-zip`, or what dcmjs throws where it cannot read it
 */
export async function readHeader(file: Blob): Promise<HeaderFacts> {
  const head = await file.slice(0, HEAD_BYTES).arrayBuffer();
  const start = new Uint8Array(head, 0, Math.min(132, head.byteLength));
  if (start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5)) throw new Error("is-zip");
  if (!looksLikeDicom(start)) throw new Error("not-dicom");
  try {
    return factsOf(parse(head));
  } catch (error) {
    if (file.size <= HEAD_BYTES || file.size > WHOLE_FILE_LIMIT) throw error;
    return factsOf(parse(await file.arrayBuffer()));
  }
}

/** "DICM" at 128, or a data set that begins at once with group 0002 or 0008 in either byte order. */
function looksLikeDicom(head: Uint8Array): boolean {
  if (String.fromCharCode(...head.subarray(128)) === "DICM") return true;
  const [a, b, c, d] = head;
  const little = (a === 2 || a === 8) && b === 0 && d === 0;
  const big = a === 0 && (b === 2 || b === 8) && c === 0;
  return head.length > 8 && (little || big);
}

function parse(buffer: ArrayBuffer): Dict {
  return dcmjs.data.DicomMessage.readFile(buffer, { untilTag: "7FE00010", includeUntilTagValue: false }).dict;
}

function factsOf(dict: Dict): HeaderFacts {
  const rows = number(dict, "00280010");
  const columns = number(dict, "00280011");
  if (rows === null || columns === null || rows < 1 || columns < 1) throw new Error("no-image");
  return {
    rows,
    columns,
    numberOfFrames: Math.max(1, number(dict, "00280008") ?? 1),
    seriesInstanceUid: text(dict, "0020000E") || null,
    frameOfReferenceUid: text(dict, "00200052") || null,
    modality: text(dict, "00080060"),
    seriesDescription: text(dict, "0008103E"),
    seriesNumber: number(dict, "00200011"),
    instanceNumber: number(dict, "00200013"),
    imagePositionPatient: numbers(dict, "00200032", 3),
    imageOrientationPatient: numbers(dict, "00200037", 6),
    pixelSpacing: numbers(dict, "00280030", 2),
    pixelAspect: aspectOf(shapeOf(dict)),
  };
}

/** Pixel Spacing, Imager Pixel Spacing, Nominal Scanned Pixel Spacing, Pixel Aspect Ratio. */
const SHAPES = ["00280030", "00181164", "00182010", "00280034"];

/** What tells the shape of a pixel: the first that is there, the functional groups' Pixel Measures before all. */
function shapeOf(dict: Dict): number[] | null {
  const inGroups = ["52009229", "52009230"].map((groups) => {
    const measures = itemOf(itemOf(dict, groups), "00289110");
    return measures === null ? null : numbers(measures, "00280030", 2);
  });
  return [...inGroups, ...SHAPES.map((tag) => numbers(dict, tag, 2))].find((shape) => shape !== null) ?? null;
}

/** First item of a sequence. */
function itemOf(dict: Dict | null, tag: string): Dict | null {
  const item = dict?.[tag]?.Value?.[0];
  return typeof item === "object" && item !== null ? (item as Dict) : null;
}

function text(dict: Dict, tag: string): string {
  const value = dict[tag]?.Value?.[0];
  return typeof value === "string" ? value.replaceAll("\0", "").trim() : "";
}

function number(dict: Dict, tag: string): number | null {
  return numbers(dict, tag, 1)?.[0] ?? null;
}

function numbers(dict: Dict, tag: string, count: number): number[] | null {
  const values = (dict[tag]?.Value ?? []).slice(0, count).map(Number);
  return values.length === count && values.every(Number.isFinite) ? values : null;
}
