/** Every English text of the page; `de.ts` has the same in German. */

const round = (value: number): string => String(Number(value.toPrecision(4)));
/** First and last corner of something, in mm. */
const ends = (corners: readonly (readonly number[])[], to: string): string =>
  corners.map((corner) => `(${corner.map((value) => value.toFixed(1)).join(", ")})`).join(` ${to} `);
const s = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const en = {
  // The page
  title: "DICOM overlay planes",
  skip: "Skip to the image",
  trust: "Nothing is uploaded.",
  trustMore: "Your files stay on this machine; this page may only talk to its own server.",
  trustArchive: (where: string): string =>
    `Your files stay on this machine, unless you press “Send to the archive” (${where}).`,
  otherLanguage: "Deutsch",
  python: {
    idle: "Python: starts with the first file",
    starting: "Python: starting…",
    runtime: "Python: loading",
    python: "Python: starting",
    import: "Python: almost ready",
    ready: "Python: ready",
    failed: "Python: did not start",
  },
  offline: {
    idle: "Offline: not ready",
    https: "Offline: needs HTTPS",
    preparing: "Offline: being prepared",
    ready: "Ready offline",
    none: "Offline: not available",
  },
  updateReady: "A new version of this page is ready.",
  updateTake: "Reload with the new version",
  documentation: "Documentation",
  harness: "The smallest harness",
  help: "Help",
  keysTitle: "Keys, mouse, fingers",
  close: "Close",
  cancel: "Cancel",
  canvasHelp:
    "Wheel, Page Up and Page Down: other image. Ctrl and wheel or two fingers: zoom and move. Right button: window. Middle button or Shift: move. With a drawing tool, arrow keys move the cross, Space draws or sets a point, Enter closes a polygon, Escape drops it.",
  keys: [
    ["B, E, R, P, F", "brush, eraser, rectangle, polygon, fill"],
    ["W, H", "window, move"],
    ["[ and ]", "brush smaller, larger"],
    ["Page Up, Page Down", "previous, next image"],
    ["Home, End", "first, last image"],
    ["+, −, 0", "zoom in, out, fit"],
    ["C", "copy to the next image"],
    ["N", "new layer"],
    ["1 to 9", "draw on that layer"],
    ["Ctrl Z, Ctrl Y", "undo, redo"],
    ["Arrow keys, Space, Enter, Escape", "draw on the image with the keyboard"],
    ["Wheel", "other image; with Ctrl: zoom"],
    ["Right button, middle button", "window, move"],
    ["Two fingers", "zoom and move"],
  ] as readonly (readonly [string, string])[],

  // Opening
  openTitle: "Open images",
  dropHint: "Drop DICOM files, folders or a ZIP anywhere on this page, or choose them:",
  chooseFiles: "Choose files or a ZIP…",
  chooseFolder: "Choose a folder…",
  openMore: "Open…",
  openFolder: "Folder…",
  trySample: "Try a sample",
  steps: [
    ["Open", " a series: CT, MR, X-ray, ultrasound; compressed or not."],
    ["Mark", " with brush, rectangle, polygon or fill, or import a mask: PNG, NumPy, NIfTI, NRRD, MHA, SEG."],
    ["Export", ": each layer becomes an overlay plane. No other byte of the file changes."],
    ["Check", ": the page reads every file back and compares."],
  ] as readonly (readonly [string, string])[],
  sampleNote:
    "The sample: 24 slices made at build time from one public MR image of pydicom's test files, without names. It is resampled to 24 positions, so it is no real volume.",
  dropToOpen: "Drop to open",
  opening: "Opening…",
  fetchingSample: "Fetching the sample…",
  workFound: (layers: number, when: string): string =>
    `Unsaved work on this series from ${when} is kept in this browser${layers > 0 ? `: ${s(layers, "layer", "layers")}` : ""}.`,
  workFoundHere: "Unsaved work on this series was found; see “Layers”.",
  restoreWork: "Restore it",
  forgetWork: "Forget it",
  workRestored: (layers: number): string => `Restored: ${s(layers, "layer", "layers")}.`,
  keepingBlocked: "This browser keeps no unsaved work for this page: export before you leave or reload it.",
  opened: (pictures: number, series: number, refused: number): string =>
    `${s(pictures, "image", "images")} in ${series} series open.${refused > 0 ? ` ${refused} not opened; see the list.` : ""}`,
  noImageFound: "No DICOM image was found.",
  maskWaits: "The mask waits for its image: open that now.",
  readingMask: "Reading the mask…",
  cancelled: "Cancelled.",
  exportCancelled: "The export was cancelled and nothing saved. The originals are as they were.",
  savingCancelled: "The saving was cancelled. What was saved before stays; nothing is half.",

  // Series
  series: "Series",
  shownNow: (title: string): string => `Shown now: ${title}.`,
  waitsForFiles: "More images are being opened; stepping and drawing wait for them.",
  waitsForOrder: "The order of the images is being found; stepping and drawing wait for it.",
  seriesUnnamed: "Series without a name",
  seriesDetail: (pictures: number, columns: number, rows: number): string =>
    `${s(pictures, "image", "images")}, ${columns} × ${rows}`,
  orderedByNumber: "ordered by number",
  orderedByPath: "ordered by file name",
  useAsMask: "Use as mask",
  notOpened: (n: number): string => `Files that were not opened (${n})`,

  // Image
  image: "Image",
  imageLabel: "Image with layers",
  tools: "Tools",
  toolOptions: "Options of the tool",
  tool: {
    window: "Window",
    move: "Move",
    brush: "Brush",
    eraser: "Eraser",
    rectangle: "Rectangle",
    polygon: "Polygon",
    fill: "Fill",
  },
  toolHint: {
    window: "Drag right for more width, up for a lower centre (brighter).",
    move: "Drag to move; Ctrl and wheel to zoom.",
    rectangle: "Drag from corner to corner.",
    polygon: "Click the corners; Enter, a double click or the first corner closes.",
    fill: "Click to fill what is connected and has about the same value; drag right for more values, left for fewer.",
    fillRange: "Click a spot to fill what is connected and in the range.",
    fillColour: "Only for grey images.",
  },
  brushSize: "Size",
  brushUnit: "Unit of the size",
  fillBy: "Values that are filled",
  fillByClick: "Around the click",
  fillByRange: "Fixed range",
  fillOutside: "Click inside the image to fill.",
  fillNotInRange: (value: number, low: number, high: number): string =>
    `Nothing filled: the value here is ${round(value)}, and the range is ${round(low)} to ${round(high)}.`,
  fillNothingNew: "All of this is marked already.",
  valuesFrom: "Values from",
  valuesTo: "to",
  markThreshold: "Mark all of it",
  closePolygon: "Close polygon",
  previousImage: "Previous image",
  nextImage: "Next image",
  imageInSeries: "Image in the series",
  imageOf: (at: number, total: number): string => `Image ${at} of ${total}`,
  windowWidth: "Width",
  windowLevel: "Centre",
  windowPreset: "Window",
  windowOwn: "own",
  preset: {
    file: "Of the file",
    full: "All values",
    middle: "Most values",
    softTissue: "Soft tissue",
    lung: "Lung",
    bone: "Bone",
    brain: "Brain",
    liver: "Liver",
    vessels: "Vessels",
  },
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  fit: "Fit",
  value: "Value",
  millimetres: (place: readonly number[]): string => `${place.map((one) => one.toFixed(1)).join(", ")} mm`,
  pixelAt: (column: number, row: number): string => `column ${column}, row ${row}`,
  scaleBar: (mm: number): string => (mm >= 10 ? `${mm / 10} cm` : `${mm} mm`),

  // Layers
  layers: "Layers",
  layerName: (n: number): string => `Layer ${n}`,
  isLayerName: (name: string): boolean => /^(Layer|Markierung) \d+$/.test(name),
  maskName: "Mask",
  drawOn: (n: number): string => `Draw on layer ${n}`,
  nameOf: (n: number): string => `Name of layer ${n}`,
  colourOf: (what: string): string => `Colour of ${what}`,
  opacityOf: (what: string): string => `Opacity of ${what}`,
  show: "Show",
  showOf: (what: string): string => `Show ${what}`,
  layerNo: (n: number): string => `layer ${n}`,
  planeNo: (name: string): string => `plane ${name}`,
  removeLayer: (n: number): string => `Remove layer ${n}`,
  nothingMarked: "Nothing marked yet",
  marks: (pixels: number, images: number, total: number): string =>
    `${pixels} pixels here; marks on ${images} of ${total} images`,
  replacesPlane: "replaces its plane",
  sameName: "Two layers have this name.",
  newLayer: "New layer",
  copyNext: "Copy to next",
  clearHere: "Clear here",
  panels: "Panels",
  invert: "Invert",
  undoKey: "Ctrl Z",
  redoKey: "Ctrl Y",
  savePicture: "Save picture",
  savePictureHint: "A PNG of this image as it is seen, with its layers",
  orientation: { axial: "axial", coronal: "coronal", sagittal: "sagittal", oblique: "oblique" },
  saveNifti: "Save as NIfTI",
  saveNiftiHint: "The layers as label maps, in the place of their series",
  savedNifti: (files: readonly (readonly string[])[]): string =>
    files.length === 1
      ? `Saved as NIfTI: ${(files[0] ?? []).map((name, k) => `${k + 1} = ${name}`).join(", ")}. The files are unchanged; export to write planes.`
      : `Saved as NIfTI, a file for each of ${files.length} layers, as they overlap.`,
  grow: "Grow",
  shrink: "Shrink",
  fillBetween: "Fill between",
  fillBetweenHint: "Shapes for the images between two marked ones",
  undo: "Undo",
  redo: "Redo",
  bringMask: "Import mask…",
  maskForms:
    "PNG, NumPy (.npy), NIfTI (.nii, .nii.gz), NRRD (.nrrd), MetaImage (.mha), DICOM Segmentation (SEG).",
  copied: "Copied to the next image, which is shown now.",
  filledBetween: (n: number): string =>
    n === 0
      ? "There is nothing between two marked images of this layer."
      : `Shapes made on ${s(n, "image", "images")}.`,
  brought: (layers: number, pixels: number, images: number): string =>
    `Mask imported: ${s(layers, "layer", "layers")}, ${s(pixels, "pixel", "pixels")} on ${s(images, "image", "images")}.`,
  placedByPosition: "Placed by its position in space.",
  placedByOrder:
    "Laid image by image in order, as its file does not say where it lies; check that it lies right.",
  placedAgainst: "Laid image by image in order, against its position, as you chose.",
  againstPosition: "Laid by order, against its position.",
  mostlySet: (names: readonly string[]): string =>
    `More than half of an image is set in ${names.map((name) => `“${name}”`).join(", ")}: is the drawing dark on a light ground? Then use “Invert”.`,
  maskElsewhere: "The mask lies elsewhere",
  maskLiesElsewhere: (
    name: string,
    mask: readonly (readonly number[])[],
    images: readonly (readonly number[])[],
    fits: boolean,
  ): string =>
    [
      `“${name}” says that it lies elsewhere than these images.`,
      `Mask: ${ends(mask, "to")} mm.`,
      images.length === 0 ? "The images do not say where they lie." : `Images: ${ends(images, "to")} mm.`,
      fits
        ? "Its size would allow laying it image by image in order. That can be wrong: left and right, or first and last, may change places."
        : "It cannot be laid in order either, as its size differs. Nothing was imported.",
    ].join("\n"),
  layByOrder: "Lay it by order, against its position",
  threshold: "Threshold",
  thresholdTitle: (name: string): string => `Threshold for ${name}`,
  thresholdWhy: (name: string): string =>
    `“${name}” holds fractions or shades, not labels. Choose from which value on a pixel is set.`,
  thresholdOrLabels: (name: string): string =>
    `“${name}” holds several values. Choose from which value on a pixel is set, or make each value a layer.`,
  thresholdEffect: (pixels: number): string => `${s(pixels, "pixel", "pixels")} set on this image.`,
  thresholdNothingHere: "The mask does not reach this image.",
  thresholdUse: "Use this threshold",
  thresholdLabels: (n: number): string => `Each value is a layer (${n})`,

  // In this file
  inFile: "In this file",
  planesWait: "They are read as soon as Python is ready.",
  planesNone: "No planes.",
  planesReading: (done: number, total: number): string => `Reading: ${done} of ${total} files…`,
  planeName: (groups: readonly number[]): string =>
    `Plane ${groups.map((group) => group.toString(16).toUpperCase()).join(", ")}`,
  planeOn: (files: number, total: number): string => (total === 1 ? "" : `in ${files} of ${total} files`),
  graphics: "graphics",
  region: "region",
  planeAt: (row: number, column: number): string => `at ${row}\\${column}`,
  embedded: "in the pixels (old form): it can be shown, not changed",
  hereToo: "also on this image",
  editPlane: "Edit as layer",
  removePlane: "Remove",
  keepPlane: "Keep after all",
  goesOnExport: "goes with the next export",
  isLayerNow: "is a layer now",
  cropped:
    "The plane goes beyond the image; what lies outside is not in the layer and goes with the next export.",
  editsPlane: (name: string): string => `“${name}” is a layer now and replaces its plane on export.`,

  // Export
  export: "Export",
  exportButton: "Export",
  options: "Options",
  what: "What",
  thisImage: "This image",
  wholeSeries: "The whole series",
  identity: "Identity",
  keepInstance: "Keep: same image, one more plane",
  deriveInstance: "Derive: a new image in a new series that names its source",
  fileName: "File name",
  patternHint: "{name}: old name, {index}: place in the series",
  saveAs: "Save as",
  sink: {
    zip: "download (several: a ZIP)",
    "zip-to": "one ZIP, where I say…",
    folder: "files in a folder…",
    back: "back into the files’ own folder…",
    files: "single downloads",
    archive: "Send to the archive",
  },
  unmarkedFiles: "Images without marks",
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
    "zip-to": "into a ZIP where you say",
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
    `The marked files among ${s(n, "file", "files")} will be replaced in the folder they came from. Each one is old or new, never half. There is no copy of the old ones: keep one if you need it.`,
  replaceThem: "Replace them",
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
    return what.length === 0 ? "" : `Not saved yet: ${what.join(", ")}. Export again to save it.`;
  },
  checkCancelled: "The check was cancelled; the files are saved.",
  checkedGood: "Checked: every mask read back equal, Pixel Data equal.",
  checkedUnknown: (n: number, total: number): string =>
    `Checked: every mask read back equal; Pixel Data of ${n} of ${total} could not be compared.`,
  checkedBad: (n: number, total: number): string =>
    `Checked: ${n} of ${total} did NOT pass; do not use them.`,

  // Result
  result: "Result",
  resultDetails: "Result of each file…",
  resultTable: "Result of each file",
  saveReport: "Save the report (CSV)",
  moreRows: (n: number): string => `${n} more rows: save the report.`,
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
  elementsAdded: (n: number): string => `${n} elements of the planes added; `,
  restored: "without the planes every byte is the original's",
  listing: {
    "too-large": "too large to list its elements; only its bytes were compared",
    "not-listed": "its elements could not be listed; only its bytes were compared",
  },
  noOther: "no other element differs, coded in other bytes",
  alsoChanged: (list: string): string => `also ${list}`,
  change: { added: "added", removed: "removed", changed: "changed" },

  sizes: (mask: string, images: string): string => `Mask: ${mask}; images: ${images}.`,
  unknownFault: (code: string): string =>
    `Something went wrong that should not (${code}). Reload the page and try again.`,
  faults: {
    "not-dicom": "This is not a DICOM file.",
    "malformed-data-set":
      "The file is damaged: a length or an order inside it is wrong. Export it again from its source.",
    truncated: "The file ends too early. Copy it again from its source.",
    "limit-exceeded": "The file is larger or nested deeper than this page works with.",
    "is-segmentation":
      "This is a segmentation (DICOM SEG): structures, not a picture. It can be used as a mask of the series that it was made on.",
    "is-structure-set":
      "This is a structure set (RTSTRUCT): contours, not a picture. Convert it into a segmentation or NIfTI to use it as a mask.",
    "no-image": "The file holds no image, so an overlay has nothing to lie on.",
    "unsupported-transfer-syntax":
      "This way of coding a file is not supported. Convert it, for example with dcmconv.",
    "unsupported-overlay":
      "The file holds an old form of overlay inside its pixels, which cannot be changed here.",
    "invalid-mask": "The mask does not fit the image. Check its size.",
    "invalid-plane":
      "A layer cannot be written as it is. Its name may be too long, hold a backslash, or use letters that the file's character set lacks.",
    "group-in-use": "The place for this plane is taken in the file.",
    "no-free-group":
      "The file already holds all 16 planes that DICOM allows. Remove one under “In this file”, or hide layers you do not need.",
    "no-free-layer": "There are 16 layers already, as many as DICOM allows planes. Remove one first.",
    "plane-not-found": "The plane is no longer in the file.",
    "patch-mismatch": "The file is not the one that was opened. Open it again.",
    "file-access": "The file cannot be read any more. Open it again.",
    "file-gone": "The file is no longer where it was. Put it back or open it again, then export again.",
    "file-locked": "The file is locked against changes. Unlock it, or save into another folder.",
    "folder-gone": "The folder or file to save into is no longer there. Choose another one and export again.",
    "no-space": "There is not enough free space. Make room, or save elsewhere, then export again.",
    "no-permission": "The browser was not allowed to do that. Export again and allow it when asked.",
    "not-saved": "The saving ended before this file. Export again.",
    "save-cancelled": "The saving was cancelled before this file.",
    "check-failed":
      "The result did not pass its check, so the original was left as it is. Try another way of saving.",
    "file-changed": "The file changed after it was opened. Open it again.",
    "invalid-series": "These files do not form one series.",
    "worker-start-failed":
      "Python could not be started. Check that the folder “runtime” lies beside this page, then reload it.",
    "worker-died":
      "The background worker stopped, perhaps for lack of memory. The file was left as it is; try again.",
    "protocol-mismatch": "The page and its runtime folder are of different versions. Reload, or update both.",
    "runtime-mismatch": "The page and its runtime folder are of different versions. Reload, or update both.",
    disposed: "The export was ended.",
    "file-exists":
      "The folder has a file of this name already; nothing was written. Choose an empty folder or another file name.",
    "archive-unreachable": "The archive cannot be reached. Nothing was sent that it did not confirm.",
    "archive-slow": "The archive did not answer in time.",
    "archive-refused": "The archive refused what was sent.",
    "archive-response": "The archive gave an answer that makes no sense.",
    "not-sent": "The sending ended before this file.",
    "archive-unknown":
      "It was sent, but the archive does not say whether it has it. Look there before you send it again.",
    "unsupported-sink": "This browser cannot write into a folder. Choose ZIP.",
    "mask-black": "The picture is black wherever it is not transparent. Draw the mask in another colour.",
    "mask-two-places": "This NIfTI file lies in two places (sform and qform differ). Save it with one.",
    "mask-damaged": "The mask file is damaged or not what its name says.",
    "mask-unknown-format":
      "This mask is none of PNG, NumPy (.npy), NIfTI (.nii, .nii.gz), NRRD, MetaImage (.mha) and DICOM Segmentation.",
    "mask-not-finite":
      "The mask holds NaN or infinity, which are neither set nor clear. Save it without them.",
    "mask-too-large": "The mask unpacks to more than this page works with.",
    "mask-detached": "The mask's data lie in another file. Save it as one file (.nrrd, .mha).",
    "mask-no-segmentation": "This DICOM file is not a segmentation. Open it as an image instead.",
    "mask-compressed":
      "The segmentation's pixels are compressed. Save it uncompressed, for example with dcmconv or dcmdrle.",
    "mask-no-place": "The segmentation does not say where its frames lie.",
    "mask-uneven": "The segmentation's frames do not lie on one even grid. Convert it into NIfTI.",
    "mask-unsupported-type":
      "The mask holds a kind of number or a number of dimensions that is not supported.",
    "mask-size": "The mask has another size than the image.",
    "mask-not-placed":
      "The volume fits this series neither by its position in space nor by its size. Was it made from another series?",
    "mask-too-many-labels": "There are more labels than free layers (16 at most).",
    "mask-empty": "The mask marks nothing.",
    "zip-too-large": "The ZIP would unpack to more than this page works with. Unpack it and drop the folder.",
    "zip-damaged": "The ZIP cannot be unpacked. It is damaged.",
    "zip-locked": "The ZIP is protected by a password. Unpack it and drop the folder.",
    "render-failed": "This picture cannot be shown here. Masks can still be written into the file.",
    "decode-failed": "This picture cannot be shown here. Masks can still be written into the file.",
    "pixels-missing":
      "This picture cannot be shown here: the file holds fewer pixels than its header says. Masks can still be written into the file.",
    "pixel-format":
      "This picture cannot be shown here: colours of this kind are not drawn. Masks can still be written into the file.",
    "palette-missing":
      "This picture cannot be shown here: its colour table is missing or not readable. Masks can still be written into the file.",
    "fragments-unclear":
      "This picture cannot be shown here: the file does not say which of its parts belong to which frame. Masks can still be written into the file.",
    "header-failed": "The header cannot be read.",
    "unzip-failed": "The ZIP cannot be unpacked. It is damaged.",
    "image-worker-died":
      "The image worker stopped, perhaps for lack of memory. Go to another image and back to try again.",
    "sample-missing": "The sample is not on this server.",
    "no-grid": "The images do not lie on one even grid, so they make no NIfTI volume.",
    "no-marks": "There is nothing to export yet. Draw something or import a mask first.",
  },
};

export type Words = typeof en;
