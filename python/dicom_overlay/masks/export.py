"""Write planes as files: pictures of each image, or one mask of a series (NIfTI, .npy, DICOM Segmentation).

Existing files are only replaced if the caller asks for it, and no result replaces another: equal names get a number.
"""

import errno
import io
import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from dicom_overlay.errors import ExistingFileError, FileAccessError, InvalidRequestError, InvalidSeriesError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.replacing import file_errors, replacing, sync_files
from dicom_overlay.series.gather import FilePlanes, OverlayVolume, gather_volumes
from dicom_overlay.series.order import InstanceFacts

from .gathered import grid_of, group_name, planes_of, stack_of
from .nifti import NIFTI_SUFFIXES, write_nifti
from .titles import titles_of_labels
from .values import Array

type _Writer = Callable[[BinaryIO], object]

SUFFIXES: Final = {"nifti": ".nii.gz", "npy": ".npy", "seg": ".dcm"}
"""Format for a series' planes → file name suffix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a mask of a series goes.

    Attributes
    ----------
    folder : made if it does not exist.
    stem, suffix : of the file's name; the stem is empty if the output is a folder.
    may_overwrite : replace existing files.
    """

    folder: Path
    stem: str
    suffix: str
    may_overwrite: bool

    @classmethod
    def of(cls, output: Path, form: str, *, may_overwrite: bool) -> "Target":
        """Return the target for an output path: a file if it has the suffix of a known format, else a folder."""
        suffixes = {**dict.fromkeys(NIFTI_SUFFIXES, "nifti"), ".npy": "npy", ".dcm": "seg"}
        suffix = next((s for s in suffixes if output.name.lower().endswith(s)), "")
        if output.is_dir() or not suffix:
            if output.exists() and not output.is_dir():
                msg = "the output folder is a file"
                raise FileAccessError(msg, reason="ENOTDIR")
            return cls(folder=output, stem="", suffix=SUFFIXES[form], may_overwrite=may_overwrite)
        if suffixes[suffix] != form:
            msg = f"the output's name ends in {suffix}, which is the suffix of another format"
            raise InvalidRequestError(msg, field="output", expected=SUFFIXES[form])
        return cls(
            folder=output.parent,
            stem=output.name[: -len(suffix)],
            suffix=output.name[-len(suffix) :],
            may_overwrite=may_overwrite,
        )

    @property
    def path(self) -> Path:
        """The path of the only result."""
        return self.folder / f"{self.stem or 'overlays'}{self.suffix}"

    def path_of(self, name: str) -> Path:
        """Return the path of one of several results; without a stem it is the name alone."""
        return self.folder / f"{self.stem}-{name}{self.suffix}" if self.stem else self.folder / f"{name}{self.suffix}"


def export_volumes(
    volumes: Sequence[OverlayVolume],
    instances: Sequence[InstanceFacts],
    paths: Sequence[str],
    form: str,
    target: Target,
) -> tuple[list[Path], tuple[Notice, ...]]:
    """Write the planes of a series as one mask, the first volume as label 1.

    Parameters
    ----------
    instances, paths : the images, in the order in which the planes were gathered.
    form : "nifti", "npy" or "seg".
    target : where the mask goes. A label map gets a .json file beside it with the names of its labels. If labels overlap,
        each one gets its own file, named after the label.

    Raises
    ------
    FileAccessError : a result already exists, or cannot be written.
    InvalidSeriesError : the images do not form one grid, or lack attributes that a Segmentation needs.
    """
    names = [volume.label or group_name(volume) for volume in volumes]
    if form == "seg":
        return [_export_segmentation(volumes, instances, paths, names, target)], ()
    if form == "nifti":
        grid = grid_of(instances)
        slices, count, geometry = grid.slices, grid.geometry.size[2], grid.geometry
    else:
        count, geometry = len(volumes[0].slices), None
        slices = tuple(range(count))
    stacks = [stack_of(volume, slices, count) for volume in volumes]

    def write(array: Array) -> _Writer:
        if geometry is None:
            return lambda file: np.save(file, array, allow_pickle=False)
        return lambda file: write_nifti(file, array, geometry, is_packed=target.suffix.lower().endswith(".gz"))

    merged = _merge(stacks)
    if merged is None:
        made = [
            (target.path_of(stem), write(stack.astype(np.uint8)))
            for stem, stack in zip(titles_of_labels(names), stacks, strict=True)
        ]
        return _write_all(made, target), (make_notice("labels-overlap", found=len(volumes)),)
    text = json.dumps({"labels": {str(value): name for value, name in enumerate(names, 1)}}, indent=2) + "\n"
    labels = target.folder / f"{target.stem or 'overlays'}.json"
    return _write_all([(target.path, write(merged)), (labels, lambda file: file.write(text.encode()))], target), ()


