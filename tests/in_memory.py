"""The package's verbs on bytes: what the worker does with a Blob, without a file system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicom_overlay.engine import edit_remove, edit_write, read_planes
from dicom_overlay.layout import Layout, scan

from ranges import drive

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicom_overlay.engine import Edit

    from dicom_overlay import OverlayPlane


def scan_bytes(data: bytes) -> Layout:
    """Return the layout of a file."""
    return drive(data, scan(len(data)))


def plan_write(data: bytes, planes: Iterable[OverlayPlane], *, replace: bool = False) -> Edit:
    """Plan to write planes, each for the frames that it names itself."""
    wanted = [(plane, None) for plane in planes]
    walker = edit_write(len(data), lambda _: wanted, replace_groups=replace, identity=None, strict=False)
    return drive(data, walker)


def plan_remove(data: bytes, groups: Sequence[int] | None = None) -> Edit:
    """Plan to remove planes."""
    return drive(data, edit_remove(len(data), groups, with_embedded=False, strict=False))


def read_bytes(data: bytes) -> tuple[OverlayPlane, ...]:
    """Read every plane."""
    return drive(data, read_planes(len(data)))


def write_bytes(data: bytes, planes: Iterable[OverlayPlane], *, replace: bool = False) -> bytes:
    """Return the file with the planes."""
    return plan_write(data, planes, replace=replace).patch.apply(data)


def remove_bytes(data: bytes, groups: Sequence[int] | None = None) -> bytes:
    """Return the file without the planes."""
    return plan_remove(data, groups).patch.apply(data)
