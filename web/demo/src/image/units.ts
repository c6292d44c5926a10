/** From stored values to the units of the modality, and the windows that a file suggests (PS3.3 C.11.1, C.11.2). */
import { buffersOf, type Elements, groupOf, itemOf, numberOf, numbersOf, textOf } from "./elements.js";
import { BIG_ENDIAN, turn } from "./native.js";
import type { FileWindow, Modality } from "./protocol.js";

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
  const type = textOf(group["RescaleType"]);
  if (type !== "" && type !== "US") return type.slice(0, 16);
  const modality = textOf(elements["Modality"]);
  if (modality === "CT" && numberOf(group["RescaleSlope"]) !== null) return "HU";
  return modality === "PT" ? textOf(elements["Units"]).slice(0, 16) : "";
}

/** The windows of a frame, in the file's order. */
export function windowsOf(elements: Elements, frame: number): FileWindow[] {
  const group = groupOf(elements, frame, "FrameVOILUTSequence") ?? elements;
  const centres = numbersOf(group["WindowCenter"]) ?? [];
  const widths = numbersOf(group["WindowWidth"]) ?? [];
  const names = [group["WindowCenterWidthExplanation"]].flat();
  const said = textOf(group["VOILUTFunction"]);
  const shape = said === "SIGMOID" ? "sigmoid" : said === "LINEAR_EXACT" ? "exact" : "linear";
  return centres.flatMap((level, i) => {
    const width = widths[i] ?? 0;
    return width > 0 ? [{ level, width, shape, name: String(names[i] ?? "").slice(0, 40) } as const] : [];
  });
}
