/**
 * Write, read and remove DICOM overlay planes (group 60xx) in the browser, with nothing uploaded.
 *
 * @packageDocumentation
 */
export { copyBits } from "./bits.js";
export type { DirectoryHandle, DirectoryOptions, ExistingFiles, WritableHandle } from "./directory.js";
export { toDirectory } from "./directory.js";
export type { DownloadOptions } from "./downloads.js";
export { download, downloadAll } from "./downloads.js";
export type { ErrorCode, ErrorDetail, ErrorRecord } from "./errors.js";
export { ERROR_CODES, isOverlayError, OverlayError } from "./errors.js";
export type { OverlayExporter } from "./exporter.js";
export { createOverlayExporter } from "./exporter.js";
export { safeName } from "./names.js";
export type { Notice, NoticeCode } from "./notices.js";
export { NOTICE_CODES } from "./notices.js";
export type {
  CallOptions,
  EditOptions,
  ExporterOptions,
  ExportItem,
  ExportOptions,
  ExportProgress,
  ReadSeriesOptions,
  RemoveOptions,
  SeriesOptions,
  SeriesProgress,
  SliceOrder,
  WriteOptions,
} from "./options.js";
export type { Patch, Splice } from "./patch.js";
export { applyPatch } from "./patch.js";
export type {
  Existing,
  FileOverlays,
  InstanceFacts,
  LabelMapPlanes,
  LabelText,
  Mask,
  MaskArray,
  MaskPlane,
  OverlayGroup,
  OverlayPlane,
  OverlaySource,
  PackedPlane,
  PlaneAttributes,
  PlaneInput,
  PlaneLabel,
  SeriesImage,
} from "./plane.js";
export type {
  ImageOrder,
  ImagePlaces,
  InstanceRule,
  PlacedView,
  StartedInfo,
  StartPhase,
} from "./protocol.js";
export type { PyodideLike, PyodideOptions } from "./pyodide.js";
export { writeDicomOverlay } from "./pyodide.js";
export type {
  EditPlan,
  EditResult,
  FailedFile,
  SeriesItem,
  SeriesOverlays,
  SeriesResult,
  UnchangedFile,
  WrittenFile,
} from "./results.js";
export type { NamedBlob, NamedBlobs, OfferedFile, SavedFile, SaveOptions, UnsavedFile } from "./saving.js";
export type { ExporterStatus } from "./spawn.js";
export { unpackMask } from "./unpack-mask.js";
export type {
  MaskVolume,
  OverlayVolume,
  PackedVolume,
  Volume,
  VolumeAttributes,
  VolumeGeometry,
  VolumeSpace,
} from "./volume.js";
export type { BufferRule } from "./wire-planes.js";
export type { FileHandle } from "./zip.js";
export { toZip, toZipFile } from "./zip.js";
