/** Answers that a standard allows, or that archives give all the same: nothing is lost in silence, nothing is guessed. */
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listOverlays } from "../../src/dicomweb/overlays.js";
import { fromDicomWeb, type RetrievedInstance } from "../../src/dicomweb/retrieve.js";
import { toDicomWeb } from "../../src/dicomweb/store.js";
import type { StorableResult, StoreOptions, StoreReport } from "../../src/dicomweb/store-report.js";
import { answerJson, answerParts, dicomFile, FakeArchive, multipart, named } from "./fake-archive.js";
import { passWaits } from "./waits.js";

let archive: FakeArchive;
beforeEach(async () => {
  archive = await FakeArchive.start();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await archive.stop();
});

const WANTED = { study: "1.2", series: "1.2.3" };
const UIDS = ["1.2.3.1", "1.2.3.2", "1.2.3.3"];
const bytesAt = (uid: string): Buffer => archive.stored.get(uid) as Buffer;

type Answer = (response: ServerResponse, query: URLSearchParams) => void;

/** Answer requests whose path ends so in another way. */
function answer(answers: Readonly<Record<string, Answer>>): void {
  archive.fault = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", archive.url);
    const [, give] = Object.entries(answers).find(([end]) => pathname.endsWith(end)) ?? [];
    give?.(response, searchParams);
    return give !== undefined;
  };
}

const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code).end();

const retrieve = (): Promise<readonly RetrievedInstance[]> =>
  fromDicomWeb({ url: archive.url, ...WANTED, attempts: 1 });

const told = (found: readonly RetrievedInstance[]): (string | null)[] =>
  found.map(({ outcome, sopInstanceUid }) => (outcome === "fetched" ? sopInstanceUid : outcome));

it("takes a range of a file that nobody asked for as no file", async () => {
  await archive.fill(UIDS);
  const ranged =
    (last: number): Answer =>
    (response) => {
      const file = bytesAt("1.2.3.1");
      const range = `bytes 0-${file.length - 1 - last}/${file.length}`;
      response.writeHead(206, { "content-type": "application/dicom", "content-range": range });
      response.end(file.subarray(0, file.length - last));
    };
  for (const [last, first] of [
    [40, "failed"],
    [0, "1.2.3.1"],
  ] as const) {
    answer({ "/series/1.2.3": status(406), "/instances/1.2.3.1": ranged(last) });
    expect(told(await retrieve())).toEqual([first, ...UIDS.slice(1)]);
  }
});

describe("a list that may be short", () => {
  const page: Answer = (response) => answerJson(response, 200, UIDS.slice(0, 2).map(named));
  const laterPage =
    (later: Answer): Answer =>
    (response, query) =>
      (query.has("offset") ? later : page)(response, query);

  it.each([
    ["fails at its second page", laterPage(status(500))],
    ["refuses an offset", laterPage(status(400))],
    ["sends its first page again", page],
  ])("is told where nothing proves it: a search that %s", async (_, search) => {
    await archive.fill(UIDS);
    answer({ "/instances": search, "/series/1.2.3": status(406), "/series": status(501) });
    expect(told(await retrieve())).toEqual([...UIDS.slice(0, 2), "failed"]);
    // The answer for the series, whole, is proof enough.
    answer({ "/instances": search, "/series": status(501) });
    expect(told(await retrieve())).toEqual(UIDS);
    // So is the archive's own count.
    archive.stored.delete("1.2.3.3");
    archive.manners = { counts: true };
    answer({ "/instances": search, "/series/1.2.3": status(406) });
    expect(told(await retrieve())).toEqual(UIDS.slice(0, 2));
  });

  it("ends with an answer of no bytes behind the last instance", async () => {
    await archive.fill(UIDS);
    const search: Answer = (response, query) => {
      if (!query.has("offset")) answerJson(response, 200, UIDS.map(named));
      else response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end();
    };
    answer({ "/instances": search, "/series/1.2.3": status(406), "/series": status(501) });
    expect(told(await retrieve())).toEqual(UIDS);
  });

  it("leaves out instances of other series", async () => {
    await archive.fill(UIDS);
    const of = (series: string, uid: string): object => ({
      ...named(uid),
      "0020000E": { vr: "UI", Value: [series] },
    });
    const stranger = Buffer.from(await dicomFile("9.9").arrayBuffer());
    const at = stranger.indexOf("1.2.3\0");
    stranger.write("9.2.3", at);
    answer({
      "/instances": (response, query) => {
        if (query.has("offset"))
          answerJson(
            response,
            200,
            UIDS.map((uid) => of("1.2.3", uid)),
          );
        else answerJson(response, 200, [of("9.2.3", "9.9")]);
      },
      "/series/1.2.3": (response) => answerParts(response, [stranger, ...archive.stored.values()]),
    });
    expect(told(await retrieve())).toEqual(UIDS);
  });

  it("of planes is made whole by the archive's count, or refused", async () => {
    const size = { "60000010": { vr: "US", Value: [5] }, "60000011": { vr: "US", Value: [5] } };
    await archive.fill(UIDS);
    archive.metadata = () => size;
    archive.manners = { counts: true };
    const short: Answer = (response) => answerJson(response, 200, [{ ...named("1.2.3.1"), ...size }]);
    answer({ "/series/1.2.3/metadata": short });
    const found = await listOverlays({ url: archive.url, ...WANTED });
    expect(found.map(({ sopInstanceUid, planes }) => [sopInstanceUid, planes.length])).toEqual(
      UIDS.map((uid) => [uid, 1]),
    );
    answer({ "/series/1.2.3/metadata": short, "/instances": status(204) });
    await expect(listOverlays({ url: archive.url, ...WANTED })).rejects.toMatchObject({
      code: "archive-response",
      detail: { expected: 3, found: 1 },
    });
  });
});

