/** Numbers in words: one of a thing, a decimal comma, and no digit lost. */
import { expect, it } from "vitest";
import { de } from "../src/words/de.js";
import { en } from "../src/words/en.js";

it("counts one of a thing in the singular, in both languages", () => {
  const one = [en, de].map((w) => [
    w.marks(1, 1, 1),
    w.moreRows(1),
    w.planesReading(0, 1),
    w.elementsAdded(1),
    w.askReplace(1).split(/[ .]/, 2).join(" "),
  ]);
  expect(one).toEqual([
    [
      "1 pixel here; marks on 1 of 1 image",
      "1 more row: save the report.",
      "Reading: 0 of 1 file…",
      "1 element of the planes added; ",
      "The file",
    ],
    [
      "1 Pixel hier; Markiertes auf 1 von 1 Bild",
      "1 weitere Zeile: Speichern Sie den Bericht.",
      "Gelesen: 0 von 1 Datei…",
      "1 Element der Ebenen hinzugefügt; ",
      "Die Datei",
    ],
  ]);
});

it("says values and places with a decimal comma in German, and all digits before it", () => {
  const value = [12346.04, -0.5, 1e-5 / 3] as const;
  expect(value.map(en.number)).toEqual(["12346", "-0.5", "0.000003333"]);
  expect(value.map(de.number)).toEqual(["12346", "-0,5", "0,000003333"]);
  expect(en.fillNotInRange(...value)).toContain("the value here is 12346, and the range is -0.5 to");
  expect(de.fillNotInRange(...value)).toContain("Der Wert hier ist 12346, der Bereich -0,5 bis");
  const corners = [[0.5, 1, -2]];
  expect(de.maskLiesElsewhere("a", corners, corners, true)).toContain("Maske: (0,5; 1,0; -2,0) mm.");
});
