"""The functions that users call, on paths, bytes and file objects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .edit.options import Existing, Frames, InstanceRule, WriteOptions, require_requests
from .edit.plan import EditPlan, plan_remove, plan_write
from .editing import Edited, edit_file, plan_edit
from .notices import Notice
from .planes.decode import decode_planes
from .planes.packing import Mask
from .planes.plane import OverlayPlane, OverlayPlanes
from .scan.layout import Layout, image_size, scan
from .scan.source import Source
from .storage import Input, Output, open_source


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was written, and where.

    Attributes
    ----------
    path : the file written; None where the result went into memory or a file object.
    groups : the overlay groups written or removed, in the order of the request.
    notices : non-fatal findings, for the caller to show.
    sop_instance_uid : the derived instance's, else None.
    data : the changed file, where bytes or a file object were given and no output; else None.
    """

    path: Path | None
    groups: tuple[int, ...]
    notices: tuple[Notice, ...]
    sop_instance_uid: str | None = None
    data: bytes | None = None

    @property
    def group(self) -> int:
        """The first group written or removed.

        Raises
        ------
        IndexError : nothing was removed.
        """
        return self.groups[0]


def write_dicom_overlay(
    path: Input,
    mask: Mask,
    *,
    output: Output | None = None,
    existing: Existing = "refuse",
    group: int | None = None,
    origin: tuple[int, int] = (1, 1),
    overlay_type: Literal["G", "R"] = "G",
    subtype: str | None = None,
    label: str | None = None,
    description: str | None = None,
    rows: int | None = None,
    columns: int | None = None,
    frames: Frames = None,
    instance: InstanceRule = "keep",
    strict: bool = False,
) -> WriteResult:
    """Write a mask into a DICOM file as an overlay plane; no other byte changes.

    Parameters
    ----------
    path : the file, replaced in one step unless ``output`` is given; or the bytes of one, or a binary file object, which
        stay as they are: the changed file is then in the result's ``data``.
    mask : shape (rows, columns), or (frames, rows, columns) for a multi-frame image;
        nonzero = set; bool, any integer or float dtype, any memory order; a numpy
        array (what a masked array hides is not set), any buffer, or nested sequences. A flat buffer counts row by row.
    output : path or binary file object to write to instead; the input then stays as it is.
    existing : "refuse" to write where a plane is; "replace-group" rewrites ``group`` where it is in use; "replace-label"
        rewrites the planes of the same label where they stand, and adds one where there is none.
    group : 0x6000, 0x6002 … 0x601E; None takes the first free one.
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

    Examples
    --------
    A file in memory, as an object store or pynetdicom gives it:

    >>> result = write_dicom_overlay(data, mask, label="Liver")  # doctest: +SKIP
    >>> changed = result.data  # doctest: +SKIP
    """
    options = WriteOptions(instance=instance)

    def plan(layout: Layout, source: Source) -> EditPlan:
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
        return plan_write(layout, require_requests([plane], existing, [frames]), options, source)

    return _result(edit_file(path, output, plan, strict=strict))


def write_dicom_overlays(
    path: Input,
    planes: Sequence[OverlayPlane],
    *,
    output: Output | None = None,
    existing: Existing | Sequence[Existing] = "refuse",
    instance: InstanceRule = "keep",
    series_instance_uid: str | None = None,
    series_number: int | None = None,
    series_numbers_in_use: Iterable[int] = (),
    series_description: str | None = None,
    strict: bool = False,
) -> WriteResult:
    """Write 1 to 16 planes in one pass over the file; all or none.

    Parameters
    ----------
    path, output, instance, strict : as for `write_dicom_overlay`.
    planes : values of `OverlayPlane`; those without a group take the first free ones.
        On a multi-frame image, a plane with neither ``number_of_frames`` nor
        ``image_frame_origin`` is written for every frame.
    existing : as for `write_dicom_overlay`, for all planes or one rule for each.
    series_instance_uid : of derived instances: a new series, shared by a batch.
    series_number : of the new series; None takes the file's own plus 1,000, or the next one that is not in use.
    series_numbers_in_use : Series Numbers of the study, which the new series does not take.
    series_description : of the new series; None takes the file's own with " overlay" behind it.

    Returns
    -------
    WriteResult

    Raises
    ------
    OverlayError : see its ``code``; the original file is untouched then.
    """
    options = WriteOptions(
        instance=instance,
        series_instance_uid=series_instance_uid,
        series_number=series_number,
        series_numbers_in_use=tuple(series_numbers_in_use),
        series_description=series_description,
    )
    requests = require_requests(planes, existing)

    def plan(layout: Layout, source: Source) -> EditPlan:
        return plan_write(layout, requests, options, source)

    return _result(edit_file(path, output, plan, strict=strict))