describe("a multipart answer", () => {
  const ODD: Readonly<Record<string, readonly [string, string, string, string]>> = {
    "with a preamble, an epilogue and spaces behind its boundaries": [
      'multipart/related; boundary=small; type="application/dicom"',
      "This is a message.\r\n--small  \r\nContent-Type: application/dicom\r\n\r\n",
      "\r\n--small \t\r\nContent-Type: application/dicom; transfer-syntax=1.2.840.10008.1.2.1\r\n\r\n",
      "\r\n--small--\r\nbye",
    ],
    "with a quoted boundary of odd letters": [
      `Multipart/Related; TYPE="application/dicom"; BOUNDARY="a'()+_,-./:=? b"`,
      "--a'()+_,-./:=? b\r\n\r\n",
      "\r\n--a'()+_,-./:=? b\r\ncontent-type:application/dicom\r\n\r\n",
      "\r\n--a'()+_,-./:=? b--",
    ],
    "of another kind, with octets": [
      "multipart/mixed;boundary=small",
      "--small\r\nContent-Length: 1\r\nContent-Type: application/octet-stream\r\n\r\n",
      "\r\n--small\r\nContent-Location: /x\r\n\r\n",
      "\r\n--small--\r\n",
    ],
  };

  it.each(Object.entries(ODD))("%s is read, in any order", async (_, [type, first, next, end]) => {
    await archive.fill(UIDS);
    const [a, b, c] = UIDS.map(bytesAt) as [Buffer, Buffer, Buffer];
    answer({
      "/series/1.2.3": (response) => {
        response.writeHead(200, { "content-type": type });
        const text = (words: string): Buffer => Buffer.from(words);
        response.end(Buffer.concat([text(first), c, text(next), a, text(next), b, text(next), a, text(end)]));
      },
      "/instances/1.2.3.1": status(500),
      "/instances/1.2.3.2": status(500),
      "/instances/1.2.3.3": status(500),
    });
    const found = await retrieve();
    expect(told(found)).toEqual(UIDS);
    for (const one of found) {
      if (one.outcome !== "fetched") throw one.error;
      expect(Buffer.from(await one.file.arrayBuffer())).toEqual(bytesAt(one.sopInstanceUid));
    }
  });

  it("without a last boundary is not believed: its last part may be cut", async () => {
    await archive.fill(UIDS);
    const cut = multipart([bytesAt("1.2.3.1"), bytesAt("1.2.3.2")]).subarray(0, -"\r\n--small--\r\n".length);
    answer({
      "/series/1.2.3": (response) => {
        response.writeHead(200, { "content-type": "multipart/related; boundary=small" }).end(cut);
      },
      "/instances/1.2.3.2": (response) => {
        response.writeHead(200, { "content-type": "multipart/related; boundary=small" }).end(cut);
      },
    });
    // Of the single answer the first part is another instance, and the second is cut.
    expect(told(await retrieve())).toEqual(["1.2.3.1", "failed", "1.2.3.3"]);
  });

  it("without a boundary is left, not held open", async () => {
    await archive.fill(["1.2.3.1"]);
    let left = (): void => undefined;
    const isLeft = new Promise<void>((resolve) => {
      left = resolve;
    });
    answer({
      "/series/1.2.3": (response) => {
        response.on("close", left);
        response.writeHead(200, { "content-type": "multipart/related" }).write("--small\r\n");
      },
    });
    expect(told(await retrieve())).toEqual(["1.2.3.1"]);
    await isLeft;
  });

  it("for one instance may repeat it, or hold the whole series", async () => {
    await archive.fill(UIDS);
    answer({
      "/instances/1.2.3.1": (response) => answerParts(response, [bytesAt("1.2.3.1"), bytesAt("1.2.3.1")]),
      "/instances/1.2.3.3": (response) => answerParts(response, UIDS.map(bytesAt)),
    });
    const instances = ["1.2.3.3", "1.2.3.1"];
    const found = await fromDicomWeb({ url: archive.url, ...WANTED, instances });
    expect(told(found)).toEqual(instances);
  });
});

