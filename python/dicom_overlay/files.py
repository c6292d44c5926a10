"""The functions on paths."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .engine import (
    Edit,
    Editing,
    PlaneMaker,
    edit_remove,
    edit_write,
    read_planes,
    require_instance,
)
from .layout import Layout
from .notice import Notice, make_notice, require_no_notices
from .packing import Mask
from .plan import Frames, image_size
from .plane import OverlayPlane
from .replace import drive, file_errors, open_for_edit, open_source, write_patched

__all__ = [
    "WriteResult",
    "read_dicom_overlays",
    "remove_dicom_overlays",
    "write_dicom_overlay",
    "write_dicom_overlays",
    "write_planes",
]

StrPath = str | os.PathLike[str]
_DICOMDIR_LEVELS: Final = 4


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was written, and where.

    Attributes
    ----------
    path : the file written.
    groups : the overlay groups written or removed, in the order of the request.
    notices : non-fatal findings, for the caller to show.
    sop_instance_uid : the derived instance's, else None.
    """

    path: Path
    groups: tuple[int, ...]
    notices: tuple[Notice, ...]
    sop_instance_uid: str | None = None

    @property
    def group(self) -> int:
        """The first group written or removed.

        Raises
        ------
        IndexError : nothing was removed.
        """
        return self.groups[0]


def write_dicom_overlay(
    path: StrPath,
    mask: Mask,
    *,
    output: StrPath | None = None,
    group: int | None = None,
    replace: bool = False,
    origin: tuple[int, int] = (1, 1),
    overlay_type: str = "G",
    subtype: str | None = None,
    label: str | None = None,
    description: str | None = None,
    rows: int | None = None,
    columns: int | None = None,
    frames: Frames = None,
    instance: str = "keep",
    strict: bool = False,
) -> WriteResult:
    """Write a mask into a DICOM file as an overlay plane; no other byte changes.

    Parameters
    ----------
    path : the file; replaced in one step unless ``output`` is given.
    mask : shape (rows, columns), or (frames, rows, columns) for a multi-frame image;
        nonzero = set; bool, any integer or float dtype, any memory order; a numpy
        array, any buffer, or nested sequences. A flat buffer counts row by row.
    output : where to write instead; the input then stays as it is.
    group : 0x6000, 0x6002 … 0x601E; None takes the first free one.
    replace : rewrite ``group`` where it is in use.
    origin : (row, column) of the mask's first pixel on the image, counted from 1.
    overlay_type : "G" (graphics; what viewers draw best) or "R" (region of interest).
    subtype, label, description : text of at most 64 characters.
    rows, columns : the mask's own size where it is not the image's.
    frames : on a multi-frame image, which frames a (rows, columns) mask is for: a
        number counted from 1, a range, "all"; None means all, with a notice.
    instance : "keep" the SOP instance, or make a "derived" one with its own UID.
    strict : raise for the first notice instead of returning it.

    Returns
    -------
    WriteResult

    Raises
    ------
    OverlayError : see its ``code``; the original file is untouched then.

    Standard: PS3.3 sections C.9.2 and C.9.3.
    """

    def make_planes(layout: Layout) -> list[tuple[OverlayPlane, Frames]]:
        image_rows, image_columns, _ = image_size(layout)
        plane = OverlayPlane.from_mask(
            mask,
            rows=image_rows if rows is None else rows,
            columns=image_columns if columns is None else columns,
            group=group,
            origin=origin,
            overlay_type=overlay_type,
            subtype=subtype,
            label=label,
            description=description,
        )
        return [(plane, frames)]

    return write_planes(path, make_planes, output=output, replace=replace, instance=instance, strict=strict)


def write_dicom_overlays(
    path: StrPath,
    planes: Sequence[OverlayPlane],
    *,
    output: StrPath | None = None,
    replace: bool = False,
    instance: str = "keep",
    series_instance_uid: str | None = None,
    strict: bool = False,
) -> WriteResult:
    """Write 1 to 16 planes in one pass over the file; all or none.

    Parameters
    ----------
    path, output, replace, instance, strict : as for `write_dicom_overlay`.
    planes : values of `OverlayPlane`; those without a group take the first free ones.
        On a multi-frame image, a plane with neither ``number_of_frames`` nor
        ``image_frame_origin`` is written for every frame.
    series_instance_uid : of derived instances, a new series shared by a batch.

    Returns
    -------
    WriteResult

    Raises
    ------
    OverlayError : see its ``code``; the original file is untouched then.
    """

    def make_planes(_: Layout) -> list[tuple[OverlayPlane, Frames]]:
        return [(plane, None) for plane in planes]

    return write_planes(
        path,
        make_planes,
        output=output,
        replace=replace,
        instance=instance,
        series_instance_uid=series_instance_uid,
        strict=strict,
    )


