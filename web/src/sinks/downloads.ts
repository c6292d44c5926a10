/** NamedBlobs as downloads of the browser; a page cannot learn what becomes of them. */
import { OverlayError } from "../errors.js";
import { type Rules, wrong } from "../values/check.js";
import type { Contents } from "../values/contents.js";
import { unlessAborted } from "../values/drawn.js";
import { isBlob } from "../values/kinds.js";
import { MILLISECONDS } from "../values/rules.js";
import { requireSaving, SAVE } from "./check.js";
import type { NamedBlobs, OfferedFile, SaveOptions } from "./named-blob.js";
import { safeName, UniqueNames } from "./names.js";
import { type Numbered, readChecked, readWhole, saveEach, WHOLE } from "./saving.js";

/** Milliseconds between two downloads; browsers drop some of those that come faster (tried with 40). */
const PAUSE = 150;

/** Milliseconds that a download may take to begin, for slow dialogs; then it has a reference of its own. */
const HELD = 60_000;

export interface DownloadOptions extends SaveOptions<OfferedFile> {
  /** Milliseconds between two downloads; default 150. */
  readonly pause?: number | undefined;
}

const DOWNLOADS: Rules<DownloadOptions> = { ...SAVE, pause: MILLISECONDS };

/**
 * Save a Blob through the browser's own download.
 *
 * @throws OverlayError `unsupported-sink` where there is no document (a worker, a server).
 */
export function download(blob: Blob, name: string): void {
  if (!isBlob(blob)) throw wrong("a Blob", "blob");
  if (typeof document === "undefined") {
    throw new OverlayError("unsupported-sink", "Only a page can offer downloads.", { found: "no-document" });
  }
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = safeName(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), HELD);
}

/**
 * Offer results to the browser as single downloads, one after the other.
 *
 * Each is read and compared first; one of up to 32 MB is offered from memory, so that it no longer depends on the user's
 * file. `"offered"` is all that a page can know: the browser may ask the user first, and drops what they do not allow.
 *
 * @returns what became of each result, in their order; a file that cannot be read is `"failed"` and not offered.
 */
export async function downloadAll(
  results: NamedBlobs,
  given?: DownloadOptions,
): Promise<readonly OfferedFile[]> {
  const options = requireSaving(results, given, DOWNLOADS);
  const { pause = PAUSE, signal } = options;
  const names = new UniqueNames();
  let isFirst = true;
  return await saveEach<OfferedFile>(results, options, async (contents, item) => {
    const safe = await provenBlob(contents, item);
    if (!isFirst) await unlessAborted(new Promise((resolve) => setTimeout(resolve, pause)), signal);
    isFirst = false;
    const { index, result } = item;
    const savedAs = names.next(result.name);
    download(safe, savedAs);
    return { index, name: result.name, outcome: "offered", savedAs, bytes: contents.size };
  });
}

/** Return the Blob after it was read once, from memory where it is small. */
async function provenBlob(contents: Contents, item: Numbered): Promise<Blob> {
  if (contents.size <= WHOLE) return new Blob([await readWhole(contents, item)], { type: contents.type });
  for await (const _bytes of readChecked(contents, item));
  return contents.blob;
}
