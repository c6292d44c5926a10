import { describe, expect, it } from "vitest";
import { OverlayError } from "../src/errors.js";
import { Contents } from "../src/values/contents.js";
import type { Bridge } from "../src/worker/bridge.js";
import { handleJobs } from "../src/worker/handle.js";
import { FileReaders } from "../src/worker/read-ranges.js";
import type { EditedFile, Job, JobOutcome } from "../src/workers/protocol.js";

const bytesOf = (size: number, seed = 0): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: size }, (_, at) => (at * 7 + seed) % 251);

const FACTS = { groups: [0x6000], notices: [], sopInstanceUid: null };

/** A Python that plans to put `added` in place of `[start, end)`. */
function planning(start: number, end: number, added: Uint8Array, sourceSize: number): Bridge {
  const ok = { ...FACTS, sourceSize, splices: [{ start, end, buffer: 0 }] };
  return { call: () => [JSON.stringify([{ ok }]), [added]] };
}

function writing(source: Blob, changes: Partial<Job<"write">> = {}): Job<"write"> {
  return {
    type: "write",
    source,
    kept: null,
    masks: [Uint8Array.of(1, 0)],
    planes: [{ mask: 0, rule: { type: "packed" }, existing: "refuse" }],
    empty: "write",
    cleared: [],
    instance: "keep",
    series: {},
    strict: false,
    ...changes,
  };
}

/** Of a message whose answer somebody waits for. */
const WANTED = new AbortController().signal;

const errorOf = (outcome: JobOutcome | undefined): unknown =>
  outcome !== undefined && "error" in outcome ? outcome.error.code : null;

describe("a cancelled message", () => {
  it("is not done where it was cancelled while its files were being read", async () => {
    let asked = 0;
    const bridge: Bridge = {
      call: () => {
        asked++;
        return ["[]", []];
      },
    };
    const cancel = new AbortController();
    const jobs = [writing(new Blob(["123456789"])), writing(new Blob(["123456789"]))];
    const answer = handleJobs(bridge, new FileReaders(), jobs, cancel.signal);
    cancel.abort();
    expect(await answer).toEqual({ result: [], transfer: [] });
    expect(asked).toBe(0);
  });
});

describe("a planned edit", () => {
  it.each([
    ["near the file's start", 100_000, 6_000, 6_000, 9_000, "bytes, slice"],
    ["that replaces bytes", 100_000, 6_000, 6_500, 9_000, "bytes, slice"],
    ["that removes bytes", 100_000, 6_000, 6_500, 0, "bytes, slice"],
    ["at the very start", 100_000, 0, 0, 9_000, "bytes, slice"],
    ["at the very end", 100_000, 100_000, 100_000, 9_000, "slice, bytes"],
    ["of many frames", 100_000, 6_000, 6_000, 90_000, "slice, bytes, slice"],
    ["beyond what was read", 100_000, 70_000, 70_000, 9_000, "slice, bytes, slice"],
  ])(
    "%s is bytes and slices, one slice less where the header was read",
    async (_, size, start, end, added, pieces) => {
      const source = new Blob([bytesOf(size)]);
      const plane = bytesOf(added, 3);
      const bridge = planning(start, end, plane, size);
      const { result: outcomes, transfer } = await handleJobs(
        bridge,
        new FileReaders(),
        [writing(source)],
        WANTED,
      );
      const { result } = outcomes[0] as { result: EditedFile };
      const whole = new Uint8Array(await new Contents(source, result.pieces).blob.arrayBuffer());
      const before = bytesOf(size);

      expect(Buffer.concat([before.subarray(0, start), plane, before.subarray(end)]).equals(whole)).toBe(
        true,
      );
      expect(result.pieces?.map((piece) => (Array.isArray(piece) ? "slice" : "bytes")).join(", ")).toBe(
        pieces,
      );
      expect(transfer).toEqual(
        result.pieces?.flatMap((piece) => (piece instanceof Uint8Array ? [piece.buffer] : [])),
      );
    },
  );

  it("without a splice leaves the file as it is", async () => {
    const bridge: Bridge = {
      call: () => [JSON.stringify([{ ok: { ...FACTS, sourceSize: 9, splices: [] } }]), []],
    };
    const { result: outcomes } = await handleJobs(
      bridge,
      new FileReaders(),
      [writing(new Blob(["123456789"]))],
      WANTED,
    );

    expect(outcomes).toEqual([{ result: { ...FACTS, pieces: null } }]);
  });
});

