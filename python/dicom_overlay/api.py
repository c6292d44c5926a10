"""The functions that users call, on paths, bytes and file objects."""

from collections.abc import Sequence
from typing import Literal, Unpack, overload

from .edit.options import Existing, InstanceOptions, require_options, require_requests
from .edit.plan import EditPlan, plan_remove, plan_write
from .editing import Planner, edit_file, plan_edit
from .inputs import InMemory, Input
from .planes.decode import decode_planes
from .planes.file_planes import OverlayPlanes
from .planes.frames import Frames
from .planes.mask import Mask
from .planes.plane import OverlayPlane
from .results import MemoryResult, WriteResult, result_of
from .scan.layout import Layout, image_size, scan
from .scan.source import Source
from .storage import Output, open_source


class PlaneOptions(InstanceOptions, total=False):
    """The keywords of `write_dicom_overlay`, which has their meaning."""

    existing: Existing
    group: int | None
    origin: tuple[int, int]
    overlay_type: Literal["G", "R"]
    subtype: str | None
    label: str | None
    description: str | None
    rows: int | None
    columns: int | None
    frames: Frames
    strict: bool


class PlanesOptions(InstanceOptions, total=False):
    """The keywords of `write_dicom_overlays`, which has their meaning."""

    existing: Existing | Sequence[Existing]
    strict: bool


class RemoveOptions(InstanceOptions, total=False):
    """The keywords of `remove_dicom_overlays`, which has their meaning."""

    labels: Sequence[str] | None
    embedded: bool
    strict: bool


@overload
def write_dicom_overlay(
    path: InMemory, mask: Mask, *, output: None = None, **options: Unpack[PlaneOptions]
) -> MemoryResult: ...
@overload
def write_dicom_overlay(
    path: Input, mask: Mask, *, output: Output | None = None, **options: Unpack[PlaneOptions]
) -> WriteResult: ...
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
    strict: bool = False,
    **instance: Unpack[InstanceOptions],
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
    existing : "refuse" to write into a group that is in use; "replace-group" rewrites ``group`` where it is in use; "replace-label"
        rewrites the planes of the same label where they are, and adds one where there is none.
    group : 0x6000, 0x6002 … 0x601E; None takes the first free one.
    origin : (row, column) of the mask's first pixel on the image, counted from 1.
    overlay_type : "G" (graphics; what viewers draw best) or "R" (region of interest).
    subtype, label, description : text of at most 64 characters; spaces at its ends do not count.
    rows, columns : the mask's own size where it is not the image's.
    frames : on a multi-frame image, which frames a (rows, columns) mask is for: a
        number counted from 1, a range, "all"; None means all, with a notice.
    strict : raise for the first notice instead of returning it.
    instance : "keep" the SOP instance, or make a "derived" one with its own UID, in a new series.
    series_instance_uid : of the new series; None makes one. Give it where several calls derive files of one series.
    series_number : of the new series; None takes the file's own plus 1,000, or the next one that is not in use.
    series_numbers_in_use : Series Numbers of the study, which the new series does not take.
    series_description : of the new series; None takes the file's own with " overlay" behind it.

    Returns
    -------
    WriteResult; with its ``data`` where bytes or a file object were given without an output.

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
    options = require_options(instance)

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

    return result_of(edit_file(path, output, plan, strict=strict))