def read_dicom_overlays(path: StrPath) -> tuple[OverlayPlane, ...]:
    """Read every overlay plane of a file, in the order of their groups.

    Unusual planes (short data, groups out of range, bits embedded in Pixel Data) are
    read as far as they go; each plane's ``notices`` say what was found.

    Returns
    -------
    Planes; empty where the file has none.

    Raises
    ------
    OverlayError : the file cannot be read or its structure is broken.
    """
    with open_source(os.fspath(path)) as (source, size):
        return drive(read_planes(size), source)


def remove_dicom_overlays(
    path: StrPath,
    groups: Sequence[int] | None = None,
    *,
    output: StrPath | None = None,
    embedded: bool = False,
    strict: bool = False,
) -> WriteResult:
    """Remove overlay planes: whole groups, with retired elements and group lengths.

    Parameters
    ----------
    path, output, strict : as for `write_dicom_overlay`.
    groups : even numbers 0x6000 … 0x60FE; None removes all that are there.
    embedded : also clear the bits of planes embedded in Pixel Data, which edits pixels.

    Returns
    -------
    WriteResult : its ``groups`` are empty where there was nothing to remove.

    Raises
    ------
    OverlayError : see its ``code``; the original file is untouched then.
    """

    def make_edit(size: int) -> Editing:
        return edit_remove(size, groups, with_embedded=embedded, strict=strict)

    return _edit(path, output, make_edit)


def write_planes(
    path: StrPath,
    make_planes: PlaneMaker,
    *,
    output: StrPath | None = None,
    replace: bool = False,
    instance: str = "keep",
    series_instance_uid: str | None = None,
    strict: bool = False,
) -> WriteResult:
    """Write the planes that ``make_planes`` gives once the file's layout is known.

    Parameters
    ----------
    make_planes : called with the layout; gives each plane and its frames.
    path, output, replace, instance, series_instance_uid, strict : as for
        `write_dicom_overlays`.
    """
    identity = require_instance(instance, series_instance_uid)
    notices: tuple[Notice, ...] = ()
    if identity is not None and output is None and _has_dicomdir(os.fspath(path)):
        notice = make_notice("stale-dicomdir", "a DICOMDIR near the file names the old instance")
        notices = (notice,)
    if strict:
        require_no_notices(notices)

    def make_edit(size: int) -> Editing:
        return edit_write(size, make_planes, replace_groups=replace, identity=identity, strict=strict)

    return _edit(path, output, make_edit, notices)


def _edit(
    path: StrPath,
    output: StrPath | None,
    make_edit: Callable[[int], Editing],
    notices: tuple[Notice, ...] = (),
) -> WriteResult:
    """Plan an edit over the file and write its result, in place or elsewhere."""
    # A symbolic link stays one: what it leads to is replaced.
    with file_errors("found"):
        opened = os.path.realpath(os.fspath(path))
        target = opened if output is None else os.path.realpath(os.fspath(output))
    is_in_place = target == opened
    opening = open_for_edit if is_in_place else open_source
    with opening(opened) as (source, size):
        before = os.fstat(source.fileno())
        edit: Edit = drive(make_edit(size), source)
        if edit.patch.splices or not is_in_place:
            write_patched(source, edit.patch, target, opened=opened, before=before)
    written = Path(path if output is None else output)
    return WriteResult(written, edit.groups, edit.notices + notices, edit.sop_instance_uid)


def _has_dicomdir(path: str) -> bool:
    """Tell whether a DICOMDIR stands in the file's folder or one of those above it."""
    with file_errors("found"):
        folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
    for _ in range(_DICOMDIR_LEVELS):
        if os.path.exists(os.path.join(folder, "DICOMDIR")):  # noqa: PTH110, PTH118
            return True
        folder = os.path.dirname(folder)  # noqa: PTH120
    return False