describe("planes that came as VR UN", () => {
  it("are read: an archive may not know groups that repeat", async () => {
    const un = (bytes: Buffer): object => ({ vr: "UN", InlineBinary: bytes.toString("base64") });
    const numbers = (...values: number[]): object => un(Buffer.from(Int16Array.from(values).buffer));
    const text = (words: string): object => un(Buffer.from(words));
    await archive.fill(["1.2.3.1"]);
    archive.metadata = () => ({
      "60020010": numbers(2),
      "60020011": numbers(4),
      "60020015": text("1 "),
      "60020040": text("R "),
      "60020050": numbers(-3, 2),
      "60020100": numbers(1),
      "60021500": text("Größe "),
      "60021302": text("1.5\\2"),
      "60023000": un(Buffer.of(0xa5, 0)),
    });
    const [found] = await listOverlays({ url: archive.url, ...WANTED });
    expect(found?.planes).toMatchObject([
      {
        group: 0x6002,
        rows: 2,
        columns: 4,
        planeOrigin: [-3, 2],
        overlayType: "R",
        label: "Größe",
        roiMean: 1.5,
      },
    ]);
    expect(await found?.planes[0]?.load()).toEqual(Uint8Array.of(0xa5));
  });
});

describe("a label whose bytes came in an unknown character set", () => {
  it("is left out, and not shown with other letters", async () => {
    await archive.fill(["1.2.3.1"]);
    const latin = Buffer.from("Größe", "latin1").toString("base64");
    archive.metadata = () => ({
      "60000010": { vr: "US", Value: [2] },
      "60000011": { vr: "US", Value: [4] },
      "60001500": { vr: "UN", InlineBinary: latin },
    });
    const [found] = await listOverlays({ url: archive.url, ...WANTED });
    expect(found?.planes.map(({ label }) => label)).toEqual([null]);
  });
});

