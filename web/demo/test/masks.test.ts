import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageOrder, ImagePlaces, PlacedView } from "dicom-overlay";
import { afterAll, describe, expect, it } from "vitest";
import { readHeader } from "../src/image/header.js";
import type { HeaderFacts } from "../src/image/protocol.js";
import type { FoundVolume, NewLayer, Size } from "../src/masks/protocol.js";
import { cutMasks, readMasks } from "../src/masks/read.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "overlay-masks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files and answers made by NumPy, Pillow and SimpleITK. */
function python<T>(script: string, command: string, ...args: unknown[]): T {
  const question = [join(root, "tests/browser/demo", script), command, args];
  const answers = join(root, "tests/browser/answers.py");
  const input = `${JSON.stringify(question)}\n`;
  const output = execFileSync(join(root, ".venv/bin/python"), [answers], { encoding: "utf8", input });
  return JSON.parse(output) as T;
}

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

/** Ask the wheel what the page asks the package. */
function askWheel<T>(request: object): T {
  const code =
    "import sys; from dicom_overlay.bridge import handle; print(handle(sys.stdin.read(), [], lambda *_: b'')[0])";
  const input = JSON.stringify([{ ...request, size: 0 }]);
  const output = execFileSync(join(root, ".venv/bin/python"), ["-c", code], { encoding: "utf8", input });
  const [answer] = JSON.parse(output) as [{ ok: T }];
  return answer.ok;
}

function place(images: readonly (HeaderFacts & { name: string })[], volume: FoundVolume): ImagePlaces {
  const { columns, rows, slices, origin, spacing, direction } = volume;
  const geometry = { size: [columns, rows, slices], origin, spacing, direction };
  return askWheel({ type: "place", instances: images, geometry });
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
    const made = python<Record<string, { path: string; wanted: string }>>(
      "fixtures.py",
      "png_masks",
      folder,
      60,
      41,
    );
    for (const [form, { path, wanted }] of Object.entries(made)) {
      const [layer] = await stack({ rows: 60, columns: 41 }, 1, path);
      expect(hexOf(layer, 1, 308), form).toEqual([packedNpy(wanted)]);
      expect(layer?.name).toBe(form);
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
      const layers = await stack({ rows: 24, columns: 32 }, 7, path);
      for (const [k, label] of ["1", "2"].entries())
        expect(hexOf(layers[k], 7, 96), `${form} ${label}`).toEqual(wanted[label]);
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
    const images = await Promise.all(
      files.map(async (path) => ({ ...(await readHeader(fileAt(path))), name: basename(path) })),
    );
    const { order } = askWheel<ImageOrder>({ type: "order", instances: images });
    const sorted = order.flatMap((at) => images[at] ?? []);
    const expected = sorted.map(({ name }) => {
      const mask = wanted[name];
      return mask == null ? "00".repeat(96) : packedNpy(mask);
    });
    const [{ rows, columns }] = sorted as unknown as [Size];
    for (const [kind, path] of Object.entries(maps)) {
      const [volume] = await read({ rows, columns }, path);
      const { views } = place(sorted, volume as FoundVolume);
      const cut = { type: "cut", views: [views], choices: ["labels"], room: 16, rows, columns } as const;
      const [layer] = cutMasks(cut, quiet);
      expect(hexOf(layer, 7, 96), kind).toEqual(expected);
    }
  });

  it("are refused as a whole when they do not fit", async () => {
    const { bits } = python<{ bits: { path: string } }>("fixtures.py", "png_masks", folder, 60, 41);
    await expect(read({ rows: 60, columns: 40 }, bits.path)).rejects.toMatchObject({
      code: "mask-size",
      detail: { columns: 41, rows: 60, wantedColumns: 40, wantedRows: 60 },
    });
  });
});

it("reads the shape of pixels wherever a file tells it", async () => {
  const { aspects } = python<{ aspects: Record<string, number> }>("fixtures.py", "oblong_pixels", folder);
  for (const [name, aspect] of Object.entries(aspects)) {
    expect((await readHeader(fileAt(join(folder, name)))).pixelAspect, name).toBeCloseTo(aspect, 6);
  }
});
