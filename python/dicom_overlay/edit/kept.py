"""Keep the part of a file's layout that planning needs, as a short text, between inspecting and writing a series.

A whole layout of 258 elements takes 61 KB of memory in Python. An edit that keeps the instance needs only a few elements and
values, so 10,000 files of a series can be kept between the two passes, and each file is read and scanned only once. A plan
made from the text is the same as a plan made from the layout.
"""

import json
from typing import Final

from dicom_overlay.planes.rules import OVERLAY_GROUPS
from dicom_overlay.scan import tags
from dicom_overlay.scan.data_set import PIXEL_DATA
from dicom_overlay.scan.elements import Element, Elements
from dicom_overlay.scan.encoding import EXPLICIT_LITTLE, Encoding
from dicom_overlay.scan.facts import OVERLAY_FACTS
from dicom_overlay.scan.layout import Layout

MAX_KEPT: Final = 2048
"""Maximum number of characters kept for a file; a file that needs more is read again."""

_OVERLAYS: Final = 0x60
_LAST_TAGS: Final = tuple(group << 16 | 0xFFFF for group in OVERLAY_GROUPS)
# The same object for all files, because making one takes as long as using it.
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
_VALUES: Final = frozenset(
    {
        tags.SPECIFIC_CHARACTER_SET,
        tags.SOP_CLASS_UID,
        *tags.REFERENCES,
        tags.SAMPLES_PER_PIXEL,
        tags.NUMBER_OF_FRAMES,
        *tags.ROWS_AND_COLUMNS,
        tags.BITS_ALLOCATED,
        tags.BITS_STORED,
        tags.HIGH_BIT,
        *OVERLAY_FACTS,
    }
)
_ELEMENTS: Final = _VALUES | PIXEL_DATA | {tags.LENGTH_TO_END, *tags.DIGITAL_SIGNATURES}


def keep_layout(layout: Layout) -> str | None:
    """Return what is needed to plan edits of this file that keep the instance.

    Returns
    -------
    A text of at most `MAX_KEPT` characters. None if that is not enough, or if planning needs the file itself because it is
    deflated or its header has unknown VRs.
    """
    if layout.deflated is not None or layout.has_guesses or layout.break_code is not None:
        return None
    above = _insertion_points(layout)
    rows = [row for row in layout.elements.rows if row[0] in _ELEMENTS or row[0] >> 24 == _OVERLAYS or row in above]
    text = _encode(
        [
            layout.size,
            layout.encoding.is_implicit,
            layout.encoding.is_little,
            layout.transfer_syntax,
            layout.preamble.decode("latin-1"),
            layout.end,
            [[tag, vr.decode("latin-1"), *places] for tag, vr, *places in rows],
            [start for _, _, start, _, _ in rows if start in layout.undefined],
            [[tag, value.decode("latin-1")] for tag, value in layout.values.items() if tag in _VALUES],
        ]
    )
    return text if len(text) <= MAX_KEPT else None


def _insertion_points(layout: Layout) -> set[Element | None]:
    """Return the elements before which groups 6000 to 601E are written; nearly always there is only one."""
    found = {layout.elements.first_above(tag) for tag in (_LAST_TAGS[0], _LAST_TAGS[-1])}
    return found if len(found) == 1 else {layout.elements.first_above(tag) for tag in _LAST_TAGS}


def kept_layout(text: str) -> Layout:
    """Return the layout from a kept text; it can be used only for plans that keep the instance."""
    size, is_implicit, is_little, transfer_syntax, preamble, end, elements, undefined, values = json.loads(text)
    return Layout(
        size=size,
        encoding=Encoding(is_implicit=is_implicit, is_little=is_little),
        meta_encoding=EXPLICIT_LITTLE,
        transfer_syntax=transfer_syntax,
        preamble=preamble.encode("latin-1"),
        meta=(),
        elements=Elements((tag, vr.encode("latin-1"), *places) for tag, vr, *places in elements),
        end=end,
        values={tag: value.encode("latin-1") for tag, value in values},
        undefined=frozenset(undefined),
        deflated=None,
        break_code=None,
        has_guesses=False,
    )
