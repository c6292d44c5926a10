/**
 * Write, read and remove DICOM overlay planes (group 60xx) in the browser, with nothing uploaded.
 *
 * @packageDocumentation
 */

export type { DetailOf, ErrorCode, ErrorDetail, ErrorDetails, ErrorRecord } from "./errors.js";
export { ERROR_CODES, isOverlayError, OverlayError, toOverlayError } from "./errors.js";
export type { OverlayExporter } from "./exporter.js";
export { createOverlayExporter } from "./exporter.js";
export type { ItkImage, ItkVolumeOptions } from "./masks/from-itk.js";
export { volumeFromItk } from "./masks/from-itk.js";
export type { PackedMask } from "./masks/mask-of.js";
export { maskOf, sliceOf } from "./masks/mask-of.js";
export type { PlacedPlane, PlaneOnImage } from "./masks/plane-on-image.js";
export { planeOnImage } from "./masks/plane-on-image.js";
export type { Notice, NoticeCode } from "./notices.js";
export { NOTICE_CODES } from "./notices.js";
export type { PyodideLike, PyodideOptions } from "./pyodide.js";
export { writeDicomOverlay } from "./pyodide.js";
export type { DirectoryHandle, DirectoryOptions, ExistingFiles, WritableHandle } from "./sinks/directory.js";
export { toDirectory } from "./sinks/directory.js";
export type { DownloadOptions } from "./sinks/downloads.js";
export { download, downloadAll } from "./sinks/downloads.js";
export type {
  NamedBlob,
  NamedBlobs,
  OfferedFile,
  SavedFile,
  SaveOptions,
  UnsavedFile,
} from "./sinks/named-blob.js";
export { safeName } from "./sinks/names.js";
export type { FileHandle } from "./sinks/zip.js";
export { toZip, toZipBlob, toZipFile } from "./sinks/zip.js";
export { copyBits } from "./values/bits.js";
export type { CapturedPicture, CaptureOptions, CaptureResult } from "./values/capture.js";
export type {
  BufferRule,
  CallOptions,
  EditOptions,
  ExporterOptions,
  ExportItem,
  ExportOptions,
  ExportProgress,
  InstanceRule,
  ReadSeriesOptions,
  RemoveOptions,
  SeriesOptions,
  SeriesProgress,
  SliceOrder,
  WriteOptions,
} from "./values/options.js";
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
} from "./values/plane.js";
export type {
  EditResult,
  FailedFile,
  ImageOrder,
  ImagePlaces,
  PlacedView,
  SeriesItem,
  SeriesOverlays,
  SeriesResult,
  UnchangedFile,
  WrittenFile,
} from "./values/results.js";
export type { ExporterStatus, StartedInfo, StartPhase } from "./values/status.js";
export type {
  MaskVolume,
  OverlayVolume,
  PackedVolume,
  Volume,
  VolumeAttributes,
  VolumeGeometry,
  VolumeSpace,
} from "./values/volume.js";
