import { describe, expect, it } from "vitest";
import { blend, boxAround, growMask, signedDistance } from "../src/mark/shape.js";
import { BitMask } from "../src/model/bitmask.js";
import {
  activeLayer,
  addLayer,
  changeLayer,
  type Doc,
  dropLayer,
  emptyDoc,
  History,
  hasWork,
  putMasks,
} from "../src/model/document.js";
import { lettersOf, positionOf, scaleBar } from "../src/view/geometry.js";

function maskOf(...pixels: number[]): BitMask {
  return BitMask.fromPixels(2, 2, pixels, (value) => value === 1);
}

function marked(doc: Doc, mask: BitMask | null, picture = "p"): Doc {
  return putMasks(doc, [{ layerId: activeLayer(doc).id, picture, mask }]);
}

describe("layers", () => {
  it("are sixteen at most, as there are sixteen groups, each in a colour of its own", () => {
    let doc = emptyDoc("Layer 1");
    for (let i = 1; i < 16; i++) doc = addLayer(doc, `Layer ${i}`) ?? doc;
    expect(new Set(doc.layers.map(({ colour }) => colour)).size).toBe(16);
    expect(addLayer(doc, "one more")).toBeNull();
  });

  it("take steps back and forth, and forget the future after a new step", () => {
    const past = new History(emptyDoc("Layer 1"));
    const mask = (): BitMask | undefined => activeLayer(past.doc.value).masks.get("p");
    const [one, two] = [maskOf(1, 0, 0, 0), maskOf(0, 1, 0, 0)];
    past.commit(marked(past.doc.value, one), { picture: "p" });
    past.commit(marked(past.doc.value, two), { picture: "p" });
    expect(past.undo()).toBe("p");
    expect(mask()).toBe(one);
    expect(past.redo()).toBe("p");
    expect(mask()).toBe(two);
    past.undo();
    past.commit(marked(past.doc.value, two, "q"), { picture: "q" });
    expect(past.canRedo.value).toBe(false);
    past.undo();
    past.undo();
    expect(activeLayer(past.doc.value).masks.size).toBe(0);
    expect(past.undo()).toBeNull();
  });

  it("come back with their marks when they were deleted, and with their names and colours", () => {
    const past = new History(marked(emptyDoc("Liver"), maskOf(1, 1, 0, 0)));
    const [layer] = past.doc.value.layers;
    past.commit(dropLayer(past.doc.value, layer?.id ?? 0, "Layer 2"));
    expect(past.doc.value.layers.map(({ name }) => name)).toEqual(["Layer 2"]);
    past.undo();
    expect(past.doc.value.layers).toEqual([layer]);
    past.commit(changeLayer(past.doc.value, layer?.id ?? 0, { opacity: 0.4 }), { tag: "opacity 1" });
    past.commit(changeLayer(past.doc.value, layer?.id ?? 0, { opacity: 0.2 }), { tag: "opacity 1" });
    past.undo();
    expect(past.doc.value.layers[0]?.opacity).toBe(0.5);
  });

  it("count an empty mask as none, and a mask that is the same as no step", () => {
    const doc = emptyDoc("Layer 1");
    expect(marked(doc, new BitMask(2, 2))).toBe(doc);
    const drawn = marked(doc, maskOf(1, 0, 0, 0));
    expect(marked(drawn, maskOf(1, 0, 0, 0))).toBe(drawn);
    expect(hasWork(doc)).toBe(false);
    expect(hasWork(drawn)).toBe(true);
  });

  it("are unsaved from a mark on until it is saved or taken back", () => {
    const past = new History(emptyDoc("Layer 1"));
    const unsaved = (): (string | number)[] => {
      const { layers, removed } = past.unsaved.value;
      return [...layers.map(({ name }) => name), removed.length];
    };
    expect(unsaved()).toEqual([0]);
    past.commit(marked(past.doc.value, maskOf(1, 0, 0, 0)));
    expect(unsaved()).toEqual(["Layer 1", 0]);
    past.markSaved(past.doc.value);
    expect(unsaved()).toEqual([0]);
    past.commit({
      ...past.doc.value,
      removed: [{ groups: new Map([[1, 0x6000]]), label: "Old", overlayType: "G" as const }],
    });
    expect(unsaved()).toEqual([1]);
    past.commit(marked(past.doc.value, maskOf(1, 1, 0, 0)));
    past.markSaved({ layers: [], removed: past.doc.value.removed });
    expect(unsaved()).toEqual(["Layer 1", 0]);
    past.undo();
    expect(unsaved()).toEqual([0]);
  });
});

