/** The English texts of exports and their results. */
import { count as s } from "./numbers.js";

export const enExport = {
  export: "Export",
  exportButton: "Export",
  options: "Options",
  what: "What",
  thisImage: "This image",
  wholeSeries: "The whole series",
  identity: "Identity",
  keepInstance: "Keep: same image, one more plane",
  deriveInstance: "Derive: a new image in a new series that names its source",
  form: "Write",
  forms: {
    planes: "planes in the files",
    capture: "pictures with marks",
  },
  uncaptured: { unchanged: "become pictures too", omit: "are left out" },
  willCapture: (pictures: number, where: string): string =>
    `${s(pictures, "picture", "pictures")} as a new series (Secondary Capture), ${where}`,
  onlyPictures: "The pictures show the marks. The marks themselves are saved with an export of planes.",
  fileName: "File name",
  patternHint: "{name}: old name, {index}: place in the series",
  saveAs: "Save",
  sink: {
    zip: "download (ZIP)",
    "zip-to": "ZIP, choose where…",
    folder: "into a folder…",
    back: "back in their folder…",
    files: "single downloads",
    archive: "Send to the archive",
  },
  unmarkedFiles: "Unmarked images",
  unmarked: { empty: "get an empty plane", unchanged: "are copied unchanged", omit: "are left out" },
  checkAfter: "Check every file after the export",
  willDo: (files: number, layers: number, removed: number, where: string): string =>
    [
      s(files, "file", "files"),
      ...(layers > 0 ? [s(layers, "layer", "layers")] : []),
      ...(removed > 0 ? [`${s(removed, "plane", "planes")} removed`] : []),
      where,
    ].join(", "),
  into: {
    zip: "into a ZIP",
    single: "as one download",
    "zip-to": "into a ZIP in a place you choose",
    folder: "into a folder",
    back: "over the originals in their folder",
    files: "as single downloads",
    archive: "to the archive, as new images",
  },
  nothingToExport: "Nothing is marked yet.",
  phase: {
    opening: "Opening",
    masks: "Importing the mask",
    starting: "Starting Python",
    writing: "Writing",
    saving: "Saving",
    checking: "Checking",
  },
  phaseOf: (phase: string, done: number, total: number): string =>
    total === 0 ? `${phase}…` : `${phase}: ${done} of ${total}`,
  exporting: "Exporting…",
  askReplace: (n: number): string =>
    n === 1
      ? "The file will be replaced in the folder it came from, in one step. The old file is not kept: make a copy if you need one."
      : `The marked files among ${n} files will be replaced in the folder they came from. Each file is replaced in one step. The old files are not kept: make a copy if you need one.`,
  replaceThem: "Replace",
  saved: (n: number, total: number): string => `${n} of ${s(total, "file", "files")} saved.`,
  handedOver: (n: number, total: number): string =>
    `${n} of ${s(total, "file", "files")} saved to the browser's downloads.`,
  notSaved: (names: readonly string[]): string =>
    `Not saved: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}.`,
  staysUnsaved: (names: readonly string[], removals: number): string => {
    const what = [
      ...names.map((name) => `“${name}”`),
      ...(removals > 0 ? [s(removals, "removal", "removals")] : []),
    ];
    return what.length === 0
      ? ""
      : `Not saved yet: ${what.join(", ")}. A layer is saved once every image that it marks is exported.`;
  },
  checkCancelled: "The check was cancelled; the files are saved.",
  notCheckable: (names: readonly string[]): string =>
    `Not checked, so not counted as saved: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}.`,
  lookForDownload:
    "Only the browser knows whether the download arrived: look for it before you leave. If it was blocked, allow downloads for this page and export again.",
  checkedGood: "Checked: every mask was read back and is equal; Pixel Data is equal.",
  checkedUnknown: (n: number, total: number): string =>
    `Checked: every mask was read back and is equal; Pixel Data of ${n} of ${total} could not be compared.`,
  checkedBad: (n: number, total: number): string =>
    `Checked: ${n} of ${total} did NOT pass; do not use them.`,

  // Result
  result: "Result",
  resultDetails: "Result of each file…",
  resultTable: "Result of each file",
  saveReport: "Save the report (CSV)",
  moreRows: (n: number): string => `${s(n, "more row", "more rows")}: save the report.`,
  columns: [
    "File",
    "Saved as",
    "Export",
    "Planes found",
    "Mask equal",
    "Pixel Data equal",
    "Rest of the file",
  ],
  csvColumns: [
    "file",
    "saved as",
    "export",
    "planes found",
    "mask equal",
    "pixel data equal",
    "rest of the file",
    "pixel data sha-256",
    "notices",
  ],
  written: "Written",
  copiedUnchanged: "Copied unchanged",
  notArrived: (code: string, why: string): string => `Not saved (${code}): ${why}`,
  failed: (code: string, why: string): string => `Failed (${code}): ${why}`,
  notChecked: "not checked",
  checkFailed: (code: string): string => `check failed (${code})`,
  none: "none",
  yes: "Yes",
  no: "NO",
  notCompared: "not compared",
  elementsAdded: (n: number): string => `${s(n, "element", "elements")} of the planes added; `,
  restored: "without the planes, every byte equals the original",
  listing: {
    "too-large": "too large to list its elements; only its bytes were compared",
    "not-listed": "its elements could not be listed; only its bytes were compared",
  },
  noOther: "no other element differs, but some are encoded differently",
  alsoChanged: (list: string): string => `also ${list}`,
  change: { added: "added", removed: "removed", changed: "changed" },
};
