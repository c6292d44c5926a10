/** Two versions of a file side by side: bytes, Pixel Data, and the list of top-level elements that differ. */
import dcmjs from "dcmjs";
import { hasOtherLetters } from "./elements.js";
import type { ElementDifference, FileComparison } from "./protocol.js";

type Dict = ReturnType<typeof dcmjs.data.DicomMessage.readFile>["dict"];

/** Bytes of each file in memory at a time. */
const CHUNK = 32 * 1024 * 1024;

/** Files up to this size are parsed by dcmjs, which needs them whole in memory; a browser's limit is near 2 GB. */
const LISTING_LIMIT = 256 * 1024 * 1024;

/** Compare `before` with `after`; byte equality needs no parser and no memory, the element list uses dcmjs. */
export async function compareFiles(before: Blob, after: Blob): Promise<FileComparison> {
  const firstDifference = await findDifference(before, after);
  const base = { sameBytes: firstDifference < 0, firstDifference };
  if (Math.max(before.size, after.size) > LISTING_LIMIT) {
    return unlisted(base, "too-large");
  }
  try {
    const one = parse(await before.arrayBuffer());
    const two = parse(await after.arrayBuffer());
    return {
      ...base,
      differences: listDifferences(one, two),
      pixelHash: await hashPixels(one),
      pixelsEqual: sameValue(one["7FE00010"], two["7FE00010"]),
      listingError: null,
    };
  } catch {
    return unlisted(base, "not-listed");
  }
}

function unlisted(
  base: Pick<FileComparison, "sameBytes" | "firstDifference">,
  why: "too-large" | "not-listed",
): FileComparison {
  const pixelsEqual = base.sameBytes ? true : null;
  return {
    ...base,
    differences: [],
    pixelHash: null,
    pixelsEqual,
    listingError: why,
  };
}

function parse(buffer: ArrayBuffer): Dict {
  const { readFile } = dcmjs.data.DicomMessage;
  const read = (): ReturnType<typeof readFile> => {
    try {
      return readFile(buffer);
    } catch (error) {
      if (!hasOtherLetters(error)) throw error;
      const found = readFile(buffer, { ignoreErrors: true });
      // It stops without a word at any other fault: then it has not come as far as the pixels.
      if (found.dict["7FE00010"] === undefined) throw error;
      return found;
    }
  };
  const { meta, dict } = read();
  return { ...meta, ...dict };
}

/** Position of the first byte that differs, from the files' start; -1 where there is none. */
async function findDifference(a: Blob, b: Blob): Promise<number> {
  const shared = Math.min(a.size, b.size);
  for (let start = 0; start < shared; start += CHUNK) {
    const end = Math.min(start + CHUNK, shared);
    const [one, two] = await Promise.all([
      a.slice(start, end).arrayBuffer(),
      b.slice(start, end).arrayBuffer(),
    ]);
    const at = firstUnequal(new Uint8Array(one), new Uint8Array(two));
    if (at >= 0) return start + at;
  }
  return a.size === b.size ? -1 : shared;
}

function firstUnequal(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? -1 : shared;
}

function listDifferences(one: Dict, two: Dict): ElementDifference[] {
  const tags = [...new Set([...Object.keys(one), ...Object.keys(two)])].sort();
  const found: ElementDifference[] = [];
  for (const key of tags) {
    const tag = `(${key.slice(0, 4)},${key.slice(4)})`;
    if (!(key in one)) found.push({ tag, change: "added" });
    else if (!(key in two)) found.push({ tag, change: "removed" });
    else if (!sameValue(one[key], two[key])) found.push({ tag, change: "changed" });
  }
  return found;
}

/** Equality of parsed values: plain data and buffers, however deep; iterative, as sequences nest. */
function sameValue(first: unknown, second: unknown): boolean {
  const pairs: [unknown, unknown][] = [[first, second]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair;
    if (Object.is(a, b)) continue;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    const bytesA = asBytes(a);
    const bytesB = asBytes(b);
    if (bytesA !== null && bytesB !== null) {
      if (firstUnequal(bytesA, bytesB) >= 0) return false;
      continue;
    }
    const left = Object.entries(a);
    const right = new Map(Object.entries(b));
    if (left.length !== right.size) return false;
    for (const [key, value] of left) {
      if (!right.has(key)) return false;
      pairs.push([value, right.get(key)]);
    }
  }
  return true;
}

function asBytes(value: object): Uint8Array | null {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return null;
}

async function hashPixels(dict: Dict): Promise<string | null> {
  const parts = (dict["7FE00010"]?.Value ?? []).map((part) =>
    typeof part === "object" && part !== null ? asBytes(part) : null,
  );
  // `subtle` is missing on pages served over plain HTTP from another machine.
  if (parts.length === 0 || parts.includes(null) || globalThis.crypto?.subtle === undefined) return null;
  const whole = await new Blob(parts.filter((part) => part !== null) as BlobPart[]).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
