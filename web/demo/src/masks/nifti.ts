/** NIfTI label maps (.nii, .nii.gz), read by nifti-reader-js; values scaled as the header says. */

import type { VolumeGeometry } from "dicom-overlay";
import * as nifti from "nifti-reader-js";
import { Fault } from "../workers/fault.js";
import { inflate } from "./inflate.js";
import { readNumbers } from "./numbers.js";
import { geometryOf, type LabelArray, type LabelVolume } from "./volume.js";

/** Bytes of the shortest header, and of the shortest file, which may be compressed. */
const [HEADER, SHORTEST] = [348, 18];

/** Read the volume of a NIfTI-1 or NIfTI-2 file, which says where it lies; null when `buffer` is no NIfTI. */
export async function readNifti(buffer: ArrayBuffer): Promise<LabelVolume | null> {
  // The library looks at places that so short a file does not have.
  if (buffer.byteLength < SHORTEST) return null;
  const plain = nifti.isCompressed(buffer) ? (await inflate(new Uint8Array(buffer), "gzip")).buffer : buffer;
  if (plain.byteLength < HEADER || !nifti.isNIFTI(plain)) return null;
  const header = nifti.readHeader(plain);
  const [, nx = 0, ny = 1, nz = 1] = header.dims;
  const size = { columns: nx, rows: Math.max(1, ny), slices: Math.max(1, nz) };
  const count = size.columns * size.rows * size.slices;
  if (!(count > 0)) throw new Fault("mask-damaged");
  const dimensions = header.dims[0] ?? 0;
  const more = header.dims.slice(4, dimensions + 1).reduce((a, n) => a * Math.max(1, n), 1);
  if (more > 1) throw new Fault("mask-unsupported-type", { dimensions });
  const data = readVoxels(plain, header, count);
  if (!(header.sform_code > 0 || header.qform_code > 0)) throw new Fault("mask-no-place");
  if (header.sform_code > 0 && header.qform_code > 0) {
    const [one, other] = [sformOf(plain, header), header.getQformMat()];
    if (areApart(one, other, [size.columns, size.rows, size.slices])) throw new Fault("mask-two-places");
  }
  const scale = MILLIMETRES[header.xyzt_units & 7] ?? 1;
  requireSteps(placeOf(header.affine, 1).spacing ?? [], header.pixDims.slice(1, 4), [
    size.columns,
    size.rows,
    size.slices,
  ]);
  return { data, ...size, ...placeOf(header.affine, scale) };
}

/** The voxels' sizes are told twice; a file that says two things is refused, as the command refuses it. */
function requireSteps(steps: readonly number[], said: readonly number[], size: readonly number[]): void {
  for (const [axis, step] of steps.entries()) {
    const other = Math.abs(said[axis] ?? 0);
    const apart = Math.abs(step - other) * ((size[axis] ?? 1) - 1);
    if (!(step > 0 && Number.isFinite(step)) || (other !== 0 && apart > MOST_APART * step))
      throw new Fault("mask-two-places");
  }
}

/** Voxels by which the two places of a file may differ; its numbers are rounded. */
const MOST_APART = 0.1;

/** NIfTI's units of length other than millimetres, in millimetres. */
const MILLIMETRES: Readonly<Record<number, number>> = { 1: 1000, 3: 0.001 };

type Affine = readonly (readonly number[])[];

/** The header's own rows, whichever form the library took. */
function sformOf(buffer: ArrayBuffer, header: nifti.NIFTI1 | nifti.NIFTI2): Affine {
  const view = new DataView(buffer);
  const at = (index: number): number =>
    header instanceof nifti.NIFTI2
      ? view.getFloat64(400 + 8 * index, header.littleEndian)
      : view.getFloat32(280 + 4 * index, header.littleEndian);
  return [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => at(4 * row + column)));
}

/** Whether a corner of the volume lies at two places; the wheel's command refuses the same files. */
function areApart(one: Affine, other: Affine, size: readonly number[]): boolean {
  const [first = [], second = [], third = []] = one;
  const steps = [0, 1, 2].map((c) => Math.hypot(first[c] ?? 0, second[c] ?? 0, third[c] ?? 0));
  for (let corner = 0; corner < 8; corner++) {
    const voxel = [...size.map((n, axis) => ((corner >> axis) & 1) * (n - 1)), 1];
    for (let row = 0; row < 3; row++) {
      const apart = voxel.reduce((sum, v, c) => sum + v * ((one[row]?.[c] ?? 0) - (other[row]?.[c] ?? 0)), 0);
      if (!(Math.abs(apart) <= MOST_APART * Math.min(...steps))) return true;
    }
  }
  return false;
}

/** NIfTI's axes point right and anterior, DICOM's left and posterior. */
function placeOf(affine: Affine, scale: number): Required<VolumeGeometry> {
  const lps = affine.slice(0, 3).map((row, r) => row.map((value) => (r < 2 ? -value : value) * scale));
  const [x = [], y = [], z = [], origin = []] = [0, 1, 2, 3].map((c) => lps.map((row) => row[c] ?? 0));
  return geometryOf([x, y, z], origin);
}

/** NIfTI's codes of data types, by NumPy's names. */
const KINDS: Readonly<Record<number, string>> = {
  2: "u1",
  4: "i2",
  8: "i4",
  16: "f4",
  64: "f8",
  256: "i1",
  512: "u2",
  768: "u4",
  1024: "i8",
  1280: "u8",
};

function readVoxels(buffer: ArrayBuffer, header: nifti.NIFTI1 | nifti.NIFTI2, count: number): LabelArray {
  const { datatypeCode, littleEndian, scl_slope: slope, scl_inter: intercept } = header;
  const bytes = new Uint8Array(buffer).subarray(Math.round(header.vox_offset));
  const stored = readNumbers(bytes, KINDS[datatypeCode] ?? "", littleEndian, count);
  const scaled = slope !== 0 && (slope !== 1 || intercept !== 0);
  return scaled
    ? Float64Array.from(stored as ArrayLike<number>, (value) => value * slope + intercept)
    : stored;
}
