import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageOrder, ImagePlaces, PlacedView } from "dicom-overlay";
import { afterAll, describe, expect, it } from "vitest";
import { readHeader } from "../src/image/header.js";
import type { FoundVolume, NewLayer, Size } from "../src/masks/protocol.js";
import { cutMasks, readMasks } from "../src/masks/read.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "overlay-masks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Question = readonly [script: string, name: string, ...args: unknown[]];

/** Files and answers made by NumPy, Pillow and SimpleITK: all in one process, since their import takes longest. */
function python(...questions: Question[]): unknown[] {
  const lines = questions.map(([script, name, ...args]) =>
    JSON.stringify([join(root, "tests/browser/demo", script), name, args]),
  );
  const answers = join(root, "tests/browser/answers.py");
  const input = `${lines.join("\n")}\n`;
  const output = execFileSync(join(root, ".venv/bin/python"), [answers], { encoding: "utf8", input });
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const oblique = join(folder, "oblique");
mkdirSync(oblique);
const [pictures, stacks, series, oblong] = python(
  ["fixtures.py", "png_masks", folder, 60, 41],
  ["mask_files.py", "stacks", folder, 7, 24, 32],
  ["fixtures.py", "oblique_series", oblique],
  ["fixtures.py", "oblong_pixels", folder],
) as [
  { bits: { path: string; wanted: string } } & Record<string, { path: string; wanted: string }>,
  { paths: Record<string, string>; wanted: Record<string, string[]> },
  { files: string[]; maps: Record<string, string>; wanted: Record<string, string | null> },
  { aspects: Record<string, number> },
];

function fileAt(path: string): File {
  return new File([new Uint8Array(readFileSync(path))], basename(path));
}

const quiet = (): void => undefined;

async function read(size: Size, ...paths: string[]): Promise<FoundVolume[]> {
  return await readMasks({ type: "read", files: paths.map(fileAt), ...size }, quiet);
}

/** Slice k on picture k. */
async function stack(size: Size, pictures: number, path: string): Promise<NewLayer[]> {
  await read(size, path);
  const views = Array.from(
    { length: pictures },
    (_, k): PlacedView => [k * size.rows * size.columns, size.columns, 1, 0, size.rows, 0, size.columns],
  );
  return cutMasks({ type: "cut", views: [views], choices: ["labels"], room: 16, ...size }, quiet);
}

/** Ask the wheel what the page asks the package, several questions at once. */
function askWheel(...requests: object[]): unknown[] {
  const code =
    "import sys; from dicom_overlay.bridge import handle; print(handle(sys.stdin.read(), [], lambda *_: b'')[0])";
  const input = JSON.stringify(requests.map((request) => ({ ...request, size: 0 })));
  const output = execFileSync(join(root, ".venv/bin/python"), ["-c", code], { encoding: "utf8", input });
  return (JSON.parse(output) as { ok: unknown }[]).map(({ ok }) => ok);
}

/** Masks of a layer in hex by picture; an empty one is zeros. */
function hexOf(layer: NewLayer | undefined, pictures: number, bytes: number): string[] {
  return Array.from({ length: pictures }, (_, k) => {
    const at = layer?.pictures.indexOf(k) ?? -1;
    const bits = at < 0 ? new Uint8Array(bytes) : layer?.bits.subarray(at * bytes, (at + 1) * bytes);
    return Buffer.from(bits ?? []).toString("hex");
  });
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
    for (const [form, { path, wanted }] of Object.entries(pictures)) {
      const [layer] = await stack({ rows: 60, columns: 41 }, 1, path);
      expect(hexOf(layer, 1, 308), form).toEqual([packedNpy(wanted)]);
      expect(layer?.name).toBe(form);
    }
  });

  it("are right in every memory order and number type, one layer a label, slice by slice", async () => {
    const { paths, wanted } = stacks;
    for (const [form, path] of Object.entries(paths)) {
      const layers = await stack({ rows: 24, columns: 32 }, 7, path);
      for (const [k, label] of ["1", "2"].entries())
        expect(hexOf(layers[k], 7, 96), `${form} ${label}`).toEqual(wanted[label]);
    }
  });

  it("find their slices in space, flipped, permuted and oblique", async () => {
    const { files, maps, wanted } = series;
    const images = await Promise.all(
      files.map(async (path) => ({ ...(await readHeader(fileAt(path))), name: basename(path) })),
    );
    const [{ order }] = askWheel({ type: "order", instances: images }) as [ImageOrder];
    const sorted = order.flatMap((at) => images[at] ?? []);
    const expected = sorted.map(({ name }) => {
      const mask = wanted[name];
      return mask == null ? "00".repeat(96) : packedNpy(mask);
    });
    const [{ rows, columns }] = sorted as unknown as [Size];
    const volumes: FoundVolume[] = [];
    for (const path of Object.values(maps)) {
      const [volume] = await read({ rows, columns }, path);
      volumes.push(volume as FoundVolume);
    }
    const places = askWheel(
      ...volumes.map(({ columns: across, rows: down, slices, origin, spacing, direction }) => ({
        type: "place",
        instances: sorted,
        geometry: { size: [across, down, slices], origin, spacing, direction },
      })),
    ) as ImagePlaces[];
    for (const [at, kind] of Object.keys(maps).entries()) {
      // A cut is made of what was read last.
      await read({ rows, columns }, maps[kind] as string);
      const { views } = places[at] as ImagePlaces;
      const cut = { type: "cut", views: [views], choices: ["labels"], room: 16, rows, columns } as const;
      const [layer] = cutMasks(cut, quiet);
      expect(hexOf(layer, 7, 96), kind).toEqual(expected);
    }
  });

  it("are refused as a whole when they do not fit", async () => {
    const { bits } = pictures;
    await expect(read({ rows: 60, columns: 40 }, bits.path)).rejects.toMatchObject({
      code: "mask-size",
      detail: { columns: 41, rows: 60, wantedColumns: 40, wantedRows: 60 },
    });
  });
});

it("reads the shape of pixels wherever a file tells it", async () => {
  const { aspects } = oblong;
  for (const [name, aspect] of Object.entries(aspects)) {
    expect((await readHeader(fileAt(join(folder, name)))).pixelAspect, name).toBeCloseTo(aspect, 6);
  }
});
