"""scan(): bytes → Layout, the only place that reads a file's structure.

Theory of operation. `scan` is a coroutine: it yields half-open byte ranges and is
sent their bytes, so the same code runs over an open file, a buffer, or a Blob in a
worker. It records where each top-level element stands and keeps the few short
values that an edit depends on; every other value is jumped over. Only depth 0 is
recorded: icon images and private sequences hold look-alikes. The scan goes on to
the end of the source, because planes may stand out of order, even after Pixel Data,
and because a truncated file must not be edited.

A deflated data set is inflated as a whole; its layout's positions count in the file
as it would be if it were not deflated (`Layout.deflated` holds what leads back).

Standard: PS3.5 section 7 and Annex A; PS3.10 section 7.
"""

import zlib
from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from .encoding import EXPLICIT_LITTLE, UNDEFINED_LENGTH, Encoding, peek_encoding
from .errors import (
    LimitExceededError,
    MalformedDataSetError,
    NotDicomError,
    TruncatedError,
    UnsupportedTransferSyntaxError,
)
from .walk import WINDOW, Cursor, Header, Ranges, read_header, skip_items

__all__ = ["MAX_INFLATED", "Deflated", "Element", "Layout", "Scan", "scan"]

MAX_INFLATED: Final = 512 * 1024 * 1024
"""Bytes that a deflated data set may inflate to; more is refused."""

_PREAMBLE: Final = 128
_EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"
_DEFLATED: Final = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
# RFC 2557 MIME encapsulation and XML encoding are no PS3.10 data sets.
_NO_DATA_SET: Final = frozenset({"1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"})
_TRANSFER_SYNTAX: Final = 0x00020010
_PIXEL_DATA: Final = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_DELIMITERS: Final = frozenset({0xFFFEE00D, 0xFFFEE0DD})
_HEADER: Final = 12
_TRAILING: Final = 8
_AFTER_PIXELS: Final = 4 * 1024
_MAX_FACT: Final = 1024
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


@dataclass(frozen=True, slots=True)
class Deflated:
    """What leads from the inflated layout back to the deflated file.

    Attributes
    ----------
    source_size : bytes of the file.
    start : where the deflate stream begins.
    inflated : the data set.
    trailing : the bytes after the deflate stream and its padding.
    """

    source_size: int
    start: int
    inflated: bytes
    trailing: bytes


@dataclass(frozen=True, slots=True)
class Layout:
    """A file's structure.

    Attributes
    ----------
    size : bytes of the file; of the inflated file where ``deflated`` is given.
    encoding : how the data set is written.
    transfer_syntax : its UID, or None where the meta information has none.
    preamble : the first four bytes where a preamble stands before the prefix.
    meta : elements of group 0002.
    elements : the data set's top-level elements, in file order.
    end : where the last element ends; padding or junk may follow.
    values : the bytes of the `FACTS` that are there, the first of duplicates.
    deflated : None unless the data set is deflated.
    is_complete : False where a partial scan stopped at a value that the file's end cuts off.
    """

    size: int
    encoding: Encoding
    transfer_syntax: str | None
    preamble: bytes
    meta: tuple[Element, ...]
    elements: tuple[Element, ...]
    end: int
    values: dict[int, bytes]
    deflated: Deflated | None
    is_complete: bool

    @property
    def source_size(self) -> int:
        """Bytes of the file as it is stored."""
        return self.size if self.deflated is None else self.deflated.source_size

    @property
    def has_pixel_data(self) -> bool:
        """Whether a top-level element holds (integer, float or double) pixels."""
        return any(element.tag in _PIXEL_DATA for element in self.elements)

    def find(self, tag: int) -> Element | None:
        """Return the first top-level element of that tag."""
        return next((element for element in self.elements if element.tag == tag), None)

    def group(self, group: int) -> tuple[Element, ...]:
        """Return all elements of a group, wherever they stand."""
        return tuple(element for element in self.elements if element.tag >> 16 == group)

    def text(self, tag: int) -> str | None:
        """Return a kept value as text without its padding; None if absent or empty."""
        value = self.values.get(tag)
        return (value or b"").decode("latin-1").strip(" \0") or None

    def integer(self, tag: int) -> int | None:
        """Return a kept US value; None if absent or too short."""
        value = self.values.get(tag, b"")
        if len(value) < 2:
            return None
        return int.from_bytes(value[:2], "little" if self.encoding.is_little else "big")

    @property
    def number_of_frames(self) -> int:
        """Number of Frames (0028,0008); 1 where it is absent or no number."""
        text = (self.text(0x00280008) or "1").split("\\")[0].strip()
        return max(1, int(text)) if text.isdecimal() and len(text) <= 10 else 1

    @property
    def is_multi_frame(self) -> bool:
        """Whether the image has more than one frame."""
        return self.number_of_frames > 1


