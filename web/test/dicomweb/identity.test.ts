/** Which instance a file is, in every form that archives hold. */
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isUid, readIdentity } from "../../src/dicomweb/identity.js";
import { element, longElement } from "./fake-archive.js";

const WANTED = { sopInstanceUid: "1.2.3.4", study: "1.2", series: "1.2.3" };

interface Form {
  readonly isBig?: boolean;
  readonly isImplicit?: boolean;
}

/** One element in a form that is not explicit little endian. */
function put(tag: number, vr: string, value: Buffer, { isBig = false, isImplicit = false }: Form): Buffer {
  const whole = value.length % 2 ? Buffer.concat([value, Buffer.alloc(1)]) : value;
  const head = Buffer.alloc(8);
  const write16 = (number: number, at: number): unknown =>
    isBig ? head.writeUInt16BE(number, at) : head.writeUInt16LE(number, at);
  write16(tag >>> 16, 0);
  write16(tag & 0xffff, 2);
  if (isImplicit) head.writeUInt32LE(whole.length, 4);
  else {
    head.write(vr, 4, "latin1");
    write16(whole.length, 6);
  }
  return Buffer.concat([head, whole]);
}

function dataSet(form: Form = {}, between: Buffer = Buffer.alloc(0)): Buffer {
  const text = (tag: number, value: string): Buffer => put(tag, "UI", Buffer.from(value), form);
  return Buffer.concat([
    text(0x00080016, "1.2.840.10008.5.1.4.1.1.7"),
    text(0x00080018, "1.2.3.4"),
    between,
    text(0x0020000d, "1.2"),
    text(0x0020000e, "1.2.3"),
    put(0x00280010, "US", Buffer.alloc(2), form),
  ]);
}

function file(syntax: string | null, data: Buffer): Blob {
  const meta = [element(0x00020003, "UI", "9.9.9")];
  if (syntax !== null) meta.push(element(0x00020010, "UI", syntax));
  meta.push(element(0x00020012, "UI", "1.2.9"));
  return blob(Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), ...meta, data]));
}

const blob = (bytes: Buffer): Blob => new Blob([new Uint8Array(bytes)]);

const ITEM = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]);
const ENDS = Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);

describe("an instance is known by its Data Set", () => {
  it.each([
    ["explicit little endian", file("1.2.840.10008.1.2.1", dataSet())],
    ["implicit little endian", file("1.2.840.10008.1.2", dataSet({ isImplicit: true }))],
    ["explicit big endian", file("1.2.840.10008.1.2.2", dataSet({ isBig: true }))],
    ["deflated", file("1.2.840.10008.1.2.1.99", deflateRawSync(dataSet()))],
    [
      "deflated and cut",
      file(
        "1.2.840.10008.1.2.1.99",
        deflateRawSync(Buffer.concat([dataSet(), Buffer.alloc(9999)])).subarray(0, -4),
      ),
    ],
    ["of no stated transfer syntax", file(null, dataSet())],
    ["of no stated transfer syntax, and implicit", file(null, dataSet({ isImplicit: true }))],
    ["bare", blob(dataSet())],
    ["bare and implicit", blob(dataSet({ isImplicit: true }))],
    ["bare and big endian", blob(dataSet({ isBig: true }))],
    [
      "with a long private element",
      file("1.2.840.10008.1.2.1", dataSet({}, longElement(0x00091010, "UN", Buffer.alloc(200_000)))),
    ],
    [
      "with a sequence of undefined length that names another instance",
      file(
        "1.2.840.10008.1.2.1",
        dataSet(
          {},
          longElement(
            0x00081140,
            "SQ",
            Buffer.concat([ITEM, element(0x0020000d, "UI", "7.7"), ENDS]),
            0xffffffff,
          ),
        ),
      ),
    ],
    [
      "with such a sequence of unknown VR, whose content is implicit",
      file(
        "1.2.840.10008.1.2.1",
        dataSet(
          {},
          longElement(
            0x00091011,
            "UN",
            Buffer.concat([ITEM, put(0x0020000d, "", Buffer.from("7.7"), { isImplicit: true }), ENDS]),
            0xffffffff,
          ),
        ),
      ),
    ],
  ])("%s", async (_, given) => {
    expect(await readIdentity(given)).toEqual(WANTED);
  });

  it("whose study and series are too far behind, or cut off", async () => {
    const whole = Buffer.from(await file("1.2.840.10008.1.2.1", dataSet()).arrayBuffer());
    const cut = blob(whole.subarray(0, whole.indexOf(Buffer.from([0x20, 0, 0x0d, 0])) + 10));
    expect(await readIdentity(cut)).toEqual({ sopInstanceUid: "1.2.3.4", study: null, series: null });
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("hello, this is no DICOM file")],
    ["a prefix alone", Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")])],
    [
      "random bytes behind a prefix",
      Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), Buffer.alloc(5000, 0xf7)]),
    ],
  ])("and %s is none", async (_, bytes) => {
    await expect(readIdentity(blob(bytes))).rejects.toMatchObject({ code: "not-dicom" });
  });

  it.each([
    ["1.2.840.10008.1", true],
    ["05fa52f0e599f17b8186ff18fcdf2b5570a52206a75c4d03afebf5c475dc8758", true],
    ["1.2/3", false],
    ["..", false],
    ["", false],
    ["1?x=", false],
    ["1".repeat(65), false],
    ["1.2%2f", false],
  ])("%j in an address: %s", (text, isGood) => {
    expect(isUid(text)).toBe(isGood);
  });
});
