/** Archives, judged by Info-ZIP's `unzip`, Python's `zipfile` and fflate. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  createWriteStream,
  ftruncateSync,
  openAsBlob,
  openSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { crc32 as zlibCrc } from "node:zlib";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OverlayError } from "../src/errors.js";
import { crc32 } from "../src/sinks/crc32.js";
import type { NamedBlob, SavedFile } from "../src/sinks/named-blob.js";
import { WHOLE } from "../src/sinks/saving.js";
import { toZip, toZipBlob, toZipFile } from "../src/sinks/zip.js";
import { directoryEnd, directoryEntry, localHeader } from "../src/sinks/zip-format.js";
import { python } from "./python.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "zip-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Let Python check every checksum; its answer is JSON. */
function pythonSees(path: string): { bad: string | null; names: string[]; sizes: number[] } {
  const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    infos = archive.infolist()
    bad = archive.testzip()
    print(json.dumps({"bad": bad, "names": [i.filename for i in infos], "sizes": [i.file_size for i in infos]}))`;
  return JSON.parse(execFileSync(python, ["-c", script, path], { encoding: "utf8", maxBuffer: 1e9 }));
}

/** `unzip -t` ends with a code that is not 0 for a warning too. */
function unzipSays(path: string, ...names: string[]): string {
  return execFileSync("unzip", ["-tq", path, ...names], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function archiveOf(results: Iterable<NamedBlob>, onSaved?: (file: SavedFile) => void): Promise<string> {
  const path = join(folder, `${Math.random()}.zip`);
  await writeFile(path, Buffer.from(await new Response(toZip(results, { onSaved })).arrayBuffer()));
  return path;
}

function changedOnDisk(size: number): Promise<Blob> {
  const path = join(folder, `${Math.random()}.dcm`);
  writeFileSync(path, "");
  truncateSync(path, size);
  return openAsBlob(path).then((file) => {
    // What can still be read of a large one is more than one piece.
    const blob = new Blob([new Uint8Array(size > WHOLE ? WHOLE + 5 : 5), file.slice(5)]);
    truncateSync(path, size / 2);
    return blob;
  });
}

async function* results(): AsyncGenerator<NamedBlob> {
  yield { name: "one.dcm", blob: new Blob(["first"]) };
  yield { name: "bad.dcm", error: new OverlayError("not-dicom", "no") };
  yield { name: "x/one.dcm", blob: new Blob(["second"]) };
}

describe("crc32", () => {
  it("is zlib's, for every length and in pieces", () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 24);
    for (let length = 0; length < 40; length++) {
      expect(crc32(bytes.subarray(3, 3 + length))).toBe(zlibCrc(bytes.subarray(3, 3 + length)));
    }
    expect(crc32(bytes.subarray(333), crc32(bytes.subarray(0, 333)))).toBe(zlibCrc(bytes));
  });
});

describe("toZip", () => {
  it("stores each result once under a unique name and leaves failed ones out", async () => {
    const bytes = new Uint8Array(await new Response(toZip(results())).arrayBuffer());
    const texts = Object.entries(unzipSync(bytes)).map(([name, data]) => [
      name,
      new TextDecoder().decode(data),
    ]);
    expect(texts).toEqual([
      ["one.dcm", "first"],
      ["one (2).dcm", "second"],
    ]);
  });

  it("makes archives that unzip and Python read: empty files, Unicode names, large ones, none", async () => {
    const given = [
      { name: "empty.dcm", blob: new Blob([]) },
      { name: "日本 Ä.dcm", blob: new Blob([new Uint8Array(70_001).fill(7)]) },
      { name: "1.2.826.0.1.3680043", blob: new Blob([new Uint8Array(40_000_000).fill(3)]) },
      { name: "last", blob: new Blob(["last"]) },
    ];
    const path = await archiveOf(given);
    expect(unzipSays(path)).toContain("No errors");
    expect(pythonSees(path)).toEqual({
      bad: null,
      names: given.map(({ name }) => name),
      sizes: given.map(({ blob }) => blob.size),
    });
    expect(pythonSees(await archiveOf([]))).toEqual({ bad: null, names: [], sizes: [] });
  });

  it("counts more than 65,535 files as unzip and Python do", async () => {
    const count = 70_000;
    const blob = new Blob(["x"]);
    const path = await archiveOf(Array.from({ length: count }, () => ({ name: "1.2.3.4", blob })));
    expect(unzipSays(path)).toContain("No errors");
    const { bad, names } = pythonSees(path);
    expect([bad, new Set(names).size]).toEqual([null, count]);
  });

  it("takes results only as it is read, and ends their source when it is cancelled", async () => {
    let taken = 0;
    let isEnded = false;
    async function* endless(): AsyncGenerator<NamedBlob> {
      try {
        for (;;) yield { name: `${taken++}.dcm`, blob: new Blob([new Uint8Array(1000)]) };
      } finally {
        isEnded = true;
      }
    }
    const reader = toZip(endless()).getReader();
    await reader.read();
    expect(taken).toBeLessThan(5);
    await reader.cancel();
    expect(isEnded).toBe(true);
  });

  it("fails as its results fail", async () => {
    // biome-ignore lint/correctness/useYield: a source that fails at once
    async function* failing(): AsyncGenerator<NamedBlob> {
      throw new Error("series");
    }
    await expect(new Response(toZip(failing())).arrayBuffer()).rejects.toThrow("series");
  });

  it("fails with signal.reason", async () => {
    const stream = toZip(results(), { signal: AbortSignal.abort("no more") });
    await expect(stream.getReader().read()).rejects.toBe("no more");
  });

  for (const size of [1_000, 80_000_000]) {
    it(`leaves a file of ${size} bytes out that changed on disk, says so, and goes on with the rest`, async () => {
      const told: SavedFile[] = [];
      const given = [
        { name: "a.dcm", blob: new Blob(["a"]) },
        { name: "patient.dcm", blob: await changedOnDisk(size) },
        { name: "b.dcm", blob: new Blob(["bb"]) },
      ];
      const path = await archiveOf(given, (file) => told.push(file));
      expect(told).toMatchObject([
        { outcome: "saved", index: 0, savedAs: "a.dcm", bytes: 1 },
        {
          outcome: "failed",
          index: 1,
          name: "patient.dcm",
          error: { code: "file-changed", detail: { index: 1 } },
        },
        { outcome: "saved", index: 2, savedAs: "b.dcm", bytes: 2 },
      ]);
      expect(
        JSON.stringify(told.map((file) => ("error" in file ? [file.error.message, file.error.detail] : ""))),
      ).not.toContain("patient");
      expect(unzipSays(path)).toContain("No errors");
      expect(pythonSees(path)).toEqual({ bad: null, names: ["a.dcm", "b.dcm"], sizes: [1, 2] });
    });

    it(`fails for a file of ${size} bytes that changed on disk where nobody is told of it`, async () => {
      const given = [{ name: "a.dcm", blob: await changedOnDisk(size) }];
      await expect(archiveOf(given)).rejects.toMatchObject({ code: "file-changed" });
    });
  }
});

describe("an archive beyond 4 GiB", () => {
  it("has its last entry where unzip and Python find it", () => {
    const path = join(folder, "large.zip");
    const large = {
      name: new TextEncoder().encode("large.dcm"),
      size: 5_000_000_000,
      crc: 0,
      time: new Date(),
    };
    const text = new TextEncoder().encode("the last one");
    const small = {
      name: new TextEncoder().encode("1.2.3"),
      size: text.length,
      crc: crc32(text),
      time: new Date(),
    };
    const file = openSync(path, "w");
    let at = 0;
    const write = (bytes: Uint8Array): void => {
      at += writeSync(file, bytes, 0, bytes.length, at);
    };
    write(localHeader(large));
    at += large.size; // a hole: zeros that take no room
    const offset = at;
    write(localHeader(small));
    write(text);
    const start = at;
    write(directoryEntry(large, large.crc, 0));
    write(directoryEntry(small, small.crc, offset));
    write(directoryEnd(2, at - start, start));
    ftruncateSync(file, at);
    closeSync(file);
    expect(unzipSays(path, "1.2.3")).toContain("No errors");
    const script =
      "import sys, zipfile; a = zipfile.ZipFile(sys.argv[1]); print(a.read('1.2.3').decode(), a.infolist()[0].file_size)";
    expect(execFileSync(python, ["-c", script, path], { encoding: "utf8" })).toBe(
      "the last one 5000000000\n",
    );
    expect(execFileSync("unzip", ["-l", path], { encoding: "utf8" })).toMatch(/5000000000 .*large\.dcm/);
  });
});

describe("toZipFile", () => {
  const open = (path: string): WritableStream => Writable.toWeb(createWriteStream(path)) as WritableStream;

  it("streams into any writable stream and gives an outcome for each result", async () => {
    const path = join(folder, "stream.zip");
    const outcomes = await toZipFile(open(path), results());
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["saved", "failed", "saved"]);
    expect(pythonSees(path)).toMatchObject({ bad: null, names: ["one.dcm", "one (2).dcm"] });
  });

  it("goes on after a file that changed on disk", async () => {
    const given = [
      { name: "a", blob: await changedOnDisk(1000) },
      { name: "b", blob: new Blob(["b"]) },
    ];
    const path = join(folder, "changed.zip");
    const outcomes = await toZipFile({ name: "x.zip", createWritable: async () => open(path) }, given);
    expect(outcomes).toMatchObject([{ error: { code: "file-changed" } }, { outcome: "saved" }]);
    expect(pythonSees(path).names).toEqual(["b"]);
  });

  it("aborts the target, and says what the browser said, where it cannot be written", async () => {
    let reason: unknown;
    const target = new WritableStream<Uint8Array<ArrayBuffer>>({
      write: () => Promise.reject(new DOMException("disk full", "QuotaExceededError")),
      abort: (given) => {
        reason = given;
      },
    });
    await expect(toZipFile(target, results())).rejects.toMatchObject({
      code: "file-access",
      detail: { found: "QuotaExceededError", step: "write" },
    });
    expect(reason).toBeUndefined(); // a stream that failed is not told to abort as well
  });

  it("aborts the target with the series' error, and with the signal's reason", async () => {
    const control = new AbortController();
    for (const [source, options, expected] of [
      [failing(), {}, "series"],
      [results(), { signal: control.signal }, "no longer"],
    ] as const) {
      let isAborted = false;
      const target = new WritableStream<Uint8Array<ArrayBuffer>>({
        write: () => control.abort(new Error("no longer")),
        abort: () => {
          isAborted = true;
        },
      });
      await expect(toZipFile(target, source, options)).rejects.toThrow(new RegExp(expected));
      expect(isAborted).toBe(true);
    }
    async function* failing(): AsyncGenerator<NamedBlob> {
      yield { name: "a", blob: new Blob(["a"]) };
      throw new Error("series");
    }
  });

  it("says unsupported-sink for a handle that cannot be written to", async () => {
    await expect(toZipFile({} as never, results())).rejects.toMatchObject({ code: "unsupported-sink" });
  });
});

describe("toZipBlob", () => {
  it("makes the archive that toZip streams", async () => {
    const given = [
      { name: "a.dcm", blob: new Blob(["first"]) },
      { name: "b.dcm", blob: new Blob([new Uint8Array(9_000_000).fill(7)]) },
    ];
    const path = join(folder, "blob.zip");
    writeFileSync(path, new Uint8Array(await (await toZipBlob(given)).arrayBuffer()));
    expect(pythonSees(path).names).toEqual(["a.dcm", "b.dcm"]);
  });

  it("rejects with the error of the file that cannot be saved, and its code", async () => {
    const given = [{ name: "a", blob: await changedOnDisk(1000) }];
    await expect(toZipBlob(given)).rejects.toMatchObject({ name: "OverlayError", code: "file-changed" });
  });

  it("rejects with the reason of an abort", async () => {
    const reason = new Error("enough");
    await expect(toZipBlob([], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
