"""Which kind of mask a path is, and the reader for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicom_overlay.errors import FileAccessError, InvalidMaskError, OverlayError
from dicom_overlay.scan import tags
from dicom_overlay.scan.layout import scan
from dicom_overlay.storage import open_source

from .mask import Mask
from .pictures import PICTURE_SUFFIXES, read_picture
from .segmentations import SEGMENTATION_CLASSES, read_segmentation
from .volumes import is_volume, read_array, read_folder, read_volume

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MaskFolder", "open_mask"]


@dataclass(frozen=True, slots=True)
class MaskFolder:
    """A folder with a picture for each file, by name."""

    folder: Path


def open_mask(
    source: Path, path: Path, names: dict[int, str], threshold: float | None
) -> "MaskFolder | np.ndarray[Any, Any] | Mask":
    """Open a mask.

    Parameters
    ----------
    source : what it is for; a three-dimensional .npy is a volume for a folder, frames for a file.
    names : of label values.
    threshold : for probabilities.

    Raises
    ------
    FileAccessError, InvalidMaskError : there is none, or of no known kind; source and mask are in the wrong order.
    """
    if not path.exists():
        msg = "the mask file does not exist"
        raise FileAccessError(msg, reason="ENOENT")
    if is_volume(source) or source.suffix.lower() in PICTURE_SUFFIXES:
        msg = "the first path is a mask; the series comes first, then the mask"
        raise InvalidMaskError(msg, field="source", found=source.suffix.lower())
    if path.is_dir():
        return _open_folder(path, threshold)
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return _open_picture(source, path, names, threshold)
    if is_volume(path):
        return read_volume(path, names, threshold)
    if _sop_class(path) in SEGMENTATION_CLASSES:
        return read_segmentation(path, names, 0.5 if threshold is None else threshold)
    msg = "a mask is a PNG, .npy, NIfTI, NRRD or MetaImage file, or a DICOM Segmentation"
    raise InvalidMaskError(msg, found=path.suffix.lower())


def _open_folder(path: Path, threshold: float | None) -> MaskFolder | Mask:
    entries = sorted(entry for entry in path.iterdir() if entry.is_file())
    volumes = [entry for entry in entries if is_volume(entry)]
    if volumes:
        return read_folder(volumes, threshold)
    if not any(entry.suffix.lower() in PICTURE_SUFFIXES for entry in entries):
        msg = "the folder of masks holds none; if it is the series, it comes first"
        raise InvalidMaskError(msg, field="mask", expected="png, npy, nii.gz, nrrd, mha", found=len(entries))
    return MaskFolder(path)


def _open_picture(
    source: Path, path: Path, names: dict[int, str], threshold: float | None
) -> "np.ndarray[Any, Any] | Mask":
    array = read_picture(path)
    if threshold is not None:
        array = array >= threshold
    if array.ndim == 3 and (source.is_dir() or names):
        return read_array(array, names)
    return array


def _sop_class(path: Path) -> str | None:
    try:
        with open_source(path) as source:
            return scan(source, is_partial=True).text(tags.SOP_CLASS_UID)
    except OverlayError:
        return None
