"""A data set's top-level elements: where each stands, and the few values kept.

Only depth 0 is recorded: icon images and private sequences hold look-alikes of Pixel
Data and of overlay groups. The walk goes on to the end of the source, because planes may
stand out of order, even after Pixel Data, and because a truncated file must not be edited.

Standard: PS3.5 section 7; PS3.10 section 7.2 (trailing padding).
"""

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from .encoding import LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, Encoding
from .errors import MalformedDataSetError, TruncatedError
from .items import skip_items
from .walk import WINDOW, Cursor, Header, Ranges, read_header

__all__ = [
    "FACTS",
    "MAX_FACT",
    "PIXEL_DATA",
    "DataSet",
    "Element",
    "hold",
    "read_data_set",
    "require_inside",
    "skim",
    "take_element",
]

PIXEL_DATA: Final = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
MAX_FACT: Final = 1024
_DELIMITERS: Final = frozenset({0xFFFEE00D, 0xFFFEE0DD})
_HEADER: Final = 12
_PLAIN: Final = range(0x0001, 0x7FE0)  # neither command elements, nor Pixel Data, nor delimiters
_TRAILING: Final = 8
_AFTER_PIXELS: Final = 4 * 1024
_WITH_ITEMS: Final = frozenset({b"", b"SQ", b"UN", b"OB", b"OW", b"OF", b"OD", b"OL", b"OV"})

FACTS: Final = frozenset(
    {
        0x00020010,  # Transfer Syntax UID
        0x00080005,  # Specific Character Set
        0x00080016,  # SOP Class UID
        0x00080018,  # SOP Instance UID
        0x00081115,  # Referenced Series Sequence
        0x00081140,  # Referenced Image Sequence
        0x0008114A,  # Referenced Instance Sequence
        0x0020000D,  # Study Instance UID
        0x0020000E,  # Series Instance UID
        0x00200013,  # Instance Number
        0x00200032,  # Image Position (Patient)
        0x00200037,  # Image Orientation (Patient)
        0x00200052,  # Frame of Reference UID
        0x00280002,  # Samples per Pixel
        0x00280008,  # Number of Frames
        0x00280010,  # Rows
        0x00280011,  # Columns
        0x00280030,  # Pixel Spacing
        0x00280100,  # Bits Allocated
        0x00280101,  # Bits Stored
        0x00280102,  # High Bit
    }
)
"""Elements whose values the scan keeps, of the meta information and of the data set's top level."""


class Element(NamedTuple):
    """Where a top-level element stands; positions count bytes from the file's start.

    Attributes
    ----------
    tag : group << 16 | element.
    vr : two letters, or b"" where the stream holds none.
    start : first byte of the tag.
    value : first byte of the value.
    end : exclusive, after the value and its delimiters.
    """

    tag: int
    vr: bytes
    start: int
    value: int
    end: int

    @property
    def group(self) -> int:
        """The tag's group number."""
        return self.tag >> 16


# NamedTuple's own constructor takes each field by name, at three times the cost.
_MAKE_ELEMENT: Final = partial(tuple.__new__, Element)


def hold(cursor: Cursor, position: int, count: int = WINDOW) -> Ranges:
    """Have the next header in the window."""
    if not cursor.holds(position, position + _HEADER):
        yield from cursor.fill(position, count)


def require_inside(cursor: Cursor, header: Header) -> int:
    """Return where a value of defined length ends, inside the source."""
    tag, _, value, length = header
    if length == UNDEFINED_LENGTH:
        msg = "an element that may not has an undefined length"
        raise MalformedDataSetError(msg, offset=value, tag=tag)
    if value + length > cursor.size:
        msg = "an element's length passes the end of the file"
        raise TruncatedError(msg, offset=value, tag=tag, expected=value + length, found=cursor.size)
    return value + length


@dataclass(slots=True)
class DataSet:
    """What the walk over a data set has found so far."""

    elements: list[Element]
    values: dict[int, bytes]
    end: int


