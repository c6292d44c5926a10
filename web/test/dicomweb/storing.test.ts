/** Into an archive: the report has one true entry for each result, whatever the archive, the network or the caller does. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { toDicomWeb } from "../../src/dicomweb/store.js";
import type { StorableResult, StoreOptions, StoreReport } from "../../src/dicomweb/store-report.js";
import { OverlayError } from "../../src/errors.js";
import { answerJson, dicomFile, FakeArchive, references } from "./fake-archive.js";
import { passWaits } from "./waits.js";

let archive: FakeArchive;
beforeEach(async () => {
  archive = await FakeArchive.start();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await archive.stop();
});

const UIDS = ["1.2.3.1", "1.2.3.2", "1.2.3.3"];
const SIX = ["1.2.3.1", "1.2.3.2", "1.2.3.3", "1.2.3.4", "1.2.3.5", "1.2.3.6"];

function results(uids: readonly string[] = UIDS, pixels?: number): StorableResult[] {
  return uids.map((uid) => ({ name: `${uid}.dcm`, blob: dicomFile(uid, pixels), sopInstanceUid: uid }));
}

/** One instance in each request. */
const store = (given = results(), options: Partial<StoreOptions> = {}): Promise<StoreReport> =>
  toDicomWeb(given, { url: archive.url, ...options });

const outcomes = (report: StoreReport): string[] => report.instances.map(({ outcome }) => outcome);
const codes = (report: StoreReport): (string | undefined)[] =>
  report.instances.map(({ error }) => error?.code);
const posts = (): number => archive.requests.filter((line) => line.startsWith("POST")).length;

