/** Names under which results are saved: safe on every file system, and each only once. */

import { requireText } from "../values/check.js";

/** Made at its first use: it costs more than a thousand names. */
let segmenter: Intl.Segmenter | null = null;

/** Bytes of UTF-8 that {@link safeName} leaves; file systems take 255, and a number may still be added. */
const NAME_BYTES = 200;

/** What is an extension: a dot and a short word that begins with a letter. The last number of a UID is not an extension. */
const EXTENSION = /\.[A-Za-z][A-Za-z0-9]{0,9}$/;

/** Device names of Windows, also before an extension, and with spaces between. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i;

const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  /[\p{Surrogate}\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*]/gu;

/**
 * Return the last part of a path as a name that every file system takes.
 *
 * No folders, no control or reserved characters, no device names of Windows, no dots or spaces at the ends; at most
 * 200 bytes of UTF-8, cut between characters as a reader sees them, the extension kept.
 */
export function safeName(name: string): string {
  const last = requireText(name, "name").split(/[/\\]/).pop() as string;
  const [stem, extension] = splitName(trimEnds(last.replace(UNSAFE, "_")));
  const cut = trimEnds(cutToBytes(stem, NAME_BYTES - extension.length)) || "file";
  return (DEVICE.test(cut + extension) ? "_" : "") + cut + extension;
}

/** Names as safe file names, each only once, also on systems that do not tell "A" from "a". */
export class UniqueNames {
  readonly #used = new Set<string>();
  /** The next number to try for a name, so that a thousand equal names cost a thousand steps. */
  readonly #next = new Map<string, number>();

  /** Return a safe name that was not returned before: `a.dcm`, `a (2).dcm`, … */
  next(name: string): string {
    const safe = safeName(name);
    let unique = safe;
    while (this.#used.has(keyOf(unique))) unique = this.#numbered(safe);
    this.#used.add(keyOf(unique));
    return unique;
  }

  /** Use a name as it is; returns false where it was used before. */
  take(name: string): boolean {
    if (this.#used.has(keyOf(name))) return false;
    this.#used.add(keyOf(name));
    return true;
  }

  #numbered(safe: string): string {
    const key = keyOf(safe);
    const count = this.#next.get(key) ?? 2;
    this.#next.set(key, count + 1);
    const [stem, extension] = splitName(safe);
    return `${stem} (${count})${extension}`;
  }
}

/** Split into stem and extension; the extension has its dot, or is empty. */
function splitName(name: string): [stem: string, extension: string] {
  const at = name.search(EXTENSION);
  return at > 0 ? [name.slice(0, at), name.slice(at)] : [name, ""];
}

/** Windows drops dots and spaces at the end; a dot at the start hides a file. */
function trimEnds(name: string): string {
  return name.replace(/^[ .]+|[ .]+$/g, "");
}

/** Cut before the first character, combining marks and joined emoji included, that no longer fits. */
function cutToBytes(text: string, bytes: number): string {
  const encoder = new TextEncoder();
  if (encoder.encode(text).length <= bytes) return text;
  let room = bytes;
  let end = 0;
  for (const character of characters(text)) {
    room -= encoder.encode(character).length;
    if (room < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Graphemes where the engine knows them, else code points. */
function characters(text: string): Iterable<string> {
  if (typeof Intl.Segmenter !== "function") return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** What a file system that ignores case, or composes characters, sees of a name. */
function keyOf(name: string): string {
  return name.normalize("NFC").toUpperCase().toLowerCase();
}
