/**
 * From an archive and back: results to STOW-RS, a series from WADO-RS, planes from metadata.
 *
 * @packageDocumentation
 */
export type { ArchiveRoots } from "./addresses.js";
export type { ArchiveOptions } from "./archive.js";
export type { Question } from "./ask.js";
export type { DicomJson, DicomJsonAttribute } from "./dicom-json.js";
export type { ArchiveHeaders } from "./login.js";
export type { ArchiveNotice, InstanceOverlays, ListOverlaysOptions, RemotePlane } from "./overlays.js";
export { listOverlays } from "./overlays.js";
export type {
  FetchedInstance,
  MissingInstance,
  RetrievedInstance,
  RetrieveOptions,
  RetrieveProgress,
} from "./retrieve.js";
export { fromDicomWeb } from "./retrieve.js";
export { toDicomWeb } from "./store.js";
export type {
  StorableResult,
  StoredInstance,
  StoreOptions,
  StoreProgress,
  StoreReport,
} from "./store-report.js";