describe("toDicomWeb", () => {
  it("stores what it is given, byte for byte, in requests of at most maxBytes", async () => {
    const done: number[] = [];
    const report = await store(results(UIDS, 1000), {
      maxBytes: 2800,
      onProgress: (progress) => done.push(progress.done),
    });
    expect(outcomes(report)).toEqual(["written", "written", "written"]);
    expect(posts()).toBe(2);
    expect(done).toEqual([1, 2, 3]);
    const sent = Buffer.from(await dicomFile("1.2.3.2", 1000).arrayBuffer());
    expect(archive.stored.get("1.2.3.2")).toEqual(sent);
  });

  it("gives each instance its own outcome, with the archive's reason in words", async () => {
    archive.fault = (request, response) => {
      if (request.method !== "POST") return false;
      answerJson(response, 202, references(["1.2.3.1"], { "1.2.3.2": 0x0122, "1.2.3.3": 0xa700 }));
      return true;
    };
    const report = await store();
    expect(outcomes(report)).toEqual(["written", "failed", "failed"]);
    expect(report.instances[1]).toMatchObject({
      reason: 0x0122,
      message: expect.stringContaining("does not store this class"),
      error: { code: "archive-refused" },
    });
  });

  it("says which results were no file, unchanged, kept, unreadable or there twice", async () => {
    const [good, ...twice] = results(["1.2.3.1", "1.2.3.2", "1.2.3.2"]);
    const given = [
      good as StorableResult,
      { name: "a", outcome: "failed", error: new OverlayError("no-image", "no image") } as const,
      { name: "b", blob: dicomFile("1.9"), outcome: "unchanged", sopInstanceUid: null } as const,
      { name: "c", blob: dicomFile("1.8"), sopInstanceUid: null },
      { name: "d", blob: new Blob(["no DICOM"]), sopInstanceUid: "1.7" },
      { name: "e" },
      ...twice,
    ];
    const report = await store(given);
    expect(outcomes(report)).toEqual([
      "written",
      "failed",
      "unchanged",
      "failed",
      "failed",
      "failed",
      "written",
      "failed",
    ]);
    expect(codes(report)).toEqual([
      undefined,
      "no-image",
      undefined,
      "invalid-request",
      "not-dicom",
      "invalid-request",
      undefined,
      "invalid-request",
    ]);
  });

  it("sends an instance under the UID of its Data Set, whatever group 2 says", async () => {
    const report = await store([
      { name: "a", blob: dicomFile("1.2.3.1", 10, "9.9"), sopInstanceUid: "1.2.3.1" },
    ]);
    expect(report.instances[0]).toMatchObject({ outcome: "written", sopInstanceUid: "1.2.3.1" });
  });

  it("asks first for kept instances, and leaves those alone that the archive has", async () => {
    const kept = [{ name: "a.dcm", blob: dicomFile("1.2.3.1"), sopInstanceUid: null }];
    const first = await store(kept, { instance: "keep" });
    const second = await store(kept, { instance: "keep" });
    expect([...outcomes(first), ...outcomes(second)]).toEqual(["written", "failed"]);
    expect(codes(second)).toEqual(["file-exists"]);
    expect(archive.arrivals.get("1.2.3.1")).toBe(1);
  });

  it("asks for a new token once, for all requests that are refused at the same time", async () => {
    archive.manners = { storeAnswer: "none" };
    let isOld = true;
    archive.fault = (request, response) => {
      if (request.method === "POST") isOld = false; // The first token ends while the batch is stored.
      if (isOld || request.method === "POST" || request.headers.authorization === "Bearer 1") return false;
      response.writeHead(401).end();
      return true;
    };
    const asked: string[] = [];
    const report = await store(results(SIX), {
      headers: (reason) => ({ authorization: `Bearer ${asked.push(reason) - 1}` }),
    });
    expect(outcomes(report)).toEqual(SIX.map(() => "written"));
    expect(asked).toEqual(["start", "unauthorized"]);
  });

  it.each([429, 503])("tries again after %i, and stores nothing twice", async (status) => {
    let left = 2;
    archive.fault = (request, response) => {
      if (request.method !== "POST" || left-- <= 0) return false;
      response.writeHead(status, { "retry-after": "0" }).end();
      return true;
    };
    expect(outcomes(await store())).toEqual(["written", "written", "written"]);
    expect([...archive.arrivals.values()]).toEqual([1, 1, 1]);
  });

  it("does not send again what a lost connection had stored already", async () => {
    passWaits();
    let isFirst = true;
    archive.fault = (request, response, body) => {
      if (request.method !== "POST" || !isFirst) return false;
      isFirst = false;
      archive.keep(request, body);
      archive.stored.delete("1.2.3.3");
      response.socket?.destroy();
      return true;
    };
    expect(outcomes(await store())).toEqual(["written", "written", "written"]);
    expect(Object.fromEntries(archive.arrivals)).toEqual({ "1.2.3.1": 1, "1.2.3.2": 1, "1.2.3.3": 2 });
  });

  it.each([0x0110, 0x0111, 0xb00e])("takes a duplicate (%i) of its own UID for stored", async (duplicate) => {
    passWaits();
    archive.manners = { duplicate, search: 3 };
    let isFirst = true;
    archive.fault = (request, response, body) => {
      if (request.method !== "POST" || !isFirst) return false;
      isFirst = false;
      archive.keep(request, body);
      response.socket?.destroy();
      return true;
    };
    expect(outcomes(await store())).toEqual(["written", "written", "written"]);
    const kept = await store([{ name: "a.dcm", blob: dicomFile("1.2.3.1"), sopInstanceUid: null }], {
      instance: "keep",
    });
    expect(outcomes(kept)).toEqual(["failed"]);
  });

  it("does not take a processing failure for a duplicate where nothing is stored", async () => {
    archive.fault = (request, response) => {
      if (request.method !== "POST") return false;
      answerJson(response, 409, references([], Object.fromEntries(UIDS.map((uid) => [uid, 0x0110]))));
      return true;
    };
    expect(outcomes(await store())).toEqual(["failed", "failed", "failed"]);
  });

  it("stores the others where one bad instance has the whole request refused", async () => {
    archive.manners = { allOrNothing: true };
    const report = await store(results(["1.1", "1.2", "1.666", "1.4", "1.5"]));
    expect(outcomes(report)).toEqual(["written", "written", "failed", "written", "written"]);
    expect(report.instances[2]?.error?.detail).toEqual({ status: 400 });
    expect(report.error).toBeNull();
  });

  it("never follows a redirect with a body", async () => {
    const other = await FakeArchive.start();
    try {
      archive.fault = (_, response) => {
        response.writeHead(307, { location: `${other.url}/studies` }).end();
        return true;
      };
      expect(outcomes(await store(results(), { attempts: 1 }))).toEqual(["failed", "failed", "failed"]);
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it.each([
    ["study", { study: "../../admin?x=" }],
    ["url", { url: {} as never }],
    ["maxBytes", { maxBytes: Number.NaN }],
  ])("refuses a %s that cannot be meant, and sends nothing", async (field, wrong) => {
    await expect(store(results(), wrong)).rejects.toMatchObject({
      code: "invalid-request",
      detail: { field },
    });
    expect(archive.requests).toEqual([]);
  });

  it("works where the page is not a secure context", async () => {
    const { getRandomValues } = crypto;
    vi.stubGlobal("crypto", { getRandomValues: getRandomValues.bind(crypto) });
    expect(outcomes(await store())).toEqual(["written", "written", "written"]);
  });
});

describe("an answer that does not say what became of the instances", () => {
  it.each(["none", "xml", "html", "keywords", "referenced-instances"] as const)(
    "(%s) is made up for by asking",
    async (storeAnswer) => {
      archive.manners = { storeAnswer };
      const report = await store();
      expect(outcomes(report)).toEqual(["written", "written", "written"]);
      expect(report.instances.some(({ asked }) => asked.length > 0)).toBe(storeAnswer.length < 5);
    },
  );

  it("is waited out where the archive's index is late", async () => {
    const waits = passWaits();
    archive.manners = { storeAnswer: "none", search: 6 };
    archive.fault = (request, response) => {
      if (!request.url?.endsWith("/metadata")) return false;
      response.writeHead(404).end();
      return true;
    };
    expect(outcomes(await store())).toEqual(["written", "written", "written"]);
    expect(waits).toEqual([500, 1000]);
  });

  it("is made up for by the metadata of the instance where no search is offered", async () => {
    archive.manners = { storeAnswer: "none", search: "none" };
    expect(outcomes(await store())).toEqual(["written", "written", "written"]);
  });

  it("is unknown where nothing can be asked, with what was asked", async () => {
    archive.fault = (request, response) => {
      response.writeHead(request.method === "POST" ? 200 : 404).end();
      return true;
    };
    const report = await store(results(["1.2.3.1"]));
    expect(report.instances[0]).toMatchObject({
      outcome: "unknown",
      error: { code: "archive-response" },
      asked: [
        { path: "instances?SOPInstanceUID=1.2.3.1", answer: "archive-refused 404" },
        { path: "studies/1.2/series/1.2.3/instances?SOPInstanceUID=1.2.3.1", answer: "archive-refused 404" },
        { path: "studies/1.2/series/1.2.3/instances/1.2.3.1/metadata", answer: "archive-refused 404" },
      ],
    });
  });

  it("is unknown where the archive says that it took them, and never finds them", async () => {
    const waits = passWaits();
    archive.fault = (request, response) => {
      if (request.method !== "POST") return false;
      response.writeHead(200).end();
      return true;
    };
    const report = await store();
    expect(outcomes(report)).toEqual(["unknown", "unknown", "unknown"]);
    expect(report.instances[0]?.asked[0]).toEqual({ path: "instances?SOPInstanceUID=1.2.3.1", answer: "no" });
    expect(waits).toHaveLength(3);
  });

  it("is not believed where a search ignores what it was asked for", async () => {
    await archive.fill(["7.7"]);
    archive.fault = (request, response) => {
      if (request.method === "POST") response.writeHead(204).end();
      else if (request.url?.includes("/metadata")) response.writeHead(404).end();
      else answerJson(response, 200, [{ "00080018": { vr: "UI", Value: ["7.7"] } }]);
      return true;
    };
    const report = await store(results(["1.2.3.1"]));
    expect(report.instances[0]).toMatchObject({
      outcome: "unknown",
      asked: [{ answer: "others" }, { answer: "others" }, {}],
    });
  });

  it("is a failure after 500, unless the archive stored before it failed", async () => {
    passWaits();
    archive.fault = (request, response, body) => {
      if (request.method !== "POST") return false;
      archive.keep(request, body);
      archive.stored.delete("1.2.3.2");
      response.writeHead(500).end("Internal Server Error");
      return true;
    };
    const report = await store();
    expect(outcomes(report)).toEqual(["written", "failed", "written"]);
    expect(report.instances[1]?.error?.detail).toEqual({ status: 500 });
  });
});

describe("the report of a store that ends early", () => {
  const one = { maxBytes: 1 };

  /** Let the first three instances in. */
  function shutAfterThree(status: number): void {
    archive.fault = (request, response) => {
      if (request.method !== "POST" || archive.stored.size < 3) return false;
      response.writeHead(status).end();
      return true;
    };
  }

  it.each([
    ["the archive shuts its door", {}, { code: "archive-refused", detail: { status: 401 } }],
    [
      "the function for headers throws",
      {
        headers: (reason: string) => {
          if (reason === "start") return {};
          throw new Error("the session is over");
        },
      },
      { code: "invalid-request", detail: { field: "headers" } },
    ],
  ])("has an entry for each result where %s", async (_, options, error) => {
    shutAfterThree(401);
    const report = await store(results(SIX), { ...one, ...options });
    expect(outcomes(report)).toEqual(["written", "written", "written", "failed", "failed", "failed"]);
    expect(report.error).toMatchObject(error);
    expect(codes(report).slice(4)).toEqual(["not-sent", "not-sent"]);
    expect(posts()).toBeLessThan(6);
  });

  it("has an entry for each result where the function for progress throws", async () => {
    const report = await store(results(SIX), {
      ...one,
      onProgress: ({ done }) => {
        if (done === 2) throw new Error("the page is gone");
      },
    });
    expect(report.instances.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(outcomes(report).filter((outcome) => outcome === "written")).toHaveLength(archive.stored.size);
    expect(report.error).toMatchObject({ code: "invalid-request", detail: { field: "onProgress" } });
    expect(archive.stored.size).toBeLessThan(6);
  });

  it.each(["a list", "a generator"])("has an entry for each result of %s after an abort", async (kind) => {
    const stop = new AbortController();
    archive.fault = (request) => {
      if (request.method !== "POST" || archive.stored.size < 2) return false;
      stop.abort();
      return true; // No answer, ever.
    };
    async function* made(): AsyncGenerator<StorableResult> {
      yield* results(SIX);
    }
    const given = kind === "a list" ? results(SIX) : made();
    const report = await toDicomWeb(given, { url: archive.url, ...one, signal: stop.signal });
    expect(report.aborted).toBe(true);
    expect(outcomes(report)).toEqual(["written", "written", "unknown", "failed", "failed", "failed"]);
    expect(codes(report).slice(3)).toEqual(["not-sent", "not-sent", "not-sent"]);
  });

  it("comes after an abort while the results wait for something that never comes", async () => {
    const stop = new AbortController();
    async function* made(): AsyncGenerator<StorableResult> {
      yield* results();
      stop.abort();
      await new Promise(() => undefined);
    }
    const report = await toDicomWeb(made(), { url: archive.url, signal: stop.signal });
    expect(report.instances).toHaveLength(3);
    expect(report.aborted).toBe(true);
  });

  it("names what the results themselves threw, and what was stored before", async () => {
    async function* made(): AsyncGenerator<StorableResult> {
      yield* results();
      throw new OverlayError("worker-died", "gone");
    }
    const report = await toDicomWeb(made(), { url: archive.url });
    expect(outcomes(report)).toEqual(["written", "written", "written"]);
    expect(report.error?.code).toBe("worker-died");
  });

  it("says unknown of what was on its way when the archive went away for good", async () => {
    passWaits();
    archive.fault = (request, response) => {
      if (archive.stored.size < 3) return false;
      if (request.method === "POST" || archive.stored.size >= 3) response.socket?.destroy();
      return true;
    };
    const report = await store(results(SIX), one);
    expect(outcomes(report)).toEqual(["written", "written", "written", "unknown", "failed", "failed"]);
    expect(report.error?.code).toBe("archive-unreachable");
  });
});
