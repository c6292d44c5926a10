/** Big endian values that dcmjs-imaging takes for little endian ones. */

/** Explicit VR Big Endian (PS3.5 2016b A.3; retired). */
export const BIG_ENDIAN = "1.2.840.10008.1.2.2";

/** OW elements with a palette's colours (PS3.3 C.7.6.3.1.6). */
const PALETTES = ["Red", "Green", "Blue"].map((color) => `${color}PaletteColorLookupTableData`);

/**
 * Turn around, in place, what dcmjs-imaging does not turn by itself.
 *
 * - Palettes: it looks for the colour in the wrong byte of each entry, and the picture is black.
 * - 8-bit pixels in OW (the first of two is the second byte of their word, PS3.5 2016b 8.1.1): neighbours change places.
 * - 32-bit pixels: it turns the bytes of each half, and leaves the halves as they are.
 *
 * @param elements - the image's elements by keyword, as dcmjs names them
 */
export function turnBigEndian(elements: Record<string, unknown>): void {
  const { BitsAllocated, _vrMap } = elements as { BitsAllocated?: number; _vrMap?: Record<string, string> };
  for (const view of PALETTES.flatMap((keyword) => viewsOf(elements[keyword]))) turnWords(view);
  for (const view of viewsOf(elements["PixelData"])) {
    if (BitsAllocated === 32) turnHalves(view);
    else if (Number(BitsAllocated) <= 8 && _vrMap?.["PixelData"] === "OW") turnWords(view);
  }
}

/** dcmjs gives a value as a list of one buffer. */
function viewsOf(value: unknown): DataView[] {
  return [value].flat().flatMap((buffer) => (buffer instanceof ArrayBuffer ? new DataView(buffer) : []));
}

function turnWords(view: DataView): void {
  for (let at = 0; at + 1 < view.byteLength; at += 2) view.setUint16(at, view.getUint16(at), true);
}

function turnHalves(view: DataView): void {
  for (let at = 0; at + 3 < view.byteLength; at += 4) {
    const half = view.getUint16(at);
    view.setUint16(at, view.getUint16(at + 2));
    view.setUint16(at + 2, half);
  }
}