Scan: TypeAlias = Generator[tuple[int, int], bytes, Layout]
"""Yields ``(start, end)``, end exclusive; is sent those bytes; returns the layout."""


def scan(size: int, *, is_partial: bool = False) -> Scan:
    """Find where a DICOM file's top-level elements stand.

    Parameters
    ----------
    size : bytes of the source.
    is_partial : accept a data set that the file's end cuts off, as far as it goes;
        for reading only.

    Yields
    ------
    ``(start, end)`` half-open byte ranges of the source; the first is
    ``(0, min(size, 65536))``. The driver sends the bytes of each.

    Returns
    -------
    Layout

    Raises
    ------
    NotDicomError : neither preamble and prefix nor a bare data set.
    TruncatedError, MalformedDataSetError : the structure is broken.
    LimitExceededError : nested too deep, too many elements, inflates too far.
    UnsupportedTransferSyntaxError : the file holds no data set of PS3.10.

    Standard: PS3.10 section 7.1; PS3.5 section 7.
    """
    cursor = Cursor(size)
    yield from cursor.fill(0, WINDOW)
    position = _find_first_tag(cursor)
    preamble = cursor.data[:4] if position else b""
    meta, meta_values, position = yield from _read_meta(cursor, position)
    uid = meta_values.get(_TRANSFER_SYNTAX, b"").decode("latin-1").strip(" \0") or None
    if uid in _NO_DATA_SET:
        msg = "the transfer syntax does not hold a data set that can be spliced"
        raise UnsupportedTransferSyntaxError(msg)
    deflated = None
    if uid in _DEFLATED:
        deflated = yield from _inflate(cursor, position)
        cursor = Cursor(position + len(deflated.inflated), deflated.inflated, position)
    encoding = EXPLICIT_LITTLE
    if position < cursor.size:
        yield from _hold(cursor, position)
        first = cursor.data[position - cursor.base :][:6]
        encoding = peek_encoding(first, is_little=uid != _EXPLICIT_BIG)
    found = _DataSet([], {}, position)
    is_complete = True
    try:
        yield from _read_data_set(cursor, found, encoding)
    except TruncatedError:
        if not is_partial:
            raise
        is_complete = False
    return Layout(
        size=cursor.size,
        encoding=encoding,
        transfer_syntax=uid,
        preamble=preamble,
        meta=tuple(meta),
        elements=tuple(found.elements),
        end=found.end,
        values=meta_values | found.values,
        deflated=deflated,
        is_complete=is_complete,
    )


