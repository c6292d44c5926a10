/**
 * Judge an output in the page, with a reader of its own: nothing of the package is used.
 *
 * Explicit little endian only (what the spike's workload is); other files are judged natively, by pydicom.
 */

const LONG = new Set(["OB", "OW", "OF", "OD", "OL", "OV", "SQ", "UC", "UR", "UT", "UN", "SV", "UV"]);
const UNDEFINED = 0xffffffff;

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/** Return why the output is wrong, or `""`. */
export function findFault(source: Uint8Array, output: Uint8Array, masks: readonly Uint8Array[]): string {
  try {
    const before = topLevel(source);
    const after = topLevel(output);
    for (const [index, mask] of masks.entries()) {
      const data = readValue(output, after, (0x6000 + 2 * index) * 0x10000 + 0x3000);
      if (
        !mask.every((pixel, at) => (((data[at >> 3] as number) >> (at & 7)) & 1) === (pixel === 0 ? 0 : 1))
      ) {
        return "the mask does not read back";
      }
    }
    const pixels = 0x7fe0 * 0x10000 + 0x0010;
    if (!isEqual(readValue(source, before, pixels), readValue(output, after, pixels)))
      return "the pixel data changed";
    return "";
  } catch (error) {
    return `unreadable: ${String(error)}`;
  }
}

/** Say whether the output is the source with bytes put in at one place and no other changed. */
export function isInsertion(source: Uint8Array, output: Uint8Array): boolean {
  let head = 0;
  while (head < source.length && source[head] === output[head]) head++;
  return (
    output.length > source.length &&
    isEqual(source.subarray(head), output.subarray(output.length - source.length + head))
  );
}

function isEqual(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && first.every((byte, at) => byte === second[at]);
}

function readValue(bytes: Uint8Array, elements: readonly Element[], tag: number): Uint8Array {
  const found = elements.filter((element) => element.tag === tag);
  const [element] = found;
  if (element === undefined || found.length > 1)
    throw new Error(`${found.length} elements ${tag.toString(16)}`);
  return bytes.subarray(element.value, element.end);
}

function topLevel(bytes: Uint8Array): Element[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Element[] = [];
  for (let start = 132; start + 8 <= bytes.length; ) {
    const tag = view.getUint16(start, true) * 0x10000 + view.getUint16(start + 2, true);
    const vr = String.fromCharCode(view.getUint8(start + 4), view.getUint8(start + 5));
    const isLong = LONG.has(vr);
    const value = start + (isLong ? 12 : 8);
    const length = isLong ? view.getUint32(start + 8, true) : view.getUint16(start + 6, true);
    const end = length === UNDEFINED ? sequenceEnd(view, value) : value + length;
    if (end > bytes.length) throw new Error("a length passes the end");
    elements.push({ tag, start, value, end });
    start = end;
  }
  return elements;
}

/** Find the delimiter of a sequence of undefined length by its bytes; good enough for files of known make. */
function sequenceEnd(view: DataView, from: number): number {
  for (let at = from; at + 8 <= view.byteLength; at += 2) {
    if (view.getUint32(at, true) === 0xe0ddfffe && view.getUint32(at + 4, true) === 0) return at + 8;
  }
  throw new Error("a sequence without its end");
}
