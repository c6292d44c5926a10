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
  }, 60_000);

  it("gives the bytes that the native wheel gives, and leaves no file behind", () => {
    const before = pyodide.FS.readdir("/tmp").length;
    const groups: number[] = [];
    const result = writeDicomOverlay(pyodide, original, mask, {
      label: "Liver",
      onGroups: (all) => groups.push(...all),
    });
    expect(Buffer.compare(result, expected)).toBe(0);
    expect(groups).toEqual([0x6000]);
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

  it("tells the notices and makes a derived instance", () => {
    const result = writeDicomOverlay(pyodide, original, mask, {
      instance: "derived",
      existing: "replace-group",
      group: 0x6002,
    });
    expect(result.length).toBeGreaterThan(expected.length);
  });
});
