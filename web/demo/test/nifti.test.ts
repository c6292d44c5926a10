/** Where the page believes that a NIfTI mask lies. */
import { describe, expect, it } from "vitest";
import { readNifti } from "../src/masks/nifti.js";
import { readMasks } from "../src/masks/read.js";

interface Said {
  readonly sform: number;
  readonly qform: number;
  /** x of the sform's origin; the qform's is 10. */
  readonly x?: number;
  readonly units?: number;
}

/** A NIfTI-1 file of 4 × 3 × 2 voxels of 2 × 2 × 3 units, its axes along x, y and z. */
function fileOf({ sform, qform, x = 10, units = 2 }: Said): ArrayBuffer {
  const buffer = new ArrayBuffer(352 + 24);
  const view = new DataView(buffer);
  view.setInt32(0, 348, true);
  for (const [at, n] of [3, 4, 3, 2, 1, 1, 1, 1].entries()) view.setInt16(40 + 2 * at, n, true);
  view.setInt16(70, 2, true);
  view.setInt16(72, 8, true);
  for (const [at, n] of [1, 2, 2, 3, 1, 1, 1, 1].entries()) view.setFloat32(76 + 4 * at, n, true);
  view.setFloat32(108, 352, true);
  view.setUint8(123, units);
  view.setInt16(252, qform, true);
  view.setInt16(254, sform, true);
  view.setFloat32(268, 10, true);
  const rows = [2, 0, 0, x, 0, 2, 0, 0, 0, 0, 3, 0];
  for (const [at, n] of rows.entries()) view.setFloat32(280 + 4 * at, n, true);
  new Uint8Array(buffer).set([0x6e, 0x2b, 0x31, 0], 344);
  return buffer;
}

/** The same as a NIfTI-2 file. */
function secondVersion({ sform, qform, x = 10 }: Said): ArrayBuffer {
  const buffer = new ArrayBuffer(544 + 24);
  const view = new DataView(buffer);
  view.setInt32(0, 540, true);
  new Uint8Array(buffer).set([0x6e, 0x2b, 0x32, 0, 0x0d, 0x0a, 0x1a, 0x0a], 4);
  view.setInt16(12, 2, true);
  view.setInt16(14, 8, true);
  for (const [at, n] of [3, 4, 3, 2, 1, 1, 1, 1].entries()) view.setBigInt64(16 + 8 * at, BigInt(n), true);
  for (const [at, n] of [1, 2, 2, 3, 1, 1, 1, 1].entries()) view.setFloat64(104 + 8 * at, n, true);
  view.setBigInt64(168, 544n, true);
  view.setInt32(344, qform, true);
  view.setInt32(348, sform, true);
  view.setFloat64(376, 10, true);
  const rows = [2, 0, 0, x, 0, 2, 0, 0, 0, 0, 3, 0];
  for (const [at, n] of rows.entries()) view.setFloat64(400 + 8 * at, n, true);
  view.setInt32(500, 2, true);
  return buffer;
}

describe("a NIfTI mask", () => {
  it.each([
    { sform: 1, qform: 0 },
    { sform: 0, qform: 1 },
    { sform: 1, qform: 2 },
    { sform: 2, qform: 1, x: 10.1 },
  ])("lies where it says: %o", async (said) => {
    const volume = await readNifti(fileOf(said));
    expect(volume?.origin?.[0]).toBeCloseTo(-10, 0);
    expect(volume?.spacing).toEqual([2, 2, 3]);
  });

  it.each([
    { sform: 2, qform: 1, x: 14 },
    { sform: 1, qform: 2, x: 14 },
    { sform: 1, qform: 1, x: Number.NaN },
  ])("is refused where it says two places: %o", async (said) => {
    await expect(readNifti(fileOf(said))).rejects.toMatchObject({ code: "mask-two-places" });
  });

  it.each([10, 14])("of version 2 has its sform elsewhere in the header: x %i", async (x) => {
    const read = readNifti(secondVersion({ sform: 2, qform: 1, x }));
    if (x === 10) expect((await read)?.origin?.[0]).toBeCloseTo(-10);
    else await expect(read).rejects.toMatchObject({ code: "mask-two-places" });
  });

  it("is refused where it says none", async () => {
    await expect(readNifti(fileOf({ sform: 0, qform: 0 }))).rejects.toMatchObject({ code: "mask-no-place" });
  });

  it.each([
    [1, 1000],
    [3, 0.001],
    [0, 1],
  ])("may be in unit %i", async (units, scale) => {
    const volume = await readNifti(fileOf({ sform: 1, qform: 1, units }));
    expect(volume?.spacing).toEqual([2, 2, 3].map((step) => expect.closeTo(step * scale, 6)));
    expect(volume?.origin?.[0]).toBeCloseTo(-10 * scale, 6);
  });
});

describe("a mask's name", () => {
  it.each([
    ["Lesion%2D2.nii", "Lesion-2"],
    ["a%2Fb.nii.gz", "a/b"],
    ["100%.nii", "100%"],
  ])("is the label that the name of its file stands for: %s", async (name, label) => {
    const bytes = new Uint8Array(fileOf({ sform: 1, qform: 0 }));
    bytes[352] = 1;
    const files = [new File([bytes], name)];
    const [found] = await readMasks({ type: "read", files, rows: 3, columns: 4 }, () => undefined);
    expect(found?.name).toBe(label);
  });
});
