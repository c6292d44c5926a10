import { describe, expect, it } from "vitest";
import { BitMask } from "../src/model/bitmask.js";
import { addLayer, type Doc, emptyDoc } from "../src/model/document.js";
import { hashFiles, packWork, unpackWork } from "../src/model/kept-work.js";
import { addFiles, type Series } from "../src/model/series.js";
import { opened } from "./opened.js";

/** A series of the same two instances, opened again under other paths and in another order. */
function openSeries(...paths: string[]): Series {
  const files = paths.map((path) =>
    opened(path, { sopInstanceUid: `1.2.${path.slice(0, 1)}`, numberOfFrames: 2 }),
  );
  const [series] = addFiles([], files);
  if (series === undefined) throw new Error("no series");
  return series;
}

const dots = BitMask.fromPixels(
  4,
  5,
  Array.from({ length: 20 }, (_, i) => i),
  (i) => i % 3 === 0,
);

describe("work that is kept", () => {
  it("comes back on the same frames of the same instances, with its planes and removals", async () => {
    const [first, again] = [openSeries("a", "bb"), openSeries("bbb", "aaaa")];
    const [a, b] = first.files;
    const key = first.pictures.find(({ source, frame }) => source === a && frame === 1)?.key ?? "";
    const origin = {
      label: "Liver",
      name: "Liver",
      groups: new Map([[b?.id ?? 0, 0x6002]]),
      overlayType: "R",
      subtype: null,
      description: null,
    } as const;
    const doc = addLayer({ ...emptyDoc(""), layers: [] }, "Lesion", {
      masks: new Map([[key, dots]]),
      origin,
    }) as Doc;
    const removed = [{ groups: new Map([[a?.id ?? 0, 0x6004]]), label: "Old", overlayType: "G" as const }];
    const kept = structuredClone(packWork({ layers: doc.layers, removed }, await hashFiles(first.files)));
    const { doc: back, leftOut } = unpackWork(emptyDoc("Layer 1"), kept, again, await hashFiles(again.files));
    expect(leftOut).toBe(0);
    const [b2, a2] = again.files;
    expect(back.layers.map(({ name }) => name)).toEqual(["Lesion"]);
    const [layer] = back.layers;
    expect([...(layer?.masks.keys() ?? [])]).toEqual([`${a2?.id}#1`]);
    expect(layer?.masks.get(`${a2?.id}#1`)?.equals(dots)).toBe(true);
    expect([...(layer?.origin?.groups ?? [])]).toEqual([[b2?.id, 0x6002]]);
    expect(back.removed.map(({ groups }) => [...groups])).toEqual([[[a2?.id, 0x6004]]]);
  });

  it("comes back on the right one of several open copies of an instance", async () => {
    const copies = (...paths: string[]): Series => {
      const files = paths.map((path) => opened(path, { sopInstanceUid: "1.2.3" }));
      return addFiles([], files)[0] as Series;
    };
    const [first, again] = [copies("a", "bb"), copies("bb", "a")];
    const [key] = first.pictures.map((picture) => picture.key);
    const doc = addLayer({ ...emptyDoc(""), layers: [] }, "Lesion", { masks: new Map([[key ?? "", dots]]) });
    const kept = packWork(doc as Doc, await hashFiles(first.files));
    const { doc: back } = unpackWork(emptyDoc("Layer 1"), kept, again, await hashFiles(again.files));
    const found = again.pictures.find((picture) => back.layers[0]?.masks.has(picture.key));
    expect(found?.source.path).toBe("a");
  });

  it("counts what finds no place, so that it is not forgotten", async () => {
    const [first, again] = [openSeries("a", "bb"), openSeries("aaaa")];
    const masks = new Map(first.pictures.map(({ key }) => [key, dots]));
    const doc = addLayer({ ...emptyDoc(""), layers: [] }, "Lesion", { masks }) as Doc;
    const kept = packWork(doc, await hashFiles(first.files));
    const hashes = await hashFiles(again.files);
    const part = unpackWork(emptyDoc("Layer 1"), kept, again, hashes);
    expect([part.leftOut, part.doc.layers[0]?.masks.size]).toEqual([2, 2]);
    let busy: Doc = { ...emptyDoc(""), layers: [] };
    for (let k = 0; k < 16; k++) busy = addLayer(busy, `L${k}`, { masks }) ?? busy;
    expect(unpackWork(busy, kept, again, hashes)).toMatchObject({ leftOut: 4, doc: { layers: busy.layers } });
  });

  it("holds no UID and no path, and is small", async () => {
    const series = openSeries("a");
    const blank = new BitMask(512, 512);
    blank.setSpan(100, 10, 400, true);
    const masks = new Map([[series.pictures[0]?.key ?? "", blank]]);
    const doc = addLayer({ ...emptyDoc(""), layers: [] }, "Lesion", { masks }) as Doc;
    const kept = packWork(doc, await hashFiles(series.files));
    expect(JSON.stringify(kept)).not.toMatch(/1\.2\.|"a"/);
    expect(kept.layers[0]?.masks[0]?.packed.length).toBeLessThan(500);
  });
});
