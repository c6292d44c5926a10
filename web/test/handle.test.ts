import { describe, expect, it } from "vitest";
import { applyPatch } from "../src/values/patch.js";
import type { Bridge } from "../src/worker/bridge.js";
import { handleJob } from "../src/worker/handle.js";
import { FileReaders } from "../src/worker/read-ranges.js";
import type { PlannedEdit } from "../src/workers/protocol.js";

const bytesOf = (size: number, seed = 0): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: size }, (_, at) => (at * 7 + seed) % 251);

/** A Python that plans to put `added` in place of `[start, end)`. */
function planning(start: number, end: number, added: Uint8Array, size: number): Bridge {
  return {
    call: () => [
      JSON.stringify({
        ok: { sourceSize: size, splices: [{ start, end, buffer: 0 }], groups: [0x6000], notices: [] },
      }),
      [added],
    ],
  };
}

async function edit(
  source: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
  added: Uint8Array,
): Promise<{ edit: PlannedEdit; bytes: Uint8Array; transfer: Transferable[] }> {
  const file = new Blob([source]);
  const request = { source: file, masks: [Uint8Array.of(1, 0)], empty: "write", instance: "keep" } as const;
  const plane = { mask: 0, rule: { type: "packed" }, existing: "refuse" } as const;
  const rest = { parts: [], planes: [plane], series: {}, strict: false };
  const job = { type: "plan", ...request, ...rest } as const;
  const { result, transfer } = await handleJob(
    planning(start, end, added, file.size),
    new FileReaders(),
    job,
  );
  const planned = result as PlannedEdit;
  const bytes = new Uint8Array(await applyPatch(file, planned.patch).arrayBuffer());
  return { edit: planned, bytes, transfer };
}

describe("a planned edit", () => {
  it.each([
    ["near the file's start", 100_000, 6_000, 6_000, 9_000, 1],
    ["that replaces bytes", 100_000, 6_000, 6_500, 9_000, 1],
    ["at the very start", 100_000, 0, 0, 9_000, 1],
    ["of many frames", 100_000, 6_000, 6_000, 90_000, 2],
    ["beyond what was read", 100_000, 70_000, 70_000, 9_000, 2],
  ])(
    "%s gives the same bytes, with a slice less where the header was read",
    async (_, size, start, end, added, slices) => {
      const source = bytesOf(size);
      const plane = bytesOf(added, 3);
      const found = await edit(source, start, end, plane);
      const wanted = [...source.subarray(0, start), ...plane, ...source.subarray(end)];
      expect(found.bytes.length).toBe(wanted.length);
      expect(found.bytes.every((byte, at) => byte === wanted[at])).toBe(true);
      const [splice] = found.edit.patch?.splices ?? [];
      expect([splice?.start, splice?.end]).toEqual([slices === 1 ? 0 : start, end]);
      expect(found.transfer).toEqual([splice?.bytes.buffer]);
    },
  );
});
