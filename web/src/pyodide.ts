/**
 * The smallest harness: for a page or worker that already runs Pyodide with the wheel `dicom-overlay` installed.
 *
 * It goes through Pyodide's file system, so the whole file is copied into WebAssembly's memory and back; the exporter
 * (`createOverlayExporter`) does not.
 */

import { OverlayError, requireErrorRecord } from "./errors.js";
import { packPixels } from "./masks/packing.js";
import { prepareWirePlanes } from "./masks/wire-planes.js";
import type { InstanceRule } from "./values/options.js";
import type { MaskPlane, Notice, OverlayGroup, PlaneAttributes } from "./values/plane.js";
import { pythonFault } from "./workers/python-fault.js";

/** What this function uses of Pyodide; `PyodideInterface` has it. */
export interface PyodideLike {
  readonly FS: {
    writeFile(path: string, data: Uint8Array): void;
    readFile(path: string, options: { encoding: "binary" }): Uint8Array;
    unlink(path: string): void;
  };
  // biome-ignore lint/suspicious/noExplicitAny: Pyodide's own type of an imported module is `any`
  pyimport(name: string): any;
}

export interface PyodideOptions extends PlaneAttributes {
  /** `"keep"` (default) or `"derived"`. */
  readonly instance?: InstanceRule | undefined;
  readonly seriesInstanceUid?: string | undefined;
  readonly strict?: boolean | undefined;
  readonly onNotice?: ((notice: Notice) => void) | undefined;
  /** Told the groups that the plane got. */
  readonly onGroups?: ((groups: readonly OverlayGroup[]) => void) | undefined;
}

interface WriteFileModule {
  write_file: ((path: string, request: string, buffers: readonly Uint8Array[]) => string) & {
    destroy(): void;
  };
  destroy(): void;
}

/**
 * Write one plane into a DICOM file in memory.
 *
 * @param pyodide - a loaded Pyodide in which `import dicom_overlay` works.
 * @param bytes - the file; not changed.
 * @param mask - as in `writeOverlays`: one item for each pixel, or RGBA.
 * @returns the changed file, in memory of its own.
 * @throws OverlayError with Python's `code` and `detail`.
 */
export function writeDicomOverlay(
  pyodide: PyodideLike,
  bytes: Uint8Array,
  mask: MaskPlane["mask"],
  options: PyodideOptions = {},
): Uint8Array {
  const { instance, seriesInstanceUid, strict, onNotice, onGroups, ...attributes } = options;
  const { packed, plane } = packedPlane({ ...attributes, mask });
  const request = JSON.stringify({ planes: [plane], options: { instance, seriesInstanceUid, strict } });
  const path = `/tmp/dicom-overlay-${crypto.getRandomValues(new Uint32Array(2)).join("-")}.dcm`;
  try {
    pyodide.FS.writeFile(path, bytes);
    const { groups, notices } = requireOk(callWriteFile(pyodide, path, request, packed));
    const result = pyodide.FS.readFile(path, { encoding: "binary" });
    if (onNotice !== undefined) for (const notice of notices) onNotice(notice);
    onGroups?.(groups);
    return result;
  } finally {
    removeFile(pyodide, path);
  }
}

function callWriteFile(pyodide: PyodideLike, path: string, request: string, packed: Uint8Array): string {
  const bridge = pyodide.pyimport("dicom_overlay.bridge") as WriteFileModule;
  const writeFile = bridge.write_file;
  try {
    return writeFile(path, request, [packed]);
  } catch (error) {
    if (error instanceof Error) throw pythonFault(error);
    throw error;
  } finally {
    writeFile.destroy();
    bridge.destroy();
  }
}

function packedPlane(input: MaskPlane): { packed: Uint8Array; plane: object } {
  // Nothing is sent: the mask is packed below, from the caller's own array.
  const { masks, planes } = prepareWirePlanes([input], "transfer");
  const [pixels] = masks;
  const [wire] = planes;
  if (pixels === undefined || wire === undefined || wire.rule.type === "packed") {
    throw new OverlayError("invalid-mask", "Expected one mask.", { field: "mask" });
  }
  const { mask: _mask, rule, label, existing, ...attributes } = wire;
  const count = rule.type === "rgba" ? pixels.length / 4 : pixels.length;
  return {
    packed: packPixels(pixels, rule),
    plane: {
      ...attributes,
      label: label?.text,
      labelFallback: label?.fallback,
      existing,
      buffer: 0,
      pixels: count,
    },
  };
}

function requireOk(json: string): { groups: readonly OverlayGroup[]; notices: readonly Notice[] } {
  const response: unknown = JSON.parse(json);
  if (typeof response === "object" && response !== null && "ok" in response) {
    return response.ok as { groups: readonly OverlayGroup[]; notices: readonly Notice[] };
  }
  const failed =
    typeof response === "object" && response !== null && "error" in response ? response.error : null;
  const { code, message, detail } = requireErrorRecord(failed);
  throw new OverlayError(code, message, detail);
}

/** The file is absent when it could not even be written; anything else must not hide the error on its way. */
function removeFile(pyodide: PyodideLike, path: string): void {
  try {
    pyodide.FS.unlink(path);
  } catch (error) {
    if (!(typeof error === "object" && error !== null && "errno" in error)) throw error;
  }
}
