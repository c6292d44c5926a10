"""Segmentations of 3D Slicer (``.seg.nrrd``), described by keys in their header.

Since Slicer 4.11, each segment has a label value and a layer. Older files have one layer per segment, in the order of the
segments, in which every voxel that is not 0 is set.

Source: https://slicer.readthedocs.io/en/latest/developer_guide/modules/segmentations.html (NRRD file format).
"""

import re
from typing import Any, Final

from dicom_overlay.errors import InvalidMaskError

from .volume import Label

_SEGMENT: Final = re.compile(r"^Segment(\d+)_(ID|Name|LabelValue|Layer)$")


def segments_of(image: Any) -> tuple[Label, ...] | None:
    """Return the segments that an image's header describes, in their order; None if it describes none.

    Parameters
    ----------
    image : a SimpleITK image, or a reader that has read its header.
    """
    fields: dict[int, dict[str, str]] = {}
    for key in image.GetMetaDataKeys():
        match = _SEGMENT.match(key)
        if match:
            fields.setdefault(int(match[1]), {})[match[2]] = image.GetMetaData(key)
    if not fields:
        return None
    segments = [fields[number] for number in sorted(fields)]
    has_values = ["LabelValue" in segment for segment in segments]
    if not any(has_values) and not any("Layer" in segment for segment in segments):
        return tuple(
            Label(name=segment.get("Name"), value=number + 1, layer=number) for number, segment in enumerate(segments)
        )
    if not all(has_values):
        msg = "the segmentation's header has LabelValue for some segments only"
        raise InvalidMaskError(msg, field="LabelValue")
    pairs = [(_count(segment["LabelValue"]), _count(segment.get("Layer", "0"))) for segment in segments]
    if len(set(pairs)) < len(pairs):
        msg = "two segments of the segmentation's header have the same label value in the same layer"
        raise InvalidMaskError(msg, field="LabelValue")
    return tuple(
        Label(name=segment.get("Name"), value=value, values=(value,), layer=layer)
        for segment, (value, layer) in zip(segments, pairs, strict=True)
    )


def _count(text: str) -> int:
    if text.strip().isdecimal():
        return int(text)
    msg = "a segment's LabelValue or Layer is not a number"
    raise InvalidMaskError(msg, field="LabelValue")