def _find_first_tag(cursor: Cursor) -> int:
    """Return where the first element begins: after the prefix, or at 0 without one.

    A file without preamble (ACR-NEMA, stripped) must begin with group 0002 or 0008
    and a length that fits; anything else is not DICOM.
    """
    head = cursor.data
    if head[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        return _PREAMBLE + 4
    if len(head) >= _HEADER and head[:2] in {b"\2\0", b"\x08\0", b"\0\x08"}:
        encoding = peek_encoding(head, is_little=True)
        tag, _, value, length = read_header(cursor, 0, encoding)
        if tag & 0xFFFF < 0x1200 and value + length <= cursor.size:
            return 0
    msg = "the file has no DICM prefix and does not begin with a DICOM data set"
    raise NotDicomError(msg, found=cursor.size)


def _hold(cursor: Cursor, position: int, count: int = WINDOW) -> Ranges:
    """Have the next header in the window."""
    if not cursor.holds(position, position + _HEADER):
        yield from cursor.fill(position, count)


def _read_meta(
    cursor: Cursor, position: int
) -> Generator[tuple[int, int], bytes, tuple[list[Element], dict[int, bytes], int]]:
    """Walk group 0002 element by element; its group length is trusted for nothing.

    Standard: PS3.10 section 7.1 (always explicit VR little endian).
    """
    elements: list[Element] = []
    values: dict[int, bytes] = {}
    while position < cursor.size:
        yield from _hold(cursor, position)
        offset = position - cursor.base
        if cursor.data[offset : offset + 2] != b"\2\0":
            break
        header = read_header(cursor, position, EXPLICIT_LITTLE)
        end = _require_inside(cursor, header)
        if header[3] <= _MAX_FACT:
            if not cursor.holds(header[2], end):
                yield from cursor.fill(header[2])
            start = header[2] - cursor.base
            values.setdefault(header[0], cursor.data[start : start + header[3]])
        elements.append(Element(header[0], header[1], position, header[2], end))
        position = end
    return elements, values, position


def _require_inside(cursor: Cursor, header: Header) -> int:
    """Return where a value of defined length ends, inside the source."""
    tag, _, value, length = header
    if length == UNDEFINED_LENGTH:
        msg = "an element that may not has an undefined length"
        raise MalformedDataSetError(msg, offset=value, tag=tag)
    if value + length > cursor.size:
        msg = "an element's length passes the end of the file"
        raise TruncatedError(msg, offset=value, tag=tag, expected=value + length, found=cursor.size)
    return value + length


def _inflate(cursor: Cursor, position: int) -> Generator[tuple[int, int], bytes, Deflated]:
    """Inflate the data set, up to the limit.

    Standard: PS3.5 section A.5 (raw deflate after the meta information, padded to even).
    """
    if cursor.size - position > MAX_INFLATED:
        msg = f"a deflated file of more than {MAX_INFLATED} bytes is not read"
        raise LimitExceededError(msg, expected=MAX_INFLATED, found=cursor.size - position)
    yield from cursor.fill(position, cursor.size - position)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(cursor.data, MAX_INFLATED)
        if not inflater.eof and inflater.unconsumed_tail:
            msg = f"the deflated data set inflates to more than {MAX_INFLATED} bytes"
            raise LimitExceededError(msg, expected=MAX_INFLATED)
        inflated += inflater.flush()
    except zlib.error as error:
        msg = "the deflated data set cannot be inflated"
        raise MalformedDataSetError(msg, offset=position) from error
    if not inflater.eof:
        msg = "the deflated data set ends before its stream does"
        raise TruncatedError(msg, offset=cursor.size)
    trailing = inflater.unused_data
    used = len(cursor.data) - len(trailing)
    if used % 2 and trailing[:1] == b"\0":
        trailing = trailing[1:]
    return Deflated(cursor.size, position, inflated, trailing)


@dataclass(slots=True)
class _DataSet:
    """What the walk over a data set has found so far."""

    elements: list[Element]
    values: dict[int, bytes]
    end: int


def _read_data_set(cursor: Cursor, found: _DataSet, encoding: Encoding) -> Ranges:
    elements, values, position = found.elements, found.values, found.end
    window = WINDOW
    while position < cursor.size:
        if not cursor.holds(position, position + _HEADER):
            yield from cursor.fill(position, window)
        if window != WINDOW and _is_trailing(cursor, position):
            break
        header = read_header(cursor, position, encoding)
        tag, vr, value, length = header
        if length == UNDEFINED_LENGTH and vr in _WITH_ITEMS:
            # Encapsulated Pixel Data keeps the file's byte order even where its VR is UN.
            is_unknown = vr == b"UN" and tag not in _PIXEL_DATA
            end = yield from skip_items(cursor, value, encoding, is_unknown=is_unknown)
        else:
            end = _require_inside(cursor, header)
        if tag >> 16 in {0, 0xFFFE} and (window == WINDOW or tag not in _DELIMITERS):
            msg = "a tag that no data set holds at its top level"
            raise MalformedDataSetError(msg, offset=position, tag=tag)
        if tag in FACTS and end - value <= _MAX_FACT and tag not in values:
            if not cursor.holds(value, end):
                yield from cursor.fill(value)
            values[tag] = cursor.data[value - cursor.base : end - cursor.base]
        elements.append(Element(tag, vr, position, value, end))
        cursor.visit(1, position)
        found.end = position = end
        if tag in _PIXEL_DATA:
            window = _AFTER_PIXELS


def _is_trailing(cursor: Cursor, position: int) -> bool:
    """Tell whether only padding or junk follows Pixel Data.

    Writers leave zero bytes, or a few stray ones, after the last element.
    """
    offset = position - cursor.base
    return cursor.size - position < _TRAILING or cursor.data[offset : offset + 8] == bytes(8)
