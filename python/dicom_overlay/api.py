"""The public functions for one file: a path, bytes or a file object."""

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
    """The keywords of `write_dicom_overlay`, which describes them."""

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
    """The keywords of `write_dicom_overlays`, which describes them."""

    existing: Existing | Sequence[Existing]
    strict: bool


class RemoveOptions(InstanceOptions, total=False):
    """The keywords of `remove_dicom_overlays`, which describes them."""

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
    path : a path, bytes or a binary file object. A file at a path is replaced in one step unless ``output`` is given. Bytes
        and file objects are never changed: the result is in ``data``.
    mask : shape (rows, columns), or (frames, rows, columns) for a multi-frame image; bool, or any integer or float dtype,
        in any memory order. Nonzero means set. Can be a numpy array (masked elements are not set), any buffer, or nested
        sequences. A flat buffer is read row by row.
    output : path or binary file object to write to instead; the input then stays as it is.
    existing : "refuse" raises an error if the group is in use; "replace-group" replaces the plane in ``group``, if there is
        one; "replace-label" replaces the planes with the same label, or adds a plane if there are none.
    group : 0x6000, 0x6002 … 0x601E; None takes the first free group.
    origin : (row, column) of the mask's first pixel on the image, counted from 1.
    overlay_type : "G" (graphics, which viewers draw best) or "R" (region of interest).
    subtype, label, description : text of at most 64 characters; leading and trailing spaces are removed.
    rows, columns : size of the mask, if it differs from the image's.
    frames : on a multi-frame image, the frames to which a (rows, columns) mask applies: a
        number counted from 1, a range, or "all". None means all, with a notice.
    strict : raise an error for the first notice instead of returning it.
    instance : "keep" the SOP instance, or make a "derived" one with a new UID, in a new series.
    series_instance_uid : of the new series; None makes one. Give it if several calls derive files of the same series.
    series_number : of the new series; None takes the file's own plus 1,000, or the next number that is not in use.
    series_numbers_in_use : Series Numbers that the study already uses; the new series takes none of them.
    series_description : of the new series; None appends " overlay" to the file's own.

    Returns
    -------
    WriteResult : has ``data`` if ``path`` was bytes or a file object and no output was given.

    Raises
    ------
    OverlayError : ``code`` says which error it is; the original file is unchanged.

    Standard: PS3.3 sections C.9.2 and C.9.3.

    Examples
    --------
    A file in memory, for example from an object store or from pynetdicom:

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
    """Write 1 to 16 planes in one pass over the file: all of them or none.

    Parameters
    ----------
    path, output, strict : as for `write_dicom_overlay`.
    planes : `OverlayPlane` values; planes without a group take the first free groups.
        On a multi-frame image, a plane with neither ``number_of_frames`` nor
        ``image_frame_origin`` is written for every frame.
    existing : as for `write_dicom_overlay`: one rule for all planes, or a sequence with one rule per plane.
    instance, series_instance_uid, series_number, series_numbers_in_use, series_description : as for `write_dicom_overlay`.

    Returns
    -------
    WriteResult

    Raises
    ------
    OverlayError : ``code`` says which error it is; the original file is unchanged.
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
    """Plan writing planes without writing anything; the patch says which bytes would change.

    Parameters
    ----------
    source : a path, bytes or a binary file object.
    planes, existing, strict : as for `write_dicom_overlays`.
    instance, series_instance_uid, series_number, series_numbers_in_use, series_description : as for `write_dicom_overlay`.

    Returns
    -------
    EditPlan : ``plan.patch.apply(data)`` returns the changed file, ``plan.patch.pieces()`` yields it as spans of the source
        and new bytes, and ``plan.patch.inverse(data)`` returns the patch that undoes the change.

    Raises
    ------
    OverlayError : ``code`` says which error it is.
    """
    planner = _write_planner(planes, existing, instance)
    with open_source(source, field="source") as opened:
        return plan_edit(opened, planner, strict=strict)


def read_dicom_overlays(path: Input) -> OverlayPlanes:
    """Read every overlay plane of a file, in the order of their groups.

    Unusual planes (short data, groups out of range, bits embedded in Pixel Data) are read as far as possible; each plane's
    ``notices`` say what was unusual. The result's own ``notices`` are about the whole file, for example that it is cut off
    and may have more planes.

    Parameters
    ----------
    path : a path, bytes or a binary file object.

    Returns
    -------
    A tuple of planes with ``notices`` and ``is_complete``; empty if the file has no planes.

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
    """Remove overlay planes: all elements of their groups, including retired elements and group lengths.

    Parameters
    ----------
    path, output, strict : as for `write_dicom_overlay`.
    groups : even numbers 0x6000 … 0x60FE.
    labels : Overlay Labels; every plane with one of them is removed. Without groups and labels, all planes are removed.
    embedded : also clear the bits of planes embedded in Pixel Data; this changes Pixel Data.
    instance, series_instance_uid, series_number, series_numbers_in_use, series_description : as for `write_dicom_overlay`;
        if there is nothing to remove, the file keeps its instance.

    Returns
    -------
    WriteResult : its ``groups`` are empty if there was nothing to remove.

    Raises
    ------
    OverlayError : ``code`` says which error it is; the original file is unchanged.
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