describe("the answer to a store", () => {
  const results = (uids: readonly string[] = UIDS): StorableResult[] =>
    uids.map((uid) => ({ name: `${uid}.dcm`, blob: dicomFile(uid), sopInstanceUid: uid }));
  const store = (given = results(), options: Partial<StoreOptions> = {}): Promise<StoreReport> =>
    toDicomWeb(given, { url: archive.url, attempts: 1, ...options });
  const outcomes = (report: StoreReport): string[] => report.instances.map(({ outcome }) => outcome);
  const item = (uid: string | null, reason: number | null): object => ({
    ...(uid === null ? {} : { "00081155": { vr: "UI", Value: [uid] } }),
    ...(reason === null ? {} : { "00081197": { vr: "US", Value: [reason] } }),
  });
  const sequence = (...items: object[]): object => ({ vr: "SQ", Value: items });

  /** Answer every store so, keeping only some of what came. */
  function say(code: number, value: unknown, kept: readonly string[] = []): void {
    archive.fault = (request, response, body) => {
      if (request.method !== "POST") return false;
      archive.keep(request, body);
      for (const uid of [...archive.stored.keys()]) if (!kept.includes(uid)) archive.stored.delete(uid);
      if (value === null) response.writeHead(code).end();
      else answerJson(response, code, value);
      return true;
    };
  }

  it("may be a list with a Data Set for each instance", async () => {
    say(202, [
      { "00081199": sequence(item("1.2.3.1", null)) },
      { "00081198": sequence(item("1.2.3.2", 0x0122)) },
      { "00081199": sequence(item("1.2.3.3", null)) },
    ]);
    expect(outcomes(await store())).toEqual(["written", "failed", "written"]);
  });

  it("may leave out whose its failures are: then the archive is asked", async () => {
    passWaits();
    const failures = sequence(item(null, 0x0111), item(null, 0x0122));
    say(202, { "00081199": sequence(item("1.2.3.1", null)), "00081198": failures }, ["1.2.3.1", "1.2.3.2"]);
    // One is a duplicate of what was just sent, one is refused; the answer does not say which.
    expect(outcomes(await store())).toEqual(["written", "written", "unknown"]);
  });

  it("may give failures of the request, in Other Failures Sequence", async () => {
    say(409, { "0008119A": sequence(item(null, 0xa700)) });
    const report = await store(results(["1.2.3.1"]));
    expect(report.instances[0]).toMatchObject({ outcome: "failed", reason: 0xa700 });
  });

  it.each([400, 409, 422])(
    "may be %i without words for what was stored by a request sent twice",
    async (code) => {
      say(code, null, UIDS);
      expect(outcomes(await store())).toEqual(["written", "written", "written"]);
      say(code, null);
      archive.stored.clear();
      const report = await store();
      expect(outcomes(report)).toEqual(["failed", "failed", "failed"]);
      expect(report.instances[0]?.error).toMatchObject({ code: "archive-refused", detail: { status: code } });
    },
  );

  it("that says stored is not believed of a kept instance where the archive cannot say what it had", async () => {
    const kept = results().map(({ name, blob }) => ({ name, blob, sopInstanceUid: null }));
    const stored = { "00081199": sequence(...UIDS.map((uid) => item(uid, null))) };
    archive.fault = (request, response) => {
      if (request.method === "POST") answerJson(response, 200, stored);
      else response.writeHead(501).end();
      return true;
    };
    const report = await store(kept, { instance: "keep" });
    expect(outcomes(report)).toEqual(["unknown", "unknown", "unknown"]);
    expect(report.instances[0]?.asked.map(({ answer: said }) => said)).toContain("archive-refused 501");
    // One that finds an instance which it did not find before has the new one.
    archive.fault = () => false;
    archive.manners = { search: "none" };
    expect(outcomes(await store(kept, { instance: "keep" }))).toEqual(["written", "written", "written"]);
    expect(outcomes(await store(kept, { instance: "keep" }))).toEqual(["failed", "failed", "failed"]);
  });

  it("that says duplicate is not believed of an instance whose UID is not the result's", async () => {
    await archive.fill(["1.2.3.1"]);
    archive.manners = { duplicate: 0x0111 };
    const [other] = results(["1.2.3.1"]);
    const report = await store([{ ...other, name: "a", sopInstanceUid: "1.2.3.9" }]);
    expect(report.instances[0]).toMatchObject({ outcome: "failed", error: { code: "file-exists" } });
    expect(bytesAt("1.2.3.1")).toEqual(Buffer.from(await dicomFile("1.2.3.1").arrayBuffer()));
  });

  it("is not reached by a result whose file cannot be had; the others are stored", async () => {
    const broken = {
      name: "b.dcm",
      get blob(): Blob {
        throw new Error("gone");
      },
    };
    const [first, second] = results();
    const report = await store([first, broken, second] as StorableResult[]);
    expect(outcomes(report)).toEqual(["written", "failed", "written"]);
  });
});
