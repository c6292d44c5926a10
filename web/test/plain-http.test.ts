/** A page on plain http has neither `crypto.randomUUID` nor `crypto.subtle`, nor locks. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fromDicomWeb } from "../src/dicomweb/retrieve.js";
import { toDicomWeb } from "../src/dicomweb/store.js";
import { createOverlayExporter } from "../src/index.js";
import { newUid } from "../src/values/new-uid.js";
import { dicomFile, FakeArchive, SERIES, STUDY } from "./dicomweb/fake-archive.js";
import { fakeWorker } from "./fake-worker.js";

let archive: FakeArchive;
beforeEach(async () => {
  const { crypto } = globalThis;
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("isSecureContext", false);
  archive = await FakeArchive.start();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await archive.stop();
});

it("stores in an archive and retrieves from it", async () => {
  const { url } = archive;
  const given = ["1.2.3.1", "1.2.3.2"].map((uid) => ({
    name: uid,
    blob: dicomFile(uid),
    sopInstanceUid: uid,
  }));
  const report = await toDicomWeb(given, { url });
  expect(report.instances.map(({ outcome }) => outcome)).toEqual(["written", "written"]);
  const found = await fromDicomWeb({ url, study: STUDY, series: SERIES });
  expect(found.map(({ outcome }) => outcome)).toEqual(["fetched", "fetched"]);
});

it("makes UIDs of 128 random bits, a new one each time", () => {
  const made = new Set(Array.from({ length: 100 }, newUid));
  expect(made.size).toBe(100);
  for (const uid of made) expect(uid).toMatch(/^2\.25\.[1-9]\d{30,38}$/);
});

it("starts workers and makes derived instances in one new series", async () => {
  const seeds: unknown[] = [];
  const worker = () => fakeWorker(({ series }) => seeds.push((series as { seriesSeed?: string }).seriesSeed));
  const exporter = await createOverlayExporter({ runtimeUrl: "http://plain.test/runtime/", worker });
  const planes = [{ mask: Uint8Array.of(1, 0, 0, 1) }];
  const items = [1, 2].map((k) => ({ file: new Blob([`${k}`]), planes }));
  for await (const { outcome } of exporter.exportFiles(items, { instance: "derived" }))
    expect(outcome).toBe("written");
  exporter.dispose();
  expect(new Set(seeds).size).toBe(1);
});