def _export_segmentation(
    volumes: Sequence[OverlayVolume],
    instances: Sequence[InstanceFacts],
    paths: Sequence[str],
    names: Sequence[str],
    target: Target,
) -> Path:
    from .segmentations import write_segmentation  # noqa: PLC0415 - pydicom is slow to import

    planes = planes_of(instances)
    if len({plane.position for plane in planes}) < len(planes):
        msg = "several images are at the same position, such as points in time; a Segmentation cannot tell them apart (use --as npy)"
        raise InvalidSeriesError(msg, field="positions", found=len(planes))
    if len({(plane.per_row, plane.per_column) for plane in planes}) > 1:
        msg = "the images differ in orientation or pixel spacing; they are not one Segmentation (--as npy keeps them)"
        raise InvalidSeriesError(msg, field="orientation", found=len(planes))
    count = len(volumes[0].slices)
    stack = np.stack([stack_of(volume, range(count), count).astype(np.uint8) for volume in volumes], axis=-1)
    return _write_all([(target.path, lambda file: write_segmentation(file, stack, paths, names))], target)[0]


def _merge(stacks: Sequence[Array]) -> Array | None:
    """Return a label map; None if labels overlap or there are more than fit into a byte."""
    if len(stacks) > 255:
        return None
    merged = np.zeros(stacks[0].shape, np.uint8)
    for value, stack in enumerate(stacks, 1):
        if merged[stack].any():
            return None
        merged[stack] = value
    return merged


def _write_all(made: Sequence[tuple[Path, _Writer]], target: Target) -> list[Path]:
    """Write files under temporary names first; none of them takes its real name before all are written."""
    with file_errors("made", str(target.folder)):
        target.folder.mkdir(parents=True, exist_ok=True)
    _require_new([path for path, _ in made], may_overwrite=target.may_overwrite)
    with ExitStack() as stack:
        for path, write in made:
            write(stack.enter_context(replacing(str(path), must_be_new=not target.may_overwrite)))
    return [path for path, _ in made]


def _require_new(paths: Iterable[Path], *, may_overwrite: bool) -> None:
    """Refuse to replace existing files, unless the caller asked for it; `replacing` refuses those that appear meanwhile."""
    for path in paths:
        if not may_overwrite and os.path.lexists(path):
            msg = "a result already exists; give --overwrite to replace it"
            raise ExistingFileError(msg, number=errno.EEXIST, path=str(path))


def write_pictures(
    file: FilePlanes, planes: Sequence[OverlayPlane], folder: Path, name: str, *, may_overwrite: bool
) -> tuple[list[Path], tuple[Notice, ...]]:
    """Write planes of one file as black-and-white PNGs of the image's size, one for each frame that a plane has.

    Parameters
    ----------
    planes : the planes to write.
    name : the full name of the image's file. A picture is called ``NAME-LABEL.png``, with the group in place of a missing
        label. If the plane has frames, the frame's number follows.

    Raises
    ------
    FileAccessError : a result already exists, or cannot be written.
    """
    made: list[tuple[str, bytes]] = []
    notices: list[Notice] = []
    taken = titles_of_labels(plane.label or f"{plane.group or 0:04X}" for plane in planes)
    for plane, stem in zip(planes, taken, strict=True):
        (volume,), found = gather_volumes([FilePlanes(facts=file.facts, planes=(plane,))])
        notices += [
            Notice(n.code, n.message, {k: v for k, v in n.detail.items() if k != "index"})
            for n in (*volume.notices, *found)
        ]
        whole = plane.number_of_frames is None and plane.image_frame_origin is None
        for frame in range(1 if whole else len(volume.slices)):
            if volume.slices[frame] is not None:
                number = "" if whole or file.facts.number_of_frames == 1 else f"-{frame + 1:05d}"
                made.append((f"{name}-{stem}{number}.png", _png(volume, frame)))
    paths = write_new([folder / title for title, _ in made], (data for _, data in made), may_overwrite=may_overwrite)
    return paths, tuple(dict.fromkeys(notices))


def write_new(paths: Sequence[Path], made: Iterable[bytes], *, may_overwrite: bool) -> list[Path]:
    """Write files into one folder, each as soon as it is made; if any of them already exists, none is written."""
    for folder in {path.parent for path in paths}:
        with file_errors("made", str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
    _require_new(paths, may_overwrite=may_overwrite)
    for path, data in zip(paths, made, strict=True):
        with replacing(str(path), must_be_new=not may_overwrite, sync="later") as result:
            result.write(data)
    for error in sync_files(map(str, paths)).values():
        raise error
    return list(paths)


def _png(volume: OverlayVolume, frame: int) -> bytes:
    from PIL import Image  # noqa: PLC0415 - an extra

    pixels = np.frombuffer(volume.unpack(frame), np.uint8).reshape(volume.rows, volume.columns)
    buffer = io.BytesIO()
    Image.fromarray(pixels * np.uint8(255)).save(buffer, "PNG")
    return buffer.getvalue()