@overload
def write_dicom_overlays(
    path: InMemory, planes: Sequence[OverlayPlane], *, output: None = None, **options: Unpack[PlanesOptions]
) -> MemoryResult: ...
@overload
def write_dicom_overlays(
    path: Input, planes: Sequence[OverlayPlane], *, output: Output | None = None, **options: Unpack[PlanesOptions]
) -> WriteResult: ...
def write_dicom_overlays(
    path: Input,
    planes: Sequence[OverlayPlane],
    *,
    output: Output | None = None,
    existing: Existing | Sequence[Existing] = "refuse",
    strict: bool = False,
    **instance: Unpack[InstanceOptions],
) -> WriteResult:
    """Write 1 to 16 planes in one pass over the file; all or none.

    Parameters
    ----------
    path, output, strict : as for `write_dicom_overlay`.
    planes : values of `OverlayPlane`; those without a group take the first free ones.
        On a multi-frame image, a plane with neither ``number_of_frames`` nor
        ``image_frame_origin`` is written for every frame.
    existing : as for `write_dicom_overlay`, for all planes or one rule for each.
    instance, series_instance_uid, series_number, series_numbers_in_use, series_description : as for `write_dicom_overlay`.

    Returns
    -------
    WriteResult

    Raises
    ------
    OverlayError : see its ``code``; the original file is untouched then.
    """
    return result_of(edit_file(path, output, _write_planner(planes, existing, instance), strict=strict))


def plan_dicom_overlays(
    source: Input,
    planes: Sequence[OverlayPlane],
    *,
    existing: Existing | Sequence[Existing] = "refuse",
    strict: bool = False,
    **instance: Unpack[InstanceOptions],
) -> EditPlan:
    """Plan to write planes, without writing: the patch says which bytes change.

    Parameters
    ----------
    source : a path, bytes or a binary file object.
    planes, existing, strict : as for `write_dicom_overlays`.
    instance, series_instance_uid, series_number, series_numbers_in_use, series_description : as for `write_dicom_overlay`.

    Returns
    -------
    EditPlan : ``plan.patch.apply(data)`` makes the changed file, ``plan.patch.pieces()`` gives it as spans of the source
        and new bytes, and ``plan.patch.inverse(data)`` leads back.

    Raises
    ------
    OverlayError : see its ``code``.
    """
    planner = _write_planner(planes, existing, instance)
    with open_source(source, field="source") as opened:
        return plan_edit(opened, planner, strict=strict)


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


@overload
def remove_dicom_overlays(
    path: InMemory, groups: Sequence[int] | None = None, *, output: None = None, **options: Unpack[RemoveOptions]
) -> MemoryResult: ...
@overload
def remove_dicom_overlays(
    path: Input, groups: Sequence[int] | None = None, *, output: Output | None = None, **options: Unpack[RemoveOptions]
) -> WriteResult: ...
def remove_dicom_overlays(
    path: Input,
    groups: Sequence[int] | None = None,
    *,
    labels: Sequence[str] | None = None,
    output: Output | None = None,
    embedded: bool = False,
    strict: bool = False,
    **instance: Unpack[InstanceOptions],
) -> WriteResult:
    """Remove overlay planes: whole groups, with retired elements and group lengths.

    Parameters
    ----------
    path, output, strict : as for `write_dicom_overlay`.
    groups : even numbers 0x6000 … 0x60FE.
    labels : Overlay Labels; every plane with one of them is removed. With neither groups nor labels all planes are.
    embedded : also clear the bits of planes embedded in Pixel Data, which edits pixels.
    instance, series_instance_uid, series_number, series_numbers_in_use, series_description : as for `write_dicom_overlay`;
        if there is nothing to remove, the file keeps its instance.

    Returns
    -------
    WriteResult : its ``groups`` are empty where there was nothing to remove.

    Raises
    ------
    OverlayError : see its ``code``; the original file is untouched then.
    """
    options = require_options(instance)

    def plan(layout: Layout, source: Source) -> EditPlan:
        return plan_remove(layout, source, groups=groups, labels=labels, embedded=embedded, options=options)

    return result_of(edit_file(path, output, plan, strict=strict))


def _write_planner(
    planes: Sequence[OverlayPlane], existing: Existing | Sequence[Existing], instance: InstanceOptions
) -> Planner:
    options, requests = require_options(instance), require_requests(planes, existing)
    return lambda layout, source: plan_write(layout, requests, options, source)
