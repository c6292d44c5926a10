/**
 * The few header facts that the page shows and sorts by.
 *
 * They are read with dcmjs so that a picture is on the screen before Python is; what is written into a file is
 * decided by the package alone.
 */
import dcmjs from "dcmjs";
import { aspectOf } from "./pixel-aspect.js";
import type { HeaderFacts, Place, StudyFacts } from "./protocol.js";

/** Most headers end well before this; the rest are read whole. */
const HEAD_BYTES = 256 * 1024;
const WHOLE_FILE_LIMIT = 512 * 1024 * 1024;

type Dict = ReturnType<typeof dcmjs.data.DicomMessage.readFile>["dict"];

/** SOP classes that hold structures and no picture of the patient, by their code. */
const NO_PICTURES: Readonly<Record<string, string>> = {
  "1.2.840.10008.5.1.4.1.1.66.4": "is-segmentation",
  "1.2.840.10008.5.1.4.1.1.66.7": "is-segmentation",
  "1.2.840.10008.5.1.4.1.1.481.3": "is-structure-set",
};

/**
 * Read the header of `file`, which is looked at here and not on the page, where each slice would be a round trip.
 *
 * @throws Error `not-dicom`, `is-zip`, `is-segmentation`, `is-structure-set`, or what dcmjs throws where it cannot read it
 */
export async function readHeader(file: Blob): Promise<HeaderFacts> {
  const head = await file.slice(0, HEAD_BYTES).arrayBuffer();
  const start = new Uint8Array(head, 0, Math.min(132, head.byteLength));
  if (start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5)) throw new Error("is-zip");
  if (!looksLikeDicom(start)) throw new Error("not-dicom");
  try {
    return factsOf(parse(head));
  } catch (error) {
    if (error instanceof Error && Object.values(NO_PICTURES).includes(error.message)) throw error;
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
  const structures = NO_PICTURES[text(dict, "00080016")];
  if (structures !== undefined) throw new Error(structures);
  const rows = number(dict, "00280010");
  const columns = number(dict, "00280011");
  if (rows === null || columns === null || rows < 1 || columns < 1) throw new Error("no-image");
  return {
    rows,
    columns,
    numberOfFrames: Math.max(1, number(dict, "00280008") ?? 1),
    sopInstanceUid: text(dict, "00080018") || null,
    study: studyOf(dict),
    seriesInstanceUid: text(dict, "0020000E") || null,
    frameOfReferenceUid: text(dict, "00200052") || null,
    modality: text(dict, "00080060"),
    seriesDescription: text(dict, "0008103E"),
    seriesNumber: number(dict, "00200011"),
    instanceNumber: number(dict, "00200013"),
    imagePositionPatient: numbers(dict, "00200032", 3),
    imageOrientationPatient: numbers(dict, "00200037", 6),
    pixelSpacing: numbers(dict, "00280030", 2),
    frameRate: rateOf(dict),
    pixelAspect: aspectOf(shapeOf(dict)),
    frames: framesOf(dict),
  };
}

/** Recommended Display Frame Rate, Cine Rate, or Frame Time in ms (PS3.3 C.7.6.5). */
function rateOf(dict: Dict): number | null {
  const time = number(dict, "00181063");
  const rates = [number(dict, "00082144"), number(dict, "00180040"), time === null ? null : 1000 / time];
  return rates.find((rate) => rate !== null && rate > 0 && Number.isFinite(rate)) ?? null;
}

function studyOf(dict: Dict): StudyFacts {
  return {
    studyInstanceUid: text(dict, "0020000D") || null,
    patientName: personOf(dict["00100010"]?.Value?.[0]),
    patientId: text(dict, "00100020"),
    date: text(dict, "00080020"),
    description: text(dict, "00081030"),
  };
}

/** A name as people read it: the parts of its first group of letters, with spaces. */
function personOf(value: unknown): string {
  const whole =
    typeof value === "object" && value !== null ? (value as { Alphabetic?: unknown }).Alphabetic : value;
  if (typeof whole !== "string") return "";
  const [letters = ""] = whole.replaceAll("\0", "").split("=");
  return letters
    .split("^")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(" ");
}

/** Position, orientation and spacing of each frame, from its own functional groups or the shared ones (PS3.3 C.7.6.16). */
function framesOf(dict: Dict): Place[] | null {
  const own = dict["52009230"]?.Value ?? [];
  if (own.length === 0) return null;
  const shared = itemOf(dict, "52009229");
  const places = own.map((item): Place | null => {
    const scopes = [item as Dict, shared];
    const from = (group: string, tag: string, count: number): number[] | null => {
      for (const scope of scopes) {
        const macro = itemOf(scope, group);
        const values = macro === null ? null : numbers(macro, tag, count);
        if (values !== null) return values;
      }
      return null;
    };
    const position = from("00209113", "00200032", 3);
    const orientation = from("00209116", "00200037", 6);
    const spacing = from("00289110", "00280030", 2);
    return position && orientation && spacing ? { position, orientation, spacing } : null;
  });
  return places.every((place) => place !== null) ? places : null;
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
