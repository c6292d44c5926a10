/** The English texts of everything that can go wrong, by code. */
export const enFaults = {
  sizes: (mask: string, images: string): string => `Mask: ${mask}; images: ${images}.`,
  unknownFault: (code: string): string =>
    `An unexpected error occurred (${code}). Reload the page and try again.`,
  faults: {
    "not-dicom": "This is not a DICOM file.",
    "malformed-data-set":
      "The file is damaged: a length or an order inside it is wrong. Export it again from its source.",
    truncated: "The file ends too early. Copy it again from its source.",
    "limit-exceeded": "The file is larger or more deeply nested than this page can handle.",
    "is-segmentation":
      "This is a segmentation (DICOM SEG): structures, not an image. You can use it as a mask for the series that it was made on.",
    "is-structure-set":
      "This is a structure set (RTSTRUCT): contours, not an image. Convert it into a segmentation or NIfTI to use it as a mask.",
    "no-image": "The file has no image, so it cannot have an overlay.",
    "unsupported-transfer-syntax":
      "This file's encoding is not supported. Convert it, for example with dcmconv.",
    "unsupported-overlay":
      "The file contains an old form of overlay inside its pixels, which cannot be changed here.",
    "invalid-mask": "The mask does not fit the image. Check its size.",
    "invalid-plane":
      "A layer cannot be written as it is. Its name may be too long, contain a backslash, or use letters that are not in the file's character set.",
    "group-in-use": "The group for this plane is in use in the file.",
    "no-free-group":
      "The file already has all 16 planes that DICOM allows. Remove one under “In this file”, or hide layers you do not need.",
    "no-free-layer": "There are 16 layers already, as many as DICOM allows planes. Remove one first.",
    "plane-not-found": "The plane is no longer in the file.",
    "patch-mismatch": "The file is not the one that was opened. Open it again.",
    "uid-missing":
      "The file lacks a UID (of its study, series, class or instance), and a picture has to name the image that it shows. Export planes instead: they need none.",
    "file-access": "The file can no longer be read. Open it again.",
    "file-gone": "The file is no longer where it was. Put it back or open it again, then export again.",
    "file-locked": "The file is locked against changes. Unlock it, or save into another folder.",
    "folder-gone": "The folder or file to save into is no longer there. Choose another one and export again.",
    "no-space": "There is not enough free space. Make room, or save elsewhere, then export again.",
    "no-permission": "The browser did not have permission. Export again and allow it when asked.",
    "not-saved": "Saving ended before it reached this file. Export again.",
    "no-folder":
      "The file was not opened from a folder, so it cannot be put back. Open its folder, or choose another way of saving.",
    "planes-moved":
      "Nothing was exported: a plane that a layer replaces, or that is to be removed, is no longer in the files as it was. Such a layer is now written as a new plane, and such a removal is dropped. Look at the layers and at “In this file”, then export again.",
    "archive-changed":
      "The archive stored the image but says that it changed or left out a part of it. Check there whether the plane has arrived.",
    "save-cancelled": "Saving was cancelled before it reached this file.",
    "check-failed":
      "The result did not pass its check, so the original was not changed. Try another way of saving.",
    "file-changed": "The file changed after it was opened. Open it again.",
    "invalid-series": "These files do not form one series.",
    "worker-start-failed":
      "Python could not be started. Check that the folder “runtime” is beside this page, then reload the page.",
    "worker-died":
      "The background worker stopped, perhaps because memory ran out. The file was not changed; try again.",
    "protocol-mismatch": "The page and its runtime folder have different versions. Reload, or update both.",
    "runtime-mismatch": "The page and its runtime folder have different versions. Reload, or update both.",
    disposed: "The export was ended.",
    "file-exists":
      "The folder has a file of this name already; nothing was written. Choose an empty folder or another file name.",
    "archive-unreachable": "The archive cannot be reached. Only what it confirmed was stored.",
    "archive-slow": "The archive did not answer in time.",
    "archive-refused": "The archive refused what was sent.",
    "archive-response": "The archive's answer cannot be understood.",
    "not-sent": "Sending ended before it reached this file.",
    "archive-unknown":
      "The file was sent, but the archive does not say whether it was stored. Check there before you send it again.",
    "unsupported-sink": "This browser cannot write into a folder. Choose ZIP.",
    "mask-black": "The picture is black wherever it is not transparent. Draw the mask in another colour.",
    "mask-colours":
      "The picture has several colours, no black or transparent background, or 16-bit colours. Save the drawing in one colour on a black or transparent background, or in grey.",
    "mask-two-places":
      "This NIfTI file contradicts itself: its two positions (sform and qform) or its voxel sizes (pixdim) differ. Save it again.",
    "mask-half-place":
      "The mask file gives only a part of its position, or one that is not in millimetres. Save it again with its whole position.",
    "mask-damaged": "The mask file is damaged, or it is not what its name says.",
    "mask-unknown-format":
      "The mask's format is not known. The page reads PNG, NumPy (.npy), NIfTI (.nii, .nii.gz), NRRD, MetaImage (.mha) and DICOM Segmentation.",
    "mask-not-finite":
      "The mask contains NaN or infinity, which are neither set nor clear. Save it without them.",
    "mask-too-large": "The mask is too large for this page once it is unpacked.",
    "mask-detached": "The mask's data is in another file. Save everything as one file (.nrrd, .mha).",
    "mask-no-segmentation": "This DICOM file is not a segmentation. Open it as an image instead.",
    "mask-compressed":
      "The segmentation's pixels are compressed. Save it uncompressed, for example with dcmconv or dcmdrle.",
    "mask-no-place":
      "The mask does not say where it lies. Save it again with its position, or as .npy, which is laid image by image.",
    "mask-uneven": "The segmentation's frames do not lie on one even grid. Convert it into NIfTI.",
    "mask-unsupported-type":
      "The mask has a data type, a number of dimensions or a way of storing its values that is not supported.",
    "mask-turned": "The PNG is an animation, or asks to be shown rotated (Exif). Save it as a plain picture.",
    "mask-size": "The mask and the image have different sizes.",
    "mask-not-placed":
      "The volume does not fit this series, neither by position nor by size. Was it made from another series?",
    "mask-too-many-labels": "There are more labels than free layers (16 at most).",
    "mask-empty": "The mask marks nothing.",
    "zip-too-large": "The ZIP is too large for this page once it is unpacked. Unpack it and drop the folder.",
    "zip-damaged": "The ZIP cannot be unpacked. It is damaged.",
    "zip-locked": "The ZIP is protected by a password. Unpack it and drop the folder.",
    "render-failed": "This image cannot be shown here. Masks can still be written into the file.",
    "decode-failed": "This image cannot be shown here. Masks can still be written into the file.",
    "pixels-missing":
      "This image cannot be shown here: the file has fewer pixels than its header says. Masks can still be written into the file.",
    "pixel-format":
      "This image cannot be shown here: pixels of this kind are not drawn. Masks can still be written into the file.",
    "palette-missing":
      "This image cannot be shown here: its colour table is missing or not readable. Masks can still be written into the file.",
    "fragments-unclear":
      "This image cannot be shown here: the file does not say which of its parts belong to which frame. Masks can still be written into the file.",
    "header-failed": "The header cannot be read.",
    "unzip-failed": "The ZIP cannot be unpacked. It is damaged.",
    "image-worker-died":
      "The image worker stopped, perhaps because memory ran out. Go to another image and back to try again.",
    "sample-missing": "The sample is not on this server.",
    "no-grid": "The images do not lie on one even grid, so they cannot be saved as a NIfTI volume.",
    "no-marks": "There is nothing to export yet. Draw something or import a mask first.",
  },
};
