import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileReaders, type RangeReader } from "../src/worker/read-ranges.js";

const KIB = 1024;

/** A file that says which of its bytes were read; each byte is its own position, modulo 251. */
class WatchedFile extends Blob {
  readonly spans: string[] = [];
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #isGone: boolean;

  constructor(size: number, isGone = false) {
    const bytes = Uint8Array.from({ length: size }, (_, at) => at % 251);
    super([bytes]);
    this.#bytes = bytes;
    this.#isGone = isGone;
  }

  override slice(start = 0, end = this.size): Blob {
    this.spans.push(`${start}-${end}`);
    const bytes = this.#bytes.slice(start, end);
    const gone = (): Promise<never> => Promise.reject(new DOMException("gone", "NotReadableError"));
    return Object.assign(new Blob([bytes]), {
      bytes,
      ...(this.#isGone ? { arrayBuffer: gone, isGone: true } : {}),
    });
  }
}

declare global {
  var FileReaderSync: new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer };
}

/** The worker's synchronous reader, which Node has not. */
class SyncReader {
  readAsArrayBuffer(blob: Blob & { bytes: Uint8Array<ArrayBuffer>; isGone?: true }): ArrayBuffer {
    if (blob.isGone) throw new DOMException("gone", "NotReadableError");
    return blob.bytes.buffer;
  }
}

const firstOf = (bytes: Uint8Array): number => bytes[0] ?? -1;

beforeEach(() => {
  Object.assign(globalThis, { FileReaderSync: SyncReader });
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, "FileReaderSync");
});

describe("FileReaders", () => {
  it("reads the head before it is asked for, and the rest when it is", async () => {
    const file = new WatchedFile(200 * KIB);
    const reader = await new FileReaders().open(file);
    expect(file.spans).toEqual(["0-65536"]);
    expect(reader.read(0, 64 * KIB)).toHaveLength(64 * KIB);
    expect(firstOf(reader.read(100, 200))).toBe(100);
    expect(file.spans).toEqual(["0-65536"]);
    expect(firstOf(reader.read(70_000, 70_010))).toBe(70_000 % 251);
    expect(file.spans).toEqual(["0-65536", "70000-70010"]);
  });

  it("reads the tail along with the head once a file's tail was asked for, and no longer than it is", async () => {
    const readers = new FileReaders();
    const spansOf = async (start: number, end: number): Promise<string[]> => {
      const file = new WatchedFile(200 * KIB);
      const reader = await readers.open(file);
      expect(firstOf(reader.read(start, end))).toBe(start % 251);
      readers.done([reader]);
      return file.spans;
    };
    const size = 200 * KIB;
    expect(await spansOf(size - 100, size)).toEqual(["0-65536", `${size - 100}-${size}`]);
    expect(await spansOf(size - 120, size)).toEqual(["0-65536", `${size - 4096}-${size}`]);
    expect(await spansOf(0, 10)).toEqual(["0-65536", `${size - 4096}-${size}`]);
    expect(await spansOf(0, 10)).toEqual(["0-65536"]);
  });

  it("reads no byte twice where head and tail meet, nor past the end of a small file", async () => {
    const readers = new FileReaders();
    const asked = await readers.open(new WatchedFile(66 * KIB));
    asked.read(66 * KIB - 8, 66 * KIB);
    readers.done([asked]);
    const meeting = new WatchedFile(66 * KIB);
    await readers.open(meeting);
    expect(meeting.spans).toEqual(["0-65536", `65536-${66 * KIB}`]);
    const small = new WatchedFile(5000);
    const reader = await readers.open(small);
    expect(small.spans).toEqual(["0-5000"]);
    expect(reader.read(0, 5000)).toHaveLength(5000);
    expect(small.spans).toHaveLength(1);
  });

  it("reads nothing of a file whose header is known, unless it is asked for", async () => {
    const readers = new FileReaders();
    const file = new WatchedFile(200 * KIB);
    const reader = readers.openKnown(file);
    expect([reader.size, reader.head(10), file.spans]).toEqual([200 * KIB, null, []]);
    expect(firstOf(reader.read(300, 400))).toBe(300 % 251);
    expect(file.spans).toEqual(["300-400"]);
  });

  it("expects tails after a message in which one file's tail was asked for, whatever the others were asked", async () => {
    const readers = new FileReaders();
    const size = 200 * KIB;
    const open = (): Promise<RangeReader> => readers.open(new WatchedFile(size));
    const [first, second, unread] = [await open(), await open(), await open()];
    first.read(size - 100, size);
    second.read(0, 10);
    readers.done([first, second, unread]);
    const next = new WatchedFile(size);
    await readers.open(next);
    expect(next.spans).toEqual(["0-65536", `${size - 4096}-${size}`]);
    readers.done([await open()]);
    const later = new WatchedFile(size);
    await readers.open(later);
    expect(later.spans).toHaveLength(2);
  });

  it("tells of a file that changed on disk when Python asks for it, not before", async () => {
    const reader = await new FileReaders().open(new WatchedFile(200 * KIB, true));
    expect(reader.failure()).toBeNull();
    expect(() => reader.read(0, 64 * KIB)).toThrowError(expect.objectContaining({ code: "file-changed" }));
    expect(reader.failure()).toMatchObject({ code: "file-changed", detail: { offset: 0 } });
  });
});
