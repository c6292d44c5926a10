/** Out of an archive: every instance that any of its answers knows of is in the result, whatever the archive leaves out. */
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromDicomWeb, type RetrievedInstance } from "../../src/dicomweb/retrieve.js";
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
const uidsOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `1.2.3.${at + 1}`);
const UIDS = uidsOf(3);

const fetched = (found: readonly RetrievedInstance[]): (string | null)[] =>
  found.filter(({ outcome }) => outcome === "fetched").map(({ sopInstanceUid }) => sopInstanceUid);

async function bytesOf(one: RetrievedInstance | undefined): Promise<Buffer> {
  if (one?.outcome !== "fetched") throw new Error("not fetched");
  return Buffer.from(await one.file.arrayBuffer());
}

const JSON_HEADERS = { "content-type": "application/dicom+json" };

describe("fromDicomWeb", () => {
  it("gives the series as files, bytes as the archive has them, with what the search says", async () => {
    await archive.fill(UIDS);
    const found = await fromDicomWeb({ url: archive.url, ...WANTED });
    expect(fetched(found)).toEqual(UIDS);
    for (const one of found) {
      if (one.outcome !== "fetched") throw one.error;
      expect(one.file.name).toBe(`${one.sopInstanceUid}.dcm`);
      expect(await bytesOf(one)).toEqual(archive.stored.get(one.sopInstanceUid));
      expect(one.attributes["00080018"]).toEqual({ vr: "UI", Value: [one.sopInstanceUid] });
    }
  });

  it.each([
    ["sends 100 of 250 a page", { page: 100 }, 250],
    ["sends 12 a page", { page: 12 }, 24],
    ["sends as many as it likes and knows no offset", { ignoresOffset: true }, 1200],
    ["sends 10 of 24 and knows no offset", { page: 10, ignoresOffset: true }, 24],
    ["takes a limit of 1 to 200 only", { page: 200, largestLimit: 200 }, 450],
    ["refuses an offset behind the end with 400", { page: 10, behindTheEnd: 400 }, 20],
    ["refuses an offset behind the end with 404", { behindTheEnd: 404 }, 20],
    ["names attributes by keyword", { keywords: true }, 24],
  ])("gives every instance of an archive that %s", async (_, manners, count) => {
    archive.manners = manners;
    await archive.fill(uidsOf(count));
    const found = await fromDicomWeb({ url: archive.url, ...WANTED });
    expect(new Set(fetched(found))).toEqual(new Set(uidsOf(count)));
    expect(found).toHaveLength(count);
    expect(archive.requests.length).toBeLessThan(20);
  });

  it("asks for smaller pages where the archive refuses one without a limit", async () => {
    await archive.fill(uidsOf(70));
    archive.fault = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", archive.url);
      const limit = Number(searchParams.get("limit") ?? 1000);
      if (!pathname.endsWith("/instances") || limit <= 50) return false;
      response.writeHead(400).end();
      return true;
    };
    const found = await fromDicomWeb({ url: archive.url, ...WANTED });
    expect(fetched(found)).toEqual(uidsOf(70));
  });

  it("lists an instance once that two pages name", async () => {
    await archive.fill(UIDS);
    archive.fault = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", archive.url);
      if (!pathname.endsWith("/instances")) return false;
      const page = { null: [0, 1], 2: [1, 2], 4: [2] }[searchParams.get("offset") ?? "null"] ?? [];
      answerJson(
        response,
        200,
        page.map((at) => named(UIDS[at] as string)),
      );
      return true;
    };
    expect(fetched(await fromDicomWeb({ url: archive.url, ...WANTED }))).toEqual(UIDS);
  });

  it("takes what the answer for the series holds beyond the list", async () => {
    await archive.fill(uidsOf(24));
    archive.fault = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", archive.url);
      if (!pathname.endsWith("/instances")) return false;
      answerJson(response, 200, searchParams.has("offset") ? [] : uidsOf(11).map(named));
      return true;
    };
    expect(fetched(await fromDicomWeb({ url: archive.url, ...WANTED }))).toEqual(uidsOf(24));
  });

  it("says that instances are missing which the archive counts and sends nowhere", async () => {
    archive.manners = { counts: true };
    await archive.fill(uidsOf(24));
    archive.fault = (request, response) => {
      const { pathname } = new URL(request.url ?? "", archive.url);
      if (pathname.endsWith("/instances")) answerJson(response, 200, uidsOf(11).map(named));
      else if (pathname.endsWith("/1.2.3"))
        answerParts(
          response,
          uidsOf(11).map((uid) => archive.stored.get(uid) as Buffer),
        );
      else return false;
      return true;
    };
    const found = await fromDicomWeb({ url: archive.url, ...WANTED });
    expect(fetched(found)).toEqual(uidsOf(11));
    expect(found).toHaveLength(24);
    for (const one of found.slice(11)) {
      expect(one).toMatchObject({
        outcome: "failed",
        sopInstanceUid: null,
        error: { code: "archive-response", detail: { expected: 24, found: 11 } },
      });
    }
  });

  it("says which instance could not be had, and gives the others", async () => {
    await archive.fill(UIDS);
    archive.fault = (request, response) => {
      if (request.url?.endsWith("/series/1.2.3")) response.writeHead(406).end();
      else if (request.url?.endsWith("/instances/1.2.3.2")) response.writeHead(404).end();
      else return false;
      return true;
    };
    const found = await fromDicomWeb({ url: archive.url, ...WANTED });
    expect(found.map(({ outcome }) => outcome)).toEqual(["fetched", "failed", "fetched"]);
    expect(found[1]).toMatchObject({
      sopInstanceUid: "1.2.3.2",
      error: { code: "archive-refused", detail: { status: 404, index: 1 } },
    });
  });

  it("asks no more of an archive that has shut its door", async () => {
    await archive.fill(uidsOf(100));
    archive.fault = (request, response) => {
      if (request.url?.endsWith("/series/1.2.3"))
        answerParts(
          response,
          uidsOf(2).map((uid) => archive.stored.get(uid) as Buffer),
        );
      else if (request.url?.includes("/instances/")) response.writeHead(403).end();
      else return false;
      return true;
    };
    const found = await fromDicomWeb({ url: archive.url, ...WANTED });
    expect(fetched(found)).toEqual(uidsOf(2));
    expect(found).toHaveLength(100);
    expect(archive.requests.length).toBeLessThan(12);
  });

  it.each([
    ["differs in group 2", "9.8.7"],
    ["is left out in group 2", null],
  ])("knows an instance by its Data Set where the UID %s", async (_, inMeta) => {
    await archive.fill(UIDS, (uid) => dicomFile(uid, 100, inMeta));
    const whole = await fromDicomWeb({ url: archive.url, ...WANTED });
    const single = await fromDicomWeb({ url: archive.url, ...WANTED, instances: ["1.2.3.2"] });
    expect([...fetched(whole), ...fetched(single)]).toEqual([...UIDS, "1.2.3.2"]);
  });

  it("takes the metadata for a list where the archive offers no search", async () => {
    await archive.fill(UIDS);
    archive.fault = (request, response) => {
      const { pathname } = new URL(request.url ?? "", archive.url);
      if (!/\/(instances|series)$/.test(pathname)) return false;
      response.writeHead(501).end();
      return true;
    };
    expect(fetched(await fromDicomWeb({ url: archive.url, ...WANTED }))).toEqual(UIDS);
  });

  it("asks again for what a cut answer left out", async () => {
    await archive.fill(UIDS);
    let isFirst = true;
    archive.fault = (request, response) => {
      if (!request.url?.endsWith("/series/1.2.3") || !isFirst) return false;
      isFirst = false;
      response.writeHead(200, { "content-type": "multipart/related; boundary=small" });
      const whole = multipart([...archive.stored.values()]);
      response.write(whole.subarray(0, whole.length - 150), () => response.socket?.destroy());
      return true;
    };
    const found = await fromDicomWeb({ url: archive.url, ...WANTED });
    expect(fetched(found)).toEqual(UIDS);
    expect(await bytesOf(found[2])).toEqual(archive.stored.get("1.2.3.3"));
  });

  it.each([
    ["a wrong boundary", "multipart/related; boundary=other", null],
    ["HTML instead of DICOM", "text/html", "<html></html>"],
    ["a wrong content type", "application/json", "{}"],
    [
      "a part that is not a DICOM file",
      "multipart/related; boundary=small",
      "--small\r\nContent-Type: image/png\r\n\r\nPNG\r\n--small--\r\n",
    ],
    ["a part without a prefix", "multipart/related; boundary=small", "--small\r\n\r\nhello\r\n--small--\r\n"],
  ])("refuses %s", async (_, contentType, body) => {
    await archive.fill(["1.2.3.1"]);
    archive.fault = (request, response) => {
      const { pathname } = new URL(request.url ?? "", archive.url);
      if (/\/(instances|series)$/.test(pathname)) return false;
      response.writeHead(200, { "content-type": contentType });
      response.end(body ?? multipart([...archive.stored.values()]));
      return true;
    };
    await expect(fromDicomWeb({ url: archive.url, ...WANTED, attempts: 1 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(archive-response|not-dicom)$/),
    });
  });

  it("refuses an instance that was not asked for", async () => {
    await archive.fill(["1.2.3.1"]);
    const other = Buffer.from(await dicomFile("9.9").arrayBuffer());
    archive.fault = (request, response) => {
      if (!request.url?.includes("/instances/")) return false;
      answerParts(response, [other]);
      return true;
    };
    const asked = fromDicomWeb({ url: archive.url, ...WANTED, instances: ["1.2.3.1"] });
    await expect(asked).rejects.toMatchObject({ code: "archive-response" });
  });

  it("says that the archive has no such series", async () => {
    await expect(fromDicomWeb({ url: archive.url, ...WANTED })).rejects.toMatchObject({
      code: "archive-refused",
      detail: { status: 404 },
    });
  });

  it("rejects with the signal's reason", async () => {
    await archive.fill(UIDS);
    const stop = new AbortController();
    const reason = new Error("enough");
    archive.fault = () => {
      stop.abort(reason);
      return true;
    };
    await expect(fromDicomWeb({ url: archive.url, ...WANTED, signal: stop.signal })).rejects.toBe(reason);
  });

  it.each([
    ["a login that never comes", { headers: () => new Promise<HeadersInit>(() => undefined) }],
    ["a fetch that pays no heed to the signal", { fetch: () => new Promise<Response>(() => undefined) }],
    [
      "an answer that pays no heed to the signal",
      { fetch: () => Promise.resolve(new Response(new ReadableStream(), { headers: JSON_HEADERS })) },
    ],
  ])("does not wait after an abort for %s", async (_, odd) => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const found = fromDicomWeb({ url: archive.url, ...WANTED, ...odd, signal: stop.signal });
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort(reason);
    await expect(found).rejects.toBe(reason);
  });

  it.each([
    ["study", { study: "../../admin?x=" }],
    ["series", { series: "1.2/../3" }],
    ["instances", { instances: ["1.2.3.1?"] }],
    ["patience", { patience: Number.NaN }],
    ["attempts", { attempts: 0 }],
    ["maxBytes", { maxBytes: -1 }],
    ["url", { url: "file:///etc/passwd" }],
    ["url", { url: "http://name:secret@127.0.0.1/" }],
    ["headers", { headers: { "not a name": "x" } }],
  ])("refuses a %s that cannot be meant, and asks nothing", async (field, wrong) => {
    await expect(fromDicomWeb({ url: archive.url, ...WANTED, ...wrong })).rejects.toMatchObject({
      code: "invalid-request",
      detail: { field },
    });
    expect(archive.requests).toEqual([]);
  });
});

