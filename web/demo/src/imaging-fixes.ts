/**
 * What dcmjs-imaging 0.2 reads otherwise than the standard, put right in the elements before it draws.
 *
 * Each picture must show the image's own pixels, one for one: marks are set on what is seen.
 */
import { BIG_ENDIAN, turnBigEndian } from "./byte-order.js";

/** Implicit, explicit, deflated (PS3.5 A.1, A.2, A.5) and big endian: pixels lie in the file as they are. */
const NATIVE = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", BIG_ENDIAN];

/** RLE Lossless (PS3.5 A.4.2). */
const RLE = "1.2.840.10008.1.2.5";

/** JPEG-LS, lossless and near-lossless (PS3.5 A.4.3). */
const JPEG_LS = ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"];

/** It stretches pictures of pixels that are not square; the page does that when it puts them on the canvas. */
const SHAPES_OF_PIXELS = [
  "PixelSpacing",
  "ImagerPixelSpacing",
  "NominalScannedPixelSpacing",
  "PixelAspectRatio",
];

/**
 * Neither interleaved (0) nor planar (1). Its RLE decoder takes what is not 0 for interleaved, its drawing what is not 1:
 * with either of the two real values they misunderstand each other.
 */
const INTERLEAVED_FOR_BOTH = 2;

/**
 * Change `elements` so that dcmjs-imaging draws what the file means.
 *
 * @param elements - the image's elements by keyword, as dcmjs names them
 * @param transferSyntax - UID of the file's transfer syntax
 * @throws Error for colours of more than 8 bits, which it would draw as noise
 */
export function prepareElements(elements: Record<string, unknown>, transferSyntax: string): void {
  for (const keyword of SHAPES_OF_PIXELS) delete elements[keyword];
  if (NATIVE.includes(transferSyntax)) clearForeignBits(elements, transferSyntax === BIG_ENDIAN);
  if (transferSyntax === BIG_ENDIAN) turnBigEndian(elements);
  if (Number(elements["SamplesPerPixel"]) <= 1) return;
  if (Number(elements["BitsAllocated"]) > 8) throw new Error("colours of more than 8 bits");
  if (transferSyntax === RLE) elements["PlanarConfiguration"] = INTERLEAVED_FOR_BOTH;
  if (JPEG_LS.includes(transferSyntax)) {
    const [fragment] = [elements["PixelData"]].flat();
    elements["PlanarConfiguration"] = fragment instanceof ArrayBuffer && scansPlanes(fragment) ? 1 : 0;
  }
}

/**
 * Clear what lies above the High Bit of 16-bit pixels, such as planes of the retired kind (PS3.5 2004 8.1.2): drawn as
 * part of the pixel, it would be the brightest of the picture. Signed pixels are cut out by dcmjs-imaging itself.
 */
function clearForeignBits(elements: Record<string, unknown>, bigEndian: boolean): void {
  const { BitsAllocated, HighBit, PixelRepresentation } = elements;
  const high = Number(HighBit);
  if (BitsAllocated !== 16 || PixelRepresentation === 1 || !(high >= 0 && high < 15)) return;
  const own = 2 ** (high + 1) - 1;
  const mask = bigEndian ? ((own & 0xff) << 8) | (own >> 8) : own;
  for (const buffer of [elements["PixelData"]].flat()) {
    if (!(buffer instanceof ArrayBuffer)) continue;
    const words = new Uint16Array(buffer, 0, buffer.byteLength >> 1);
    for (let at = 0; at < words.length; at++) (words[at] as number) &= mask;
  }
}

/**
 * Whether a JPEG-LS stream holds one plane a scan (ITU-T T.87, C.2.3): then its decoder gives planes, whatever the
 * element says, which the standard makes 0 for all of them.
 */
function scansPlanes(stream: ArrayBuffer): boolean {
  const view = new DataView(stream);
  // After the two bytes that start the stream, each segment has a marker, its length, and what the marker means.
  for (let at = 2; at + 4 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const startOfScan = view.getUint16(at) === 0xffda;
    if (startOfScan) return view.getUint8(at + 4) === 1;
  }
  return false;
}