def plan_dicom_overlays(
    source: Input,
    planes: Sequence[OverlayPlane],
    *,
    existing: Existing | Sequence[Existing] = "refuse",
    instance: InstanceRule = "keep",
    series_instance_uid: str | None = None,
    series_number: int | None = None,
    series_numbers_in_use: Iterable[int] = (),
    series_description: str | None = None,
    strict: bool = False,
) -> EditPlan:
    """Plan to write planes, without writing: the patch says which bytes change.

    Parameters
    ----------
    source : a path, bytes or a binary file object.
    planes, existing, instance, series_instance_uid, series_number, series_numbers_in_use, series_description, strict : as
        for `write_dicom_overlays`.

    Returns
    -------
    EditPlan : ``plan.patch.apply(data)`` makes the changed file, ``plan.patch.pieces()`` gives it as spans of the source
        and new bytes, and ``plan.patch.inverse(data)`` leads back.

    Raises
    ------
    OverlayError : see its ``code``.
    """
    options = WriteOptions(
        instance=instance,
        series_instance_uid=series_instance_uid,
        series_number=series_number,
        series_numbers_in_use=tuple(series_numbers_in_use),
        series_description=series_description,
    )
    requests = require_requests(planes, existing)

    def plan(layout: Layout, opened: Source) -> EditPlan:
        return plan_write(layout, requests, options, opened)

    with open_source(source, field="source") as opened:
        return plan_edit(opened, plan, strict=strict)


def read_dicom_overlays(path: Input) -> OverlayPlanes:
    """Read every overlay plane of a file, in the order of their groups.

    Unusual planes (short data, groups out of range, bits embedded in Pixel Data) are
    read as far as they go; each plane's ``notices`` say what was found. What concerns the file as a whole, such as that
    it is cut off and may have further planes, is in the result's ``notices``.

    Parameters
    ----------
    path : a path, bytes or a binary file object.

    Returns
    -------
    A tuple of planes with ``notices`` and ``is_complete``; empty where the file has none.

    Raises
    ------
    OverlayError : the file cannot be read or its structure is broken.
    """
    with open_source(path) as source:
        return decode_planes(scan(source, is_partial=True), source)


def remove_dicom_overlays(
    path: Input,
    groups: Sequence[int] | None = None,
    *,
    labels: Sequence[str] | None = None,
    output: Output | None = None,
    embedded: bool = False,
    strict: bool = False,
) -> WriteResult:
    """Remove overlay planes: whole groups, with retired elements and group lengths.

    Parameters
    ----------
    path, output, strict : as for `write_dicom_overlay`.
    groups : even numbers 0x6000 … 0x60FE.
    labels : Overlay Labels; every plane with one of them is removed. With neither groups nor labels all planes are.
    embedded : also clear the bits of planes embedded in Pixel Data, which edits pixels.

    Returns
    -------
    WriteResult : its ``groups`` are empty where there was nothing to remove.

    Raises
    ------
    OverlayError : see its ``code``; the original file is untouched then.
    """

    def plan(layout: Layout, source: Source) -> EditPlan:
        return plan_remove(layout, source, groups=groups, labels=labels, embedded=embedded)

    return _result(edit_file(path, output, plan, strict=strict))


def _result(edited: Edited) -> WriteResult:
    plan = edited.plan
    if plan is None:  # pragma: no cover - these functions always have a planner
        raise AssertionError
    path = None if edited.written is None else Path(edited.written)
    return WriteResult(path, plan.groups, plan.notices, plan.sop_instance_uid, edited.data)
