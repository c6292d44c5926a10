"""Volumes: a file of labels, probabilities or 3D Slicer's segments; a folder with one file per label; a SimpleITK image."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_overlay.errors import InvalidMaskError

from .itk import block_of_image, open_itk
from .limits import require_regular
from .nifti import NIFTI_SUFFIXES, open_nifti
from .slicer import segments_of
from .titles import label_of_title
from .values import Array, to_labels, values_of
from .volume import Block, Label, LabelVolume, labels_of, left_out

VOLUME_SUFFIXES: Final = (*NIFTI_SUFFIXES, ".seg.nrrd", ".nrrd", ".nhdr", ".mha", ".mhd")


def is_volume(path: Path) -> bool:
    """Tell by its suffix whether a file is a volume."""
    return path.name.lower().endswith(VOLUME_SUFFIXES)


def read_volume(path: Path, threshold: float | None, limit: int) -> LabelVolume:
    """Read a volume.

    Parameters
    ----------
    threshold : voxels at or above it are set; None takes label values.
    limit : maximum size of the voxels in bytes.

    Raises
    ------
    FileAccessError, InvalidMaskError, LimitExceededError : the file cannot be read, or does not have labels.
    """
    return _labelled(*_open(path, limit), threshold)


def volume_of_image(image: Any, threshold: float | None) -> LabelVolume:
    """Make a mask from a SimpleITK image, without copying its voxels.

    Raises
    ------
    InvalidMaskError : the image does not have two or three dimensions with one number per voxel.
    """
    return _labelled(block_of_image(image), segments_of(image), threshold)


def read_folder(paths: Sequence[Path], threshold: float | None, limit: int) -> LabelVolume:
    """Read a folder with one file per label, named after it (as TotalSegmentator writes them).

    Only the headers are read now; each file's voxels are read when they are needed.
    """
    blocks, labels = [], []
    for layer, path in enumerate(paths):
        block, segments = _open(path, limit)
        if segments is not None:
            msg = "a folder of masks must have one file per label; give a segmentation with several labels as a single file"
            raise InvalidMaskError(msg, index=layer)
        blocks.append(replace(block, load=_one_label(block, threshold), layer=layer))
        suffix = next(s for s in VOLUME_SUFFIXES if path.name.lower().endswith(s))
        labels.append(Label(name=label_of_title(path.name[: -len(suffix)]), layer=layer))
    return LabelVolume(labels=tuple(labels), blocks=tuple(blocks))


def _open(path: Path, limit: int) -> tuple[Block, tuple[Label, ...] | None]:
    """Return a file's stored voxels, which are read only when they are needed, and the segments it describes, if any."""
    require_regular(path)
    if path.name.lower().endswith(NIFTI_SUFFIXES):
        return open_nifti(path, limit), None
    return open_itk(path, limit)


def _labelled(block: Block, segments: tuple[Label, ...] | None, threshold: float | None) -> LabelVolume:
    voxels = block.load()
    if segments is None:
        labels = to_labels(voxels, threshold)
        is_picture = block.geometry is None and block.size[2] == 1
        return LabelVolume(
            labels=labels_of(values_of(labels)), blocks=(replace(block, load=lambda: labels),), is_picture=is_picture
        )
    layers = [voxels] if voxels.ndim == 3 else [np.ascontiguousarray(voxels[..., n]) for n in range(voxels.shape[-1])]
    if len(layers) != 1 + max(segment.layer for segment in segments):
        msg = "the segmentation's header and its data differ in the number of layers"
        raise InvalidMaskError(msg, field="Layer", expected=len(layers), found=len(segments))
    arrays = [to_labels(layer, threshold) for layer in layers]
    described = {(segment.layer, value) for segment in segments for value in segment.values}
    wild = {segment.layer for segment in segments if not segment.values}
    others = {
        value
        for n, array in enumerate(arrays)
        if n not in wild
        for value in values_of(array)
        if (n, value) not in described
    }
    blocks = tuple(replace(block, load=lambda a=array: a, layer=n) for n, array in enumerate(arrays))  # type: ignore[misc]
    return LabelVolume(labels=segments, blocks=blocks, notices=left_out(sorted(others)))


def _one_label(block: Block, threshold: float | None) -> Callable[[], Array]:
    def load() -> Array:
        labels = to_labels(block.load(), threshold)
        found = values_of(labels)
        if len(found) > 1:
            msg = "a file in the folder of masks has several labels; give it as a single file"
            raise InvalidMaskError(msg, expected=1, found=len(found))
        return np.not_equal(labels, 0)

    return load
