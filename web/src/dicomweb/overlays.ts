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
import { type DicomJson, numberOf, TAG, textOf } from "./dicom-json.js";
import { requireUid } from "./identity.js";
import { bitsFromFile, bitsFromMetadata } from "./overlay-bits.js";
import { countInstances, fetchInstances, listInstances, pathOf, type SeriesUids } from "./query.js";

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

const FIRST_GROUP = 0x6000;
const LAST_GROUP = 0x601e;

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
  const uids = { study: requireUid(options.study, "study"), series: requireUid(options.series, "series") };
  const path = pathOf(uids);
  const instances = new Map<string, InstanceOverlays>();
  const add = async (below: string): Promise<void> => {
    for await (const [uid, data] of fetchInstances(archive, "wado", `${path}${below}/metadata`, uids.series))
      if (data !== null && !instances.has(uid)) instances.set(uid, instanceOf(data, archive, path, uid));
  };
  await add("");
  const count = (await countInstances(archive, uids)) ?? 0;
  if (count <= instances.size) return [...instances.values()];
  for (const uid of (await listInstances(archive, uids)).instances.keys())
    if (!instances.has(uid)) await add(`/instances/${uid}`);
  if (count <= instances.size) return [...instances.values()];
  const detail = { expected: count, found: instances.size };
  throw badAnswer("its metadata leave out instances of the series", detail);
}

function instanceOf(
  data: DicomJson,
  archive: Archive,
  path: string,
  sopInstanceUid: string,
): InstanceOverlays {
  return {
    sopInstanceUid,
    numberOfFrames: Math.max(1, numberOf(data, TAG.NumberOfFrames) ?? 1),
    rows: numberOf(data, TAG.Rows),
    columns: numberOf(data, TAG.Columns),
    planes: planesOf(data, archive, path, sopInstanceUid),
  };
}

function planesOf(
  data: DicomJson,
  archive: Archive,
  path: string,
  sopInstanceUid: string,
): readonly RemotePlane[] {
  const planes: RemotePlane[] = [];
  for (let group = FIRST_GROUP; group <= LAST_GROUP; group += 2) {
    const plane = planeOf(data, group, archive, path, sopInstanceUid);
    if (plane !== null) planes.push(plane);
  }
  return planes;
}

/** Return the plane of a group; `null` where it has no size, or its bits are in Pixel Data (Overlay Bits Allocated). */
function planeOf(
  data: DicomJson,
  group: number,
  archive: Archive,
  path: string,
  sopInstanceUid: string,
): RemotePlane | null {
  const tag = (element: string): string => group.toString(16).toUpperCase() + element;
  const bits = data[tag("3000")];
  const rows = numberOf(data, tag("0010"));
  const columns = numberOf(data, tag("0011"));
  if (rows === null || columns === null || rows <= 0 || columns <= 0) return null;
  if (bits === undefined && (numberOf(data, tag("0100")) ?? 1) !== 1) return null;
  const numberOfFrames = numberOf(data, tag("0015"));
  const needed = Math.ceil((rows * columns * Math.max(1, numberOfFrames ?? 1)) / 8);
  const uri = bits?.InlineBinary === undefined ? bits?.BulkDataURI : undefined;
  return {
    group,
    rows,
    columns,
    planeOrigin: [numberOf(data, tag("0050"), 0) ?? 1, numberOf(data, tag("0050"), 1) ?? 1],
    overlayType: textOf(data, tag("0040"))?.trim() === "R" ? "R" : "G",
    subtype: textOf(data, tag("0045")),
    label: textOf(data, tag("1500")),
    description: textOf(data, tag("0022")),
    numberOfFrames,
    imageFrameOrigin: numberOf(data, tag("0051")),
    roiArea: numberOf(data, tag("1301")),
    roiMean: numberOf(data, tag("1302")),
    roiStandardDeviation: numberOf(data, tag("1303")),
    notices: uri !== undefined && isMapped(archive, uri, `${path}/metadata`) ? [MAPPED] : [],
    load: async (signal) => {
      const asked = signal === undefined ? archive : archive.with({ signal });
      const found =
        (await bitsFromMetadata(bits, asked, `${path}/metadata`, needed)) ??
        (await bitsFromFile(asked, `${path}/instances/${sopInstanceUid}`, group));
      if (found.length >= needed) return found.subarray(0, needed);
      throw new OverlayError("unsupported-overlay", "The plane has fewer bits than pixels.", {
        group,
        expected: needed,
        found: found.length,
      });
    },
  };
}

function isMapped(archive: Archive, uri: string, path: string): boolean {
  try {
    return archive.addresses.ofBulkData(uri, path).isMapped;
  } catch {
    // `load` says what is wrong with it.
    return false;
  }
}