describe("shapes", () => {
  const disc = (radius: number): BitMask => {
    const mask = new BitMask(41, 41);
    for (let r = 0; r < 41; r++) {
      for (let c = 0; c < 41; c++) if (Math.hypot(r - 20, c - 20) <= radius) mask.setIndex(r * 41 + c, true);
    }
    return mask;
  };

  it("have their exact distance from the edge", () => {
    const mask = disc(7);
    const box = boxAround([mask], 5) ?? { top: 0, left: 0, rows: 41, columns: 41 };
    const distance = signedDistance(mask, box);
    for (let r = 0; r < box.rows; r++) {
      for (let c = 0; c < box.columns; c++) {
        const here = mask.get(box.top + r, box.left + c);
        let nearest = Number.POSITIVE_INFINITY;
        for (let y = 0; y < 41; y++) {
          for (let x = 0; x < 41; x++) {
            if (mask.get(y, x) !== here)
              nearest = Math.min(nearest, Math.hypot(y - box.top - r, x - box.left - c));
          }
        }
        expect(distance[r * box.columns + c]).toBeCloseTo(here ? 0.5 - nearest : nearest - 0.5, 4);
      }
    }
  });

  it("grow and shrink by whole pixels", () => {
    expect(growMask(disc(6), 1).countSet()).toBeGreaterThan(disc(6).countSet());
    expect(growMask(disc(6), -1).countSet()).toBeLessThan(disc(6).countSet());
    const dot = new BitMask(5, 5);
    dot.setIndex(12, true);
    expect(growMask(dot, 1).countSet()).toBe(5);
    expect(growMask(dot, -1).isEmpty()).toBe(true);
  });

  it("between a small and a large disc are discs in between", () => {
    const [small, large] = [disc(5), disc(15)];
    const box = boxAround([small, large], 2) ?? { top: 0, left: 0, rows: 41, columns: 41 };
    const middle = blend(small, box, signedDistance(small, box), signedDistance(large, box), 0.5);
    const difference = Math.abs(middle.countSet() - disc(10).countSet());
    expect(difference).toBeLessThan(30);
  });
});

describe("places", () => {
  const place = { position: [10, 20, 30], orientation: [1, 0, 0, 0, 1, 0], spacing: [2, 0.5] };

  it("of image points are in mm of the patient", () => {
    expect(positionOf(place, { x: 0.5, y: 0.5 })).toEqual([10, 20, 30]);
    expect(positionOf(place, { x: 4.5, y: 2.5 })).toEqual([12, 24, 30]);
  });

  it("have letters: axial, coronal, oblique", () => {
    expect(lettersOf([1, 0, 0, 0, 1, 0])).toEqual({ left: "R", right: "L", top: "A", bottom: "P" });
    expect(lettersOf([1, 0, 0, 0, 0, -1])).toEqual({ left: "R", right: "L", top: "H", bottom: "F" });
    expect(lettersOf([0.8, 0.6, 0, 0, 0, -1])).toMatchObject({ left: "RA", right: "LP" });
    expect(lettersOf(null)).toBeNull();
  });

  it("have a scale bar of a round length", () => {
    expect(scaleBar([1, 0.5], 2, 120)).toEqual({ length: 20, pixels: 80 });
    expect(scaleBar(null, 2, 120)).toBeNull();
  });
});
