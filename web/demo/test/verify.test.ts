import { describe, expect, it } from "vitest";
import type { ExportItem } from "../src/export/plan.js";
import { judgeCheck, type Verification } from "../src/export/verify.js";

const elsewhere = (tag: string): Verification["otherDifferences"] => [{ tag, change: "removed" }];
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
const planes = [{ name: "Liver", pack: () => new Uint8Array(2) }];
const marked = { planes, removed: [], instance: "keep" } as unknown as ExportItem;
const fresh = { planes, removed: [], instance: "derived" } as unknown as ExportItem;
const copied = { planes: [], removed: [], instance: "derived" } as unknown as ExportItem;
const derived = { planes: [], removed: [0x6000], instance: "derived" } as unknown as ExportItem;
const cut = { ...derived, instance: "keep" } as ExportItem;

describe("the verdict of a check", () => {
  it.each([
    ["all is equal", marked, RIGHT, "good"],
    [
      "a derived image differs in its header",
      fresh,
      { ...RIGHT, restored: false, otherDifferences: elsewhere("(0008,0018)") },
      "good",
    ],
    [
      "a derived image lost another plane",
      fresh,
      { ...RIGHT, restored: false, otherDifferences: elsewhere("(6002,3000)") },
      "bad",
    ],
    ["a kept image is encoded in other bytes", marked, { ...RIGHT, restored: false }, "good"],
    [
      "a kept image lost an element",
      marked,
      { ...RIGHT, restored: false, otherDifferences: elsewhere("(0010,0020)") },
      "bad",
    ],
    [
      "a kept image could not be listed",
      marked,
      { ...RIGHT, restored: false, note: "not-listed" },
      "unknown",
    ],
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
