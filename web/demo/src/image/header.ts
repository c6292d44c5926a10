/**
 * The few values of a header that the page shows and sorts by.
 *
 * They are read with dcmjs so that a picture is on the screen before Python is; what is written into a file is
 * decided by the package alone.
 */
import { Fault } from "../workers/fault.js";
import {
  type Elements,
  groupOf,
  groupsOf,
  hasOtherLetters,
  itemOf,
  numberOf,
  numbersOf,
  readElements,
  textOf,
} from "./elements.js";
import { aspectOf, placeOf } from "./place.js";
import type { HeaderFacts, Place, StudyFacts } from "./protocol.js";

/** Most headers end well before this; otherwise the whole file is read. */
const HEAD_BYTES = 256 * 1024;
const WHOLE_FILE_LIMIT = 512 * 1024 * 1024;

/** SOP classes that hold structures and no picture of the patient, by their code. */
const NO_PICTURES: Readonly<Record<string, string>> = {
  "1.2.840.10008.5.1.4.1.1.66.4": "is-segmentation",
  "1.2.840.10008.5.1.4.1.1.66.7": "is-segmentation",
  "1.2.840.10008.5.1.4.1.1.481.3": "is-structure-set",
};

/**
 * Read the header of `file`, which is looked at here and not on the page, where each slice would be a round trip.
 *
 * @throws Fault `not-dicom`, `is-zip`, `is-segmentation`, `is-structure-set`, or what dcmjs throws where it cannot read it
 */
export async function readHeader(file: Blob): Promise<HeaderFacts> {
  const head = await file.slice(0, HEAD_BYTES).arrayBuffer();
  const start = new Uint8Array(head, 0, Math.min(132, head.byteLength));
  if (start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5)) throw new Fault("is-zip");
  if (!looksLikeDicom(start)) throw new Fault("not-dicom");
  try {
    return factsOf(parse(head));
  } catch (error) {
    if (error instanceof Fault && error.code !== "no-image") throw error;
    const isInLetters = hasOtherLetters(error);
    if ((file.size <= HEAD_BYTES && !isInLetters) || file.size > WHOLE_FILE_LIMIT) throw error;
    return factsOf(parse(await file.arrayBuffer(), isInLetters));
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

function parse(buffer: ArrayBuffer, ignoreErrors = false): Elements {
  const options = { untilTag: "7FE00010", includeUntilTagValue: false, ignoreErrors };
  return readElements(buffer, options).elements;
}

function factsOf(elements: Elements): HeaderFacts {
  const structures = NO_PICTURES[textOf(elements["SOPClassUID"])];
  if (structures !== undefined) throw new Fault(structures);
  const rows = numberOf(elements["Rows"]);
  const columns = numberOf(elements["Columns"]);
  if (rows === null || columns === null || rows < 1 || columns < 1) throw new Fault("no-image");
  return {
    rows,
    columns,
    numberOfFrames: Math.max(1, numberOf(elements["NumberOfFrames"]) ?? 1),
    sopInstanceUid: textOf(elements["SOPInstanceUID"]) || null,
    study: studyOf(elements),
    seriesInstanceUid: textOf(elements["SeriesInstanceUID"]) || null,
    frameOfReferenceUid: textOf(elements["FrameOfReferenceUID"]) || null,
    modality: textOf(elements["Modality"]),
    seriesDescription: textOf(elements["SeriesDescription"]),
    seriesNumber: numberOf(elements["SeriesNumber"]),
    instanceNumber: numberOf(elements["InstanceNumber"]),
    imagePositionPatient: numbersOf(elements["ImagePositionPatient"], 3),
    imageOrientationPatient: numbersOf(elements["ImageOrientationPatient"], 6),
    pixelSpacing: numbersOf(elements["PixelSpacing"], 2),
    frameRate: rateOf(elements),
    pixelAspect: aspectOf(shapeOf(elements)),
    frames: framesOf(elements),
  };
}

/** Recommended Display Frame Rate, Cine Rate, or Frame Time in ms (PS3.3 C.7.6.5). */
function rateOf(elements: Elements): number | null {
  const time = numberOf(elements["FrameTime"]);
  const rates = [
    numberOf(elements["RecommendedDisplayFrameRate"]),
    numberOf(elements["CineRate"]),
    time === null ? null : 1000 / time,
  ];
  return rates.find((rate) => rate !== null && rate > 0 && Number.isFinite(rate)) ?? null;
}

function studyOf(elements: Elements): StudyFacts {
  return {
    studyInstanceUid: textOf(elements["StudyInstanceUID"]) || null,
    patientName: personOf(elements["PatientName"]),
    patientId: textOf(elements["PatientID"]),
    date: textOf(elements["StudyDate"]),
    description: textOf(elements["StudyDescription"]),
  };
}

/** A name as people read it: the components of its first component group, separated by spaces. */
function personOf(value: unknown): string {
  const [letters = ""] = textOf(itemOf(value)?.["Alphabetic"] ?? value).split("=");
  return letters
    .split("^")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(" ");
}

/** Where each frame lies, as the functional groups say; null where they do not say it of all. */
function framesOf(elements: Elements): Place[] | null {
  const groups = groupsOf(elements);
  const places: Place[] = [];
  for (let frame = 0; itemOf(groups["PerFrameFunctionalGroupsSequence"], frame) !== null; frame++) {
    const place = placeOf(groups, frame);
    if (place === null) return null;
    places.push(place);
  }
  return places.length > 0 ? places : null;
}

const SHAPES = ["PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio"];

/**
 * Where the shape of a pixel comes from: the first that is there, beginning with the functional groups' Pixel
 * Measures.
 */
function shapeOf(elements: Elements): number[] | null {
  const measures = groupOf(elements, 0, "PixelMeasuresSequence");
  const shapes = [measures?.["PixelSpacing"], ...SHAPES.map((keyword) => elements[keyword])];
  return shapes.map((shape) => numbersOf(shape, 2)).find((shape) => shape !== null) ?? null;
}