describe("answers without end", () => {
  /** Answer the search for instances with the same bytes again and again, as fast as they are taken. */
  function repeat(pathEnd: string, type: string, head: string, body: () => string | Buffer): void {
    archive.fault = async (request, response) => {
      const { pathname } = new URL(request.url ?? "", archive.url);
      if (!pathname.endsWith(pathEnd)) return false;
      response.writeHead(200, { "content-type": type });
      response.write(head);
      const gone = new AbortController();
      const isOpen = (): boolean => !response.destroyed;
      response.once("close", () => gone.abort());
      while (isOpen()) {
        if (response.write(body())) continue;
        await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
      }
      return true;
    };
  }

  it.each([
    ["text", "[", () => `{"00080018":{"Value":["1.2.3.1"]},"00104000":{"Value":["${"x".repeat(1 << 20)}`],
    ["spaces", "[", () => " ".repeat(1 << 20)],
    ["one item after the other", "[", () => `${JSON.stringify(named("1.2.3.1"))},`.repeat(1 << 14)],
    ["brackets", "[", () => '{"00080018":['.repeat(1 << 16)],
  ])("are given up: JSON with %s", async (_, head, body) => {
    await archive.fill(UIDS);
    repeat("/instances", "application/dicom+json", head, body);
    await expect(fromDicomWeb({ url: archive.url, ...WANTED, attempts: 1 })).rejects.toMatchObject({
      code: "archive-response",
    });
  });

  it.each([
    ["an instance", "--small\r\n\r\n", "1.2.3.1"],
    ["a part of another kind", "--small\r\nContent-Type: image/png\r\n\r\n", "1.2.3.1"],
  ])("are given up: %s", async (_, head) => {
    await archive.fill(["1.2.3.1"]);
    repeat("/instances/1.2.3.1", "multipart/related; boundary=small", head, () => Buffer.alloc(1 << 16));
    const options = { url: archive.url, ...WANTED, instances: ["1.2.3.1"], maxBytes: 4 << 20, attempts: 1 };
    await expect(fromDicomWeb(options)).rejects.toMatchObject({
      code: "archive-response",
      detail: { expected: 4 << 20 },
    });
  });

  it("are given up: bytes in which no boundary comes, and the same instance for ever", async () => {
    await archive.fill(UIDS);
    repeat("/series/1.2.3", "multipart/related; boundary=small", "", () => Buffer.alloc(1 << 16));
    expect(fetched(await fromDicomWeb({ url: archive.url, ...WANTED }))).toEqual(UIDS);
    const again = multipart([archive.stored.get("1.2.3.1") as Buffer]).subarray(0, -"--small--\r\n".length);
    repeat("/series/1.2.3", "multipart/related; boundary=small", "", () => again);
    expect(fetched(await fromDicomWeb({ url: archive.url, ...WANTED }))).toEqual(UIDS);
  });

  it("are given up: an answer that only drips", async () => {
    await archive.fill(["1.2.3.1"]);
    archive.fault = (request, response) => {
      if (!request.url?.includes("/instances/")) return false;
      response.writeHead(200, { "content-type": "multipart/related; boundary=small" });
      response.write("-");
      return true;
    };
    const options = { url: archive.url, ...WANTED, instances: ["1.2.3.1"], patience: 200, attempts: 1 };
    await expect(fromDicomWeb(options)).rejects.toMatchObject({ code: "archive-slow" });
  });

  it("a list of 150,000 instances is read", async () => {
    passWaits();
    await archive.fill(["1.2.3.1"]);
    const all = JSON.stringify(uidsOf(150_000).map(named));
    archive.fault = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", archive.url);
      if (pathname.endsWith("/instances")) {
        response.writeHead(200, { "content-type": "application/dicom+json" });
        response.end(searchParams.has("offset") ? "[]" : all);
      } else if (pathname.includes("/instances/")) response.writeHead(403).end();
      else return false;
      return true;
    };
    const found = await fromDicomWeb({ url: archive.url, ...WANTED });
    expect(found).toHaveLength(150_000);
    expect(fetched(found)).toEqual(["1.2.3.1"]);
  });

  it.each([
    ["cut", '[{"00080018":{"Value":["1.2.3.1"]}}'],
    ["broken", '[{"00080018":{"Value":["1.2.3.1"}}]'],
    ["a number", "42"],
    ["a list of numbers", "[1,2]"],
    ["nothing", ""],
    ["an item without a UID", '[{"00080018":{"Value":["../x"]}}]'],
  ])("JSON that is %s is refused with a code", async (_, text) => {
    archive.fault = (request, response) => {
      const { pathname } = new URL(request.url ?? "", archive.url);
      if (!pathname.endsWith("/instances")) return false;
      response.writeHead(200, { "content-type": "application/dicom+json" }).end(text);
      return true;
    };
    await expect(fromDicomWeb({ url: archive.url, ...WANTED })).rejects.toMatchObject({
      code: "archive-response",
    });
  });
});

describe("addresses", () => {
  it("of search, retrieval and storing may differ, and a query in one goes along as it is", async () => {
    await archive.fill(UIDS);
    archive.fault = (request, _, __) => {
      const { pathname, search } = new URL(request.url ?? "", archive.url);
      const root = /\/(studies)\//.exec(pathname);
      const signature = /(?:\/instances|\/series)$/.test(pathname) ? "sig=a%2Bb%3D" : "key=w";
      expect(search.endsWith(signature)).toBe(root !== null);
      return false;
    };
    const url = { wado: `${archive.url}?key=w`, qido: `${archive.url}/?sig=a%2Bb%3D` };
    expect(fetched(await fromDicomWeb({ url, ...WANTED }))).toEqual(UIDS);
  });
});
