/** Where results go: a ZIP, a folder, or the browser's downloads. */
import { makeZip } from "client-zip";
import { OverlayError } from "./errors.js";

/** What a sink needs of a result; results without a Blob (failed files) are left out. */
export interface NamedBlob {
  readonly name: string;
  readonly blob?: Blob;
}

/** What `FileSystemDirectoryHandle` has and this package needs. */
export interface DirectoryHandle {
  getFileHandle(
    name: string,
    options: { create: boolean },
  ): Promise<{
    createWritable(): Promise<WritableStream<Uint8Array | Blob>>;
  }>;
}

/**
 * Put results into a ZIP while they come: stored, not compressed; ZIP64 where sizes ask for it.
 *
 * @param results - what `exportSeries` yields; an error there is an error of the stream.
 * @returns the archive as a stream; `new Response(stream).blob()` makes a Blob of it.
 */
export function toZip(results: AsyncIterable<NamedBlob> | Iterable<NamedBlob>): ReadableStream<Uint8Array> {
  const reader = makeZip(zipEntries(results)).getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        // client-zip ends its source by throwing the reason into it, and rejects with just that.
        const wanted = reason ?? new DOMException("The ZIP is not wanted any more.", "AbortError");
        await reader.cancel(wanted).catch((error: unknown) => {
          if (error !== wanted) throw error;
        });
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Write results into a folder that the user chose with `showDirectoryPicker()`.
 *
 * @returns the number of files written.
 * @throws OverlayError `unsupported-sink` where the browser cannot write to folders (Firefox): use {@link toZip}.
 */
export async function toDirectory(
  handle: DirectoryHandle,
  results: AsyncIterable<NamedBlob> | Iterable<NamedBlob>,
): Promise<number> {
  const names = new UniqueNames();
  let written = 0;
  for await (const { name, blob } of results) {
    if (blob === undefined) continue;
    const file = await handle.getFileHandle(names.next(name), { create: true });
    if (typeof file.createWritable !== "function") {
      throw new OverlayError("unsupported-sink", "This browser cannot write to a folder.", {
        found: "no-writable",
      });
    }
    await blob.stream().pipeTo(await file.createWritable());
    written++;
  }
  return written;
}

/** Save a Blob through the browser's own download. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = safeName(name);
  link.click();
  // The download has its own reference once the click was handled; a minute is for slow dialogs.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Names as safe file names, each only once, also on systems that do not tell "A" from "a". */
export class UniqueNames {
  readonly #used = new Set<string>();

  /** Return a safe name that was not returned before: `a.dcm`, `a (2).dcm`, … */
  next(name: string): string {
    const safe = safeName(name);
    const dot = safe.lastIndexOf(".");
    const stem = dot > 0 ? safe.slice(0, dot) : safe;
    const extension = dot > 0 ? safe.slice(dot) : "";
    let unique = safe;
    for (let count = 2; this.#used.has(key(unique)); count++) unique = `${stem} (${count})${extension}`;
    this.#used.add(key(unique));
    return unique;
  }
}

/**
 * Return the last part of a path as a name that every file system takes: no folders, no control or reserved
 * characters, no device names of Windows, no dots or spaces at the ends, at most 200 characters.
 */
export function safeName(name: string): string {
  const last = name.split(/[/\\]/).pop() ?? "";
  const plain = last
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
    .replace(/[\p{Surrogate}\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*]/gu, "_")
    .replace(/^[ .]+|[ .]+$/g, "");
  const dot = plain.lastIndexOf(".");
  const extension = dot > 0 ? plain.slice(dot).slice(0, 20) : "";
  const stem = (dot > 0 ? plain.slice(0, dot) : plain).slice(0, 180);
  if (stem === "") return `file${extension}`;
  return /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(stem.split(".")[0] ?? "")
    ? `_${stem}${extension}`
    : stem + extension;
}

function key(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

async function* zipEntries(
  results: AsyncIterable<NamedBlob> | Iterable<NamedBlob>,
): AsyncGenerator<{ name: string; input: ReadableStream<Uint8Array>; size: number; lastModified: Date }> {
  const names = new UniqueNames();
  const lastModified = new Date();
  for await (const { name, blob } of results) {
    if (blob === undefined) continue;
    yield { name: names.next(name), input: blob.stream(), size: blob.size, lastModified };
  }
}
