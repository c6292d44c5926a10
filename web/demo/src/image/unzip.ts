/** Files out of a ZIP of any size, by random access; limits end a hostile archive in an error and not in a full memory. */
import {
  BlobReader,
  BlobWriter,
  configure,
  ERR_ENCRYPTED,
  type FileEntry,
  ZipReader,
} from "@zip.js/zip.js/index-native.js";
import { Fault } from "../workers/fault.js";
import type { UnpackedFile } from "./protocol.js";

const UNPACKED_LIMIT = 64 * 1024 ** 3;
const COUNT_LIMIT = 100_000;
/** Deflate compresses zeros about a thousandfold; more than that is a bomb. */
const RATIO_LIMIT = 1200;

// This is a worker already, and the page's policy does not allow workers made from blobs.
configure({ useWebWorkers: false });

/** @throws Fault `zip-too-large`, `zip-damaged` or `zip-locked` */
export async function unpackZip(archive: Blob): Promise<UnpackedFile[]> {
  const reader = new ZipReader(new BlobReader(archive));
  try {
    const wanted: FileEntry[] = [];
    let total = 0;
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory || entry.filename.startsWith("__MACOSX/")) continue;
      if (entry.encrypted) throw new Fault("zip-locked");
      total += entry.uncompressedSize;
      wanted.push(entry);
      const bomb =
        entry.uncompressedSize > 1e6 && entry.uncompressedSize > entry.compressedSize * RATIO_LIMIT;
      if (bomb || total > UNPACKED_LIMIT || wanted.length > COUNT_LIMIT) throw new Fault("zip-too-large");
    }
    const files: UnpackedFile[] = [];
    for (const entry of wanted) files.push(await unpackEntry(entry));
    return files;
  } catch (error) {
    if (error instanceof Fault) throw error;
    const isLocked = error instanceof Error && error.message === ERR_ENCRYPTED;
    throw new Fault(isLocked ? "zip-locked" : "zip-damaged", {}, { cause: error });
  } finally {
    await reader.close().catch(() => undefined);
  }
}

async function unpackEntry(entry: FileEntry): Promise<UnpackedFile> {
  const path = entry.filename;
  // The sum is checked: a damaged file shall not pass for an image.
  const blob = await entry.getData(new BlobWriter(), { checkSignature: true });
  return { path, file: new File([blob], path.split("/").at(-1) ?? path) };
}
