"""Notices about a file that is edited, beyond the edit itself.

Standard: PS3.3 section C.9.2 and Annex A (IODs); section C.11.7 (presentation states).
"""

from collections.abc import Sequence
from typing import Final

from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.scan import tags
from dicom_overlay.scan.attributes import ACTIVATION_LAYER
from dicom_overlay.scan.layout import Layout

_PRESENTATION_STATE: Final = b"1.2.840.10008.5.1.4.1.1.11."
_TIFF: Final = frozenset({b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"})
# PS3.3 Annex A (2024b): IODs whose module table lists Overlay Plane, by the ends of their SOP Class UIDs.
_WITH_OVERLAY: Final = frozenset(
    "1.2.840.10008.5.1.4.1.1." + tail
    for tail in [
        "1",
        "1.1",
        "1.1.1",
        "1.2",
        "1.2.1",
        "1.3",
        "1.3.1",
        "2",
        "3.1",
        "4",
        "6.1",
        "7",
        "11.1",
        "11.2",
        "11.3",
        "11.5",
        "11.12",
        "12.1",
        "12.2",
        "20",
        "77.1.1",
        "77.1.2",
        "77.1.3",
        "77.1.4",
        "128",
    ]
)


def find_for_write(layout: Layout, planes: Sequence[OverlayPlane], size: tuple[int, int]) -> tuple[Notice, ...]:
    """Return notices about a file into which planes are written; ``size`` is the image's (rows, columns)."""
    notices = list(find_for_removal(layout))
    if layout.text(tags.SOP_CLASS_UID) not in _WITH_OVERLAY:
        notices.append(make_notice("sop-class"))
    if layout.preamble in _TIFF:
        notices.append(make_notice("tiff-dual"))
    if layout.elements.has(tags.LENGTH_TO_END):
        notices.append(make_notice("length-to-end"))
    if not layout.has_pixel_data:
        notices.append(make_notice("no-pixel-data"))
    if layout.values.get(tags.NUMBER_OF_FRAMES, b"").strip(b" \0") and layout.stated_frames is None:
        notices.append(make_notice("invalid-number-of-frames", tag=tags.NUMBER_OF_FRAMES))
    if _has_presentation_state(layout):
        notices.append(make_notice("presentation-state"))
    if (layout.integer(tags.SAMPLES_PER_PIXEL) or 1) > 1:
        notices.append(make_notice("colour-image"))
    return (*notices, *_find_in_planes(planes, size))


def find_for_removal(layout: Layout) -> tuple[Notice, ...]:
    """Return notices about a file from which planes are removed."""
    is_signed = any(layout.elements.has(tag) for tag in tags.DIGITAL_SIGNATURES)
    return (make_notice("digital-signatures"),) if is_signed else ()


def _find_in_planes(planes: Sequence[OverlayPlane], size: tuple[int, int]) -> list[Notice]:
    """Return notices about planes that some viewers draw differently; the documentation says which viewers."""
    texts = [text for p in planes for text in (p.label, p.description, p.subtype) if text]
    found = {
        "not-aligned": any((p.rows, p.columns, *p.origin) != (*size, 1, 1) for p in planes),
        "type-r": any(p.overlay_type == "R" for p in planes),
        "non-ascii-label": not all(text.isascii() for text in texts),
    }
    return [make_notice(code) for code, is_so in found.items() if is_so]


def _has_presentation_state(layout: Layout) -> bool:
    refers = any(_PRESENTATION_STATE in layout.values.get(tag, b"") for tag in tags.REFERENCES)
    groups = layout.elements.overlay_groups()
    return refers or any(layout.elements.has(group << 16 | ACTIVATION_LAYER) for group in groups)