def read_data_set(cursor: Cursor, found: DataSet, encoding: Encoding) -> Ranges:
    """Collect the top-level elements up to the source's end, padding or junk."""
    window = WINDOW
    while found.end < cursor.size:
        if not cursor.holds(found.end, found.end + _HEADER):
            yield from cursor.fill(found.end, window)
        if window == WINDOW:
            skim(cursor, found, encoding)
            if found.end == cursor.size or not cursor.holds(found.end, found.end + _HEADER):
                continue
        elif _is_trailing(cursor, found.end):
            break
        element = yield from _read_element(cursor, found.end, encoding)
        if element.group in {0, 0xFFFE} and (window == WINDOW or element.tag not in _DELIMITERS):
            msg = "a tag that no data set holds at its top level"
            raise MalformedDataSetError(msg, offset=element.start, tag=element.tag)
        yield from take_element(cursor, found, element)
        if element.tag in PIXEL_DATA:
            window = _AFTER_PIXELS


def _read_element(cursor: Cursor, position: int, encoding: Encoding) -> Generator[tuple[int, int], bytes, Element]:
    """Find where one element ends, whatever its length's form."""
    header = read_header(cursor, position, encoding)
    tag, vr, value, length = header
    if length != UNDEFINED_LENGTH or vr not in _WITH_ITEMS:
        return Element(tag, vr, position, value, require_inside(cursor, header))
    # Encapsulated Pixel Data keeps the file's byte order even where its VR is UN.
    is_unknown = vr == b"UN" and tag not in PIXEL_DATA
    end = yield from skip_items(cursor, value, encoding, is_unknown=is_unknown)
    return Element(tag, vr, position, value, end)


def take_element(cursor: Cursor, found: DataSet, element: Element) -> Ranges:
    """Record an element, and its value where that is a fact."""
    length = element.end - element.value
    if element.tag in FACTS and element.tag not in found.values and length <= MAX_FACT:
        if not cursor.holds(element.value, element.end):
            yield from cursor.fill(element.value)
        start = element.value - cursor.base
        found.values[element.tag] = cursor.data[start : start + length]
    found.elements.append(element)
    found.end = element.end
    cursor.visit(1, element.start)


def _is_trailing(cursor: Cursor, position: int) -> bool:
    """Tell whether only padding or junk follows Pixel Data.

    Writers leave zero bytes, or a few stray ones, after the last element.
    """
    offset = position - cursor.base
    return cursor.size - position < _TRAILING or cursor.data[offset : offset + 8] == bytes(8)


def skim(cursor: Cursor, found: DataSet, encoding: Encoding, groups: range = _PLAIN) -> None:
    """Take the plain elements of ``groups`` that the window holds.

    This is the scan's whole cost on most files, so it is one loop. Whatever is not plain
    (undefined or too long lengths, unknown VRs, other groups) is left to the caller, which
    reads it with all checks.
    """
    data, base, position = cursor.data, cursor.base, found.end
    values, facts, rows = found.values, FACTS, list[tuple[int, bytes, int, int, int]]()
    header, length_only = encoding.structs()
    unpack, unpack_length, append = header.unpack_from, length_only.unpack_from, rows.append
    shorts, longs, is_implicit = SHORT_VRS, LONG_VRS, encoding.is_implicit
    held = base + len(data)
    last, first_group, end_group = held - _HEADER, groups.start, groups.stop
    # An undefined length, read as a number, passes this limit too.
    limit = min(cursor.size, UNDEFINED_LENGTH)
    while position <= last:
        group, element, vr, length = unpack(data, position - base)
        if is_implicit:
            length = unpack_length(data, position - base + 4)[0]
            vr, value = b"", position + 8
        elif vr in shorts:
            value = position + 8
        elif vr in longs:
            length = unpack_length(data, position - base + 8)[0]
            value = position + 12
        else:
            break
        end = value + length
        if end > limit or not first_group <= group < end_group:
            break
        tag = group << 16 | element
        if tag in facts and tag not in values and length <= MAX_FACT:
            if end > held:
                break
            values[tag] = data[value - base : end - base]
        append((tag, vr, position, value, end))
        position = end
    found.end = position
    found.elements += map(_MAKE_ELEMENT, rows)
    cursor.visit(len(rows), position)
