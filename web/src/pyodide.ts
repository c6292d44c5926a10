/** The smallest harness: for a page or worker that already runs Pyodide with the wheel `dicom-overlay` installed. */
import { fromErrorRecord } from "./errors.js";
import { packPixels, unpackPixels } from "./masks/packing.js";
import { toPixels } from "./masks/pixels.js";
import { pixelRule } from "./masks/wire-planes.js";
import { type Rules, requireOptions } from "./values/check.js";
import { newUid } from "./values/new-uid.js";
import type { InstanceRule } from "./values/options.js";
import type { MaskPlane, PlaneAttributes } from "./values/plane.js";
import { anything, LAYER } from "./values/rules.js";
import { pythonFault } from "./workers/python-fault.js";

/** The part of Pyodide that this function uses; `PyodideInterface` has it. */
export interface PyodideLike {
  readonly FS: {
    writeFile(path: string, data: Uint8Array): void;
    readFile(path: string, options: { encoding: "binary" }): Uint8Array;
    unlink(path: string): void;
  };
  // biome-ignore lint/suspicious/noExplicitAny: Pyodide's own types are `any` here
  pyimport(name: string): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  toPy(value: any): any;
}

/** Arguments of Python's `write_dicom_overlay`, with the same defaults. */
export interface PyodideOptions
  extends Pick<
    PlaneAttributes,
    "existing" | "group" | "planeOrigin" | "overlayType" | "subtype" | "description" | "rows" | "columns"
  > {
  readonly label?: string | null | undefined;
  readonly instance?: InstanceRule | undefined;
  /** Treat each notice as an error, `strict-notice`. */
  readonly strict?: boolean | undefined;
}

/** Python checks the values. */
const OPTIONS: Rules<PyodideOptions> = { ...LAYER, ...anything("rows", "columns", "instance", "strict") };

/**
 * Write one plane into a DICOM file in memory: put the file into Pyodide's file system, call `write_dicom_overlay`,
 * and take it out again. The exporter (`createOverlayExporter`) does not copy the file, and does not block the page.
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
  const { overlayType, planeOrigin, ...given } = requireOptions(options, OPTIONS);
  const { pixels, size } = toPixels(mask);
  const rule = pixelRule(pixels);
  const count = rule.type === "rgba" ? pixels.length / 4 : pixels.length;
  const flat = pyodide.toPy(unpackPixels(packPixels(pixels, rule), count));
  const origin = planeOrigin && pyodide.pyimport("builtins").tuple(pyodide.toPy(planeOrigin));
  const words = Object.entries({ ...size, ...given, overlay_type: overlayType, origin });
  const named = Object.fromEntries(words.filter(([, value]) => value !== undefined && value !== null));
  const path = `/tmp/dicom-overlay-${newUid()}.dcm`;
  pyodide.FS.writeFile(path, bytes);
  try {
    pyodide.pyimport("dicom_overlay").write_dicom_overlay.callKwargs(path, flat, named);
    return pyodide.FS.readFile(path, { encoding: "binary" });
  } catch (error) {
    // Pyodide passes on only the text of the traceback; Python still has the exception itself.
    const raised = pyodide.pyimport("sys").last_exc?.as_record?.();
    if (raised === undefined) throw error instanceof Error ? pythonFault(error) : error;
    throw fromErrorRecord(raised.toJs({ dict_converter: Object.fromEntries }), error);
  } finally {
    pyodide.FS.unlink(path);
    flat.destroy();
  }
}
