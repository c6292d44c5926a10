/** Files out of a ZIP, with limits, so that a hostile archive ends in an error and not in a full memory. */
import { unzipSync } from "fflate";
import type { UnpackedFile } from "./dicom-image.js";

const ARCHIVE_LIMIT = 1024 * 1024 * 1024;
const UNPACKED_LIMIT = 3 * 1024 * 1024 * 1024;
const COUNT_LIMIT = 20_000;

/** Unpack `archive`; throws an Error whose message is the code `zip-too-large` or `zip-damaged`. */
export async function unpackZip(archive: Blob): Promise<UnpackedFile[]> {
  if (archive.size > ARCHIVE_LIMIT) throw new Error("zip-too-large");
  const bytes = new Uint8Array(await archive.arrayBuffer());
  let total = 0;
  let count = 0;
  let tooLarge = false;
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (name.endsWith("/") || name.startsWith("__MACOSX/")) return false;
        total += originalSize;
        count += 1;
        tooLarge ||= total > UNPACKED_LIMIT || count > COUNT_LIMIT;
        return !tooLarge;
      },
    });
  } catch (error) {
    throw new Error("zip-damaged", { cause: error });
  }
  if (tooLarge) throw new Error("zip-too-large");
  return Object.entries(entries).map(([path, data]) => ({
    path,
    file: new File([data as Uint8Array<ArrayBuffer>], path.split("/").at(-1) ?? path),
  }));
}