describe("the jobs of one message", () => {
  /** A Python that answers each job by its file's first byte, and says what it was asked. */
  function echoing(): { bridge: Bridge; calls: { type: string; buffer: number | undefined }[][] } {
    const calls: { type: string; buffer: number | undefined }[][] = [];
    const bridge: Bridge = {
      call(request, _buffers, read) {
        const jobs = JSON.parse(request) as { type: string; size: number; planes?: { buffer: number }[] }[];
        calls.push(jobs.map(({ type, planes }) => ({ type, buffer: planes?.[0]?.buffer })));
        const answers = jobs.map(({ type, size }, job) => {
          const [first = 0] = read(job, 0, Math.min(size, 65536));
          if (first === 13) return { error: { code: "not-dicom", message: "no", detail: {} } };
          if (first === 14)
            return { fault: { exception: "KeyError", place: "dicom_overlay/edit/plan.py:1" } };
          if (type === "inspect") return { ok: { facts: { rows: first }, kept: null } };
          return { ok: { ...FACTS, groups: [first], sourceSize: size, splices: [] } };
        });
        return [JSON.stringify(answers), []];
      },
    };
    return { bridge, calls };
  }
  const file = (first: number): Blob => new Blob([Uint8Array.of(first, 0)]);

  it("are one call of Python, and each has its own file, its own mask and its own outcome", async () => {
    const { bridge, calls } = echoing();
    const jobs: Job[] = [
      writing(file(1)),
      { type: "inspect", source: file(2), keep: false },
      writing(file(13)),
      writing(file(14)),
      writing(file(3)),
    ];
    const { result: outcomes } = await handleJobs(bridge, new FileReaders(), jobs, WANTED);

    expect(calls.map((types) => types.map(({ type }) => type))).toEqual([
      ["write", "inspect", "write", "write", "write"],
    ]);
    expect(calls[0]?.map(({ buffer }) => buffer)).toEqual([0, undefined, 1, 2, 3]);
    expect(outcomes.map(errorOf)).toEqual([null, null, "not-dicom", "internal", null]);
    expect(outcomes[0]).toMatchObject({ result: { groups: [1] } });
    expect(outcomes[1]).toMatchObject({ result: { facts: { rows: 2 } } });
    expect(outcomes[3]).toMatchObject({
      error: { detail: { exception: "KeyError", place: "dicom_overlay/edit/plan.py:1" } },
    });
    expect(outcomes[4]).toMatchObject({ result: { groups: [3] } });
  });

  it("that cannot be asked, or need not be, take nothing from the others", async () => {
    const { bridge, calls } = echoing();
    const jobs: Job[] = [
      writing(file(1), {
        masks: [Float32Array.of(Number.NaN)],
        planes: [{ mask: 0, rule: { type: "nonzero" }, existing: "refuse" }],
      }),
      writing(file(2), { masks: [Uint8Array.of(0, 0)], empty: "skip" }),
      writing(file(3)),
    ];
    const { result: outcomes } = await handleJobs(bridge, new FileReaders(), jobs, WANTED);

    expect(calls[0]).toHaveLength(1);
    expect(outcomes.map(errorOf)).toEqual(["invalid-mask", null, null]);
    expect(outcomes[1]).toEqual({ result: { pieces: null, groups: [], notices: [], sopInstanceUid: null } });
    expect(outcomes[2]).toMatchObject({ result: { groups: [3] } });
  });

  it("tell Python which layers have no plane, those that are left out as empty too", async () => {
    const asked: unknown[] = [];
    const bridge: Bridge = {
      call(request) {
        const jobs = JSON.parse(request) as { planes: unknown[]; cleared: unknown[]; size: number }[];
        asked.push(...jobs.map(({ planes, cleared }) => [planes.length, cleared]));
        const ok = { ...FACTS, splices: [], sourceSize: 2 };
        return [JSON.stringify(jobs.map(() => ({ ok }))), []];
      },
    };
    const plane = {
      mask: 0,
      rule: { type: "packed" },
      label: { text: "Läsion", fallback: "Lesion" },
    } as const;
    const layer = { labels: ["A"], existing: "replace-label", group: null } as const;
    const none = { masks: [], planes: [] };
    const jobs = [
      writing(file(1), {
        empty: "skip",
        masks: [Uint8Array.of(0, 0)],
        planes: [{ ...plane, existing: "replace-label" }],
      }),
      writing(file(1), { ...none, cleared: [layer] }),
      writing(file(1), { ...none, cleared: [{ ...layer, existing: "refuse" }] }),
    ];
    const { result: outcomes } = await handleJobs(bridge, new FileReaders(), jobs, WANTED);

    expect(asked).toEqual([
      [0, [{ labels: ["Läsion", "Lesion"], existing: "replace-label", group: null }]],
      [0, [layer]],
    ]);
    expect(outcomes).toHaveLength(3);
  });

  it("fail as the read failed, not as Python passes it on", async () => {
    class Gone extends Blob {
      override slice(): Blob {
        const gone = (): Promise<never> => Promise.reject(new DOMException("gone", "NotReadableError"));
        return Object.assign(new Blob([]), { arrayBuffer: gone });
      }
    }
    Object.assign(globalThis, {
      FileReaderSync: class {
        readAsArrayBuffer(): never {
          throw new DOMException("gone", "NotReadableError");
        }
      },
    });
    const bridge: Bridge = {
      call(request, _buffers, read) {
        const jobs = JSON.parse(request) as { size: number }[];
        const answers = jobs.map(({ size }, job) => {
          try {
            read(job, 0, size);
            return { ok: { facts: {}, kept: null } };
          } catch {
            return { fault: { exception: "JsException", place: "dicom_overlay/bridge.py:1" } };
          }
        });
        return [JSON.stringify(answers), []];
      },
    };
    const jobs: Job[] = [new Gone(["12"]), new Blob(["12"])].map((source) => ({
      type: "inspect",
      source,
      keep: false,
    }));
    const { result: outcomes } = await handleJobs(bridge, new FileReaders(), jobs, WANTED);
    Reflect.deleteProperty(globalThis, "FileReaderSync");

    expect(outcomes.map(errorOf)).toEqual(["file-changed", null]);
  });

  it("reject together where Python itself broke down", async () => {
    const broken = new OverlayError("internal", "fatal");
    const bridge: Bridge = {
      call() {
        throw broken;
      },
    };

    await expect(handleJobs(bridge, new FileReaders(), [writing(file(1))], WANTED)).rejects.toBe(broken);
  });
});
