/** NumPy's .npy files (format 1 to 3): two or three dimensions of bools, integers or floats. */

import { Fault } from "../workers/fault.js";
import { readNumbers } from "./numbers.js";
import type { LabelArray, LabelVolume } from "./volume.js";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;

export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((value, i) => bytes[i] === value);
}

/** Read a mask, (rows, columns), or a stack, (slices, rows, columns), as the command does. */
export function readNpy(bytes: Uint8Array): LabelVolume {
  const { type, fortran, shape, start } = readHeader(bytes);
  const count = shape.reduce((a, b) => a * b, 1);
  const values = readNumbers(bytes.subarray(start), type.slice(1), type[0] !== ">", count, true);
  const strides = stridesOf(shape, fortran);
  const [s0 = 0, s1 = 0, s2 = 0] = shape;
  const [t0 = 0, t1 = 0, t2 = 0] = strides;
  if (shape.length === 2) return arrange(values, [s1, s0, 1], [t1, t0, 0]);
  if (shape.length !== 3) throw new Fault("mask-unsupported-type", { dimensions: shape.length });
  return arrange(values, [s2, s1, s0], [t2, t1, t0]);
}

function readHeader(bytes: Uint8Array): { type: string; fortran: boolean; shape: number[]; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) throw new Fault("mask-damaged");
  const wide = (bytes[6] ?? 1) >= 2;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = wide ? 12 : 10;
  const text = new TextDecoder("latin1").decode(bytes.subarray(begin, begin + length));
  const type = /'descr':\s*'([^']+)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  if (type === undefined || order === undefined || shape === undefined) throw new Fault("mask-damaged");
  const sizes = shape
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size >= 0)) throw new Fault("mask-damaged");
  return { type, fortran: order === "True", shape: sizes, start: begin + length };
}

function stridesOf(shape: readonly number[], fortran: boolean): number[] {
  const strides: number[] = new Array<number>(shape.length).fill(0);
  let step = 1;
  const axes = fortran ? shape.keys() : [...shape.keys()].reverse();
  for (const axis of axes) {
    strides[axis] = step;
    step *= shape[axis] ?? 0;
  }
  return strides;
}

/** Bring any memory order to x fastest, then y, then z. */
function arrange(
  values: LabelArray,
  size: readonly [number, number, number],
  [dx, dy, dz]: readonly [number, number, number],
): LabelVolume {
  const [nx, ny, nz] = size;
  if (dx === 1 && dy === nx && (nz === 1 || dz === nx * ny))
    return { data: values, columns: nx, rows: ny, slices: nz };
  const data = values.slice();
  let to = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) data[to++] = values[x * dx + y * dy + z * dz] ?? 0;
    }
  }
  return { data, columns: nx, rows: ny, slices: nz };
}
