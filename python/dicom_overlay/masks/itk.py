"""NIfTI, NRRD and MetaImage, read and written by SimpleITK."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from dicom_overlay.errors import FileAccessError, InvalidMaskError, InvalidRequestError
from dicom_overlay.series.grid import MaskGeometry

from .headers import read_header, require_undamaged
from .limits import require_regular, require_within
from .nifti import read_nifti_header, require_sound, require_whole
from .slicer import segments_of
from .values import Array, to_labels, values_of
from .volume import Block, Label, LabelVolume, labels_of, left_out

NIFTI_SUFFIXES: Final = (".nii.gz", ".nii")
VOLUME_SUFFIXES: Final = (*NIFTI_SUFFIXES, ".nrrd", ".nhdr", ".mha", ".mhd")

_BITS: Final = {"8": 1, "16": 2, "32": 4, "64": 8}


def is_volume(path: Path) -> bool:
    """Tell by its name whether a file is a volume."""
    return path.name.lower().endswith(VOLUME_SUFFIXES)


def stem_of(path: Path) -> str:
    """Return a volume's name without what says its format."""
    name = path.name
    suffix = next((s for s in (".seg.nrrd", *VOLUME_SUFFIXES) if name.lower().endswith(s)), "")
    return name[: len(name) - len(suffix)] if suffix else path.stem


def read_volume(path: Path, threshold: float | None, limit: int) -> LabelVolume:
    """Read a label map, a probability map, or a segmentation of 3D Slicer.

    Parameters
    ----------
    threshold : voxels at or above it are set; None takes label values.
    limit : bytes that the voxels may take.

    Raises
    ------
    FileAccessError, InvalidMaskError, LimitExceededError : the file cannot be read, or does not hold labels.
    """
    image = _read(path, limit)
    return volume_of_image(image, threshold, has_place=_has_place(path))


def volume_of_image(image: Any, threshold: float | None = None, *, has_place: bool = True) -> LabelVolume:
    """Take an image of SimpleITK as a mask; what it holds is not copied.

    Raises
    ------
    InvalidMaskError : it does not hold one number a voxel in three dimensions.
    """
    geometry = _geometry_of(image)
    where = geometry if has_place else None
    voxels = np.asarray(_Held(image))
    components = image.GetNumberOfComponentsPerPixel()
    segments = segments_of(image)
    if segments is None:
        _require_scalar(components)
        labels = to_labels(voxels.reshape(geometry.size[::-1]), threshold)
        found = values_of(labels)
        blocks = (Block(load=_gives(labels), size=geometry.size, geometry=where),)
        return LabelVolume(labels=labels_of(found), blocks=blocks)
    if components != 1 + max((segment.layer for segment in segments), default=0):
        msg = "the segmentation's header and its data differ in the number of layers"
        raise InvalidMaskError(msg, field="Layer", expected=components, found=len(segments))
    layers = [voxels] if components == 1 else [np.ascontiguousarray(voxels[..., n]) for n in range(components)]
    arrays = [to_labels(layer.reshape(geometry.size[::-1]), threshold) for layer in layers]
    return LabelVolume(
        labels=segments,
        blocks=tuple(
            Block(load=_gives(array), size=geometry.size, geometry=where, layer=n) for n, array in enumerate(arrays)
        ),
        notices=left_out(_undescribed(segments, arrays)),
    )


def _undescribed(segments: Sequence[Label], arrays: Sequence[Array]) -> list[int]:
    """Return the values that occur in a layer and no segment of it has."""
    described = {(segment.layer, value) for segment in segments for value in segment.values}
    wild = {segment.layer for segment in segments if not segment.values}
    return sorted(
        {
            value
            for n, array in enumerate(arrays)
            if n not in wild
            for value in values_of(array)
            if (n, value) not in described
        }
    )


def read_folder(paths: Sequence[Path], threshold: float | None, limit: int) -> LabelVolume:
    """Read a folder of masks, one label a file, called as its file is (as TotalSegmentator writes them).

    Only headers are read now; each file's voxels when they are needed.

    Raises
    ------
    InvalidMaskError, FileAccessError : a file cannot be read, or is not a mask of one label.
    """
    blocks, labels = [], []
    for layer, path in enumerate(paths):
        reader = _open(path, limit)
        if segments_of(reader) is not None:
            msg = "a folder of masks holds a file for each label; a segmentation of several is given by itself"
            raise InvalidMaskError(msg, index=layer)
        _require_scalar(reader.GetNumberOfComponents())
        geometry = _geometry_of(reader)
        where = geometry if _has_place(path) else None
        load = _loader(path, geometry.size, threshold, limit)
        blocks.append(Block(load=load, size=geometry.size, geometry=where, layer=layer))
        labels.append(Label(name=stem_of(path), layer=layer))
    return LabelVolume(labels=tuple(labels), blocks=tuple(blocks))


