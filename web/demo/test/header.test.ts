import { describe, expect, it } from "vitest";
import { readHeader } from "../src/image/header.js";

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

/** An element in Explicit VR Little Endian with a short length. */
function element(group: number, number: number, vr: string, value: readonly number[]): number[] {
  const even = value.length % 2 === 0 ? value : [...value, 0x20];
  const words = [group, number].flatMap((word) => [word & 255, word >> 8]);
  return [...words, ...ascii(vr), even.length & 255, even.length >> 8, ...even];
}

/** A file of these character sets; the texts are bytes as they lie in it. */
function fileIn(sets: string, patient: string, description: string): Blob {
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
  ];
  return new Blob([Uint8Array.from(parts)]);
}

describe("the header of a file in several character sets", () => {
  it.each(["\\ISO 2022 IR 87", "ISO 2022 IR 6\\ISO 2022 IR 87", "\\ISO 2022 IR 149", "\\ISO 2022 IR 58"])(
    "is read with its patient and modality: %s",
    async (sets) => {
      const facts = await readHeader(fileIn(sets, "Yamada^Tarou=\x1b$B;3ED\x1b(B", "\x1b$BF,It\x1b(B"));
      expect(facts).toMatchObject({ rows: 4, columns: 5, modality: "MR", seriesDescription: "" });
      expect(facts.study).toMatchObject({ patientName: "Yamada Tarou", patientId: "A1" });
    },
  );

  it("shows plain text of such a file as it is", async () => {
    const facts = await readHeader(fileIn("\\ISO 2022 IR 87", "Yamada^Tarou", "T2 axial"));
    expect(facts.seriesDescription).toBe("T2 axial");
  });
});
