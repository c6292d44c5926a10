"""A data set's top-level elements: where each stands, and the few values kept.

Only depth 0 is recorded: icon images and private sequences hold look-alikes of Pixel
Data and of overlay groups. The walk goes on to the end of the source, because planes may
stand out of order, even after Pixel Data, and because a truncated file must not be edited.

Standard: PS3.5 section 7; PS3.10 section 7.2 (trailing padding).
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, NamedTuple

from .encoding import LONG, SHORT, UNDEFINED_LENGTH, VR_FORMS, Encoding
from .errors import MalformedDataSetError, TruncatedError
from .items import skip_items
from .walk import WINDOW, Cursor, Header, Ranges, read_header

__all__ = ["FACTS", "MAX_FACT", "PIXEL_DATA", "DataSet", "Element", "hold", "read_data_set", "require_inside"]

PIXEL_DATA: Final = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
MAX_FACT: Final = 1024
_DELIMITERS: Final = frozenset({0xFFFEE00D, 0xFFFEE0DD})
_HEADER: Final = 12
_NOT_PLAIN: Final = frozenset({0x0000, 0x7FE0, 0xFFFE})
_TRAILING: Final = 8
_AFTER_PIXELS: Final = 4 * 1024
_WITH_ITEMS: Final = frozenset({b"", b"SQ", b"UN", b"OB", b"OW", b"OF", b"OD", b"OL", b"OV"})

FACTS: Final = frozenset(
    {
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
"""Top-level elements whose values the scan keeps."""


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
            _skim(cursor, found, encoding)
            if found.end == cursor.size or not cursor.holds(found.end, found.end + _HEADER):
                continue
        elif _is_trailing(cursor, found.end):
            break
        element = yield from _read_element(cursor, found.end, encoding)
        if element.group in {0, 0xFFFE} and (window == WINDOW or element.tag not in _DELIMITERS):
            msg = "a tag that no data set holds at its top level"
            raise MalformedDataSetError(msg, offset=element.start, tag=element.tag)
        if element.tag in FACTS and element.tag not in found.values:
            yield from _keep_value(cursor, found, element)
        found.elements.append(element)
        found.end = element.end
        cursor.visit(1, element.start)
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


def _keep_value(cursor: Cursor, found: DataSet, element: Element) -> Ranges:
    if element.end - element.value > MAX_FACT:
        return
    if not cursor.holds(element.value, element.end):
        yield from cursor.fill(element.value)
    start = element.value - cursor.base
    found.values[element.tag] = cursor.data[start : start + element.end - element.value]


def _is_trailing(cursor: Cursor, position: int) -> bool:
    """Tell whether only padding or junk follows Pixel Data.

    Writers leave zero bytes, or a few stray ones, after the last element.
    """
    offset = position - cursor.base
    return cursor.size - position < _TRAILING or cursor.data[offset : offset + 8] == bytes(8)


def _skim(cursor: Cursor, found: DataSet, encoding: Encoding) -> None:
    """Take the plain elements that the window holds.

    This is the scan's whole cost on most files, so it is one loop. Whatever is not plain
    (undefined or too long lengths, unknown VRs, Pixel Data, delimiters) is left to the
    caller, which reads it with all checks.
    """
    data, base, position = cursor.data, cursor.base, found.end
    values, append, new = found.values, found.elements.append, tuple.__new__
    header, length_only = encoding.structs()
    unpack, unpack_length, forms = header.unpack_from, length_only.unpack_from, VR_FORMS
    is_implicit, last = encoding.is_implicit, base + len(data) - _HEADER
    vr, count = b"", len(found.elements)
    while position <= last:
        group, element, written_vr, length = unpack(data, position - base)
        form = LONG if is_implicit else forms.get(written_vr)
        if is_implicit:
            length = unpack_length(data, position - base + 4)[0]
            value = position + 8
        elif form == SHORT:
            vr, value = written_vr, position + 8
        elif form == LONG:
            length = unpack_length(data, position - base + 8)[0]
            vr, value = written_vr, position + 12
        else:
            break
        end = value + length
        if length == UNDEFINED_LENGTH or end > cursor.size or group in _NOT_PLAIN:
            break
        tag = group << 16 | element
        if tag in FACTS and tag not in values and length <= MAX_FACT:
            if end - base > len(data):
                break
            values[tag] = data[value - base : end - base]
        append(new(Element, (tag, vr, position, value, end)))
        found.end = position = end
    cursor.visit(len(found.elements) - count, position)
