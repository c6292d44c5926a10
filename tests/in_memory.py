"""The package's verbs on bytes, as plain functions of a scanned layout: what the worker does with a Blob."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicom_overlay.edit import plan
from dicom_overlay.edit.options import Existing, WriteOptions, require_requests
from dicom_overlay.editing import plan_edit
from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.scan.layout import Layout, scan
from dicom_overlay.scan.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicom_overlay import EditPlan, OverlayPlane, OverlayPlanes
    from dicom_overlay.planes.frames import Frames

__all__ = ["plan_remove", "plan_write", "read_bytes", "remove_bytes", "scan_bytes", "write_bytes"]


def scan_bytes(data: bytes, *, is_partial: bool = False) -> Layout:
    """Return the layout of a file."""
    return scan(Source.of_bytes(data), is_partial=is_partial)


def plan_write(
    data: bytes,
    planes: Iterable[OverlayPlane],
    *,
    existing: Existing | Sequence[Existing] = "refuse",
    frames: Sequence[Frames] | None = None,
    strict: bool = False,
    **options: Any,
) -> EditPlan:
    """Plan to write planes; ``options`` are those of `WriteOptions`."""
    requests, rules = require_requests(tuple(planes), existing, frames), WriteOptions(**options)
    return plan_edit(
        Source.of_bytes(data), lambda layout, source: plan.plan_write(layout, requests, rules, source), strict=strict
    )


def plan_remove(data: bytes, groups: Sequence[int] | None = None, *, strict: bool = False, **options: Any) -> EditPlan:
    """Plan to remove planes; ``options`` are those of the planning function."""
    return plan_edit(
        Source.of_bytes(data),
        lambda layout, source: plan.plan_remove(layout, source, groups=groups, **options),
        strict=strict,
    )


def read_bytes(data: bytes) -> OverlayPlanes:
    """Read every plane."""
    source = Source.of_bytes(data)
    return decode_planes(scan(source, is_partial=True), source)


def write_bytes(data: bytes, planes: Iterable[OverlayPlane], **options: Any) -> bytes:
    """Return the file with the planes."""
    return plan_write(data, planes, **options).patch.apply(data)


def remove_bytes(data: bytes, groups: Sequence[int] | None = None, **options: Any) -> bytes:
    """Return the file without the planes."""
    return plan_remove(data, groups, **options).patch.apply(data)
