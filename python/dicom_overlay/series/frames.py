"""The position of each frame of an enhanced multi-frame image, from its functional groups, which pydicom reads.

An attribute can be in the frame's own group or in the shared one; the frame's own wins. pydicom is only imported for files
that have functional groups.

Standard: PS3.3 sections C.7.6.16 and C.7.6.16.2.1 (Pixel Measures), C.7.6.16.2.3 (Plane Position), C.7.6.16.2.4 (Plane
Orientation).
"""

from io import BytesIO
from math import isfinite
from typing import Any, Final, NamedTuple

from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source

SHARED_GROUPS: Final = 0x52009229
PER_FRAME_GROUPS: Final = 0x52009230
MAX_GROUPS: Final = 256 * 1024 * 1024
"""Maximum bytes of functional groups that are read; in a file with more, the frames' positions are unknown."""


class FramePlace(NamedTuple):
    """Position of a frame; None for what the file does not say.

    Attributes
    ----------
    position : of the first pixel, mm, (x, y, z).
    orientation : direction cosines of a row, then of a column.
    spacing : mm, (between rows, between columns).
    """

    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None


def read_frame_places(layout: Layout, source: Source) -> tuple[FramePlace, ...] | None:
    """Return the position of each frame; None if the file has no functional groups for its frames.

    Parameters
    ----------
    source : the file that was scanned.
    """
    spans = [
        (element.start, element.end)
        for element in map(layout.elements.find, (SHARED_GROUPS, PER_FRAME_GROUPS))
        if element is not None
    ]
    if not spans or sum(end - start for start, end in spans) > MAX_GROUPS:
        return None
    import pydicom.filereader  # noqa: PLC0415 - slow to import, and most files are not of this kind

    positions = layout.positions(source)
    data = b"".join(positions.read(start, end) for start, end in spans)
    encoding = layout.encoding
    try:
        groups = pydicom.filereader.read_dataset(BytesIO(data), encoding.is_implicit, encoding.is_little)
        return frame_places(groups)
    except (AttributeError, EOFError, KeyError, NotImplementedError, OSError, TypeError, ValueError):
        # If pydicom cannot read the groups, the frames' positions are unknown.
        return None


def frame_places(data_set: Any) -> tuple[FramePlace, ...] | None:
    """Return the position of each frame from a pydicom data set with functional groups; None without them."""
    per_frame = data_set.get("PerFrameFunctionalGroupsSequence")
    if not per_frame:
        return None
    shared = (data_set.get("SharedFunctionalGroupsSequence") or [None])[0]
    return tuple(
        FramePlace(
            _numbers(frame, shared, "PlanePositionSequence", "ImagePositionPatient", 3),
            _numbers(frame, shared, "PlaneOrientationSequence", "ImageOrientationPatient", 6),
            _numbers(frame, shared, "PixelMeasuresSequence", "PixelSpacing", 2),
        )
        for frame in per_frame
    )


def _numbers(frame: Any, shared: Any, sequence: str, keyword: str, count: int) -> tuple[float, ...] | None:
    for groups in (frame, shared):
        items = (groups.get(sequence) if groups is not None else None) or ()
        value = items[0].get(keyword) if items else None
        if value is not None and not isinstance(value, (str, float)) and len(value) == count:
            numbers = tuple(map(float, value))
            return numbers if all(map(isfinite, numbers)) else None
    return None
