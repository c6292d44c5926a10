/** NIfTI label maps (.nii, .nii.gz), read by nifti-reader-js; values scaled as the header says. */
import * as nifti from "nifti-reader-js";
import { CodedError } from "../app/worker-side.js";
import type { LabelArray, LabelVolume } from "./volume.js";

/** Half a GiB of voxels: more than any series of 2,000 slices of 512 × 512. */
const SIZE_LIMIT = 512 * 1024 * 1024;

/** Read the first volume of a NIfTI-1 or NIfTI-2 file; null when `buffer` is no NIfTI. */
export async function readNifti(buffer: ArrayBuffer): Promise<LabelVolume | null> {
  const plain = nifti.isCompressed(buffer) ? await inflate(buffer) : buffer;
  if (!nifti.isNIFTI(plain)) return null;
  const header = nifti.readHeader(plain);
  const [, nx = 0, ny = 1, nz = 1] = header.dims;
  const size = [nx, Math.max(1, ny), Math.max(1, nz)] as const;
  const count = size[0] * size[1] * size[2];
  if (!(count > 0)) throw new CodedError("mask-damaged");
  const data = readVoxels(plain, header, count);
  const known = header.sform_code > 0 || header.qform_code > 0;
  return { data, size, affine: known ? header.affine.slice(0, 3).map((row) => [...row]) : null };
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

function readVoxels(buffer: ArrayBuffer, header: nifti.NIFTI1 | nifti.NIFTI2, count: number): LabelArray {
  const start = Math.round(header.vox_offset);
  const width = header.numBitsPerVoxel / 8;
  if (start + count * width > buffer.byteLength) throw new CodedError("mask-damaged");
  const view = new DataView(buffer, start);
  const little = header.littleEndian;
  const scaled = header.scl_slope !== 0 && (header.scl_slope !== 1 || header.scl_inter !== 0);
  const read = voxelReader(view, header.datatypeCode, little);
  const data = scaled ? new Float64Array(count) : newArray(header.datatypeCode, count);
  for (let i = 0; i < count; i++) {
    const value = read(i * width);
    data[i] = scaled ? value * header.scl_slope + header.scl_inter : value;
  }
  return data;
}

function voxelReader(view: DataView, type: number, little: boolean): (at: number) => number {
  switch (type) {
    case 2:
      return (at) => view.getUint8(at);
    case 4:
      return (at) => view.getInt16(at, little);
    case 8:
      return (at) => view.getInt32(at, little);
    case 16:
      return (at) => view.getFloat32(at, little);
    case 64:
      return (at) => view.getFloat64(at, little);
    case 256:
      return (at) => view.getInt8(at);
    case 512:
      return (at) => view.getUint16(at, little);
    case 768:
      return (at) => view.getUint32(at, little);
    case 1024:
      return (at) => Number(view.getBigInt64(at, little));
    case 1280:
      return (at) => Number(view.getBigUint64(at, little));
    default:
      throw new CodedError("mask-unsupported-type");
  }
}

function newArray(type: number, count: number): LabelArray {
  if (type === 2) return new Uint8Array(count);
  if (type === 4) return new Int16Array(count);
  if (type === 512) return new Uint16Array(count);
  if (type === 256) return new Int8Array(count);
  return new Float64Array(count);
}
