/** From stored values to the units of the modality, and the windows that a file suggests (PS3.3 C.11.1, C.11.2). */
import { BIG_ENDIAN, turn } from "./native.js";
import { buffersOf, type Elements, first, itemOf, numberOf, numbersOf } from "./pixels.js";
import type { FileWindow, Modality, Place } from "./protocol.js";

/** What holds for one frame: its own functional groups, then the shared ones, then the top level. */
export function scopesOf(elements: Elements, frame: number): readonly Elements[] {
  const own = itemOf(elements["PerFrameFunctionalGroupsSequence"], frame);
  const shared = itemOf(elements["SharedFunctionalGroupsSequence"]);
  return [own, shared].filter((scope) => scope !== null);
}

/** The first item of the functional group `keyword`, from the frame's own groups or the shared ones. */
function groupOf(elements: Elements, frame: number, keyword: string): Elements | null {
  for (const scope of scopesOf(elements, frame)) {
    const item = itemOf(scope[keyword]);
    if (item !== null) return item;
  }
  return null;
}

/** Rescale or Modality LUT of a frame. */
export function modalityOf(elements: Elements, frame: number, syntax: string): Modality {
  const group = groupOf(elements, frame, "PixelValueTransformationSequence") ?? elements;
  const unit = unitOf(elements, group);
  const slope = numberOf(group["RescaleSlope"]);
  const lut = slope === null ? lutOf(itemOf(elements["ModalityLUTSequence"]), syntax) : null;
  if (lut !== null) return { slope: 1, intercept: 0, lut, unit };
  return { slope: slope || 1, intercept: numberOf(group["RescaleIntercept"]) ?? 0, lut: null, unit };
}

function lutOf(item: Elements | null, syntax: string): Modality["lut"] {
  const descriptor = numbersOf(item?.["LUTDescriptor"]);
  if (item === null || descriptor === null) return null;
  const listed = buffersOf(item["LUTData"]).length === 0 ? numbersOf(item["LUTData"]) : null;
  if (listed !== null && listed.length > 1)
    return { first: descriptor[1] ?? 0, values: Float64Array.from(listed) };
  const [buffer] = buffersOf(item["LUTData"]);
  if (buffer === undefined) return null;
  const bytes = buffer.slice(0, buffer.byteLength & ~1);
  if (syntax === BIG_ENDIAN) turn(bytes, 2);
  return { first: descriptor[1] ?? 0, values: Float64Array.from(new Uint16Array(bytes)) };
}

/** Rescale Type where it says something; a CT without one is in Hounsfield units (PS3.3 C.8.2.1.1.2). */
function unitOf(elements: Elements, group: Elements): string {
  const text = (value: unknown): string => String(first(value) ?? "").trim();
  const type = text(group["RescaleType"]);
  if (type !== "" && type !== "US") return type.slice(0, 16);
  const modality = text(elements["Modality"]);
  if (modality === "CT" && numberOf(group["RescaleSlope"]) !== null) return "HU";
  return modality === "PT" ? text(elements["Units"]).slice(0, 16) : "";
}

/** The windows of a frame, in the file's order. */
export function windowsOf(elements: Elements, frame: number): FileWindow[] {
  const group = groupOf(elements, frame, "FrameVOILUTSequence") ?? elements;
  const centres = numbersOf(group["WindowCenter"]) ?? [];
  const widths = numbersOf(group["WindowWidth"]) ?? [];
  const names = [group["WindowCenterWidthExplanation"]].flat();
  const said = String(first(group["VOILUTFunction"]) ?? "");
  const shape = said === "SIGMOID" ? "sigmoid" : said === "LINEAR_EXACT" ? "exact" : "linear";
  return centres.flatMap((level, i) => {
    const width = widths[i] ?? 0;
    return width > 0 ? [{ level, width, shape, name: String(names[i] ?? "").slice(0, 40) } as const] : [];
  });
}

/** Where a frame lies in space. */
export function placeOf(elements: Elements, frame: number): Place | null {
  const position = groupOf(elements, frame, "PlanePositionSequence") ?? elements;
  const orientation = groupOf(elements, frame, "PlaneOrientationSequence") ?? elements;
  const measures = groupOf(elements, frame, "PixelMeasuresSequence") ?? elements;
  const [p, o, s] = [
    numbersOf(position["ImagePositionPatient"]),
    numbersOf(orientation["ImageOrientationPatient"]),
    numbersOf(measures["PixelSpacing"]),
  ];
  if (p?.length !== 3 || o?.length !== 6 || s?.length !== 2) return null;
  return { position: p, orientation: o, spacing: s };
}
