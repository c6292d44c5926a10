/** Blobs of files on the disk, as Node has them: like Chromium, it refuses to read a file that has changed. */
import { openAsBlob, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OverlayError } from "../src/errors.js";
import type { NamedBlob } from "../src/sinks/named-blob.js";
import { type Numbered, numbered, readChecked, readWhole, saveEach, WHOLE } from "../src/sinks/saving.js";
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

/** A Blob whose size is not that of its bytes, as Firefox's does when the file behind it shrinks. */
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

  it("writes the pieces of a result without a Blob of it: its file is read whole, in one go", async () => {
    class Watched extends Blob {
      slices = 0;

      override slice(start?: number, end?: number): Blob {
        this.slices++;
        return super.slice(start, end);
      }
    }
    const file = new Watched(["abcdefghi"]);
    const contents = new Contents(file, [[0, 2], Uint8Array.of(0x41, 0x42), [4, 9]]);
    expect(new TextDecoder().decode(await readWhole(contents, item()))).toBe("abABefghi");
    expect([file.slices, contents.pieces?.length]).toEqual([0, 3]);
  });

  it("reads of a file that is much larger than the result no more than the result has", async () => {
    const file = new Blob(["x".repeat(1000), "tail"]);
    const contents = new Contents(file, [Uint8Array.of(0x41), [1000, 1004]]);
    expect(new TextDecoder().decode(await readWhole(contents, item()))).toBe("Atail");
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

  it("says file-changed where the time of the source is not that of when it was taken", async () => {
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

  it("saves so many at a time, takes no more than it saves, and keeps the results' order", async () => {
    const settle: (() => void)[] = [];
    let taken = 0;
    function* source(): Generator<NamedBlob> {
      for (const name of ["a", "b", "c", "d", "e"]) {
        taken++;
        yield { name, blob: new Blob([name]) };
      }
    }
    const told: string[] = [];
    const slow = async ({ blob }: Contents): Promise<string> => {
      await new Promise<void>((resolve) => settle.push(resolve));
      return await blob.text();
    };
    const saving = saveEach<string>(source(), { onSaved: (name) => told.push(String(name)) }, slow, 3);
    await vi.waitFor(() => expect(settle).toHaveLength(3));
    expect(taken).toBe(3);
    settle[1]?.();
    await vi.waitFor(() => expect(settle).toHaveLength(4));
    expect(told).toEqual(["b"]);
    for (const at of [3, 0, 2]) settle[at]?.();
    await vi.waitFor(() => expect(settle).toHaveLength(5));
    settle[4]?.();
    expect(await saving).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("saves together no more bytes than one large file has", async () => {
    const running: number[] = [];
    let most = 0;
    const size = WHOLE * 0.6;
    const results = Array.from({ length: 4 }, () => ({ name: "a", blob: new Blob([new Uint8Array(size)]) }));
    const save = async (): Promise<string> => {
      running.push(1);
      most = Math.max(most, running.length);
      await new Promise((resolve) => setImmediate(resolve));
      running.pop();
      return "";
    };
    await saveEach<string>(results, {}, save, 4);
    expect(most).toBe(1);
  });

  it("waits for what is being saved before it fails as a whole", async () => {
    let isDone = false;
    const fault = new TypeError("a fault of ours");
    const results = [
      { name: "a", blob: new Blob(["a"]) },
      { name: "b", blob: new Blob(["b"]) },
    ];
    const save = async (_: Contents, { index }: Numbered): Promise<string> => {
      if (index === 1) throw fault;
      await new Promise((resolve) => setImmediate(resolve));
      isDone = true;
      return "";
    };
    await expect(saveEach<string>(results, {}, save, 2)).rejects.toBe(fault);
    expect(isDone).toBe(true);
  });

  it("numbers results by their own index, else by position", async () => {
    const found: number[] = [];
    const results = [{ name: "a" }, { name: "b", index: 9 }, { name: "c" }];
    for await (const { index } of numbered(results, undefined)) found.push(index);
    expect(found).toEqual([0, 9, 2]);
  });
});
