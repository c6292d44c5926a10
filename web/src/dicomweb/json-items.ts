/**
 * The items of a list in JSON, one by one while it streams: a list may be longer than a text can be.
 *
 * Only one item is held at a time, and an answer without end is given up at a limit.
 */
import { badAnswer } from "./archive-errors.js";

/** Bytes of one item: of the metadata of one instance. */
const LONGEST_ITEM = 64 << 20;
/** Bytes between two items. */
const LONGEST_GAP = 64 << 10;
/** Items of one list. */
const MOST_ITEMS = 1_000_000;
/** Bytes of one list. */
const LONGEST_LIST = 2 ** 30;

const SPACES = [0x20, 0x09, 0x0a, 0x0d];
const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Read the items of a list of objects; one object without a list is a list of one.
 *
 * @throws OverlayError `archive-response` for anything else, for what is cut, and for what does not end.
 */
export async function* readJsonItems(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<unknown> {
  const scan = new ItemScan();
  let [count, size] = [0, 0];
  for await (const chunk of chunks) {
    size += chunk.length;
    for (const text of scan.take(chunk)) {
      if (++count > MOST_ITEMS) throw badAnswer("its list does not end", { expected: MOST_ITEMS });
      yield parsed(text);
    }
    if (size > LONGEST_LIST)
      throw badAnswer("its list does not end", { expected: LONGEST_LIST, found: size });
  }
  if (size === 0) throw badAnswer("it is empty", { found: "empty" });
  scan.end();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw badAnswer("its JSON is broken", { found: "broken-json" }, cause);
  }
}

/** Finds where items begin and end, by brackets outside of texts. */
class ItemScan {
  #state: "before" | "gap" | "item" | "after" = "before";
  #isList = false;
  #depth = 0;
  #isInText = false;
  /** Bytes of the next chunk that a backslash at the end of this one escapes. */
  #escaped = 0;
  #gap = 0;
  #held: Uint8Array<ArrayBuffer>[] = [];
  #heldSize = 0;

  /** Return the items that end in this chunk. */
  take(chunk: Uint8Array<ArrayBuffer>): readonly string[] {
    const items: string[] = [];
    let [start, at] = [0, this.#escaped];
    this.#escaped = 0;
    while (at < chunk.length) {
      if (this.#state !== "item") {
        if (this.#opens(chunk[at] as number)) start = at;
        at++;
        continue;
      }
      at = this.#pass(chunk, at);
      if (this.#depth > 0) break;
      this.#hold(chunk.subarray(start, at));
      items.push(this.#text());
      this.#state = this.#isList ? "gap" : "after";
    }
    if (this.#state === "item") this.#hold(chunk.slice(start));
    return items;
  }

  end(): void {
    if (this.#state !== "after") throw badAnswer("its JSON was cut before its end", { found: "cut" });
  }

  /** Take a byte outside of items; tell whether an item begins with it. */
  #opens(byte: number): boolean {
    if (++this.#gap > LONGEST_GAP) throw badAnswer("its list does not end", { expected: LONGEST_GAP });
    if (SPACES.includes(byte) || (this.#state === "before" && BYTE_ORDER_MARK.includes(byte))) return false;
    if (byte === OBJECT && this.#state !== "after") {
      [this.#state, this.#depth, this.#gap] = ["item", 1, 0];
      return true;
    }
    if (byte === LIST && this.#state === "before") [this.#state, this.#isList] = ["gap", true];
    else if (byte === LIST_END && this.#state === "gap") this.#state = "after";
    else if (byte !== COMMA || this.#state !== "gap")
      throw badAnswer("it is not a list of Data Sets", { found: "other-json" });
    return false;
  }

  /** Return the place behind the item's end, or the end of the chunk. */
  #pass(chunk: Uint8Array, from: number): number {
    let [at, depth, isInText] = [from, this.#depth, this.#isInText];
    for (; at < chunk.length && depth > 0; at++) {
      const byte = chunk[at];
      if (isInText) {
        if (byte === BACKSLASH) at++;
        else if (byte === QUOTE) isInText = false;
      } else if (byte === QUOTE) isInText = true;
      else if (byte === OBJECT || byte === LIST) depth++;
      else if (byte === OBJECT_END || byte === LIST_END) depth--;
    }
    this.#escaped = Math.max(0, at - chunk.length);
    [this.#depth, this.#isInText] = [depth, isInText];
    return Math.min(at, chunk.length);
  }

  #hold(bytes: Uint8Array<ArrayBuffer>): void {
    this.#held.push(bytes);
    this.#heldSize += bytes.length;
    if (this.#heldSize <= LONGEST_ITEM) return;
    throw badAnswer("one of its Data Sets is too long", { expected: LONGEST_ITEM, found: this.#heldSize });
  }

  #text(): string {
    const decoder = new TextDecoder();
    const text =
      this.#held.map((bytes) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
    this.#held = [];
    this.#heldSize = 0;
    return text;
  }
}
