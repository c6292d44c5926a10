/**
 * Write, read and remove DICOM overlay planes (group 60xx) in the browser, with nothing uploaded.
 *
 * @packageDocumentation
 */
export type { DirectoryHandle, DirectoryOptions, ExistingFiles, WritableHandle } from "./directory.js";
export { toDirectory } from "./directory.js";
export type { DownloadOptions } from "./downloads.js";
export { download, downloadAll } from "./downloads.js";
export type { ErrorCode, ErrorDetail, ErrorRecord } from "./errors.js";
export { ERROR_CODES, isOverlayError, OverlayError } from "./errors.js";
export type {
  CallOptions,
  EditOptions,
  ExporterOptions,
  OverlayExporter,
  RemoveOptions,
  WriteOptions,
} from "./exporter.js";
export { createOverlayExporter } from "./exporter.js";
export { safeName } from "./names.js";
export type {
  InstanceFacts,
  LabelMapPlanes,
  Mask,
  MaskArray,
  MaskPlane,
  Notice,
  OverlayGroup,
  OverlayPlane,
  OverlaySource,
  PackedPlane,
  PlaneAttributes,
  PlaneInput,
  Volume,
} from "./plane.js";
export type { InstanceRule, StartedInfo, StartPhase } from "./protocol.js";
export type { PyodideLike, PyodideOptions } from "./pyodide.js";
export { writeDicomOverlay } from "./pyodide.js";
export type { NamedBlob, NamedBlobs, OfferedFile, SavedFile, SaveOptions, UnsavedFile } from "./saving.js";
export type { SeriesOptions, SeriesProgress, SeriesResult } from "./series.js";
export type { SliceOrder } from "./series-check.js";
export type { ExporterStatus } from "./spawn.js";
export { unpackMask } from "./unpack-mask.js";
export type { BufferRule } from "./wire-planes.js";
export type { FileHandle } from "./zip.js";
export { toZip, toZipFile } from "./zip.js";
