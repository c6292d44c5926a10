import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { type NamedBlob, safeName, toDirectory, toZip, UniqueNames } from "../src/sinks.js";

describe("safeName", () => {
  it.each([
    ["IM0001.dcm", "IM0001.dcm"],
    ["IM0001", "IM0001"],
    ["../../etc/passwd", "passwd"],
    ["..\\..\\boot.ini", "boot.ini"],
    ["..", "file"],
    ["", "file"],
    [".dcm", "dcm"],
    ["a\u0000b\u001f\u0085.dcm", "a_b__.dcm"],
    ["gpj.\u202edcm", "gpj._dcm"],
    ["lone \ud800 half.dcm", "lone _ half.dcm"],
    ['a<b>c:d"e|f?g*.dcm', "a_b_c_d_e_f_g_.dcm"],
    ["CON.dcm", "_CON.dcm"],
    ["com1", "_com1"],
    ["trailing. ", "trailing"],
    ["Müller 日本.dcm", "Müller 日本.dcm"],
  ])("makes %j into %j", (name, expected) => {
    expect(safeName(name)).toBe(expected);
  });

  it("keeps long names short and their extension whole", () => {
    const name = safeName(`${"x".repeat(500)}.dcm`);
    expect(name).toHaveLength(184);
    expect(name.endsWith(".dcm")).toBe(true);
  });
});

describe("UniqueNames", () => {
  it("tells equal names apart, also where a file system sees no case, and where the new name is taken", () => {
    const names = new UniqueNames();
    const given = ["a.dcm", "A.dcm", "a (2).dcm", "folder/a.dcm", "b"];
    expect(given.map((name) => names.next(name))).toEqual([
      "a.dcm",
      "A (2).dcm",
      "a (2) (2).dcm",
      "a (3).dcm",
      "b",
    ]);
  });
});

async function* results(): AsyncGenerator<NamedBlob> {
  yield { name: "one.dcm", blob: new Blob(["first"]) };
  yield { name: "bad.dcm" };
  yield { name: "x/one.dcm", blob: new Blob(["second"]) };
}

describe("toZip", () => {
  it("stores each result once under a unique name and leaves failed ones out", async () => {
    const bytes = new Uint8Array(await new Response(toZip(results())).arrayBuffer());
    const files = unzipSync(bytes);
    const texts = Object.entries(files).map(([name, data]) => [name, new TextDecoder().decode(data)]);
    expect(texts).toEqual([
      ["one.dcm", "first"],
      ["one (2).dcm", "second"],
    ]);
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
});

describe("toDirectory", () => {
  it("writes each result under a safe, unique name", async () => {
    const written = new Map<string, string>();
    const handle = {
      getFileHandle: async (name: string) => ({
        createWritable: async () => {
          const decoder = new TextDecoder();
          let text = "";
          return new WritableStream<Uint8Array | Blob>({
            write: (chunk) => {
              text += decoder.decode(chunk as Uint8Array);
            },
            close: () => {
              written.set(name, text);
            },
          });
        },
      }),
    };
    expect(await toDirectory(handle, results())).toBe(2);
    expect([...written]).toEqual([
      ["one.dcm", "first"],
      ["one (2).dcm", "second"],
    ]);
  });

  it("says unsupported-sink where the browser has no writable files", async () => {
    const handle = { getFileHandle: async () => ({}) as never };
    await expect(toDirectory(handle, results())).rejects.toMatchObject({ code: "unsupported-sink" });
  });
});
