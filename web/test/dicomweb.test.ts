/** Out to an archive and back, and what an archive may do wrong: against a real server on this machine. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromDicomWeb } from "../src/dicomweb/retrieve.js";
import { toDicomWeb } from "../src/dicomweb/store.js";
import type { StorableResult } from "../src/dicomweb/store-report.js";
import { answerJson, answerParts, dicomFile, multipart, references, SmallArchive } from "./small-archive.js";

let archive: SmallArchive;
beforeEach(async () => {
  archive = await SmallArchive.start();
});
afterEach(async () => await archive.stop());

const UIDS = ["1.2.3.1", "1.2.3.2", "1.2.3.3"];
const SERIES = { study: "1.2", series: "1.2.3" };

function results(uids: readonly string[] = UIDS, pixels?: number): StorableResult[] {
  return uids.map((uid) => ({ name: `${uid}.dcm`, blob: dicomFile(uid, pixels), sopInstanceUid: uid }));
}

async function fill(uids: readonly string[] = UIDS): Promise<void> {
  for (const uid of uids) archive.stored.set(uid, Buffer.from(await dicomFile(uid).arrayBuffer()));
}

const outcomes = (report: { instances: readonly { outcome: string }[] }): string[] =>
  report.instances.map(({ outcome }) => outcome);

describe("toDicomWeb", () => {
  it("stores what it is given, byte for byte, in requests of at most maxBytes", async () => {
    const done: number[] = [];
    const report = await toDicomWeb(results(UIDS, 1000), {
      url: archive.url,
      maxBytes: 2500,
      onProgress: (progress) => done.push(progress.done),
    });
    expect(outcomes(report)).toEqual(["stored", "stored", "stored"]);
    expect(archive.requests.filter((line) => line.startsWith("POST"))).toHaveLength(2);
    expect(done).toEqual([1, 2, 3]);
    expect(archive.stored.get("1.2.3.2")).toEqual(
      Buffer.from(await dicomFile("1.2.3.2", 1000).arrayBuffer()),
    );
  });

  it("gives each instance its own outcome, from 202 and 409 too, with the reason in words", async () => {
    for (const [status, stored] of [
      [202, ["1.2.3.1"]],
      [409, []],
    ] as const) {
      archive.fault = (request, response) => {
        if (request.method !== "POST") return false;
        answerJson(response, status, references(stored, { "1.2.3.2": 0x0122, "1.2.3.3": 0x0111 }));
        return true;
      };
      const uids = status === 202 ? UIDS : UIDS.slice(1);
      const report = await toDicomWeb(results(uids), { url: archive.url });
      expect(outcomes(report)).toEqual([...stored.map(() => "stored"), "refused", "already-there"]);
      const refused = report.instances.find(({ outcome }) => outcome === "refused");
      expect(refused).toMatchObject({
        reason: 0x0122,
        message: expect.stringContaining("does not store this class"),
      });
    }
  });

  it("refuses kept instances unless they are asked for by name, and asks before it sends them", async () => {
    const kept = [{ name: "a.dcm", blob: dicomFile("1.2.3.1"), sopInstanceUid: null }];
    const refused = await toDicomWeb(kept, { url: archive.url });
    expect(refused.instances[0]).toMatchObject({ outcome: "failed", error: { code: "invalid-request" } });
    expect(archive.requests).toEqual([]);
    const first = await toDicomWeb(kept, { url: archive.url, instance: "keep" });
    const second = await toDicomWeb(kept, { url: archive.url, instance: "keep" });
    expect([...outcomes(first), ...outcomes(second)]).toEqual(["stored", "already-there"]);
    expect(archive.arrivals.get("1.2.3.1")).toBe(1);
  });

  it("asks for new headers once after 401", async () => {
    archive.fault = (request, response) => {
      if (request.headers.authorization === "Bearer new") return false;
      response.writeHead(401).end();
      return true;
    };
    const asked: string[] = [];
    const report = await toDicomWeb(results(), {
      url: archive.url,
      headers: (reason) => {
        asked.push(reason);
        return { authorization: reason === "start" ? "Bearer old" : "Bearer new" };
      },
    });
    expect(outcomes(report)).toEqual(["stored", "stored", "stored"]);
    expect(asked).toEqual(["start", "unauthorized"]);
    const denied = await toDicomWeb(results(), {
      url: archive.url,
      headers: { authorization: "Bearer old" },
    });
    expect(outcomes(denied)).toEqual(["refused", "refused", "refused"]);
    expect(denied.error).toMatchObject({ code: "archive-refused", detail: { status: 401 } });
  });

  it.each([429, 503])("tries again after %i, and stores nothing twice", async (status) => {
    let left = 2;
    archive.fault = (request, response) => {
      if (request.method !== "POST" || left-- <= 0) return false;
      response.writeHead(status, { "retry-after": "0" }).end();
      return true;
    };
    const report = await toDicomWeb(results(), { url: archive.url });
    expect(outcomes(report)).toEqual(["stored", "stored", "stored"]);
    expect([...archive.arrivals.values()]).toEqual([1, 1, 1]);
  });

  it("does not send again what a lost connection had stored already", async () => {
    let isFirst = true;
    archive.fault = (request, response, body) => {
      if (request.method !== "POST" || !isFirst) return false;
      isFirst = false;
      archive.keep(request, body);
      archive.stored.delete("1.2.3.3");
      response.socket?.destroy();
      return true;
    };
    const report = await toDicomWeb(results(), { url: archive.url });
    expect(outcomes(report)).toEqual(["stored", "stored", "stored"]);
    expect(Object.fromEntries(archive.arrivals)).toEqual({ "1.2.3.1": 1, "1.2.3.2": 1, "1.2.3.3": 2 });
  });

  it("stops at once when it is aborted and says what is stored", async () => {
    const stop = new AbortController();
    archive.fault = (request) => {
      if (request.method !== "POST" || archive.stored.size === 0) return false;
      stop.abort();
      return true; // No answer, ever.
    };
    const report = await toDicomWeb(results(UIDS, 1000), {
      url: archive.url,
      maxBytes: 1200,
      signal: stop.signal,
    });
    expect(report.aborted).toBe(true);
    expect(outcomes(report)).toEqual(["stored", "unknown", "not-sent"]);
  });

  it("takes HTML for an answer as no answer, and says what was not stored", async () => {
    archive.fault = (request, response) => {
      if (request.method !== "POST") return false;
      response.writeHead(200, { "content-type": "text/html" }).end("<html>welcome</html>");
      return true;
    };
    const report = await toDicomWeb(results(), { url: archive.url });
    expect(outcomes(report)).toEqual(["refused", "refused", "refused"]);
    expect(report.instances[0]?.error?.code).toBe("archive-response");
  });

  it("never follows a redirect with a body", async () => {
    const other = await SmallArchive.start();
    try {
      archive.fault = (_, response) => {
        response.writeHead(307, { location: `${other.url}/studies` }).end();
        return true;
      };
      const report = await toDicomWeb(results(), { url: archive.url, attempts: 1 });
      expect(new Set(outcomes(report)).has("stored")).toBe(false);
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});

describe("fromDicomWeb", () => {
  it("gives the series as files, bytes as the archive has them, with what the query says", async () => {
    await fill();
    const found = await fromDicomWeb({ url: archive.url, ...SERIES });
    expect(found.map(({ file }) => file.name)).toEqual(UIDS.map((uid) => `${uid}.dcm`));
    for (const { file, sopInstanceUid } of found) {
      expect(Buffer.from(await file.arrayBuffer())).toEqual(archive.stored.get(sopInstanceUid));
    }
    expect(found[0]?.attributes["00080018"]).toEqual({ vr: "UI", Value: ["1.2.3.1"] });
  });

  it("asks again for what a cut answer left out", async () => {
    await fill();
    let isFirst = true;
    archive.fault = (request, response) => {
      if (!request.url?.endsWith("/series/1.2.3") || !isFirst) return false;
      isFirst = false;
      response.writeHead(200, { "content-type": "multipart/related; boundary=small" });
      const whole = multipart([...archive.stored.values()]);
      response.write(whole.subarray(0, whole.length - 150), () => response.socket?.destroy());
      return true;
    };
    const found = await fromDicomWeb({ url: archive.url, ...SERIES, patience: 2000 });
    expect(found).toHaveLength(3);
    expect(Buffer.from((await found[2]?.file.arrayBuffer()) as ArrayBuffer)).toEqual(
      archive.stored.get("1.2.3.3"),
    );
  });

  it.each([
    ["a wrong boundary", "multipart/related; boundary=other", null],
    ["HTML instead of DICOM", "text/html", "<html></html>"],
    ["a wrong content type", "application/json", "{}"],
    [
      "a part that is no DICOM file",
      "multipart/related; boundary=small",
      "--small\r\nContent-Type: image/png\r\n\r\nPNG\r\n--small--\r\n",
    ],
    ["a part without a prefix", "multipart/related; boundary=small", "--small\r\n\r\nhello\r\n--small--\r\n"],
  ])("refuses %s", async (_, contentType, body) => {
    await fill(["1.2.3.1"]);
    archive.fault = (request, response) => {
      if (request.url?.includes("/instances?") || request.url?.endsWith("/instances")) return false;
      response.writeHead(200, { "content-type": contentType });
      response.end(body ?? multipart([...archive.stored.values()]));
      return true;
    };
    await expect(fromDicomWeb({ url: archive.url, ...SERIES, attempts: 1 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(archive-response|not-dicom)$/),
    });
  });

  it("refuses another instance than the one asked for", async () => {
    await fill(["1.2.3.1"]);
    const other = Buffer.from(await dicomFile("9.9").arrayBuffer());
    archive.fault = (request, response) => {
      if (!request.url?.includes("/instances/")) return false;
      answerParts(response, [other]);
      return true;
    };
    await expect(fromDicomWeb({ url: archive.url, ...SERIES })).rejects.toMatchObject({
      code: "archive-response",
    });
  });

  it("gives up an answer that only drips", async () => {
    await fill(["1.2.3.1"]);
    const timers: NodeJS.Timeout[] = [];
    archive.fault = (request, response) => {
      if (!request.url?.includes("/instances/")) return false;
      response.writeHead(200, { "content-type": "multipart/related; boundary=small" });
      timers.push(setInterval(() => response.write("-"), 40));
      return true;
    };
    try {
      const wanted = fromDicomWeb({ url: archive.url, ...SERIES, patience: 300, attempts: 1 });
      await expect(wanted).rejects.toMatchObject({ code: "archive-slow" });
    } finally {
      timers.forEach(clearInterval);
    }
  });

  it("rejects with the signal's reason", async () => {
    await fill();
    const stop = new AbortController();
    const reason = new Error("enough");
    archive.fault = () => {
      stop.abort(reason);
      return true;
    };
    await expect(fromDicomWeb({ url: archive.url, ...SERIES, signal: stop.signal })).rejects.toBe(reason);
  });
});
