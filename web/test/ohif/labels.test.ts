/** Labels of planes: each once, none blank, and told apart where only ASCII can be written. */
import { describe, expect, it } from "vitest";
import { asciiLabels, uniqueLabels } from "../../ohif/src/unique-labels.js";

describe("labels of an export", () => {
  it.each([
    [
      ["Segment 1", "Segment 1", "Segment 1"],
      ["Segment 1", "Segment 1 2", "Segment 1 3"],
    ],
    [
      ["a", "a", "a 2"],
      ["a", "a 3", "a 2"],
    ],
    [
      ["", "  ", "Segment 2"],
      ["Segment 1", "Segment 2 2", "Segment 2"],
    ],
    [
      ["Liver\\left", "Liver\tleft "],
      ["Liver left", "Liver left 2"],
    ],
    [
      ["x".repeat(70), "x".repeat(64)],
      ["x".repeat(64), `${"x".repeat(62)} 2`],
    ],
  ])("are unique and fit: %j", (given, wanted) => {
    expect(uniqueLabels(given)).toEqual(wanted);
  });

  it("do not cut a character in two", () => {
    const [label] = uniqueLabels(["🫁".repeat(65)]);
    expect(label).toBe("🫁".repeat(64));
  });

  it.each([
    [
      ["Tumör äöü", "Tumor aou"],
      ["Tumor aou 2", "Tumor aou"],
    ],
    [
      ["Läsion", "Lāsion", "Lasion 2"],
      ["Lasion", "Lasion 3", "Lasion 2"],
    ],
    [
      ["肝臓", "脾臓"],
      ["Segment 1", "Segment 2"],
    ],
    [["große Läsion"], ["grosse Lasion"]],
  ])("fall back on ASCII letters that are unique, too: %j", (given, wanted) => {
    expect(asciiLabels(uniqueLabels(given))).toEqual(wanted);
  });
});
