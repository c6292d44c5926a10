import { openAsBlob, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OverlayError } from "../src/errors.js";
import { toDirectory } from "../src/sinks/directory.js";
import type { NamedBlob } from "../src/sinks/named-blob.js";
import { DiskFolder } from "./folder-handle.js";

let root: string;
let folder: DiskFolder;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "directory-"));
  folder = new DiskFolder(join(root, "out"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const result = (name: string, text: string): NamedBlob => ({ name, blob: new Blob([text]) });

async function* streamed(...results: NamedBlob[]): AsyncGenerator<NamedBlob> {
  for (const item of results) yield item;
}

/** A result whose file shrank on the disk after it was made. */
async function changed(name: string, size = 1000): Promise<NamedBlob> {
  const path = join(root, "source");
  writeFileSync(path, "");
  truncateSync(path, size);
  const blob = new Blob(["head", (await openAsBlob(path)).slice(4)]);
  truncateSync(path, 4);
  return { name, blob };
}

const put = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);

describe("toDirectory", () => {
  it.each([
    ["NotAllowedError", /requestPermission\(\{ mode: "readwrite" \}\)/],
    ["SecurityError", /requestPermission/],
    ["NotFoundError", /moved, renamed or deleted/],
    ["QuotaExceededError", /space/],
    ["NoModificationAllowedError", /in use/],
    ["AnotherError", /could not be written/],
  ])("says what to do where the browser refuses with %s", async (found, words) => {
    const refuse = async (): Promise<never> => {
      throw new DOMException("a browser's own words", found);
    };
    const asked = { getFileHandle: refuse, removeEntry: refuse };
    const made = {
      getFileHandle: async (name: string, options?: { create?: boolean | undefined }) => {
        if (options?.create) return { name, createWritable: refuse };
        throw new DOMException("none", "NotFoundError");
      },
      removeEntry: async () => undefined,
    };
    const unsaved = await toDirectory(made, [result("a", "x")]);
    const detail = { index: 0, found };
    expect(unsaved).toMatchObject([{ outcome: "failed", error: { code: "file-access", detail } }]);
    expect(unsaved[0]).toMatchObject({ error: { message: expect.stringMatching(words) } });
    // A folder that lacks the file says so with the same name: it is not an error there.
    if (found === "NotFoundError") return;
    const error = await toDirectory(asked, [result("a", "x")]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "file-access", detail, message: expect.stringMatching(words) });
  });

  it("writes each result under a safe, unique name, and says what became of it", async () => {
    const error = new OverlayError("not-dicom", "no");
    const given = [
      result("one.dcm", "first"),
      { name: "bad", error },
      result("x/one.dcm", "second"),
      result("empty", ""),
    ];
    expect(await toDirectory(folder, given)).toMatchObject([
      { outcome: "saved", index: 0, name: "one.dcm", savedAs: "one.dcm", bytes: 5 },
      { outcome: "failed", index: 1, name: "bad", error },
      { outcome: "saved", index: 2, name: "x/one.dcm", savedAs: "one (2).dcm", bytes: 6 },
      { outcome: "saved", index: 3, savedAs: "empty", bytes: 0 },
    ]);
    expect(folder.texts).toEqual({ "one.dcm": "first", "one (2).dcm": "second", empty: "" });
  });

  for (const [kind, given] of [
    ["a list", () => [result("a", "new"), result("b", "new"), result("c", "new")]],
    ["a stream", () => streamed(result("a", "new"), result("b", "new"), result("c", "new"))],
  ] as const) {
    it(`refuses by default before anything is written where a name of ${kind} is taken`, async () => {
      put("b", "old");
      put("c", "old");
      await expect(toDirectory(folder, given())).rejects.toMatchObject({
        code: "file-exists",
        detail: { index: 1, count: 2 },
      });
      expect(folder.texts).toEqual({ b: "old", c: "old" });
      expect(folder.created).toEqual([]);
    });
  }

  it("asks about the names it is told before it takes the first result", async () => {
    put("b", "old");
    let taken = 0;
    async function* results(): AsyncGenerator<NamedBlob> {
      taken++;
      yield result("a", "new");
    }
    await expect(toDirectory(folder, results(), { names: ["a", "b"] })).rejects.toMatchObject({
      code: "file-exists",
    });
    expect(taken).toBe(0);
    expect(await toDirectory(folder, results(), { names: ["a"] })).toMatchObject([{ outcome: "saved" }]);
  });

  it("refuses one file, and goes on, where its name was taken meanwhile", async () => {
    async function* results(): AsyncGenerator<NamedBlob> {
      yield result("a", "new");
      put("b", "another program's");
      yield result("b", "new");
      yield result("c", "new");
    }
    const outcomes = await toDirectory(folder, results(), { names: ["a", "b", "c"] });
    expect(outcomes).toMatchObject([
      {},
      { outcome: "failed", error: { code: "file-exists" } },
      { outcome: "saved" },
    ]);
    expect(folder.texts).toEqual({ a: "new", b: "another program's", c: "new" });
  });

  it("finds another name with rename, also past names that are taken", async () => {
    put("a.dcm", "old");
    put("a (2).dcm", "old");
    const outcomes = await toDirectory(folder, [result("a.dcm", "x"), result("a.dcm", "y")], {
      existingFiles: "rename",
    });
    expect(outcomes).toMatchObject([{ savedAs: "a (3).dcm" }, { savedAs: "a (4).dcm" }]);
    expect(folder.texts).toMatchObject({ "a.dcm": "old", "a (2).dcm": "old", "a (3).dcm": "x" });
  });

  it("replaces files of just that name, never one whose name was made here", async () => {
    put("a.dcm", "old");
    put("a (2).dcm", "innocent");
    put("b_c", "innocent");
    const given = [result("a.dcm", "x"), result("a.dcm", "y"), result("b:c", "z")];
    const outcomes = await toDirectory(folder, given, { existingFiles: "replace" });
    expect(outcomes).toMatchObject([{ savedAs: "a.dcm" }, { savedAs: "a (3).dcm" }, { savedAs: "b_c (2)" }]);
    expect(folder.texts).toEqual({
      "a.dcm": "x",
      "a (2).dcm": "innocent",
      "a (3).dcm": "y",
      b_c: "innocent",
      "b_c (2)": "z",
    });
  });

  it("replaces a file whose name would not do for a new one, once", async () => {
    const [space, long, device] = ["image .dcm", `${"x".repeat(220)}.dcm`, "aux.dcm"];
    for (const name of [space, long, device, "image.dcm"]) writeFileSync(join(folder.path, name), "old");
    const given = [space, long, device, space].map((name) => result(name, "new"));
    const outcomes = await toDirectory(folder, given, { existingFiles: "replace" });
    expect(outcomes.map((outcome) => "savedAs" in outcome && outcome.savedAs)).toEqual([
      space,
      long,
      device,
      "image (2).dcm",
    ]);
    expect(folder.texts).toMatchObject({
      [space]: "new",
      [long]: "new",
      [device]: "new",
      "image.dcm": "old",
    });
  });

  it("puts a result back into the very file that it was made from", async () => {
    put("a.dcm", "0123456789");
    const file = await openAsBlob(join(folder.path, "a.dcm"));
    const blob = new Blob([file.slice(0, 5), "-", file.slice(5)]);
    expect(await toDirectory(folder, [{ name: "a.dcm", blob }], { existingFiles: "replace" })).toMatchObject([
      { outcome: "saved" },
    ]);
    expect(folder.texts).toEqual({ "a.dcm": "01234-56789" });
  });

  for (const size of [1_000, 40_000_000]) {
    it(`leaves nothing of a file of ${size} bytes that changed on disk, and goes on`, async () => {
      put("old", "old");
      const given = [
        result("a", "a"),
        await changed("new", size),
        { ...(await changed("old", size)) },
        result("b", "b"),
      ];
      const outcomes = await toDirectory(folder, given, { existingFiles: "replace" });
      expect(
        outcomes.map((file) =>
          file.outcome === "failed" ? [file.error.code, file.error.detail["index"]] : "saved",
        ),
      ).toEqual(["saved", ["file-changed", 1], ["file-changed", 2], "saved"]);
      expect(folder.texts).toEqual({ a: "a", b: "b", old: "old" });
    });
  }

  it("leaves no empty file behind where writing fails, says why, and goes on", async () => {
    const full = new DiskFolder(join(root, "full"), (name) => {
      if (name === "b") throw new DOMException("no space", "QuotaExceededError");
    });
    const outcomes = await toDirectory(full, [result("a", "a"), result("b", "b"), result("c", "c")]);
    expect(outcomes).toMatchObject([
      { outcome: "saved" },
      { error: { code: "file-access", detail: { index: 1, found: "QuotaExceededError", step: "write" } } },
      { outcome: "saved" },
    ]);
    expect(full.texts).toEqual({ a: "a", c: "c" });
  });

  it("removes the empty file also where the browser still holds it for a moment", async () => {
    const full = (): void => {
      throw new DOMException("no space", "QuotaExceededError");
    };
    const folder = new DiskFolder(join(root, "held"), full);
    const remove = folder.removeEntry.bind(folder);
    let tries = 0;
    folder.removeEntry = async (name) => {
      if (++tries < 4) throw new DOMException("locked", "NoModificationAllowedError");
      await remove(name);
    };
    const [saved] = await toDirectory(folder, [{ name: "a.dcm", blob: new Blob(["a"]) }]);

    expect(saved).toMatchObject({ outcome: "failed", error: { code: "file-access" } });
    expect(folder.texts).toEqual({});
    expect(tries).toBe(4);
  });

  it("rejects with signal.reason in the middle of a file, which it leaves as it was", async () => {
    put("b", "old");
    const control = new AbortController();
    const stopping = new DiskFolder(folder.path, (name) => {
      if (name === "b") control.abort("enough");
    });
    const large = { name: "b", blob: new Blob([new Uint8Array(70_000_000)]) };
    const told: string[] = [];
    const options = {
      existingFiles: "replace",
      signal: control.signal,
      onSaved: ({ name }: { name: string }) => told.push(name),
    } as const;
    await expect(toDirectory(stopping, [result("a", "a"), large, result("c", "c")], options)).rejects.toBe(
      "enough",
    );
    expect(told).toEqual(["a"]);
    expect(folder.texts).toEqual({ a: "a", b: "old" });
  });

  it("says file-exists for a folder of that name", async () => {
    new DiskFolder(join(folder.path, "a"));
    await expect(toDirectory(folder, [result("a", "x")])).rejects.toMatchObject({ code: "file-exists" });
    const outcomes = await toDirectory(folder, [result("a", "x")], { existingFiles: "replace" });
    expect(outcomes).toMatchObject([{ outcome: "failed", error: { code: "file-access" } }]);
    expect(statSync(join(folder.path, "a")).isDirectory()).toBe(true);
  });

  it("writes 500 equal names into a folder that has 500 of them in time that grows with their number", async () => {
    for (let count = 2; count <= 500; count++) put(`a (${count})`, "");
    put("a", "");
    let asked = 0;
    const counting = new DiskFolder(folder.path);
    const getFileHandle = counting.getFileHandle.bind(counting);
    counting.getFileHandle = (...given) => {
      asked++;
      return getFileHandle(...given);
    };
    const given = Array.from({ length: 500 }, () => result("a", "x"));
    const outcomes = await toDirectory(counting, given, { existingFiles: "rename" });
    expect(outcomes.every(({ outcome }) => outcome === "saved")).toBe(true);
    expect(readFileSync(join(folder.path, "a (1000)"), "utf8")).toBe("x");
    expect(asked).toBeLessThan(2_000);
  });

  it("says unsupported-sink where the browser has no writable files, and leaves no empty one", async () => {
    const files = new Set<string>();
    const handle = {
      getFileHandle: async (name: string, options?: { create?: boolean }) => {
        if (!files.has(name) && options?.create !== true) throw new DOMException("", "NotFoundError");
        files.add(name);
        return {} as never;
      },
      removeEntry: async (name: string) => void files.delete(name),
    };
    await expect(toDirectory(handle, [result("a", "x")])).rejects.toMatchObject({ code: "unsupported-sink" });
    expect([...files]).toEqual([]);
  });

  it("refuses an option that is none, by its name", async () => {
    await expect(toDirectory(folder, [], { existingFiles: "overwrite" as never })).rejects.toMatchObject({
      code: "invalid-request",
      detail: { field: "existingFiles" },
    });
  });
});
