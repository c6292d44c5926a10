"""Read NRRD, MetaImage and SimpleITK images with SimpleITK."""

import math
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from dicom_overlay.errors import FileAccessError, InvalidMaskError, InvalidRequestError
from dicom_overlay.series.grid import MaskGeometry

from .headers import read_header, require_undamaged
from .limits import require_within
from .slicer import segments_of
from .values import Array
from .volume import Block, Label

_BITS: Final = {"8": 1, "16": 2, "32": 4, "64": 8}


def open_itk(path: Path, limit: int) -> tuple[Block, tuple[Label, ...] | None]:
    """Read the header of an NRRD or MetaImage file; the voxels are read only when they are needed.

    Returns
    -------
    The voxels as they are stored; and the segments, if the header describes them as 3D Slicer does, or None.
    """
    header = read_header(path)
    sitk = _sitk()
    reader = sitk.ImageFileReader()
    try:
        reader.SetFileName(str(path).encode("utf-8").decode("utf-8"))
        reader.ReadImageInformation()
    except UnicodeEncodeError:
        msg = "SimpleITK can only read files whose path is valid UTF-8; rename the mask or its folder"
        raise FileAccessError(msg, path=str(path), reason="EILSEQ") from None
    except RuntimeError as error:
        _refuse(path, error)
    name = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    item = next((size for bits, size in _BITS.items() if bits in name), 8) * max(1, reader.GetNumberOfComponents())
    expected = require_within(reader.GetSize(), item, limit)
    size, geometry = _lie_of(reader)
    if header.has_place and geometry is None:
        msg = "the mask has two dimensions, so its position is not complete; save it with three dimensions, or without a position"
        raise InvalidMaskError(msg, field="size", expected=3, found=2)
    segments = segments_of(reader)
    if segments is None:
        _require_scalar(reader)

    def load() -> Array:
        require_undamaged(header, expected, math.prod(reader.GetSize()))
        try:
            image = reader.Execute()
        except RuntimeError as error:
            _refuse(path, error)
        return _voxels_of(image, size)

    return Block(load=load, size=size, geometry=geometry if header.has_place else None), segments


def block_of_image(image: Any) -> Block:
    """Return an image's voxels; the position of a two-dimensional image is ignored.

    Raises
    ------
    InvalidMaskError : the image does not have two or three dimensions with one number per voxel.
    """
    if segments_of(image) is None:
        _require_scalar(image)
    size, geometry = _lie_of(image)
    return Block(load=lambda: _voxels_of(image, size), size=size, geometry=geometry)


class _Held:
    """An image's voxels as an array without a copy; the image is kept alive as long as the array."""

    def __init__(self, image: Any) -> None:
        self._image = image
        self._view = _sitk().GetArrayViewFromImage(image)
        self.__array_interface__ = self._view.__array_interface__


def _voxels_of(image: Any, size: tuple[int, int, int]) -> Array:
    """Return the shape (slices, rows, columns), with a fourth axis if there are several values per voxel."""
    voxels, count = np.asarray(_Held(image)), image.GetNumberOfComponentsPerPixel()
    return voxels.reshape(*size[::-1], *([count] if count > 1 else []))


def _sitk() -> Any:
    try:
        import SimpleITK  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        msg = 'NRRD and MetaImage need the extra: pip install "dicom-overlay[masks]"'
        raise InvalidRequestError(msg, field="mask") from error
    # Its readers would print warnings with the file's path to standard error.
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    return SimpleITK


def _refuse(path: Path, error: RuntimeError) -> NoReturn:
    """Raise the error for a file that SimpleITK cannot read."""
    if "orthonormal" in str(error):
        msg = "the mask's axes are not at right angles, or are NaN or infinite; resample it onto axes that are"
        raise InvalidMaskError(msg, field="direction") from None
    msg = "the mask file is damaged, or does not have the format of its suffix"
    raise InvalidMaskError(msg, found=path.suffix.lower()) from None


def _require_scalar(image: Any) -> None:
    is_reader = hasattr(image, "GetNumberOfComponents")
    found = image.GetNumberOfComponents() if is_reader else image.GetNumberOfComponentsPerPixel()
    if found > 1:
        msg = "the mask has vectors or colours; it must have one number for each voxel"
        raise InvalidMaskError(msg, field="components", expected=1, found=found)


def _lie_of(image: Any) -> tuple[tuple[int, int, int], MaskGeometry | None]:
    """Return an image's size and position; a four-dimensional image with a single volume counts as that volume."""
    size, origin, spacing = list(image.GetSize()), list(image.GetOrigin()), list(image.GetSpacing())
    direction = np.array(image.GetDirection()).reshape(len(size), len(size))
    while len(size) > 3 and size[-1] == 1:
        size, origin, spacing, direction = size[:-1], origin[:-1], spacing[:-1], direction[:-1, :-1]
    if len(size) == 2:
        return (size[0], size[1], 1), None
    if len(size) != 3:
        msg = "a mask must have three dimensions; this one has several volumes, such as points in time"
        raise InvalidMaskError(msg, expected=3, found=len(size))
    shape = (size[0], size[1], size[2])
    geometry = MaskGeometry(
        size=shape,
        origin=(origin[0], origin[1], origin[2]),
        spacing=(spacing[0], spacing[1], spacing[2]),
        direction=tuple(map(float, direction.ravel())),
    )
    return shape, geometry
