import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readHeader } from "../src/image/header.js";
import type { ImportAnswer } from "../src/masks/protocol.js";
import { importMasks } from "../src/masks/read.js";
import type { Target } from "../src/masks/volume.js";
import { groupSeries } from "../src/open/series.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "overlay-masks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files and answers made by NumPy, Pillow and SimpleITK. */
function python<T>(script: string, command: string, ...args: unknown[]): T {
  const path = join(root, "tests/browser/demo", script);
  const output = execFileSync(join(root, ".venv/bin/python"), [path, command, JSON.stringify(args)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(output) as T;
}

function fileAt(path: string): File {
  return new File([new Uint8Array(readFileSync(path))], basename(path));
}

function flat(rows: number, columns: number, count: number): Target[] {
  const target = { rows, columns, position: null, orientation: null, spacing: null };
  return Array.from({ length: count }, () => target);
}

async function bring(pictures: readonly Target[], ...paths: string[]): Promise<ImportAnswer> {
  const files = paths.map(fileAt);
  return await importMasks({ type: "import", files, pictures, shown: 0, room: 16 }, () => undefined);
}

/** Masks of a layer in hex by picture; an empty one is zeros. */
function hexOf({ layers }: ImportAnswer, layer: number, pictures: number, bytes: number): string[] {
  const masks = new Map(layers[layer]?.masks.map(({ picture, bits }) => [picture, bits]));
  return Array.from({ length: pictures }, (_, k) =>
    Buffer.from(masks.get(k) ?? new Uint8Array(bytes)).toString("hex"),
  );
}

/** A `.npy` file of bools as packed bits. */
function packedNpy(path: string): string {
  const data = readFileSync(path);
  const pixels = data.subarray(10 + data.readUInt16LE(8));
  const bits = new Uint8Array(Math.ceil(pixels.length / 16) * 2);
  for (const [i, value] of pixels.entries())
    if (value !== 0) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return Buffer.from(bits).toString("hex");
}

describe("masks that are brought in", () => {
  it("are right in every PNG form: 16 bits, palette, alpha, faint, single bits", async () => {
    const made = python<Record<string, { path: string; wanted: string }>>(
      "fixtures.py",
      "png_masks",
      folder,
      60,
      41,
    );
    for (const [form, { path, wanted }] of Object.entries(made)) {
      const answer = await bring(flat(60, 41, 3), path);
      expect(hexOf(answer, 0, 1, 0), form).toEqual([packedNpy(wanted)]);
      expect(answer.layers[0]?.name).toBe(form);
    }
  });

  it("are right in every memory order and number type, one layer a label, slice by slice", async () => {
    const { paths, wanted } = python<{ paths: Record<string, string>; wanted: Record<string, string[]> }>(
      "mask_files.py",
      "stacks",
      folder,
      7,
      24,
      32,
    );
    for (const [form, path] of Object.entries(paths)) {
      const answer = await bring(flat(24, 32, 7), path);
      expect(answer.method, form).toBe("index");
      for (const [k, label] of ["1", "2"].entries())
        expect(hexOf(answer, k, 7, 96), `${form} ${label}`).toEqual(wanted[label]);
    }
  });

  it("find their slices in space, flipped, permuted and oblique", async () => {
    const target = join(folder, "oblique");
    mkdirSync(target);
    const { files, maps, wanted } = python<{
      files: string[];
      maps: Record<string, string>;
      wanted: Record<string, string | null>;
    }>("fixtures.py", "oblique_series", target);
    const opened = await Promise.all(
      files.map(async (path, id) => ({
        id,
        path: basename(path),
        file: fileAt(path),
        folder: null,
        facts: await readHeader(fileAt(path)),
      })),
    );
    const [series] = groupSeries(opened);
    const pictures = series?.files.map(({ facts }) => facts) ?? [];
    const expected = series?.files.map(({ path }) => {
      const mask = wanted[path];
      return mask == null ? "00".repeat(96) : packedNpy(mask);
    });
    for (const [kind, path] of Object.entries(maps)) {
      const answer = await bring(pictures, path);
      expect(answer.method, kind).toBe("geometry");
      expect(hexOf(answer, 0, 7, 96), kind).toEqual(expected);
    }
  });

  it("are refused as a whole when they do not fit", async () => {
    const { bits } = python<{ bits: { path: string } }>("fixtures.py", "png_masks", folder, 60, 41);
    await expect(bring(flat(60, 40, 1), bits.path)).rejects.toMatchObject({
      code: "mask-size",
      detail: { columns: 41, rows: 60, wantedColumns: 40, wantedRows: 60 },
    });
    await expect(bring(flat(60, 41, 3), bits.path, bits.path)).rejects.toMatchObject({
      code: "mask-not-placed",
    });
  });
});

it("reads the shape of pixels wherever a file tells it", async () => {
  const { aspects } = python<{ aspects: Record<string, number> }>("fixtures.py", "oblong_pixels", folder);
  for (const [name, aspect] of Object.entries(aspects)) {
    expect((await readHeader(fileAt(join(folder, name)))).pixelAspect, name).toBeCloseTo(aspect, 6);
  }
});
