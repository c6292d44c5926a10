/** The values of a file's elements, by keyword as dcmjs names them, and of the functional groups of its frames. */
import dcmjs from "dcmjs";

export type Elements = Record<string, unknown>;

type ReadOptions = NonNullable<Parameters<typeof dcmjs.data.DicomMessage.readFile>[1]>;

/** The elements of a file and its transfer syntax; throws what dcmjs throws where it cannot read it. */
export function readElements(
  buffer: ArrayBuffer,
  options?: ReadOptions,
): { readonly elements: Elements; readonly syntax: string } {
  const { dict, meta } = dcmjs.data.DicomMessage.readFile(buffer, options);
  const { naturalizeDataset } = dcmjs.data.DicomMetaDictionary;
  return { elements: naturalizeDataset(dict), syntax: textOf(meta["00020010"]?.Value) };
}

/**
 * Whether dcmjs gave up because the text is in several character sets, as in Japan, Korea and China, or in one that it does
 * not know. It has no other sign of that than its words.
 */
export function hasOtherLetters(error: unknown): boolean {
  return error instanceof Error && /character set/.test(error.message);
}

/** A binary value as dcmjs gives it: a buffer, or a list of one or several, or a list of lists. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  return [value].flat(2).filter((part): part is ArrayBuffer => part instanceof ArrayBuffer);
}

/** The first of several values, or the only one. */
export function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

/**
 * The first value as a text without padding; empty where it is not one, or where an escape sequence says that it goes on in
 * another character set (PS3.5 section 6.1.2.5), which dcmjs leaves as it is.
 */
export function textOf(value: unknown): string {
  const one = first(value);
  return typeof one === "string" && !one.includes("\x1b") ? one.replaceAll("\0", "").trim() : "";
}

/** The first value as a number; null where it is not a number. */
export function numberOf(value: unknown): number | null {
  const one = first(value);
  if (one === undefined || one === null || one === "") return null;
  const number = Number(one);
  return Number.isFinite(number) ? number : null;
}

/** All values as numbers, or the first `count`; null where one is not a number or there are fewer. */
export function numbersOf(value: unknown, count?: number): number[] | null {
  const values: unknown[] = typeof value === "string" ? value.split("\\") : [value].flat();
  const numbers = values.slice(0, count).map(numberOf);
  const isWhole = numbers.length >= (count ?? 1) && numbers.every((one) => one !== null);
  return isWhole ? (numbers as number[]) : null;
}

/** Item `index` of a sequence, from 0; null where there is none. */
export function itemOf(value: unknown, index = 0): Elements | null {
  const item: unknown = Array.isArray(value) ? value[index] : index === 0 ? value : undefined;
  return typeof item === "object" && item !== null ? (item as Elements) : null;
}

/** The functional groups of all frames; without the elements outside them (PS3.3 C.7.6.16). */
export function groupsOf(elements: Elements): Elements {
  const { PerFrameFunctionalGroupsSequence, SharedFunctionalGroupsSequence } = elements;
  return { PerFrameFunctionalGroupsSequence, SharedFunctionalGroupsSequence };
}

/** The first item of the functional group `keyword`, from the frame's own groups or the shared ones. */
export function groupOf(elements: Elements, frame: number, keyword: string): Elements | null {
  const own = itemOf(elements["PerFrameFunctionalGroupsSequence"], frame)?.[keyword];
  const shared = itemOf(elements["SharedFunctionalGroupsSequence"])?.[keyword];
  return itemOf(own) ?? itemOf(shared);
}
