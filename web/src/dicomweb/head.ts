/**
 * Single elements from the head of a DICOM file (PS3.10 section 7, PS3.5 section 7.1), without reading the rest.
 *
 * A file is read from its start in growing pieces until every wanted element was passed. Sequences are walked over, not
 * built; nothing here is for editing, which needs the checks of the Python side.
 */
import { BlobPieces } from "../values/blob-pieces.js";

/** What was found in the head of a file. */
export interface Head {
  /** Value fields by tag, a number such as 0x00080018. */
  readonly values: ReadonlyMap<number, Uint8Array>;
  /** The byte order of a word (VR OW) is turned around. */
  readonly isBigEndian: boolean;
  /** VRs by tag, where they are explicit. */
  readonly vrs: ReadonlyMap<number, string>;
  /** `"cut"`: the bytes ended before the last wanted tag. */
  readonly end: "passed" | "cut" | "not-dicom";
}

const FIRST_PIECE = 16 << 10;
const LONG_VRS = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];
const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const TRANSFER_SYNTAX = 0x00020010;
const IMPLICIT = "1.2.840.10008.1.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const BIG_ENDIAN = "1.2.840.10008.1.2.2";

/**
 * Read top-level elements of the Data Set.
 *
 * @param wanted - tags, ascending.
 * @param limit - bytes of the file that are read at most.
 */
export async function readHead(file: Blob, wanted: readonly number[], limit: number): Promise<Head> {
  for (let size = FIRST_PIECE; ; size *= 4) {
    const isAll = size >= Math.min(file.size, limit);
    const bytes = new Uint8Array(await file.slice(0, Math.min(size, limit)).arrayBuffer());
    const head = await headOf(bytes, file, wanted, limit);
    if (isAll || head.end !== "cut") return head;
  }
}

/** Return a text value without its padding. */
export function textIn(head: Head, tag: number): string | null {
  const value = head.values.get(tag);
  return value === undefined ? null : latin1(value).replace(/[\0 ]+$/, "");
}

async function headOf(
  bytes: Uint8Array,
  file: Blob,
  wanted: readonly number[],
  limit: number,
): Promise<Head> {
  const hasPrefix = latin1(bytes.subarray(128, 132)) === "DICM";
  // Old files are a bare Data Set in either byte order, which begins with group 0008, or with File Meta Information.
  const [first, second] = bytes;
  const isBare = (second === 0 && (first === 8 || first === 2)) || (first === 0 && second === 8);
  if (!hasPrefix && !isBare) return new Walk(bytes, 0, false).as("not-dicom");
  const meta = new Walk(bytes, hasPrefix ? 132 : 0, false);
  meta.walk([TRANSFER_SYNTAX], (tag) => tag >>> 16 === 2);
  const start = meta.at;
  const syntax = textIn(meta, TRANSFER_SYNTAX);
  if (syntax === DEFLATED) {
    const inflated = await inflate(file.slice(start), limit);
    return new Walk(inflated, 0, false).walk(wanted);
  }
  const hasVrs = /^[A-Z]{2}$/.test(latin1(bytes.subarray(start + 4, start + 6)));
  const isImplicit = syntax === IMPLICIT || (syntax === null && !hasVrs);
  const isBigEndian = syntax === BIG_ENDIAN || (!hasPrefix && first === 0);
  return new Walk(bytes, start, isBigEndian, isImplicit).walk(wanted);
}

/** What a stream inflates to, at most `limit` bytes of it; what comes before a fault is taken. */
async function inflate(packed: Blob, limit: number): Promise<Uint8Array> {
  const reader = packed.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const pieces = new BlobPieces();
  try {
    while (pieces.size < limit) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.add(value as Uint8Array<ArrayBuffer>);
    }
  } catch {
    // A file that is cut still has its head.
  }
  await reader.cancel().catch(() => undefined);
  return await pieces.bytes();
}

/** One walk over elements. */
class Walk implements Head {
  readonly values = new Map<number, Uint8Array>();
  readonly vrs = new Map<number, string>();
  readonly isBigEndian: boolean;
  end: Head["end"] = "cut";
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #isImplicit: boolean;
  /** Sequences and items of undefined length that are open. */
  #depth = 0;
  /** Depth from which on elements have no VR: inside a value of VR UN (PS3.5 section 6.2.2). */
  #implicitFrom = Number.POSITIVE_INFINITY;

  constructor(bytes: Uint8Array, at: number, isBigEndian: boolean, isImplicit = false) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.isBigEndian = isBigEndian;
    this.#isImplicit = isImplicit;
  }

  as(end: Head["end"]): this {
    this.end = end;
    return this;
  }

  /** Collect the wanted elements until one that is not `within`; default: one behind the last of them. */
  walk(wanted: readonly number[], within?: (tag: number) => boolean): this {
    const last = wanted[wanted.length - 1] ?? 0;
    const goesOn = within ?? ((tag: number) => tag <= last);
    while (this.at + 8 <= this.#bytes.length) {
      const tag = this.#tag();
      if (this.#depth === 0 && !goesOn(tag)) return this.as("passed");
      const { vr, start, length } = this.#element(tag);
      if (start > this.#bytes.length) return this;
      if (tag === ITEM_END || tag === SEQUENCE_END) {
        this.#depth = Math.max(0, this.#depth - 1);
        if (this.#depth < this.#implicitFrom) this.#implicitFrom = Number.POSITIVE_INFINITY;
        this.at = start;
      } else if (length === UNDEFINED_LENGTH) {
        this.#depth++;
        if (vr === "UN") this.#implicitFrom = Math.min(this.#implicitFrom, this.#depth);
        this.at = start;
      } else {
        if (this.#depth === 0 && wanted.includes(tag)) {
          if (start + length > this.#bytes.length) return this;
          this.values.set(tag, this.#bytes.subarray(start, start + length));
          this.vrs.set(tag, vr);
        }
        this.at = start + length;
      }
    }
    return this;
  }

  #tag(): number {
    const isLittle = !this.isBigEndian;
    return this.#view.getUint16(this.at, isLittle) * 0x10000 + this.#view.getUint16(this.at + 2, isLittle);
  }

  #element(tag: number): { readonly vr: string; readonly start: number; readonly length: number } {
    const { at } = this;
    const isLittle = !this.isBigEndian;
    const hasVr = tag < ITEM && !this.#isImplicit && this.#depth < this.#implicitFrom;
    const vr = hasVr ? latin1(this.#bytes.subarray(at + 4, at + 6)) : "";
    if (!hasVr) return { vr, start: at + 8, length: this.#view.getUint32(at + 4, isLittle) };
    if (!LONG_VRS.includes(vr)) return { vr, start: at + 8, length: this.#view.getUint16(at + 6, isLittle) };
    if (at + 12 > this.#bytes.length) return { vr, start: at + 12, length: 0 };
    return { vr, start: at + 12, length: this.#view.getUint32(at + 8, isLittle) };
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 1024));
}
