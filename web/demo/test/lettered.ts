/** A small file with text in one or several character sets. */

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

/** An element in Explicit VR Little Endian with a short length. */
function element(group: number, number: number, vr: string, value: readonly number[]): number[] {
  const even = value.length % 2 === 0 ? value : [...value, 0x20];
  const words = [group, number].flatMap((word) => [word & 255, word >> 8]);
  return [...words, ...ascii(vr), even.length & 255, even.length >> 8, ...even];
}

/** A file of these character sets; the texts are bytes as they lie in it. */
export function fileIn(
  sets: string,
  patient: string,
  description: string,
  pixels: readonly number[] = [],
): Blob {
  const syntax = element(2, 0x10, "UI", [...ascii("1.2.840.10008.1.2.1"), 0]);
  const parts = [
    ...new Array<number>(128).fill(0),
    ...ascii("DICM"),
    ...element(2, 0, "UL", [syntax.length, 0, 0, 0]),
    ...syntax,
    ...element(8, 5, "CS", ascii(sets)),
    ...element(8, 0x60, "CS", ascii("MR")),
    ...element(8, 0x103e, "LO", ascii(description)),
    ...element(0x10, 0x10, "PN", ascii(patient)),
    ...element(0x10, 0x20, "LO", ascii("A1")),
    ...element(0x28, 0x10, "US", [4, 0]),
    ...element(0x28, 0x11, "US", [5, 0]),
    ...[0xe0, 0x7f, 0x10, 0, ...ascii("OB"), 0, 0, pixels.length, 0, 0, 0, ...pixels],
  ];
  return new Blob([Uint8Array.from(parts)]);
}
