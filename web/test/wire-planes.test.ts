import { describe, expect, it } from "vitest";
import { multiFramePlane, prepareWirePlanes, slicePlane } from "../src/wire-planes.js";

const invalidMask = expect.objectContaining({ code: "invalid-mask" });

describe("prepareWirePlanes", () => {
  it("copies the caller's array, so that he may go on drawing", () => {
    const mask = Uint8Array.of(1, 2, 3);
    const { masks, transfer } = prepareWirePlanes([{ mask }], "copy");
    structuredClone(masks, { transfer: [...transfer] });
    expect([...mask]).toEqual([1, 2, 3]);
  });

  it("copies a view alone, not the buffer under it", () => {
    const volume = new Uint8Array(1000);
    const { transfer } = prepareWirePlanes([{ mask: volume.subarray(10, 20) }], "copy");
    expect(transfer.map((buffer) => (buffer as ArrayBuffer).byteLength)).toEqual([10]);
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
      [{ mask, labels: { 1: "Liver", 300: "Spleen" }, rows: 1 }],
      "copy",
    );
    expect(masks).toHaveLength(1);
    expect(planes).toEqual([
      { mask: 0, rule: { type: "equals", value: 1 }, label: "Liver", rows: 1 },
      { mask: 0, rule: { type: "equals", value: 300 }, label: "Spleen", rows: 1 },
    ]);
  });

  it("takes clamped bytes for RGBA, an ArrayBuffer for bytes, and packed bits as they are", () => {
    const { planes } = prepareWirePlanes(
      [
        { mask: new Uint8ClampedArray(4) },
        { mask: new ArrayBuffer(4) },
        { packed: Uint8Array.of(1, 0), rows: 1, columns: 4 },
      ],
      "copy",
    );
    expect(planes.map(({ rule }) => rule.type)).toEqual(["rgba", "nonzero", "packed"]);
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

  it("refuses labels that are no whole numbers, and no planes at all", () => {
    const invalidPlane = expect.objectContaining({ code: "invalid-plane" });
    const labels = { liver: "Liver" } as never;
    expect(() => prepareWirePlanes([{ mask: Uint8Array.of(1), labels }], "copy")).toThrow(invalidPlane);
    expect(() => prepareWirePlanes([], "copy")).toThrow(invalidPlane);
  });
});

describe("slices of a volume", () => {
  const volume = {
    data: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    columns: 3,
    rows: 2,
    slices: 2,
    label: "L",
  };

  it("are views in slice order", () => {
    const plane = slicePlane(volume, 1);
    expect(plane).toEqual({ mask: Uint8Array.of(6, 7, 8, 9, 10, 11), rows: 2, columns: 3, label: "L" });
    expect((plane.mask as Uint8Array).buffer).toBe(volume.data.buffer);
  });

  it("keep the labels of a label map, and drop the volume's own label", () => {
    expect(slicePlane({ ...volume, labels: { 7: "Seven" } }, 1)).toEqual({
      mask: Uint8Array.of(6, 7, 8, 9, 10, 11),
      rows: 2,
      columns: 3,
      labels: { 7: "Seven" },
    });
  });

  it("are the frames of one plane for a multi-frame image", () => {
    expect(multiFramePlane(volume)).toEqual({
      mask: volume.data,
      rows: 2,
      columns: 3,
      numberOfFrames: 2,
      label: "L",
    });
  });
});
