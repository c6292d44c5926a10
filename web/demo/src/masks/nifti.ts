/** NIfTI label maps (.nii, .nii.gz), read by nifti-reader-js; values scaled as the header says. */

import type { VolumeGeometry } from "dicom-overlay";
import * as nifti from "nifti-reader-js";
import { CodedError } from "../app/worker-side.js";
import { readNumbers } from "./numbers.js";
import type { LabelArray, LabelVolume } from "./volume.js";

/** Half a GiB of voxels: more than any series of 2,000 slices of 512 × 512. */
const SIZE_LIMIT = 512 * 1024 * 1024;

/** Read the first volume of a NIfTI-1 or NIfTI-2 file; null when `buffer` is no NIfTI. */
export async function readNifti(buffer: ArrayBuffer): Promise<LabelVolume | null> {
  const plain = nifti.isCompressed(buffer) ? await inflate(buffer) : buffer;
  if (!nifti.isNIFTI(plain)) return null;
  const header = nifti.readHeader(plain);
  const [, nx = 0, ny = 1, nz = 1] = header.dims;
  const size = { columns: nx, rows: Math.max(1, ny), slices: Math.max(1, nz) };
  const count = size.columns * size.rows * size.slices;
  if (!(count > 0)) throw new CodedError("mask-damaged");
  const data = readVoxels(plain, header, count);
  const known = header.sform_code > 0 || header.qform_code > 0;
  return { data, ...size, ...(known ? placeOf(header.affine) : {}) };
}

/** Origin, spacing and direction of an affine; its axes point right and anterior, DICOM's left and posterior. */
function placeOf(affine: readonly (readonly number[])[]): Required<VolumeGeometry> {
  const lps = affine.slice(0, 3).map((row, r) => row.map((value) => (r < 2 ? -value : value)));
  const at = (r: number, c: number): number => lps[r]?.[c] ?? 0;
  const [x, y, z] = [0, 1, 2].map((c) => Math.hypot(at(0, c), at(1, c), at(2, c)) || 1) as [
    number,
    number,
    number,
  ];
  const direction = [0, 1, 2].flatMap((r) => [at(r, 0) / x, at(r, 1) / y, at(r, 2) / z]);
  return { origin: [at(0, 3), at(1, 3), at(2, 3)], spacing: [x, y, z], direction };
}

async function inflate(buffer: ArrayBuffer): Promise<ArrayBuffer> {
  const stream = new Blob([buffer]).stream().pipeThrough(new DecompressionStream("gzip"));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      total += part.value.length;
      if (total > SIZE_LIMIT) throw new CodedError("mask-damaged");
      chunks.push(part.value);
    }
  } catch (error) {
    await reader.cancel();
    throw error instanceof CodedError ? error : new CodedError("mask-damaged");
  }
  return await new Blob(chunks).arrayBuffer();
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
