/** Values as pages have them. Another realm is one of `node:vm` here; iframes and popups are in tests/browser. */
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { packPixels } from "../src/masks/packing.js";
import { prepareWirePlanes } from "../src/masks/wire-planes.js";
import { isArrayBuffer, isBlob, isSharedBuffer, kindOf } from "../src/values/kinds.js";
import { nameOf, toBlob } from "../src/values/source.js";

const foreign = <T>(code: string): T => runInNewContext(code) as T;
const text = (value: unknown): Promise<string> => toBlob(value as Blob).text();

function detached<T extends { buffer: ArrayBuffer } | ArrayBuffer>(value: T): T {
  structuredClone(null, { transfer: [value instanceof ArrayBuffer ? value : value.buffer] });
  return value;
}

function resizable(bytes: readonly number[]): ArrayBuffer {
  const make = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  const buffer = new make(bytes.length, { maxByteLength: 100 });
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

describe("the kinds", () => {
  it("are those of another realm too, where instanceof says no", () => {
    expect(foreign<unknown>("new ArrayBuffer(3)") instanceof ArrayBuffer).toBe(false);
    expect(isArrayBuffer(foreign("new ArrayBuffer(3)"))).toBe(true);
    expect(isSharedBuffer(foreign("new SharedArrayBuffer(3)"))).toBe(true);
    expect(kindOf(foreign("new Float32Array(3)"))).toBe("Float32Array");
    expect(kindOf(foreign("new DataView(new ArrayBuffer(3))"))).toBe(null);
  });

  it.each([
    null,
    undefined,
    5,
    "text",
    {},
    [],
    { size: 3, slice: () => null, arrayBuffer: () => null },
    class {},
  ])("take %s for none of them", (value) => {
    expect([isBlob(value), isArrayBuffer(value), isSharedBuffer(value), kindOf(value)]).toEqual([
      false,
      false,
      false,
      null,
    ]);
  });
});

describe("a source", () => {
  it.each([
    ["a buffer of another realm", () => foreign("new Uint8Array([97, 98]).buffer")],
    ["a view of another realm", () => foreign("new Uint8Array([120, 97, 98, 120]).subarray(1, 3)")],
    ["a view with an offset", () => new Uint8Array([120, 97, 98, 120]).subarray(1, 3)],
    ["a DataView", () => new DataView(new Uint8Array([120, 97, 98]).buffer, 1)],
    ["a 16-bit view", () => new Uint16Array([0x6261])],
    ["shared memory", () => new Uint8Array(new SharedArrayBuffer(2)).fill(97).buffer],
    ["a view of shared memory", () => new Uint8Array(new SharedArrayBuffer(4), 1, 2).fill(97)],
    ["a resizable buffer", () => resizable([97, 98])],
    ["a view of a resizable buffer", () => new Uint8Array(resizable([120, 97, 98]), 1)],
  ])("may be %s", async (_, make) => {
    expect(await text(make())).toMatch(/^a[ab]$/);
  });

  it("is copied from memory: what the page writes later is not in it", async () => {
    const bytes = new Uint8Array([97]);
    const blob = toBlob(bytes);
    bytes[0] = 98;
    expect(await blob.text()).toBe("a");
  });

  it.each([
    ["a detached buffer", () => detached(new ArrayBuffer(3))],
    ["a detached view", () => detached(new Uint8Array(3))],
    [
      "a detached DataView",
      () => detached(new DataView(new ArrayBuffer(3)) as unknown as { buffer: ArrayBuffer }),
    ],
    ["an empty buffer", () => new ArrayBuffer(0)],
    ["an empty view of another realm", () => foreign("new Uint8Array(0)")],
  ])("is refused with its field for %s", (_, make) => {
    expect(() => toBlob(make() as never, "items[3].file")).toThrow(
      expect.objectContaining({ code: "not-dicom", detail: { field: "items[3].file", found: 0 } }),
    );
  });

  it.each([null, undefined, 5, "path", {}, [], new Date()])("is refused with its field for %s", (value) => {
    expect(() => toBlob(value as never)).toThrow(
      expect.objectContaining({
        code: "invalid-request",
        detail: expect.objectContaining({ field: "file" }),
      }),
    );
  });

  it("has the name of a File, or one made up", () => {
    expect(nameOf(new File([], "a.dcm"), 0)).toBe("a.dcm");
    expect(nameOf(new Blob([]), 4)).toBe("instance-0005.dcm");
    expect(nameOf(new File([], ""), 4)).toBe("instance-0005.dcm");
  });
});

describe("a mask", () => {
  const packed = (mask: unknown): number[] => {
    const { masks, planes } = prepareWirePlanes([{ mask } as never], "copy");
    const [pixels] = masks;
    const rule = planes[0]?.rule;
    if (pixels === undefined || rule === undefined) throw new Error("no mask");
    return rule.type === "packed" ? Array.from(pixels, Number) : [...packPixels(pixels, rule)];
  };

  it.each([
    ["an array of another realm", () => foreign("new Uint8Array([1, 0, 1])")],
    ["floats of another realm", () => foreign("new Float32Array([1, 0, 1])")],
    ["a buffer of another realm", () => foreign("new Uint8Array([1, 0, 1]).buffer")],
    ["RGBA of another realm", () => foreign("new Uint8ClampedArray([1, 0, 0, 9, 0, 0, 0, 9, 1, 0, 0, 9])")],
    ["a view with an offset", () => new Uint16Array([9, 1, 0, 1, 9]).subarray(1, 4)],
    ["shared memory", () => new Uint8Array(new SharedArrayBuffer(3)).map((_, at) => (at === 1 ? 0 : 1))],
    ["a shared buffer", () => sharedMask()],
    ["a resizable buffer", () => resizable([1, 0, 1])],
    ["a view of a resizable buffer", () => new Uint8Array(resizable([7, 1, 0, 1]), 1)],
  ])("may be %s", (_, make) => {
    expect(packed(make())).toEqual([0b101, 0]);
  });

  it("is sent as a copy without what surrounds it, and never in shared memory", () => {
    for (const make of [
      () => new Uint8Array(new ArrayBuffer(100), 10, 3),
      () => new Uint8Array(sharedMask()),
    ]) {
      const [pixels] = prepareWirePlanes([{ mask: make() }], "transfer").masks;
      expect(pixels?.buffer).toBeInstanceOf(ArrayBuffer);
      expect(pixels?.buffer.byteLength).toBe(3);
    }
  });

  it("refuses NaN in an array of another realm", () => {
    expect(() => packed(foreign("new Float64Array([1, NaN])"))).toThrow(
      expect.objectContaining({ code: "invalid-mask" }),
    );
  });

  it.each([
    ["a detached array", () => detached(new Uint8Array(3))],
    ["a detached buffer", () => detached(new ArrayBuffer(3))],
    ["an empty array of another realm", () => foreign("new Uint8Array(0)")],
    ["a DataView", () => new DataView(new ArrayBuffer(3))],
    ["a list of numbers", () => [1, 0, 1]],
    ["nothing", () => undefined],
    ["null", () => null],
  ])("is refused with its field for %s", (_, make) => {
    expect(() => packed(make())).toThrow(
      expect.objectContaining({ code: "invalid-mask", detail: expect.objectContaining({ field: "mask" }) }),
    );
  });

  function sharedMask(): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(3);
    new Uint8Array(buffer).set([1, 0, 1]);
    return buffer;
  }
});
