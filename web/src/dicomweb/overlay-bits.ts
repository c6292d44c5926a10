/** The bits of one plane: from the metadata, from bulk data, or from the head of the instance. */
import { BlobPieces } from "../values/blob-pieces.js";
import type { Answer } from "./answer.js";
import type { Archive } from "./archive.js";
import { badAnswer } from "./archive-errors.js";
import { type DicomJsonAttribute, fromBase64 } from "./dicom-json.js";
import { type Head, readHead } from "./head.js";
import { readIdentity } from "./identity.js";
import { RETRIEVE_TYPE } from "./instance.js";
import { partsOf } from "./multipart.js";

const OCTETS = 'multipart/related; type="application/octet-stream"';

/** Bytes of an instance that are looked through for a plane; all planes come before Pixel Data. */
const LONGEST_HEAD = 256 << 20;

/**
 * Return Overlay Data that the metadata hold or name.
 *
 * @param needed - bytes of the plane; more are not read.
 * @returns `null` where the metadata leave them out.
 */
export async function bitsFromMetadata(
  bits: DicomJsonAttribute | undefined,
  archive: Archive,
  path: string,
  needed: number,
): Promise<Uint8Array | null> {
  if (bits?.InlineBinary !== undefined) return fromBase64(bits.InlineBinary);
  if (bits?.BulkDataURI === undefined) return null;
  const { href } = archive.addresses.ofBulkData(bits.BulkDataURI, path);
  return await archive.get("wado", href, OCTETS, async (answer) => {
    const pieces = new BlobPieces();
    for await (const piece of octetsOf(answer)) {
      pieces.add(piece);
      if (pieces.size >= needed) break;
    }
    return await pieces.bytes();
  });
}

/**
 * Return Overlay Data of an instance, fetched up to that element; empty where it has none.
 *
 * @param path - of the series, below the root.
 * @throws OverlayError `archive-response` where the archive sends an instance that was not asked for.
 */
export async function bitsFromFile(
  archive: Archive,
  path: string,
  sopInstanceUid: string,
  group: number,
): Promise<Uint8Array> {
  const tag = group * 0x10000 + 0x3000;
  return await archive.get("wado", `${path}/instances/${sopInstanceUid}`, RETRIEVE_TYPE, async (answer) => {
    const pieces = new BlobPieces();
    const look = async (): Promise<Head> => await readHead(pieces.blob(), [tag], LONGEST_HEAD);
    const bitsIn = async (head: Head): Promise<Uint8Array> => {
      const found = await readIdentity(pieces.blob());
      if (found.sopInstanceUid !== sopInstanceUid) throw badAnswer("it sent what was not asked for");
      return bitsOf(head, tag);
    };
    let next = 64 << 10;
    for await (const piece of octetsOf(answer)) {
      pieces.add(piece);
      if (pieces.size > LONGEST_HEAD)
        throw badAnswer("an instance does not come to its planes", { found: pieces.size });
      if (pieces.size < next) continue;
      const head = await look();
      if (head.end !== "cut") return await bitsIn(head);
      next = pieces.size * 2;
    }
    return await bitsIn(await look());
  });
}

/** Overlay Data as bytes of eight pixels: the words of a big endian file are turned around (PS3.5 section 8.1.2). */
function bitsOf(head: Head, tag: number): Uint8Array {
  const bits = head.values.get(tag) ?? new Uint8Array(0);
  if (!head.isBigEndian || head.vrs.get(tag) !== "OW") return bits;
  const turned = bits.slice();
  for (let at = 0; at + 1 < turned.length; at += 2) turned.subarray(at, at + 2).reverse();
  return turned;
}

/** The bytes of an answer's first part: one value, or one file. */
async function* octetsOf(answer: Answer): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const types = ["application/octet-stream", "application/dicom"];
  for await (const event of partsOf(answer.requireFound(), types)) {
    if (event.type === "data") yield event.bytes;
    else if (event.type === "end") return;
  }
}
