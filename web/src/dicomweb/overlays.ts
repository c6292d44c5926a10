/**
 * Overlay planes of a series, from its metadata and bulk data (PS3.18 section 10.4.1.1.4): no pixel is fetched.
 *
 * A viewer has the pixels already and needs only the planes, which are a fifteenth of a slice of 16 bits at most. Some
 * archives (Azure) leave binary values out of the metadata altogether: then the bits come from the head of the instance.
 * Planes in the unused bits of Pixel Data are not found here; `readOverlays` of the file finds them.
 */
import { OverlayError } from "../errors.js";
import type { OverlayPlane } from "../values/plane.js";
import { ARCHIVE, Archive, type ArchiveOptions } from "./archive.js";
import { badAnswer } from "./archive-errors.js";
import { type DicomJson, type DicomJsonAttribute, numberOf, TAG, textOf } from "./dicom-json.js";
import { requireUid } from "./identity.js";
import { bitsFromFile, bitsFromMetadata } from "./overlay-bits.js";
import { countInstances, fetchInstances, listInstances, pathOf, type SeriesUids, seriesOf } from "./query.js";

/** What is listed, and how the archive is asked. */
export interface ListOverlaysOptions extends ArchiveOptions, SeriesUids {}

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
  readonly notices: readonly ArchiveNotice[];
  /**
   * Fetch the bits: one a pixel, first pixel in the lowest bit, frames not padded apart.
   *
   * @throws OverlayError `archive-*`, or `unsupported-overlay` where there are fewer bits than the plane has pixels.
   */
  load(signal?: AbortSignal): Promise<Uint8Array>;
}

/** Something about an archive that is not an error. */
export interface ArchiveNotice {
  /** `"bulk-data-mapped"`: the archive names an address of another origin; the same path below your address is asked. */
  readonly code: "bulk-data-mapped";
  readonly message: string;
}

/** The sixteen groups of planes. */
const GROUPS = Array.from({ length: 16 }, (_, at) => 0x6000 + 2 * at);

const MAPPED: ArchiveNotice = {
  code: "bulk-data-mapped",
  message:
    "The archive names another origin for the plane's bits; the same path below the configured root is asked instead.",
};

/**
 * List the overlay planes of every instance of a series, each instance once.
 *
 * @throws OverlayError `archive-*`; `archive-response` also where the archive counts more instances than it describes.
 */
export async function listOverlays(options: ListOverlaysOptions): Promise<readonly InstanceOverlays[]> {
  const archive = Archive.of(options, { ...ARCHIVE, study: requireUid, series: requireUid });
  const uids = seriesOf(options);
  const path = pathOf(uids);
  const instances = new Map<string, InstanceOverlays>();
  const add = async (below: string): Promise<void> => {
    const metadata = `${path}${below}/metadata`;
    for await (const [uid, data] of fetchInstances(archive, "wado", metadata, uids.series))
      if (data !== null && !instances.has(uid))
        instances.set(uid, instanceOf(data, archive, metadata, uids, uid));
  };
  await add("");
  const count = await countInstances(archive, uids);
  if (count === null || count > instances.size) {
    for (const uid of (await listInstances(archive, uids)).instances.keys())
      if (!instances.has(uid)) await add(`/instances/${uid}`);
  }
  if (count === null || count <= instances.size) return [...instances.values()];
  const detail = { expected: count, found: instances.size };
  throw badAnswer("its metadata leave out instances of the series", detail);
}

/** @param metadata - the path at which `data` were found: addresses of bulk data may be relative to it. */
function instanceOf(
  data: DicomJson,
  archive: Archive,
  metadata: string,
  uids: SeriesUids,
  uid: string,
): InstanceOverlays {
  const remote = (facts: PlaneFacts): RemotePlane => {
    const { group, rows, columns, numberOfFrames } = facts;
    const bits = data[tagOf(group, "3000")];
    const needed = Math.ceil((rows * columns * Math.max(1, numberOfFrames ?? 1)) / 8);
    const load = async (signal?: AbortSignal): Promise<Uint8Array> => {
      const asked = signal === undefined ? archive : archive.with({ signal });
      const found =
        (await bitsFromMetadata(bits, asked, metadata, needed)) ??
        (await bitsFromFile(asked, pathOf(uids), uid, group));
      if (found.length >= needed) return found.subarray(0, needed);
      const detail = { group, expected: needed, found: found.length };
      throw new OverlayError("unsupported-overlay", "The plane has fewer bits than pixels.", detail);
    };
    return { ...facts, notices: isMapped(bits, archive, metadata) ? [MAPPED] : [], load };
  };
  return {
    sopInstanceUid: uid,
    numberOfFrames: Math.max(1, numberOf(data, TAG.NumberOfFrames) ?? 1),
    rows: numberOf(data, TAG.Rows),
    columns: numberOf(data, TAG.Columns),
    planes: GROUPS.flatMap((group) => factsOf(data, group) ?? []).map(remote),
  };
}

type PlaneFacts = Omit<RemotePlane, "notices" | "load">;

/** Read a plane's attributes; `null` where it has no size, or its bits are in Pixel Data (Overlay Bits Allocated). */
function factsOf(data: DicomJson, group: number): PlaneFacts | null {
  const number = (element: string, index = 0): number | null => numberOf(data, tagOf(group, element), index);
  const text = (element: string): string | null => textOf(data, tagOf(group, element));
  const [rows, columns] = [number("0010") ?? 0, number("0011") ?? 0];
  if (rows <= 0 || columns <= 0) return null;
  if (data[tagOf(group, "3000")] === undefined && (number("0100") ?? 1) !== 1) return null;
  return {
    group,
    rows,
    columns,
    planeOrigin: [number("0050") ?? 1, number("0050", 1) ?? 1],
    overlayType: text("0040")?.trim() === "R" ? "R" : "G",
    subtype: text("0045"),
    label: text("1500"),
    description: text("0022"),
    numberOfFrames: number("0015"),
    imageFrameOrigin: number("0051"),
    roiArea: number("1301"),
    roiMean: number("1302"),
    roiStandardDeviation: number("1303"),
  };
}

function tagOf(group: number, element: string): string {
  return group.toString(16).toUpperCase() + element;
}

function isMapped(bits: DicomJsonAttribute | undefined, archive: Archive, path: string): boolean {
  if (bits?.BulkDataURI === undefined || bits.InlineBinary !== undefined) return false;
  try {
    return archive.addresses.ofBulkData(bits.BulkDataURI, path).isMapped;
  } catch {
    // `load` says what is wrong with it.
    return false;
  }
}
