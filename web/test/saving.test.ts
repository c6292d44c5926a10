/** Blobs of files on the disk, as Node has them: like Chromium, it refuses to read a file that has changed. */
import { openAsBlob, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OverlayError } from "../src/errors.js";
import type { NamedBlob } from "../src/sinks/named-blob.js";
import { type Numbered, numbered, readChecked, saveEach, WHOLE } from "../src/sinks/saving.js";
import { Contents } from "../src/values/contents.js";
import { toBlob } from "../src/values/source.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "saving-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const item = (index = 0, result: Partial<NamedBlob> = {}): Numbered => ({
  index,
  result: { name: "a", ...result },
});

async function sizes(blob: Blob, of: Numbered = item()): Promise<number[]> {
  const found: number[] = [];
  for await (const bytes of readChecked(new Contents(blob, null), of)) found.push(bytes.length);
  return found;
}

/** A Blob that says another size than its bytes have, as Firefox's does when the file behind it shrinks. */
class ShrunkBlob extends Blob {
  override get size(): number {
    return 100;
  }
}

describe("readChecked", () => {
  it("reads small files as one piece, large ones in pieces, empty ones in none", async () => {
    expect(await sizes(new Blob(["abc"]))).toEqual([3]);
    expect(await sizes(new Blob([]))).toEqual([]);
    expect(await sizes(new Blob([new Uint8Array(WHOLE + 5)]))).toEqual([WHOLE, 5]);
  });

  it("says file-changed, and which, where the file on disk shrank after it was exported", async () => {
    const path = join(folder, "source.dcm");
    writeFileSync(path, new Uint8Array(1000));
    const file = await openAsBlob(path);
    const blob = new Blob(["head", file.slice(10)]);
    truncateSync(path, 400);
    await expect(sizes(blob, item(7))).rejects.toMatchObject({ code: "file-changed", detail: { index: 7 } });
  });

  it("says file-changed where fewer bytes come than the Blob has", async () => {
    await expect(sizes(new ShrunkBlob(["abc"]), item(3))).rejects.toMatchObject({
      code: "file-changed",
      detail: { index: 3, expected: 100, found: 3 },
    });
  });

  it("says file-changed where the source has another time than when it was taken", async () => {
    // What WebKit does: it asks the disk each time.
    let time = 1;
    const file = new File(["abc"], "a.dcm");
    Object.defineProperty(file, "lastModified", { get: () => time });
    expect(toBlob(file)).toBe(file);
    const blob = new Blob(["new", file]);
    expect(await sizes(blob, item(0, { file }))).toEqual([6]);
    time = 2;
    await expect(sizes(blob, item(2, { file }))).rejects.toMatchObject({
      code: "file-changed",
      detail: { index: 2 },
    });
  });
});

describe("saveEach", () => {
  const save = async ({ blob }: Contents, { index }: Numbered): Promise<string> =>
    `${index}:${await blob.text()}`;

  it("gives one outcome for each result, a failed export with its own error, and tells of each", async () => {
    const error = new OverlayError("not-dicom", "no DICOM");
    const results: NamedBlob[] = [{ name: "a", blob: new Blob(["x"]) }, { name: "b", error }, { name: "c" }];
    const told: unknown[] = [];
    const outcomes = await saveEach<string>(results, { onSaved: (file) => told.push(file) }, save);
    expect(outcomes).toMatchObject([
      "0:x",
      { outcome: "failed", index: 1, name: "b", error },
      {
        outcome: "failed",
        index: 2,
        name: "c",
        error: { code: "invalid-request", detail: { field: "blob" } },
      },
    ]);
    expect(told).toEqual(outcomes);
  });

  it("rejects with signal.reason at once while it waits for a result, and ends the source", async () => {
    const control = new AbortController();
    let isEnded = false;
    const source: AsyncIterableIterator<NamedBlob> = {
      next: () => new Promise(() => undefined),
      return: async () => {
        isEnded = true;
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const reason = new Error("enough");
    const saving = saveEach(source, { signal: control.signal }, save);
    control.abort(reason);
    await expect(saving).rejects.toBe(reason);
    expect(isEnded).toBe(true);
  });

  it("takes nothing with a signal that is aborted already", async () => {
    let taken = 0;
    function* source(): Generator<NamedBlob> {
      taken++;
      yield { name: "a", blob: new Blob(["x"]) };
    }
    await expect(saveEach(source(), { signal: AbortSignal.abort("no") }, save)).rejects.toBe("no");
    expect(taken).toBe(0);
  });

  it("ends the source when the saving fails as a whole, and does not end one that failed by itself", async () => {
    let ended = 0;
    function* source(): Generator<NamedBlob> {
      try {
        for (;;) yield { name: "a", blob: new Blob(["x"]) };
      } finally {
        ended++;
      }
    }
    const fault = new TypeError("a fault of ours");
    await expect(saveEach(source(), {}, () => Promise.reject(fault))).rejects.toBe(fault);
    expect(ended).toBe(1);
    // biome-ignore lint/correctness/useYield: a source that fails at once
    async function* failing(): AsyncGenerator<NamedBlob> {
      throw new Error("series");
    }
    await expect(saveEach(failing(), {}, save)).rejects.toThrow("series");
  });

  it("numbers results by their own index, else by position", async () => {
    const found: number[] = [];
    const results = [{ name: "a" }, { name: "b", index: 9 }, { name: "c" }];
    for await (const { index } of numbered(results, undefined)) found.push(index);
    expect(found).toEqual([0, 9, 2]);
  });
});
