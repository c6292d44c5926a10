"""Find out the kind of a mask, and read it."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dicom_overlay.errors import InvalidMaskError

from .choose import name_labels
from .folders import PictureFolder, open_folder
from .limits import DEFAULT_LIMIT, require_regular
from .names import names_of
from .pictures import is_picture, read_picture
from .values import require_threshold
from .volume import LabelVolume
from .volumes import is_volume, read_volume, volume_of_image


def read_mask(
    path: str | os.PathLike[str],
    *,
    threshold: float | None = None,
    labels: str | os.PathLike[str] | Mapping[int, str] | None = None,
    limit: int = DEFAULT_LIMIT,
) -> LabelVolume:
    """Read a mask of any format.

    Parameters
    ----------
    path : PNG, .npy, NIfTI, NRRD (also 3D Slicer's .seg.nrrd), MetaImage or DICOM Segmentation; or a folder with a volume
        for each label.
    threshold : voxels at or above it are set; needed for fractions and for pictures of more than two grey values.
    labels : names of the label values: a mapping, a JSON file, or ITK-SNAP's label file.
    limit : the maximum size of the unpacked voxels in bytes.

    Raises
    ------
    FileAccessError : the file cannot be read.
    InvalidMaskError : the file is not a mask or is damaged, or its values cannot be labels.
    LimitExceededError : the mask is larger than ``limit``.
    """
    volume = open_mask(path, threshold=threshold, limit=limit)
    if isinstance(volume, PictureFolder):
        msg = "a folder of pictures cannot be read without its images; pass it to write_series_overlays"
        raise InvalidMaskError(msg, field="mask")
    volume = name_labels(volume, names_of(labels))
    if volume.is_grey and labels is None:
        msg = "the picture has more than two grey values; give a threshold, or name the values that are labels"
        raise InvalidMaskError(msg, field="threshold", found=len(volume.labels))
    return volume


def open_mask(mask: Any, *, threshold: float | None = None, limit: int = DEFAULT_LIMIT) -> LabelVolume | PictureFolder:
    """Return a mask from a path, a `LabelVolume`, a SimpleITK image, an array, or (array, matrix)."""
    require_threshold(threshold)
    if isinstance(mask, (str, os.PathLike)):
        return _open_path(Path(mask), threshold, limit)
    if isinstance(mask, (LabelVolume, PictureFolder)):
        if threshold is not None:
            msg = "a mask that has been read already has labels; give the threshold to read_mask"
            raise InvalidMaskError(msg, field="threshold")
        return mask
    if isinstance(mask, np.ndarray):
        return LabelVolume.from_array(mask, threshold=threshold)
    if isinstance(mask, tuple) and len(mask) == 2 and isinstance(mask[0], np.ndarray):
        return LabelVolume.from_array(mask[0], mask[1], threshold=threshold)
    if hasattr(mask, "GetNumberOfComponentsPerPixel") and hasattr(mask, "GetDirection"):
        return volume_of_image(mask, threshold)
    msg = f"a mask must be a path, a LabelVolume, a SimpleITK image, an array or (array, matrix), not {type(mask).__name__}"
    raise TypeError(msg)


def _open_path(path: Path, threshold: float | None, limit: int) -> LabelVolume | PictureFolder:
    if path.is_dir():
        return open_folder(path, threshold, limit)
    require_regular(path)
    if is_picture(path):
        picture = read_picture(path, threshold, limit)
        return replace(LabelVolume.from_array(picture.labels), is_grey=picture.is_grey)
    if is_volume(path):
        return read_volume(path, threshold, limit)
    from .segmentations import is_segmentation, read_segmentation  # noqa: PLC0415 - pydicom is slow to import

    if is_segmentation(path):
        return read_segmentation(path, threshold, limit)
    msg = "a mask must be a PNG, .npy, NIfTI, NRRD or MetaImage file, or a DICOM Segmentation"
    raise InvalidMaskError(msg, found=path.suffix.lower())
