"""NIfTI, NRRD and MetaImage, read and written by SimpleITK. Needs the extra `masks`."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_overlay.errors import FileAccessError, InvalidMaskError, InvalidRequestError
from dicom_overlay.series.place import MaskGeometry

from .mask import Array, Label, Layer, VolumeMask
from .nifti import require_sound, require_whole
from .streams import require_undamaged

__all__ = ["VOLUME_SUFFIXES", "is_volume", "read_array", "read_folder", "read_volume", "write_volume"]

NIFTI_SUFFIXES: Final = (".nii", ".nii.gz")
VOLUME_SUFFIXES: Final = (*NIFTI_SUFFIXES, ".nrrd", ".nhdr", ".mha", ".mhd")

_MOST_VALUES: Final = 65536
_SEGMENT: Final = re.compile(r"^Segment(\d+)_(Name|LabelValue|Layer)$")
_RUN: Final = 1 << 22


def is_volume(path: Path) -> bool:
    """Tell by its name whether a file is a volume."""
    return path.name.lower().endswith(VOLUME_SUFFIXES)


def read_volume(path: Path, names: dict[int, str], threshold: float | None = None) -> VolumeMask:
    """Read a label map, or several in one file (Slicer's segmentations whose segments overlap).

    Parameters
    ----------
    names : of label values; they win over the file's own.
    threshold : voxels at or above it are set; for probabilities. None takes label values.

    Raises
    ------
    FileAccessError, InvalidMaskError : the file cannot be read, or holds no labels.
    """
    image = _read(path)
    geometry = _geometry_of(image)
    voxels = np.asarray(_Held(image))
    if image.GetNumberOfComponentsPerPixel() > 1:
        stacked = [np.ascontiguousarray(voxels[..., n]) for n in range(voxels.shape[-1])]
    else:
        stacked = [voxels]
    layers = [_integers(layer.reshape(geometry.size[::-1]), threshold) for layer in stacked]
    labels = _labels_of(image, layers, names)
    made = tuple(Layer(load=partial(_same, layer), geometry=geometry, size=geometry.size) for layer in layers)
    return VolumeMask(labels=labels, layers=made)


class _Held:
    """An image's voxels as an array, without a copy; the image lives as long as the array does."""

    def __init__(self, image: Any) -> None:
        self._image = image
        self._view = _sitk().GetArrayViewFromImage(image)
        self.__array_interface__ = self._view.__array_interface__


def _same(layer: Array) -> Array:
    return layer


def read_folder(paths: Sequence[Path], threshold: float | None = None) -> VolumeMask:
    """Read a folder of masks, one label a file, called as its file is (as TotalSegmentator writes them).

    Only headers are read now; each file's voxels when they are needed.
    """
    layers, labels = [], []
    for number, path in enumerate(paths):
        reader = _sitk().ImageFileReader()
        reader.SetFileName(str(path))
        try:
            reader.ReadImageInformation()
        except RuntimeError as error:
            _refuse(path, error)
        geometry = _geometry_of(reader)
        layers.append(Layer(load=_loader(path, geometry, threshold), geometry=geometry, size=geometry.size))
        name = path.name[
            : -len(next(s for s in sorted(VOLUME_SUFFIXES, key=len, reverse=True) if path.name.lower().endswith(s)))
        ]
        labels.append(Label(name=name, value=None, layer=number))
    return VolumeMask(labels=tuple(labels), layers=tuple(layers))


def _loader(path: Path, geometry: MaskGeometry, threshold: float | None) -> Callable[[], Array]:
    def load() -> Array:
        array: Array = _sitk().GetArrayFromImage(_read(path)).reshape(geometry.size[::-1])
        return array >= threshold if threshold is not None else array != 0

    return load


def read_array(array: Array, names: dict[int, str]) -> VolumeMask:
    """Take an array without geometry, shape (slices, rows, columns); nonzero is set, or label values where they have names."""
    labels = (
        tuple(Label(name=name, value=value) for value, name in sorted(names.items()))
        if names
        else (Label(name=None, value=None),)
    )
    size = (array.shape[2], array.shape[1], array.shape[0])
    return VolumeMask(labels=labels, layers=(Layer(load=lambda: array, geometry=None, size=size),))


def write_volume(path: Path, array: Array, geometry: MaskGeometry) -> None:
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
        sitk.WriteImage(image, str(path), True)
    except RuntimeError:
        msg = "the volume cannot be written"
        raise FileAccessError(msg, reason="EIO") from None


def _sitk() -> Any:
    try:
        import SimpleITK  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        msg = 'NIfTI, NRRD and MetaImage need the extra: pip install "dicom-overlay[masks]"'
        raise InvalidRequestError(msg, field="mask") from error
    # Warnings of its readers would go to standard error with the file's path.
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    return SimpleITK


def _read(path: Path) -> Any:
    reader = _sitk().ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        if path.name.lower().endswith(NIFTI_SUFFIXES):
            require_whole(path, reader)
            require_sound(reader)
        else:
            require_undamaged(path)
        return reader.Execute()
    except RuntimeError as error:
        _refuse(path, error)


def _refuse(path: Path, error: RuntimeError) -> None:
    """Raise for a file that SimpleITK does not read."""
    if not path.exists():
        msg = "the mask file does not exist"
        raise FileAccessError(msg, reason="ENOENT") from None
    if "orthonormal" in str(error):
        msg = "the mask's axes are not at right angles, or hold what is no number; resample it onto axes that are"
        raise InvalidMaskError(msg, field="direction") from None
    msg = "the mask file cannot be read as what its name says"
    raise InvalidMaskError(msg, found=path.suffix.lower()) from None


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
        msg = "a mask has three dimensions"
        raise InvalidMaskError(msg, expected=3, found=len(size))
    return MaskGeometry(
        size=(size[0], size[1], size[2]),
        origin=(origin[0], origin[1], origin[2]),
        spacing=(spacing[0], spacing[1], spacing[2]),
        direction=tuple(map(float, direction.ravel())),
    )


def _integers(voxels: Array, threshold: float | None) -> Array:
    """Return label values; floats are accepted where they are whole numbers.

    Raises
    ------
    InvalidMaskError : other floats without a threshold, or no numbers.
    """
    if threshold is not None:
        return voxels >= threshold
    if voxels.dtype.kind in "biu":
        return voxels
    if voxels.dtype.kind != "f":
        msg = "a mask holds whole numbers, one label a voxel"
        raise InvalidMaskError(msg, found=str(voxels.dtype))
    whole = np.empty(voxels.shape, np.int32)
    flat, target = voxels.reshape(-1), whole.reshape(-1)
    for start in range(0, len(flat), _RUN):
        part = flat[start : start + _RUN]
        if not (np.isfinite(part).all() and (part == np.rint(part)).all() and (np.abs(part) < 2**31).all()):
            msg = "the mask holds fractions, not labels; give --threshold to take them as probabilities"
            raise InvalidMaskError(msg, field="threshold", found=str(voxels.dtype))
        target[start : start + _RUN] = part
    return whole


def _labels_of(image: Any, layers: Sequence[Array], names: dict[int, str]) -> tuple[Label, ...]:
    """Return the labels: those that Slicer's header names, else the values that occur."""
    if names:
        return tuple(
            Label(name=name, value=value, layer=n)
            for n, layer in enumerate(layers)
            for value, name in sorted(names.items())
            if len(layers) == 1 or value in _values(layer)
        )
    segments = _segments(image)
    if segments:
        return tuple(segments)
    found = [(n, value) for n, layer in enumerate(layers) for value in _values(layer)]
    if len(found) == 1:
        return (Label(name=None, value=found[0][1], layer=found[0][0]),)
    return tuple(Label(name=f"Label {value}", value=value, layer=n) for n, value in found)


def _values(layer: Array) -> list[int]:
    """Return the values that occur, ascending, without 0."""
    flat, found = layer.reshape(-1), set[int]()
    for start in range(0, len(flat), _RUN):
        part = flat[start : start + _RUN]
        if part.dtype.itemsize == 1:
            counts = np.bincount(part.view(np.uint8), minlength=256)
            found.update(np.arange(256, dtype=np.uint8)[counts > 0].view(part.dtype).tolist())
        else:
            found.update(np.unique(part).tolist())
        if len(found) > _MOST_VALUES:
            msg = "the mask holds more different values than a label map has labels; is it an image?"
            raise InvalidMaskError(msg, expected=_MOST_VALUES, found=len(found))
    return sorted(int(value) for value in found if value)


def _segments(image: Any) -> list[Label]:
    """Return the segments that 3D Slicer's NRRD header describes."""
    fields: dict[int, dict[str, str]] = {}
    for key in image.GetMetaDataKeys():
        match = _SEGMENT.match(key)
        if match:
            fields.setdefault(int(match[1]), {})[match[2]] = image.GetMetaData(key)
    labels = []
    for number in sorted(fields):
        value = fields[number].get("LabelValue", str(number + 1))
        layer = fields[number].get("Layer", "0")
        if value.isdecimal() and layer.isdecimal():
            labels.append(Label(name=fields[number].get("Name"), value=int(value), layer=int(layer)))
    return labels
