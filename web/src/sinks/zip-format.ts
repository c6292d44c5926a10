/**
 * The records of a ZIP archive with stored entries (APPNOTE 6.3.10), ZIP64 where sizes, offsets or counts ask for it.
 *
 * What a reader sees is the directory at the end. So an entry that turned out wrong half-way is left out of it: its
 * bytes stay in the archive as a gap that no reader shows.
 */
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
/** Sizes and checksum follow the data. */
const DEFERRED = 1 << 3;
/** The name is UTF-8. */
const UTF8 = 1 << 11;
/** Made by Unix, by version 4.5: what Windows reads too. */
const MADE_BY = (3 << 8) | 45;
/** A plain file that its owner may write and everybody may read. */
const FILE_MODE = 0o100644;

/** One file of the archive. */
export interface ZipEntry {
  /** UTF-8. */
  readonly name: Uint8Array;
  readonly size: number;
  /** `null` while it is not known: then it follows the data. */
  readonly crc: number | null;
  readonly time: Date;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Return what is before an entry's data. */
export function localHeader({ name, size, crc, time }: ZipEntry): Bytes {
  const isLarge = size >= MAX_32;
  const known = crc === null ? 0 : size;
  const shown = isLarge ? MAX_32 : known;
  const record = new Record(30 + name.length + (isLarge ? 20 : 0));
  record.u32(0x04034b50).u16(isLarge ? 45 : 20, flagsOf(crc), 0);
  record.time(time).u32(crc ?? 0, shown, shown);
  record.u16(name.length, isLarge ? 20 : 0).bytes(name);
  if (isLarge) record.u16(1, 16).u64(known, known);
  return record.done();
}

/** Return what follows the data of an entry whose checksum was not known before. */
export function dataDescriptor(size: number, crc: number): Bytes {
  const isLarge = size >= MAX_32;
  const record = new Record(isLarge ? 24 : 16).u32(0x08074b50, crc);
  return (isLarge ? record.u64(size, size) : record.u32(size, size)).done();
}

/** Return an entry's line in the directory; `offset` is where its local header begins. */
export function directoryEntry(entry: ZipEntry, crc: number, offset: number): Bytes {
  const { name, size, time } = entry;
  const wide = [...(size >= MAX_32 ? [size, size] : []), ...(offset >= MAX_32 ? [offset] : [])];
  const extra = wide.length > 0 ? 4 + 8 * wide.length : 0;
  const shown = Math.min(size, MAX_32);
  const record = new Record(46 + name.length + extra);
  record.u32(0x02014b50).u16(MADE_BY, extra > 0 ? 45 : 20, flagsOf(entry.crc), 0);
  record.time(time).u32(crc, shown, shown);
  record.u16(name.length, extra, 0, 0, 0);
  record.u32((FILE_MODE << 16) >>> 0, Math.min(offset, MAX_32)).bytes(name);
  if (extra > 0) record.u16(1, extra - 4).u64(...wide);
  return record.done();
}

/** Return the end of the archive: `count` lines of `size` bytes from `offset`. */
export function directoryEnd(count: number, size: number, offset: number): Bytes {
  const isWide = count >= MAX_16 || size >= MAX_32 || offset >= MAX_32;
  const record = new Record(22 + (isWide ? 76 : 0));
  if (isWide) {
    record.u32(0x06064b50).u64(44).u16(MADE_BY, 45).u32(0, 0);
    record.u64(count, count, size, offset);
    record
      .u32(0x07064b50, 0)
      .u64(offset + size)
      .u32(1);
  }
  const short = Math.min(count, MAX_16);
  record.u32(0x06054b50).u16(0, 0, short, short);
  return record.u32(Math.min(size, MAX_32), Math.min(offset, MAX_32)).u16(0).done();
}

function flagsOf(crc: number | null): number {
  return UTF8 | (crc === null ? DEFERRED : 0);
}

/** Little-endian fields, one after the other. */
class Record {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u16(...values: readonly number[]): this {
    for (const value of values) this.#view.setUint16(this.#next(2), value, true);
    return this;
  }

  u32(...values: readonly number[]): this {
    for (const value of values) this.#view.setUint32(this.#next(4), value, true);
    return this;
  }

  u64(...values: readonly number[]): this {
    for (const value of values) this.#view.setBigUint64(this.#next(8), BigInt(value), true);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#next(value.length));
    return this;
  }

  /** Local time as MS-DOS has it: two-second steps, from 1980 to 2107. */
  time(time: Date): this {
    const year = Math.min(Math.max(time.getFullYear() - 1980, 0), 127);
    const clock = (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1);
    return this.u16(clock, (year << 9) | ((time.getMonth() + 1) << 5) | time.getDate());
  }

  done(): Bytes {
    return this.#bytes;
  }

  #next(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
