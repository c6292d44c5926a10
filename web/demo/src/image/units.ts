/** From stored values to the units of the modality, and the windows that a file suggests (PS3.3 C.11.1, C.11.2). */
import { buffersOf, type Elements, groupOf, itemOf, numberOf, numbersOf, textOf } from "./elements.js";
import { BIG_ENDIAN, turn } from "./native.js";
import type { Modality, Window } from "./protocol.js";

/** Rescale or Modality LUT of a frame. */
export function modalityOf(elements: Elements, frame: number, syntax: string): Modality {
  const group = groupOf(elements, frame, "PixelValueTransformationSequence") ?? elements;
  const unit = unitOf(elements, group);
  const slope = numberOf(group["RescaleSlope"]);
  const table = slope === null ? tableOf(itemOf(elements["ModalityLUTSequence"]), syntax) : null;
  if (table !== null) {
    const lut = { first: table.first, values: Float64Array.from(table.values) };
    return { slope: 1, intercept: 0, lut, unit };
  }
  return { slope: slope || 1, intercept: numberOf(group["RescaleIntercept"]) ?? 0, lut: null, unit };
}

/** The entries of a Modality LUT or VOI LUT, the value of the first, and their depth; null where they cannot be read. */
function tableOf(
  item: Elements | null,
  syntax: string,
): { first: number; bits: number; values: number[] } | null {
  const [said = 0, first = 0, bits = 0] = numbersOf(item?.["LUTDescriptor"], 3) ?? [];
  if (item === null || bits < 8 || bits > 16) return null;
  // The number of entries is unsigned, even where the first value is not.
  const count = said & 0xffff || 65536;
  const [buffer] = buffersOf(item["LUTData"]);
  const values = buffer === undefined ? (numbersOf(item["LUTData"]) ?? []) : wordsOf(buffer, syntax);
  return values.length < count ? null : { first, bits, values: values.slice(0, count) };
}

function wordsOf(buffer: ArrayBuffer, syntax: string): number[] {
  const bytes = buffer.slice(0, buffer.byteLength & ~1);
  if (syntax === BIG_ENDIAN) turn(bytes, 2);
  return [...new Uint16Array(bytes)];
}

/** Rescale Type where it says something; a CT without one is in Hounsfield units (PS3.3 C.8.2.1.1.2). */
function unitOf(elements: Elements, group: Elements): string {
  const type = textOf(group["RescaleType"]);
  if (type !== "" && type !== "US") return type.slice(0, 16);
  const modality = textOf(elements["Modality"]);
  if (modality === "CT" && numberOf(group["RescaleSlope"]) !== null) return "HU";
  return modality === "PT" ? textOf(elements["Units"]).slice(0, 16) : "";
}

/** The windows of a frame, in the file's order, and then its VOI LUTs. */
export function windowsOf(elements: Elements, frame: number, syntax: string): Window[] {
  const group = groupOf(elements, frame, "FrameVOILUTSequence") ?? elements;
  const centres = numbersOf(group["WindowCenter"]) ?? [];
  const widths = numbersOf(group["WindowWidth"]) ?? [];
  const names = [group["WindowCenterWidthExplanation"]].flat();
  const said = textOf(group["VOILUTFunction"]);
  const shape = said === "SIGMOID" ? "sigmoid" : said === "LINEAR_EXACT" ? "exact" : "linear";
  const windows = centres.flatMap((level, i): Window[] => {
    const width = widths[i] ?? 0;
    return width > 0 ? [{ level, width, shape, name: String(names[i] ?? "").slice(0, 40) }] : [];
  });
  const tables = [group["VOILUTSequence"]].flat().flatMap((_, i) => {
    const item = itemOf(group["VOILUTSequence"], i);
    const table = tableOf(item, syntax);
    return item === null || table === null ? [] : [voiOf(table, textOf(item["LUTExplanation"]).slice(0, 40))];
  });
  return [...windows, ...tables];
}

function voiOf({ first, bits, values }: NonNullable<ReturnType<typeof tableOf>>, name: string): Window {
  const greys = Uint8Array.from(values, (value) =>
    Math.min(255, Math.round((value * 255) / (2 ** bits - 1))),
  );
  return { width: greys.length, level: first + greys.length / 2, greys, name };
}
