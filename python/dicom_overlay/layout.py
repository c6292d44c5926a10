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
from operator import itemgetter
from typing import Final, TypeAlias

from .data_set import (
    PIXEL_DATA,
    DataSet,
    Element,
    hold,
    read_data_set,
    require_inside,
    skim,
    take_element,
)
from .encoding import EXPLICIT_LITTLE, Encoding, peek_encoding
from .errors import (
    LimitExceededError,
    MalformedDataSetError,
    NotDicomError,
    TruncatedError,
    UnsupportedTransferSyntaxError,
)
from .walk import WINDOW, Cursor, Ranges, read_header

__all__ = ["MAX_INFLATED", "Deflated", "Element", "Layout", "Scan", "scan"]

MAX_INFLATED: Final = 512 * 1024 * 1024
"""Bytes that a deflated data set may inflate to; more is refused."""

_PREAMBLE: Final = 128
_EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"
_DEFLATED: Final = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
# RFC 2557 MIME encapsulation and XML encoding are no PS3.10 data sets.
_NO_DATA_SET: Final = frozenset({"1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"})
_TRANSFER_SYNTAX: Final = 0x00020010
_HEADER: Final = 12
_META: Final = range(0x0002, 0x0003)


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
    tags, groups : of all elements.
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
    tags: frozenset[int]
    groups: frozenset[int]
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
        return not PIXEL_DATA.isdisjoint(self.tags)

    def find(self, tag: int) -> Element | None:
        """Return the first top-level element of that tag."""
        if tag not in self.tags:
            return None
        return next(element for element in self.elements if element.tag == tag)

    def group(self, group: int) -> tuple[Element, ...]:
        """Return all elements of a group, wherever they stand."""
        if group not in self.groups:
            return ()
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
    meta = DataSet([], {}, position)
    yield from _read_meta(cursor, meta)
    position = meta.end
    uid = meta.values.get(_TRANSFER_SYNTAX, b"").decode("latin-1").strip(" \0") or None
    if uid in _NO_DATA_SET:
        msg = "the transfer syntax does not hold a data set that can be spliced"
        raise UnsupportedTransferSyntaxError(msg)
    deflated = None
    if uid in _DEFLATED:
        deflated = yield from _inflate(cursor, position)
        cursor = Cursor(position + len(deflated.inflated), deflated.inflated, position)
    encoding = EXPLICIT_LITTLE
    if position < cursor.size:
        yield from hold(cursor, position)
        first = cursor.data[position - cursor.base :][:6]
        encoding = peek_encoding(first, is_little=uid != _EXPLICIT_BIG)
    found = DataSet([], {}, position)
    is_complete = yield from _read_all(cursor, found, encoding, is_partial=is_partial)
    tags = frozenset(map(itemgetter(0), found.elements))
    return Layout(
        size=cursor.size,
        encoding=encoding,
        transfer_syntax=uid,
        preamble=preamble,
        meta=tuple(meta.elements),
        elements=tuple(found.elements),
        tags=tags,
        groups=frozenset(tag >> 16 for tag in tags),
        end=found.end,
        values=meta.values | found.values,
        deflated=deflated,
        is_complete=is_complete,
    )


def _read_all(
    cursor: Cursor, found: DataSet, encoding: Encoding, *, is_partial: bool
) -> Generator[tuple[int, int], bytes, bool]:
    """Read the data set and return whether it is complete; only a partial scan may say no."""
    try:
        yield from read_data_set(cursor, found, encoding)
    except TruncatedError:
        if not is_partial:
            raise
        return False
    return True


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


def _read_meta(cursor: Cursor, meta: DataSet) -> Ranges:
    """Walk group 0002 element by element; its group length is trusted for nothing.

    Standard: PS3.10 section 7.1 (always explicit VR little endian).
    """
    while meta.end < cursor.size:
        yield from hold(cursor, meta.end)
        skim(cursor, meta, EXPLICIT_LITTLE, _META)
        if not cursor.holds(meta.end, meta.end + _HEADER):
            continue
        offset = meta.end - cursor.base
        if cursor.data[offset : offset + 2] != b"\2\0":
            break
        header = read_header(cursor, meta.end, EXPLICIT_LITTLE)
        yield from take_element(
            cursor, meta, Element(header[0], header[1], meta.end, header[2], require_inside(cursor, header))
        )


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
    except MemoryError as error:
        msg = "the memory does not suffice to inflate the data set"
        raise LimitExceededError(msg, found=cursor.size - position) from error
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
