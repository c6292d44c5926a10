import { describe, expect, it } from "vitest";
import type { ExportItem } from "../src/export/plan.js";
import { judgeCheck, type Verification } from "../src/export/verify.js";

const RIGHT: Verification = {
  found: [{ group: 0x6000, label: "Liver" }],
  masksEqual: true,
  pixelsEqual: true,
  pixelHash: null,
  restored: true,
  otherDifferences: [],
  planeElements: 8,
  note: null,
};
const marked = { planes: [{ name: "Liver", pack: () => new Uint8Array(2) }] } as unknown as ExportItem;
const copied = { planes: [], removed: [], instance: "derived" } as unknown as ExportItem;
const derived = { planes: [], removed: [0x6000], instance: "derived" } as unknown as ExportItem;
const cut = { ...derived, instance: "keep" } as ExportItem;

describe("the verdict of a check", () => {
  it.each([
    ["all is equal", marked, RIGHT, "good"],
    ["a derived image differs in its header", marked, { ...RIGHT, restored: false }, "good"],
    ["a mask is not what was drawn", marked, { ...RIGHT, masksEqual: false }, "bad"],
    ["Pixel Data differs", marked, { ...RIGHT, pixelsEqual: false }, "bad"],
    ["Pixel Data could not be compared", marked, { ...RIGHT, pixelsEqual: null, restored: false }, "unknown"],
    ["neither could a mask", marked, { ...RIGHT, pixelsEqual: null, masksEqual: false }, "bad"],
    ["a new instance without a plane differs in its header", derived, { ...RIGHT, restored: false }, "good"],
    ["a file that lost a plane differs elsewhere", cut, { ...RIGHT, restored: false }, "bad"],
    ["a copy is not the original", copied, { ...RIGHT, restored: false }, "bad"],
    ["the check itself failed", marked, null, "bad"],
  ] as const)("when %s", (_, item, verification, expected) => {
    expect(judgeCheck(item, verification)).toBe(expected);
  });
});
