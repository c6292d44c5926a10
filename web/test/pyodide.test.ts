import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPyodide, type PyodideInterface } from "pyodide";
import { beforeAll, describe, expect, it } from "vitest";
import { writeDicomOverlay } from "../src/pyodide.js";
import { python } from "./python.js";

const runtime = fileURLToPath(new URL("../dist/runtime/", import.meta.url));
/** The npm package, not the runtime folder: there Node would take pyodide.asm.js for an ES module. */
const core = fileURLToPath(new URL("../node_modules/pyodide/", import.meta.url));
const program = `
import sys, pydicom, dicom_overlay, tempfile, os
from importlib.resources import files
path = files(pydicom) / "data" / "test_files" / "CT_small.dcm"
mask = bytes(i % 5 == 0 for i in range(128 * 128))
out = os.path.join(tempfile.mkdtemp(), "out.dcm")
dicom_overlay.write_dicom_overlay(path, mask, rows=128, columns=128, output=out, label="Liver")
sys.stdout.buffer.write(path.read_bytes() + open(out, "rb").read())
os.unlink(out)
os.rmdir(os.path.dirname(out))
`;

describe("writeDicomOverlay", () => {
  let pyodide: PyodideInterface;
  let original: Uint8Array;
  let expected: Uint8Array;
  const mask = Uint8Array.from({ length: 128 * 128 }, (_, at) => (at % 5 === 0 ? 1 : 0));

  beforeAll(async () => {
    const both = execFileSync(python, ["-c", program]);
    const size = 39_206;
    original = new Uint8Array(both.subarray(0, size));
    expected = new Uint8Array(both.subarray(size));
    pyodide = await loadPyodide({ indexURL: core, stdout: () => undefined });
    for (const prefix of ["pydicom-", "dicom_overlay-"]) {
      const name = readdirSync(runtime).find((file) => file.startsWith(prefix)) ?? "";
      pyodide.unpackArchive(new Uint8Array(readFileSync(`${runtime}${name}`)), "wheel");
    }
  });

  it("gives the bytes that the native wheel gives, and leaves no file behind", () => {
    const before = pyodide.FS.readdir("/tmp").length;
    const result = writeDicomOverlay(pyodide, original, mask, { label: "Liver" });
    expect(Buffer.compare(result, expected)).toBe(0);
    expect(pyodide.FS.readdir("/tmp")).toHaveLength(before);
  });

  it("gives Python's error with code and detail, and leaves no file behind", () => {
    const before = pyodide.FS.readdir("/tmp").length;
    expect(() => writeDicomOverlay(pyodide, expected, mask, { group: 0x6000 })).toThrow(
      expect.objectContaining({ code: "group-in-use", detail: expect.objectContaining({ group: 0x6000 }) }),
    );
    expect(() => writeDicomOverlay(pyodide, original, mask.subarray(1))).toThrow(
      expect.objectContaining({ code: "invalid-mask" }),
    );
    expect(() => writeDicomOverlay(pyodide, new Uint8Array([1, 2, 3]), mask)).toThrow(
      expect.objectContaining({ code: "not-dicom" }),
    );
    expect(pyodide.FS.readdir("/tmp")).toHaveLength(before);
  });

  it("makes a derived instance", () => {
    const result = writeDicomOverlay(pyodide, original, mask, {
      instance: "derived",
      existing: "replace-group",
      group: 0x6002,
    });
    expect(result.length).toBeGreaterThan(expected.length);
  });

  it("passes each option on under Python's name", () => {
    const part = Uint8Array.of(1, 0, 0, 1, 1, 0);
    const options = {
      rows: 2,
      columns: 3,
      planeOrigin: [5, 7] as const,
      overlayType: "R" as const,
      group: 0x6004,
    };
    pyodide.FS.writeFile(
      "/tmp/part.dcm",
      writeDicomOverlay(pyodide, original, part, { ...options, label: "Part" }),
    );
    const found = pyodide.runPython(`
      import json, dicom_overlay
      [plane] = dicom_overlay.read_dicom_overlays("/tmp/part.dcm")
      json.dumps([plane.rows, plane.columns, plane.origin, plane.overlay_type, plane.group, plane.label])`);
    pyodide.FS.unlink("/tmp/part.dcm");
    expect(JSON.parse(found)).toEqual([2, 3, [5, 7], "R", 0x6004, "Part"]);
  });

  it("takes coloured pixels, and refuses fractions", () => {
    const rgba = new Uint8ClampedArray(128 * 128 * 4);
    for (const [at, bit] of mask.entries()) if (bit !== 0) rgba.set([255, 0, 0, 255], at * 4);
    expect(Buffer.compare(writeDicomOverlay(pyodide, original, rgba, { label: "Liver" }), expected)).toBe(0);
    const halves = new Float32Array(128 * 128).fill(0.5);
    expect(() => writeDicomOverlay(pyodide, original, halves)).toThrow(
      expect.objectContaining({ code: "invalid-mask" }),
    );
  });
});
