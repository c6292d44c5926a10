/** Planes of a series by its metadata, from archives that write them in several ways. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listOverlays } from "../../src/dicomweb/overlays.js";
import { answerJson, answerParts, element, FakeArchive, longElement, named } from "./fake-archive.js";

let archive: FakeArchive;
beforeEach(async () => {
  archive = await FakeArchive.start();
});
afterEach(async () => await archive.stop());

const WANTED = { study: "1.2", series: "1.2.3" };
const UID = "1.2.3.1";
const BITS = Uint8Array.of(0b0101_0101, 0b0011_0011, 0b0000_0001, 0);

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

/** A file with a sequence of undefined length, private elements and a plane of 5 rows and 5 columns. */
function planeFile(before = 0): Buffer {
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    element(0x00020010, "UI", "1.2.840.10008.1.2.1"),
    element(0x00080018, "UI", UID),
    longElement(0x00081140, "SQ", Buffer.concat([sequenceItem(), delimiter(0xe0dd)]), 0xffffffff),
    longElement(0x00091010, "UN", Buffer.alloc(before)),
    element(0x60000010, "US", u16(5)),
    element(0x60000011, "US", u16(5)),
    longElement(0x60003000, "OW", Buffer.from(BITS)),
    longElement(0x7fe00010, "OW", Buffer.alloc(1 << 22)),
  ]);
}

function sequenceItem(): Buffer {
  const item = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]);
  return Buffer.concat([item, element(0x60003000, "UI", "9.9"), delimiter(0xe00d)]);
}

function delimiter(number: number): Buffer {
  return Buffer.concat([Buffer.from([0xfe, 0xff]), u16(number), Buffer.alloc(4)]);
}

const SIZE = { "60000010": { vr: "US", Value: [5] }, "60000011": { vr: "US", Value: [5] } };

describe("listOverlays", () => {
  it.each([
    ["base64", { vr: "OW", InlineBinary: Buffer.from(BITS).toString("base64") }, []],
    ["an address below the root", { vr: "OW", BulkDataURI: "./bulk/60003000" }, []],
    [
      "an address of another origin",
      { vr: "OW", BulkDataURI: "https://inner:8042/dicom-web/studies/1.2/series/1.2.3/bulk/60003000" },
      ["bulk-data-mapped"],
    ],
  ])("gives planes whose bits are %s", async (_, bits, notices) => {
    archive.stored.set(UID, Buffer.alloc(0));
    archive.metadata = () => ({ ...SIZE, "60003000": bits, "60001500": { vr: "LO", Value: ["Liver"] } });
    archive.fault = (request, response) => {
      if (!request.url?.endsWith("/bulk/60003000")) return false;
      response.writeHead(200, { "content-type": "application/octet-stream" }).end(BITS);
      return true;
    };
    const [instance] = await listOverlays({ url: archive.url, ...WANTED });
    const [plane] = instance?.planes ?? [];
    expect(plane).toMatchObject({ group: 0x6000, rows: 5, columns: 5, label: "Liver", planeOrigin: [1, 1] });
    expect(plane?.notices.map(({ code }) => code)).toEqual(notices);
    expect(await plane?.load()).toEqual(BITS);
  });

  it.each([0, 300_000])(
    "fetches the head of an instance whose metadata leave the bits out, %i bytes before them",
    async (before) => {
      archive.stored.set(UID, planeFile(before - (before % 2)));
      archive.metadata = () => SIZE;
      const [instance] = await listOverlays({ url: archive.url, ...WANTED });
      expect(await instance?.planes[0]?.load()).toEqual(BITS);
    },
  );

  it("takes no bits from an instance that it did not ask for", async () => {
    archive.stored.set(UID, planeFile());
    archive.metadata = () => SIZE;
    const stranger = planeFile();
    stranger.write("1.2.3.9", stranger.indexOf(UID), "latin1");
    archive.fault = (request, response) => {
      if (!request.url?.endsWith(`/instances/${UID}`)) return false;
      answerParts(response, [stranger]);
      return true;
    };
    const [instance] = await listOverlays({ url: archive.url, ...WANTED });
    await expect(instance?.planes[0]?.load()).rejects.toMatchObject({ code: "archive-response" });
  });

  it("lists instances that the metadata of the series leave out, their addresses below their own metadata", async () => {
    const other = `${UID}.2`;
    for (const uid of [UID, other]) archive.stored.set(uid, Buffer.alloc(0));
    archive.metadata = () => ({ ...SIZE, "60003000": { vr: "OW", BulkDataURI: "bulk" } });
    archive.fault = (request, response) => {
      if (request.url?.endsWith(`/instances/${other}/bulk`))
        response.writeHead(200, { "content-type": "application/octet-stream" }).end(BITS);
      else if (request.url?.endsWith("/series/1.2.3/metadata"))
        answerJson(response, 200, [{ ...named(UID), ...archive.metadata(UID) }]);
      else return false;
      return true;
    };
    // This archive does not count the instances of a series.
    const found = await listOverlays({ url: archive.url, ...WANTED });
    expect(found.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual([UID, other]);
    expect(await found[1]?.planes[0]?.load()).toEqual(BITS);
  });

  it("lists no plane of which the bits are in Pixel Data or the size is unknown", async () => {
    archive.stored.set(UID, planeFile());
    archive.metadata = () => ({
      ...SIZE,
      "60000100": { vr: "US", Value: [16] },
      "60023000": { vr: "OW", InlineBinary: "AAAA" },
    });
    const [instance] = await listOverlays({ url: archive.url, ...WANTED });
    expect(instance?.planes).toEqual([]);
  });

  it.each([
    ["too few bits", { vr: "OW", InlineBinary: "AA==" }, "unsupported-overlay"],
    ["broken base64", { vr: "OW", InlineBinary: "*" }, "archive-response"],
    ["an address that is none", { vr: "OW", BulkDataURI: "http://[" }, "archive-response"],
    [
      "an address that cannot be mapped",
      { vr: "OW", BulkDataURI: "https://inner/bulk/1" },
      "archive-refused",
    ],
  ])("refuses %s when the plane is loaded", async (_, bits, code) => {
    archive.stored.set(UID, planeFile());
    archive.metadata = () => ({ ...SIZE, "60003000": bits });
    const [instance] = await listOverlays({ url: archive.url, ...WANTED });
    await expect(instance?.planes[0]?.load()).rejects.toMatchObject({ code });
  });

  it("reads no more of bulk data without end than the plane needs", async () => {
    archive.stored.set(UID, Buffer.alloc(0));
    archive.metadata = () => ({ ...SIZE, "60003000": { vr: "OW", BulkDataURI: "bulk" } });
    archive.fault = (request, response) => {
      if (!request.url?.endsWith("/bulk")) return false;
      response.writeHead(200, { "content-type": "application/octet-stream" });
      response.write(Buffer.concat([BITS, Buffer.alloc(4096)]));
      return true; // Never ends.
    };
    const [instance] = await listOverlays({ url: archive.url, ...WANTED });
    expect(await instance?.planes[0]?.load()).toEqual(BITS);
  });

  it("reads metadata of more than 64 MB, an instance at a time", async () => {
    const text = "x".repeat(1 << 20);
    for (let at = 0; at < 70; at++) archive.stored.set(`${UID}.${at}`, Buffer.alloc(0));
    archive.metadata = () => ({ ...SIZE, "00104000": { vr: "LT", Value: [text] } });
    const found = await listOverlays({ url: archive.url, ...WANTED });
    expect(found).toHaveLength(70);
  });
});