def _loader(path: Path, size: tuple[int, int, int], threshold: float | None, limit: int) -> Callable[[], Array]:
    def load() -> Array:
        voxels = _sitk().GetArrayFromImage(_read(path, limit)).reshape(size[::-1])
        labels = to_labels(voxels, threshold)
        found = values_of(labels)
        if len(found) > 1:
            msg = "a file in a folder of masks holds several labels; give that file by itself"
            raise InvalidMaskError(msg, expected=1, found=len(found))
        return np.not_equal(labels, 0)

    return load


def write_image(path: str, array: Array, geometry: MaskGeometry) -> None:
    """Write an array of shape (slices, rows, columns) with its geometry, compressed.

    Raises
    ------
    FileAccessError : the file cannot be written.
    """
    sitk = _sitk()
    image = sitk.GetImageFromArray(array)
    image.SetOrigin(geometry.origin)
    image.SetSpacing(geometry.spacing)
    image.SetDirection(geometry.direction)
    try:
        sitk.WriteImage(image, path, True)
    except RuntimeError:
        msg = "the volume cannot be written"
        raise FileAccessError(msg, path=path, reason="EIO") from None


class _Held:
    """An image's voxels as an array, without a copy; the image lives as long as the array does."""

    def __init__(self, image: Any) -> None:
        self._image = image
        self._view = _sitk().GetArrayViewFromImage(image)
        self.__array_interface__ = self._view.__array_interface__


def _gives(array: Array) -> Callable[[], Array]:
    return lambda: array


def _sitk() -> Any:
    try:
        import SimpleITK  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        msg = 'NIfTI, NRRD and MetaImage need the extra: pip install "dicom-overlay[masks]"'
        raise InvalidRequestError(msg, field="mask") from error
    # Warnings of its readers would go to standard error with the file's path.
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    return SimpleITK


def _has_place(path: Path) -> bool:
    return path.name.lower().endswith(NIFTI_SUFFIXES) or read_header(path).has_place


def _open(path: Path, limit: int) -> Any:
    """Return a reader that has the file's header, whose sizes are within the limit."""
    require_regular(path)
    if not path.name.lower().endswith(NIFTI_SUFFIXES):
        read_header(path)
    reader = _sitk().ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        _refuse(path, error)
    require_within(reader.GetSize(), _item_size(reader), limit)
    return reader


def _item_size(reader: Any) -> int:
    """Return the bytes of a voxel."""
    name = _sitk().GetPixelIDValueAsString(reader.GetPixelID())
    bits = next((size for bits, size in _BITS.items() if bits in name), 8)
    return bits * max(1, int(reader.GetNumberOfComponents()))


def _read(path: Path, limit: int) -> Any:
    reader = _open(path, limit)
    try:
        if path.name.lower().endswith(NIFTI_SUFFIXES):
            header = read_nifti_header(path)
            require_whole(path, header)
            require_sound(header, reader)
        else:
            voxels = math.prod(reader.GetSize())
            require_undamaged(read_header(path), voxels * _item_size(reader), voxels)
        return reader.Execute()
    except RuntimeError as error:
        _refuse(path, error)


def _refuse(path: Path, error: RuntimeError) -> NoReturn:
    """Raise for a file that SimpleITK does not read."""
    if "orthonormal" in str(error):
        msg = "the mask's axes are not at right angles, or are NaN or infinite; resample it onto axes that are"
        raise InvalidMaskError(msg, field="direction") from None
    msg = "the mask file cannot be read as what its name says"
    raise InvalidMaskError(msg, found=path.suffix.lower()) from None


def _require_scalar(components: int) -> None:
    if components > 1:
        msg = "the mask holds vectors or colours; a mask holds one number for each voxel"
        raise InvalidMaskError(msg, field="components", expected=1, found=components)


def _geometry_of(image: Any) -> MaskGeometry:
    """Return an image's geometry; of two dimensions one slice, of four with one volume that volume."""
    size, origin, spacing = list(image.GetSize()), list(image.GetOrigin()), list(image.GetSpacing())
    direction = np.array(image.GetDirection()).reshape(len(size), len(size))
    while len(size) > 3 and size[-1] == 1:
        size, origin, spacing, direction = size[:-1], origin[:-1], spacing[:-1], direction[:-1, :-1]
    if len(size) == 2:
        size, origin, spacing = [*size, 1], [*origin, 0.0], [*spacing, 1.0]
        direction = np.array(
            [[direction[0, 0], direction[0, 1], 0], [direction[1, 0], direction[1, 1], 0], [0, 0, 1.0]]
        )
    if len(size) != 3:
        msg = "a mask has three dimensions; this one has several volumes, as of points in time"
        raise InvalidMaskError(msg, expected=3, found=len(size))
    return MaskGeometry(
        size=(size[0], size[1], size[2]),
        origin=(origin[0], origin[1], origin[2]),
        spacing=(spacing[0], spacing[1], spacing[2]),
        direction=tuple(map(float, direction.ravel())),
    )
