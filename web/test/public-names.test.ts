import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as entry from "../src/index.js";

const source = new URL("../src/", import.meta.url);

describe("the public entry", () => {
  it("exports these values and no others", () => {
    expect(Object.keys(entry).sort()).toMatchInlineSnapshot(`
      [
        "ERROR_CODES",
        "NOTICE_CODES",
        "OverlayError",
        "copyBits",
        "createOverlayExporter",
        "download",
        "downloadAll",
        "isOverlayError",
        "maskOf",
        "planeOnImage",
        "safeName",
        "sliceOf",
        "toDirectory",
        "toOverlayError",
        "toZip",
        "toZipBlob",
        "toZipFile",
        "volumeFromItk",
        "writeDicomOverlay",
      ]
    `);
  });

  it("exports these types and no others", () => {
    const text = readFileSync(new URL("index.ts", source), "utf8");
    const types = [...text.matchAll(/export type \{([^}]*)\}/g)].flatMap(
      ([, names = ""]) => names.match(/\w+/g) ?? [],
    );
    expect(types.sort()).toMatchInlineSnapshot(`
      [
        "BufferRule",
        "CallOptions",
        "CaptureOptions",
        "CaptureResult",
        "CapturedPicture",
        "DetailOf",
        "DirectoryHandle",
        "DirectoryOptions",
        "DownloadOptions",
        "EditOptions",
        "EditResult",
        "ErrorCode",
        "ErrorDetail",
        "ErrorDetails",
        "ErrorRecord",
        "Existing",
        "ExistingFiles",
        "ExportItem",
        "ExportOptions",
        "ExportProgress",
        "ExporterOptions",
        "ExporterStatus",
        "FailedFile",
        "FileHandle",
        "FileOverlays",
        "ImageOrder",
        "ImagePlaces",
        "InstanceFacts",
        "InstanceRule",
        "ItkImage",
        "ItkVolumeOptions",
        "LabelMapPlanes",
        "LabelText",
        "Mask",
        "MaskArray",
        "MaskPlane",
        "MaskVolume",
        "NamedBlob",
        "NamedBlobs",
        "Notice",
        "NoticeCode",
        "OfferedFile",
        "OverlayExporter",
        "OverlayGroup",
        "OverlayPlane",
        "OverlaySource",
        "OverlayVolume",
        "PackedMask",
        "PackedPlane",
        "PackedVolume",
        "PlacedPlane",
        "PlacedView",
        "PlaneAttributes",
        "PlaneInput",
        "PlaneLabel",
        "PlaneOnImage",
        "PyodideLike",
        "PyodideOptions",
        "ReadSeriesOptions",
        "RemoveOptions",
        "SaveOptions",
        "SavedFile",
        "SeriesImage",
        "SeriesItem",
        "SeriesOptions",
        "SeriesOverlays",
        "SeriesProgress",
        "SeriesResult",
        "SliceOrder",
        "StartPhase",
        "StartedInfo",
        "UnchangedFile",
        "UnsavedFile",
        "Volume",
        "VolumeAttributes",
        "VolumeGeometry",
        "VolumeSpace",
        "WritableHandle",
        "WriteOptions",
        "WrittenFile",
      ]
    `);
  });
});

describe("the public types", () => {
  it("are these, comments aside", async () => {
    const types = new URL("../dist/types/", import.meta.url);
    const modules = [
      "errors",
      "values/plane",
      "values/volume",
      "values/results",
      "values/capture",
      "values/options",
      "exporter",
      "values/status",
      "sinks/named-blob",
      "sinks/directory",
      "sinks/zip",
      "sinks/downloads",
      "notices",
      "pyodide",
    ];
    const declarations = modules.map((name) => {
      const text = readFileSync(new URL(`${name}.d.ts`, types), "utf8");
      return `// ${name}\n${text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\n/gm, "")}`;
    });
    await expect(declarations.join("\n")).toMatchFileSnapshot("public-types.snap");
  });
});

describe("the modules", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );

  it("stay under 300 lines", () => {
    const long = files.filter((name) => readFileSync(new URL(name, source), "utf8").split("\n").length > 300);
    expect(long).toEqual([]);
  });

  it("name Pyodide's proxies in runtime.ts alone, and hold no Python", () => {
    for (const name of files.filter((file) => file !== "worker/runtime.ts")) {
      const text = readFileSync(new URL(name, source), "utf8");
      expect(text, name).not.toMatch(/PyProxy|runPython/);
    }
  });
});
