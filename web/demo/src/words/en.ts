/** Every English text of the page; `de.ts` has the same in German. */
import { enExport } from "./en-export.js";
import { enFaults } from "./en-faults.js";
import { round, count as s } from "./numbers.js";

const number = (value: number): string => String(round(value));
/** First and last corner of something, in mm. */
const ends = (corners: readonly (readonly number[])[], to: string): string =>
  corners.map((corner) => `(${corner.map((value) => value.toFixed(1)).join(", ")})`).join(` ${to} `);

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
  harness: "The smallest example",
  help: "Help",
  keysTitle: "Keyboard, mouse, touch",
  close: "Close",
  cancel: "Cancel",
  canvasHelp:
    "Wheel, Page Up and Page Down: next or previous image. Ctrl and wheel or two fingers: zoom and move. Right button: zoom. Middle button or Shift: move. Ctrl and left button: window. With a drawing tool, the arrow keys move the crosshair, Space draws or sets a point, Enter closes a polygon, Escape discards it.",
  keys: [
    ["B, E, R, P, F", "brush, eraser, rectangle, polygon, fill"],
    ["W, H", "window, move"],
    ["[ and ]", "brush smaller, larger"],
    ["Page Up, Page Down", "previous, next image"],
    ["Home, End", "first, last image"],
    ["K", "play, stop"],
    [", and .", "play slower, faster"],
    ["+, −, 0", "zoom in, out, fit"],
    ["C", "copy to the next image"],
    ["N", "new layer"],
    ["1 to 9", "draw on that layer"],
    ["Ctrl Z, Ctrl Y", "undo, redo"],
    ["Arrow keys, Space, Enter, Escape", "draw on the image with the keyboard"],
    ["Wheel", "next or previous image; with Ctrl: zoom"],
    ["Right button, middle button", "zoom, move"],
    ["Ctrl and left button, Shift and left button", "window, move"],
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
    "The sample: 24 slices made at build time from one public MR image of pydicom's test files, without names. It is resampled to 24 positions, so it is not a real volume.",
  dropToOpen: "Drop to open",
  opening: "Opening…",
  fetchingSample: "Fetching the sample…",
  workFound: (layers: number, when: string): string =>
    `Unsaved work on this series from ${when} is kept in this browser${layers > 0 ? `: ${s(layers, "layer", "layers")}` : ""}.`,
  workFoundHere: "Unsaved work on this series was found; see “Layers”.",
  restoreWork: "Restore it",
  forgetWork: "Forget it",
  workRestored: (layers: number, leftOut: number, lost: number): string =>
    [
      `Restored: ${s(layers, "layer", "layers")}.`,
      ...(leftOut > 0
        ? [
            `Not restored: marks on ${s(leftOut, "image", "images")}, because not all images are open or there are 16 layers. They stay kept: open the whole series and restore them again.`,
          ]
        : []),
      ...(lost > 0
        ? [
            `Planes that it would replace or remove and that are no longer in the files: ${lost}. Each such layer is written as a new plane.`,
          ]
        : []),
    ].join(" "),
  keepingBlocked: "This browser keeps no unsaved work for this page: export before you leave or reload it.",
  opened: (pictures: number, series: number, refused: number): string =>
    `${s(pictures, "image", "images")} in ${series} series open.${refused > 0 ? ` ${refused} not opened; see the list.` : ""}`,
  noImageFound: "No DICOM image was found.",
  maskWaits: "The mask needs its image: open the image now.",
  readingMask: "Reading the mask…",
  cancelled: "Cancelled.",
  exportCancelled: "The export was cancelled and nothing was saved. The originals are unchanged.",

  // Series
  series: "Series",
  shownNow: (title: string): string => `Shown now: ${title}.`,
  waitsForFiles: "More images are being opened. You can browse and draw right after that.",
  waitsForOrder: "The order of the images is being found. You can browse and draw right after that.",
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
  toolOptions: "Tool options",
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
    polygon: "Click the corners. Enter, a double click or a click on the first corner closes it.",
    fill: "Click to fill what is connected and has about the same value; drag right for more values, left for fewer.",
    fillRange: "Click a spot to fill what is connected and in the range.",
    fillColour: "Only for grey images.",
  },
  brushSize: "Size",
  brushUnit: "Unit of size",
  fillBy: "Values to fill",
  fillByClick: "Around the click",
  fillByRange: "Fixed range",
  fillOutside: "Click inside the image to fill.",
  fillNotInRange: (value: number, low: number, high: number): string =>
    `Nothing filled: the value here is ${number(value)}, and the range is ${number(low)} to ${number(high)}.`,
  fillNothingNew: "All of this is marked already.",
  valuesFrom: "Values from",
  valuesTo: "to",
  markThreshold: "Mark all in range",
  closePolygon: "Close polygon",
  brushRange: "Only values",
  brushRangeHint: "Brush and eraser change only pixels whose values are in this range",
  cinePlay: "Play",
  cineStop: "Stop",
  cineSpeed: "Images per second",
  cineUnit: "/s",
  pageUp: "Page Up",
  pageDown: "Page Down",
  previousImage: "Previous image",
  nextImage: "Next image",
  imageInSeries: "Image in the series",
  imageOf: (at: number, total: number): string => `Image ${at} of ${total}`,
  windowWidth: "Width",
  windowLevel: "Centre",
  windowPreset: "Window",
  windowOwn: "custom",
  preset: {
    file: "From the file",
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
  number,
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
  layerHidden: "Nothing drawn: the layer is hidden. Show it first.",
  removeLayer: (n: number): string => `Remove layer ${n}`,
  nothingMarked: "Nothing marked yet",
  marks: (pixels: number, images: number, total: number): string =>
    `${s(pixels, "pixel", "pixels")} here; marks on ${images} of ${s(total, "image", "images")}`,
  replacesPlane: "replaces its plane",
  sameName: "Two layers have this name.",
  newLayer: "New layer",
  copyNext: "Copy to next",
  copyNextHint: "Copy the marks of this image to the next one",
  clearHere: "Clear here",
  panels: "Panels",
  invert: "Invert",
  undoKey: "Ctrl Z",
  redoKey: "Ctrl Y",
  savePicture: "Save picture",
  savePictureHint: "A PNG of this image as shown, with its layers",
  orientation: { axial: "axial", coronal: "coronal", sagittal: "sagittal", oblique: "oblique" },
  saveNifti: "Save as NIfTI",
  saveNiftiHint: "The layers as label maps, at the position of the series",
  savedNifti: (files: readonly (readonly string[])[]): string =>
    files.length === 1
      ? `Saved as NIfTI: ${(files[0] ?? []).map((name, k) => `${k + 1} = ${name}`).join(", ")}. The files are unchanged; export to write planes.`
      : `Saved as NIfTI, one file for each of ${files.length} layers, because they overlap.`,
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
      ? "This layer has no unmarked images between two marked ones."
      : `Shapes added on ${s(n, "image", "images")}.`,
  brought: (layers: number, pixels: number, images: number): string =>
    `Mask imported: ${s(layers, "layer", "layers")}, ${s(pixels, "pixel", "pixels")} on ${s(images, "image", "images")}.`,
  placedByPosition: "Placed by its position in space.",
  placedByOrder:
    "Placed image by image in order, because its file does not say where it lies. Check that it is in the right place.",
  placedAgainst: "Placed image by image in order, against its position, as you chose.",
  againstPosition: "Placed in order, against its position.",
  mostlySet: (names: readonly string[]): string =>
    `More than half of an image is set in ${names.map((name) => `“${name}”`).join(", ")}. Is the drawing dark on a light background? Then use “Invert”.`,
  maskElsewhere: "The mask lies elsewhere",
  maskLiesElsewhere: (
    name: string,
    mask: readonly (readonly number[])[],
    images: readonly (readonly number[])[],
    fits: boolean,
  ): string =>
    [
      `The position given in “${name}” is not that of these images.`,
      `Mask: ${ends(mask, "to")} mm.`,
      images.length === 0 ? "The images do not say where they lie." : `Images: ${ends(images, "to")} mm.`,
      fits
        ? "Its size fits, so it can be placed image by image in order. That can be wrong: left and right, or first and last image, may be swapped."
        : "It cannot be placed in order either, because its size differs. Nothing was imported.",
    ].join("\n"),
  layByOrder: "Place it in order, against its position",
  threshold: "Threshold",
  thresholdTitle: (name: string): string => `Threshold for ${name}`,
  thresholdWhy: (name: string): string =>
    `“${name}” contains fractions or shades of grey, not labels. Choose the lowest value at which a pixel is set.`,
  thresholdOrLabels: (name: string): string =>
    `“${name}” contains several values. Choose the lowest value at which a pixel is set, or make each value a layer.`,
  thresholdEffect: (pixels: number): string => `${s(pixels, "pixel", "pixels")} set on this image.`,
  thresholdNothingHere: "The mask does not reach this image.",
  thresholdUse: "Use this threshold",
  thresholdLabels: (n: number): string => `Each value is a layer (${n})`,

  // In this file
  inFile: "In this file",
  planesWait: "Planes are read as soon as Python is ready.",
  planesNone: "No planes.",
  planesReading: (done: number, total: number): string => `Reading: ${done} of ${s(total, "file", "files")}…`,
  planeName: (groups: readonly number[]): string =>
    `Plane ${groups.map((group) => group.toString(16).toUpperCase()).join(", ")}`,
  planeOn: (files: number, total: number): string => (total === 1 ? "" : `in ${files} of ${total} files`),
  graphics: "graphics",
  region: "region",
  planeAt: (row: number, column: number): string => `at ${row}\\${column}`,
  embedded: "in the pixels (old form): it can be shown but not changed",
  editPlane: "Edit as layer",
  removePlane: "Remove",
  keepPlane: "Keep after all",
  goesOnExport: "removed by the next export",
  isLayerNow: "is a layer now",
  cropped:
    "The plane goes beyond the image; what lies outside is not in the layer and is removed by the next export.",
  editsPlane: (name: string): string => `“${name}” is a layer now and replaces its plane on export.`,

  ...enExport,
  ...enFaults,
};

export type Words = typeof en;
