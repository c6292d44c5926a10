/** Errors in plain words, by code: what is wrong and what to do. Never an attribute value. */
import { isOverlayError } from "dicom-overlay";
import { ImageError } from "./image-client.js";
import { MaskFileError } from "./mask-error.js";

const WORDS: Readonly<Record<string, string>> = {
  "not-dicom": "This is not a DICOM file.",
  "malformed-data-set":
    "The file is damaged: a length or an order inside it is wrong. Export it again from its source.",
  truncated: "The file ends too early. Copy it again from its source.",
  "limit-exceeded": "The file is larger or nested deeper than this page works with.",
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
    "The file already holds all 16 planes that DICOM allows. Remove one, or hide layers you do not need.",
  "plane-not-found": "The plane is no longer in the file.",
  "patch-mismatch": "The file is not the one that was opened. Open it again.",
  "file-access": "The file cannot be read any more. Was it moved or deleted? Open it again.",
  "file-changed": "The file changed after it was opened. Open it again.",
  "invalid-series": "These files do not form one series.",
  "worker-start-failed":
    "Python could not be started. Check that the folder “runtime” lies beside this page, then reload it.",
  "worker-died":
    "The background worker stopped, perhaps for lack of memory. The file was left as it is; try again.",
  "protocol-mismatch": "The page and its runtime folder are of different versions. Reload, or update both.",
  "runtime-mismatch": "The page and its runtime folder are of different versions. Reload, or update both.",
  disposed: "The export was ended.",
  "unsupported-sink": "This browser cannot write into a folder. Choose ZIP.",
  "mask-damaged": "The mask file is damaged or not what its name says.",
  "mask-unknown-format": "This mask is neither PNG nor NumPy (.npy) nor NIfTI (.nii, .nii.gz).",
  "mask-unsupported-type": "The mask holds a kind of number or a number of dimensions that is not supported.",
  "mask-size": "The mask has another size than the image.",
  "mask-not-placed":
    "The volume fits this series neither by its position in space nor by its size. Was it made from another series?",
  "mask-too-many-labels": "There are more labels than free layers (16 at most).",
  "mask-empty": "The mask marks nothing.",
  "zip-too-large": "The ZIP is too large to unpack here. Unpack it and drop the folder.",
  "zip-damaged": "The ZIP cannot be unpacked. It may be damaged or protected by a password.",
  "render-failed": "This picture cannot be shown here. Masks can still be written into the file.",
  "header-failed": "The header cannot be read.",
  "image-worker-died": "The image worker stopped, perhaps for lack of memory. Open fewer or smaller files.",
  "sample-missing": "The sample is not on this server.",
  "no-marks": "There is nothing to export yet. Draw something or bring a mask first.",
};

/** The code of anything thrown; `internal` for what has none. */
export function codeOf(error: unknown): string {
  if (isOverlayError(error) || error instanceof ImageError || error instanceof MaskFileError)
    return error.code;
  return "internal";
}

/** A sentence or two for the user. */
export function explainCode(code: string): string {
  return WORDS[code] ?? `Something went wrong that should not (${code}). Reload the page and try again.`;
}

/** As {@link explainCode}, with sizes where the error knows them. */
export function explain(error: unknown): string {
  const words = explainCode(codeOf(error));
  if (!(error instanceof MaskFileError)) return words;
  const { columns, rows, slices, wantedColumns, wantedRows, wantedSlices } = error.detail;
  if (columns === undefined || wantedColumns === undefined) return words;
  const depth = slices === undefined ? "" : ` × ${slices}`;
  const wantedDepth = wantedSlices === undefined ? "" : ` × ${wantedSlices}`;
  return `${words} Mask: ${columns} × ${rows}${depth}; images: ${wantedColumns} × ${wantedRows}${wantedDepth}.`;
}
