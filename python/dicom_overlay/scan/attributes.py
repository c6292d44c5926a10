"""The attributes of an overlay plane: one table for scanning, reading and writing.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.6 table 6-1.
"""

from typing import Final, NamedTuple


class Attribute(NamedTuple):
    """One attribute.

    Attributes
    ----------
    element : element number in the group.
    vr : the VR in the standard.
    field : the field of `OverlayPlane`; None if every plane has the same value.
    constant : that value.
    """

    element: int
    vr: bytes
    field: str | None
    constant: int | None = None


ATTRIBUTES: Final = (
    Attribute(0x0010, b"US", "rows"),
    Attribute(0x0011, b"US", "columns"),
    Attribute(0x0015, b"IS", "number_of_frames"),
    Attribute(0x0022, b"LO", "description"),
    Attribute(0x0040, b"CS", "overlay_type"),
    Attribute(0x0045, b"LO", "subtype"),
    Attribute(0x0050, b"SS", "origin"),
    Attribute(0x0051, b"US", "image_frame_origin"),
    Attribute(0x0100, b"US", None, 1),
    Attribute(0x0102, b"US", None, 0),
    Attribute(0x1301, b"IS", "roi_area"),
    Attribute(0x1302, b"DS", "roi_mean"),
    Attribute(0x1303, b"DS", "roi_standard_deviation"),
    Attribute(0x1500, b"LO", "label"),
)
"""All attributes that are written, in tag order, except Overlay Data, which comes last."""

ELEMENTS: Final = {name: element for element, _, name, _ in ATTRIBUTES if name is not None}
"""The element number of each field of `OverlayPlane`."""

GROUP_LENGTH: Final = 0x0000
BITS_ALLOCATED: Final = 0x0100
BIT_POSITION: Final = 0x0102
ACTIVATION_LAYER: Final = 0x1001
DATA: Final = 0x3000
"""Overlay Data; OB or OW."""
