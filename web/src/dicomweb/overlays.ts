/**
 * Overlay planes of a series, from its metadata and bulk data (PS3.18 section 10.4.1.1.4): no pixel is fetched.
 *
 * A viewer has the pixels already and needs only the planes, which are a fifteenth of a slice of 16 bits at most. What
 * this cannot see are planes in the unused bits of Pixel Data; `readOverlays` of the file finds those.
 */
import { OverlayError } from "../errors.js";
import type { OverlayPlane } from "../values/plane.js";
import { Archive, type ArchiveOptions } from "./archive.js";
import { badAnswer, refusal } from "./archive-errors.js";
import { type DicomJson, type DicomJsonAttribute, numberOf, TAG, textOf } from "./dicom-json.js";
import { isUid } from "./identity.js";
import { boundaryOf, readMultipart } from "./multipart.js";
import { fetchDataSets } from "./query.js";

/** What is listed, and how the archive is asked. */
export interface ListOverlaysOptions extends ArchiveOptions {
  /** Study Instance UID. */
  readonly study: string;
  /** Series Instance UID. */
  readonly series: string;
}

/** The planes of one instance; none is the normal case. */
export interface InstanceOverlays {
  readonly sopInstanceUid: string;
  /** Frames of the image. */
  readonly numberOfFrames: number;
  readonly rows: number | null;
  readonly columns: number | null;
  readonly planes: readonly RemotePlane[];
}

/** What the metadata say about a plane, and how to get its bits. */
export interface RemotePlane extends Omit<OverlayPlane, "packed" | "notices" | "embedded"> {
  /**
   * Fetch the bits: one a pixel, first pixel in the lowest bit, frames not padded apart.
   *
   * @throws OverlayError `archive-*`, or `unsupported-overlay` where there are fewer bits than the plane has pixels.
   */
  load(signal?: AbortSignal): Promise<Uint8Array>;
}

const FIRST_GROUP = 0x6000;
const LAST_GROUP = 0x601e;
const OCTETS = 'multipart/related; type="application/octet-stream"';

/** List the overlay planes of every instance of a series. */
export async function listOverlays(options: ListOverlaysOptions): Promise<readonly InstanceOverlays[]> {
  if (!isUid(options.study) || !isUid(options.series)) {
    throw new OverlayError("invalid-request", "Expected a UID: digits and dots, at most 64.", {
      field: isUid(options.study) ? "series" : "study",
    });
  }
  const archive = new Archive(options);
  const path = `studies/${options.study}/series/${options.series}/metadata`;
  const instances = await fetchDataSets(archive, path);
  return instances.map((data) => {
    const sopInstanceUid = textOf(data, TAG.sopInstanceUid);
    if (!isUid(sopInstanceUid)) throw badAnswer("its metadata have an instance without a UID");
    return {
      sopInstanceUid,
      numberOfFrames: Math.max(1, numberOf(data, TAG.numberOfFrames) ?? 1),
      rows: numberOf(data, "00280010"),
      columns: numberOf(data, "00280011"),
      planes: planesOf(data, archive, path),
    };
  });
}

function planesOf(data: DicomJson, archive: Archive, path: string): readonly RemotePlane[] {
  const planes: RemotePlane[] = [];
  for (let group = FIRST_GROUP; group <= LAST_GROUP; group += 2) {
    const plane = planeOf(data, group, archive, path);
    if (plane !== null) planes.push(plane);
  }
  return planes;
}

/** Return the plane of a group; `null` where it has no bits of its own or no size. */
function planeOf(data: DicomJson, group: number, archive: Archive, path: string): RemotePlane | null {
  const tag = (element: string): string => group.toString(16).toUpperCase() + element;
  const bits = data[tag("3000")];
  const rows = numberOf(data, tag("0010"));
  const columns = numberOf(data, tag("0011"));
  if (bits === undefined || rows === null || columns === null || rows <= 0 || columns <= 0) return null;
  const numberOfFrames = numberOf(data, tag("0015"));
  const needed = Math.ceil((rows * columns * Math.max(1, numberOfFrames ?? 1)) / 8);
  return {
    group,
    rows,
    columns,
    origin: [numberOf(data, tag("0050"), 0) ?? 1, numberOf(data, tag("0050"), 1) ?? 1],
    overlayType: textOf(data, tag("0040"))?.trim() === "R" ? "R" : "G",
    subtype: textOf(data, tag("0045")),
    label: textOf(data, tag("1500")),
    description: textOf(data, tag("0022")),
    numberOfFrames,
    imageFrameOrigin: numberOf(data, tag("0051")),
    roiArea: numberOf(data, tag("1301")),
    roiMean: numberOf(data, tag("1302")),
    roiStandardDeviation: numberOf(data, tag("1303")),
    load: async (signal) => {
      const found = await bytesOf(bits, signal === undefined ? archive : archive.withSignal(signal), path);
      if (found.length >= needed) return found.subarray(0, needed);
      throw new OverlayError("unsupported-overlay", "The plane has fewer bits than pixels.", {
        group,
        expected: needed,
        found: found.length,
      });
    },
  };
}

async function bytesOf(bits: DicomJsonAttribute, archive: Archive, path: string): Promise<Uint8Array> {
  if (bits.InlineBinary !== undefined) {
    return Uint8Array.from(atob(bits.InlineBinary), (letter) => letter.charCodeAt(0));
  }
  if (bits.BulkDataURI === undefined) return new Uint8Array(0);
  const answer = await archive.request(archive.resolve(bits.BulkDataURI, path), { accept: OCTETS });
  if (answer.status !== 200) {
    answer.discard();
    throw refusal(answer.status);
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  if (answer.mediaType === "multipart/related") {
    const body = readMultipart(answer.chunks(), boundaryOf(answer.header("content-type") ?? ""));
    for await (const event of body) if (event.type === "data") chunks.push(event.bytes);
  } else if (answer.mediaType === "application/octet-stream") {
    for await (const chunk of answer.chunks()) chunks.push(chunk);
  } else {
    answer.discard();
    throw badAnswer("it is no bulk data", { expected: "application/octet-stream", found: answer.mediaType });
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
