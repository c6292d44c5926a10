import { describe, expect, it } from "vitest";
import { readHeader } from "../src/image/header.js";
import { fileIn } from "./lettered.js";

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
