import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { packPixels } from "../src/masks/packing.js";
import { multiFramePlane, slicePlane } from "../src/masks/volume-planes.js";
import { prepareWirePlanes } from "../src/masks/wire-planes.js";
import { requireVolumes } from "../src/series/check.js";

const bytes = Uint8Array.of(1);
const invalidMask = expect.objectContaining({ code: "invalid-mask" });

describe("prepareWirePlanes", () => {
  it("copies the caller's array, so that he may go on drawing", () => {
    const mask = Uint8Array.of(1, 2, 3);
    const { masks, transfer } = prepareWirePlanes([{ mask }], "copy");
    structuredClone(masks, { transfer: [...transfer] });
    expect([...mask]).toEqual([1, 2, 3]);
  });

  it("sends the view alone, not the buffer under it", () => {
    const volume = new Uint8Array(1000);
    const view = volume.subarray(10, 20);
    for (const rule of ["copy", "transfer"] as const) {
      const { masks } = prepareWirePlanes([{ mask: view }, { packed: view, rows: 8, columns: 10 }], rule);
      for (const { buffer } of masks) expect(buffer.byteLength).toBeLessThanOrEqual(10);
    }
  });

  it("copies arrays whose own `slice` shares memory, as a Buffer's does", () => {
    const pool = new Uint8Array(64);
    const buffer = Buffer.from(pool.buffer, 8, 2);
    for (const rule of ["copy", "transfer"] as const) {
      const { masks, transfer } = prepareWirePlanes([{ packed: buffer, rows: 4, columns: 4 }], rule);
      structuredClone(masks, { transfer: [...transfer] });
      const sent = prepareWirePlanes([{ packed: buffer, rows: 4, columns: 4 }], rule).masks[0];
      buffer.fill(0xff);
      expect([...(sent as Uint8Array)]).toEqual([0, 0]);
      buffer.fill(0);
    }
    expect(pool.length).toBe(64);
  });

  it("asks whether a value can be held without the array's own constructor, which may do otherwise", () => {
    class Odd extends Uint8Array {
      static make(): Odd {
        return Object.setPrototypeOf(Uint8Array.of(0, 9), Odd.prototype);
      }
      constructor() {
        super(0);
        throw new Error("not like this");
      }
    }
    expect(() => prepareWirePlanes([{ mask: Odd.make(), value: 9 }], "copy")).not.toThrow();
    expect(() => prepareWirePlanes([{ mask: Odd.make(), value: 300 }], "copy")).toThrow(
      "a number that Uint8Array can hold",
    );
  });

  it("packs before anything crosses, and moves nothing, so that the job can be posted again", () => {
    const mask = Uint8Array.from({ length: 64 }, (_, at) => at % 3);
    const { masks, planes, transfer } = prepareWirePlanes([{ mask }], "copy");
    expect(masks).toEqual([packPixels(mask, { type: "nonzero" })]);
    expect(planes).toEqual([{ mask: 0, rule: { type: "packed", pixels: 64 }, existing: "refuse" }]);
    expect(transfer).toEqual([]);
  });

  it("leaves a mask that takes long to pack to the worker, as a copy that is not moved", () => {
    const mask = new Uint8Array(4_000_001).fill(1);
    const { masks, planes, transfer } = prepareWirePlanes([{ mask }], "copy");
    expect(planes.map(({ rule }) => rule.type)).toEqual(["nonzero"]);
    expect(masks[0]?.length).toBe(mask.length);
    expect(masks[0] === mask).toBe(false);
    expect(transfer).toEqual([]);
  });

  it("moves an array that is alone in its buffer when told to, and copies a view even then", () => {
    const alone = Uint8Array.of(1, 2);
    const view = Uint8Array.of(3, 4, 5).subarray(1);
    const { masks, transfer } = prepareWirePlanes([{ mask: alone }, { mask: view }], "transfer");
    structuredClone(masks, { transfer: [...transfer] });
    expect(alone.length).toBe(0);
    expect([...view]).toEqual([4, 5]);
  });

  it("copies memory that is shared between threads", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    const { transfer } = prepareWirePlanes([{ mask: shared }], "transfer");
    expect(transfer[0]).toBeInstanceOf(ArrayBuffer);
  });

  it("sends an array once that several planes share", () => {
    const mask = Uint8Array.of(1, 0);
    const { masks, planes } = prepareWirePlanes([{ mask }, { mask, label: "again" }], "transfer");
    expect(masks).toHaveLength(1);
    expect(planes.map((plane) => plane.mask)).toEqual([0, 0]);
  });

  it("makes one plane for each label of a label map", () => {
    const mask = Uint16Array.of(1, 2, 300);
    const { masks, planes } = prepareWirePlanes(
      [{ mask, labels: { 1: "Liver", 300: { text: "Läsion", fallback: "Laesion" } }, rows: 1 }],
      "transfer",
    );
    expect(masks).toHaveLength(1);
    const shared = { mask: 0, existing: "refuse", rows: 1 };
    expect(planes).toEqual([
      { ...shared, rule: { type: "equals", value: 1 }, label: { text: "Liver", fallback: null } },
      { ...shared, rule: { type: "equals", value: 300 }, label: { text: "Läsion", fallback: "Laesion" } },
    ]);
  });

  it("takes clamped bytes for RGBA, an ArrayBuffer for bytes, and packed bits as they are", () => {
    const { planes } = prepareWirePlanes(
      [
        { mask: new Uint8ClampedArray(4) },
        { mask: new ArrayBuffer(4) },
        { packed: Uint8Array.of(1, 0), rows: 1, columns: 4 },
      ],
      "transfer",
    );
    expect(planes.map(({ rule }) => rule.type)).toEqual(["rgba", "nonzero", "packed"]);
  });

  it("takes arrays, buffers and ImageData of another realm, as a frame's are", () => {
    const strange = (code: string): never => runInNewContext(code) as never;
    const packedAs = (mask: never): number[] =>
      [...(prepareWirePlanes([{ mask }], "copy").masks[0] ?? [])].map(Number);
    expect(packedAs(strange("Uint8Array.of(0, 1, 1)"))).toEqual([6, 0]);
    expect(packedAs(strange("Uint8Array.of(0, 1, 1).buffer"))).toEqual([6, 0]);
    expect(packedAs(strange("BigInt64Array.of(0n, 1n, 1n)"))).toEqual([6, 0]);
    const image =
      "({ data: Uint8ClampedArray.of(0, 0, 0, 0, 1, 0, 0, 1), width: 2, height: 1, [Symbol.toStringTag]: 'ImageData' })";
    expect(packedAs(strange(image))).toEqual([2, 0]);
    expect(() => packedAs(strange("Float32Array.of(NaN)"))).toThrow(invalidMask);
  });

  it("copies the bits of a buffer that can grow, as they are now", () => {
    // TypeScript's library for this target does not know buffers that can grow.
    const Growing = ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer;
    const mask = new Uint8Array(new Growing(4, { maxByteLength: 8 }));
    mask[3] = 1;
    const { masks } = prepareWirePlanes([{ mask }], "transfer");
    expect(masks[0]).toEqual(Uint8Array.of(0, 0, 0, 1));
    expect(mask.length).toBe(4);
  });

  it("takes a plane as it was read: null is the default, and what is not an attribute is left out", () => {
    const read = {
      packed: Uint8Array.of(1, 0),
      rows: 1,
      columns: 4,
      label: "L",
      subtype: null,
      roiArea: 3,
      notices: [],
      embedded: false,
    };
    const { planes } = prepareWirePlanes([read], "copy", "replace-label");
    expect(planes).toEqual([
      {
        mask: 0,
        rule: { type: "packed" },
        rows: 1,
        columns: 4,
        roiArea: 3,
        label: { text: "L", fallback: null },
        existing: "replace-label",
      },
    ]);
  });

  it("refuses a rule for planes that are there, and a label, that are none", () => {
    const invalid = (field: string) => expect.objectContaining({ code: "invalid-plane", detail: { field } });
    const mask = Uint8Array.of(1);
    expect(() => prepareWirePlanes([{ mask, existing: "overwrite" as never }], "copy")).toThrow(
      invalid("existing"),
    );
    expect(() => prepareWirePlanes([{ mask, label: { text: "L" } as never }], "copy")).toThrow(
      invalid("label"),
    );
  });

  it("refuses a detached mask with invalid-mask", () => {
    const mask = Uint8Array.of(1);
    structuredClone(mask, { transfer: [mask.buffer] });
    expect(() => prepareWirePlanes([{ mask }], "copy")).toThrow(invalidMask);
  });

  it.each([[[1, 0]], ["mask"], [null], [new DataView(new ArrayBuffer(2))]])(
    "refuses %s as a mask",
    (mask) => {
      expect(() => prepareWirePlanes([{ mask: mask as never }], "copy")).toThrow(invalidMask);
    },
  );

  it("refuses no planes at all", () => {
    expect(() => prepareWirePlanes([], "copy")).toThrow(expect.objectContaining({ code: "invalid-plane" }));
  });

  it.each([
    ["no labels", { mask: bytes, labels: {} }, "labels"],
    ["a word as the value of a label", { mask: bytes, labels: { liver: "Liver" } }, "labels"],
    ["two labels of one value", { mask: bytes, labels: { "1": "a", "01": "b" } }, "labels"],
    [
      "a label of a value that the array cannot hold",
      { mask: bytes, labels: { 1: "a", 256: "b" } },
      "labels",
    ],
    ["a value that bytes cannot hold", { mask: bytes, value: 300 }, "value"],
    ["a value below zero for unsigned items", { mask: Uint32Array.of(1), value: -1 }, "value"],
    ["a value that big unsigned items cannot hold", { mask: BigUint64Array.of(1n), value: -1 }, "value"],
    ["a value that floats round", { mask: Float32Array.of(1), value: 2 ** 24 + 1 }, "value"],
    ["a value and a threshold", { mask: bytes, value: 1, threshold: 1 }, "value"],
    ["labels and a value", { mask: bytes, labels: { 1: "a" }, value: 1 }, "value"],
    ["labels and a threshold", { mask: bytes, labels: { 1: "a" }, threshold: 1 }, "threshold"],
    ["labels and a label", { mask: bytes, labels: { 1: "a" }, label: "b" }, "label"],
    ["labels and a group", { mask: bytes, labels: { 1: "a" }, group: 0x6000 }, "group"],
    ["bits and a mask", { packed: bytes, rows: 1, columns: 1, mask: bytes }, "mask"],
    ["bits and a threshold", { packed: bytes, rows: 1, columns: 1, threshold: 1 }, "threshold"],
    ["bits and labels", { packed: bytes, rows: 1, columns: 1, labels: { 1: "a" } }, "labels"],
  ])("refuses %s: one of them would be ignored, or a plane empty", (_, plane, field) => {
    const error = expect.objectContaining({ code: "invalid-plane", detail: { field } });
    expect(() => prepareWirePlanes([plane as never], "copy")).toThrow(error);
    const voxels = { columns: 1, rows: 1, slices: 1 };
    expect(() => requireVolumes([{ ...plane, ...voxels } as never], 1)).toThrow(error);
  });
});

describe("slices of a volume", () => {
  const volume = {
    mask: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    columns: 3,
    rows: 2,
    slices: 2,
    label: "L",
  };

  it("are views in slice order", () => {
    const plane = slicePlane(volume, 1);
    expect(plane).toEqual({ mask: Uint8Array.of(6, 7, 8, 9, 10, 11), rows: 2, columns: 3, label: "L" });
    expect((plane.mask as Uint8Array).buffer).toBe(volume.mask.buffer);
  });

  it("keep the labels of a label map", () => {
    expect(slicePlane({ ...volume, label: undefined, labels: { 7: "Seven" } }, 1)).toEqual({
      mask: Uint8Array.of(6, 7, 8, 9, 10, 11),
      rows: 2,
      columns: 3,
      labels: { 7: "Seven" },
    });
  });

  it("are the frames of one plane for a multi-frame image", () => {
    expect(multiFramePlane(volume)).toEqual({
      mask: volume.mask,
      rows: 2,
      columns: 3,
      numberOfFrames: 2,
      label: "L",
    });
  });
});
