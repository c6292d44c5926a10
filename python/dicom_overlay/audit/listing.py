"""List a file's top-level elements for `compare`, with pydicom's own reader.

This module shares no code with the scan, whose work it checks. pydicom says where each element ends. This module checks that
the list has no gaps and does not go beyond the end of the file. Bytes after the last element are not listed.
"""

import os
import zlib
from array import array
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO, Final, Literal, NamedTuple

from dicom_overlay.errors import LimitExceededError, MalformedDataSetError, NotDicomError, TruncatedError

CHUNK: Final = 1024 * 1024
_MAX_INFLATED: Final = 512 * 1024 * 1024
_DEFLATED: Final = (b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.4.95", b"1.2.840.10008.1.2.4.205")
_IMPLICIT: Final = b"1.2.840.10008.1.2"
_BIG: Final = b"1.2.840.10008.1.2.2"
_TRANSFER_SYNTAX: Final = 0x00020010
_CHARACTER_SET: Final = 0x00080005
_PIXELS: Final = 0x7FE00008
_FIRST: Final = 0x00010000
_DELIMITERS: Final = 0xFFFE0000
_UNDEFINED: Final = 0xFFFFFFFF
_SKIPPED: Final = 4 * 1024
"""Values with more bytes than this are not read."""
_LOWEST_SWAPPED: Final = 0x0100
"""A data set begins with a low group number; in the wrong byte order, that number is at least this."""


class Form(NamedTuple):
    """How elements are written."""

    is_implicit: bool
    is_little: bool


class Listing(NamedTuple):
    """A file as a gapless list of top-level elements.

    Attributes
    ----------
    tags : of all elements of the meta information and the data set, in file order.
    starts : where each element begins, and finally where the last one ends; in the inflated file if it was deflated.
    meta : how many elements are meta information.
    forms : how the meta information and the data set are written.
    stream, size : the file, or the inflated file, and its size in bytes.
    is_inflated : whether the data set was deflated.
    after_stream : the bytes after the deflate stream.
    """

    tags: array[int]
    starts: array[int]
    meta: int
    forms: tuple[Form, Form]
    stream: BinaryIO
    size: int
    is_inflated: bool = False
    after_stream: bytes = b""

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes ``[start, end)`` in pieces of bounded size."""
        for position in range(start, end, CHUNK):
            yield read_at(self.stream, position, min(position + CHUNK, end))

    def describe(self, place: int) -> tuple[str, int]:
        """Return an element's VR, or "" if the file has none, and where its value begins."""
        from pydicom.valuerep import EXPLICIT_VR_LENGTH_32  # noqa: PLC0415 - slow to import

        start = self.starts[place]
        head = read_at(self.stream, start, start + 8)
        if self.forms[place >= self.meta].is_implicit or not _has_letters(head):
            return "", start + 8
        vr = head[4:6].decode("ascii")
        return vr, start + (12 if vr in EXPLICIT_VR_LENGTH_32 else 8)


def read_at(stream: BinaryIO, start: int, end: int) -> bytes:
    """Return the bytes ``[start, end)``."""
    stream.seek(start)
    data = stream.read(end - start)
    # A raw file may return fewer bytes than asked for.
    while len(data) < end - start:
        more = stream.read(end - start - len(data))
        if not more:
            msg = "the file ended while it was compared"
            raise TruncatedError(msg, offset=start, expected=end - start, found=len(data))
        data += more
    return data


def list_elements(stream: BinaryIO) -> Listing:
    """List the top-level elements of a binary stream that can seek."""
    size = stream.seek(0, os.SEEK_END)
    head = read_at(stream, 0, min(size, 132))
    start = 132 if head[128:] == b"DICM" else 0
    if not start and head[:2] not in {b"\2\0", b"\0\2", b"\x08\0", b"\0\x08"}:
        msg = "the file has no DICM prefix and does not begin with group 0002 or 0008"
        raise NotDicomError(msg)
    found = _Found(array("L"), array("Q", [start]))
    tags, starts = found
    meta_form = _observe(read_at(stream, start, min(size, start + 8)), Form(is_implicit=False, is_little=True))
    _walk(stream, size, meta_form, found, lambda tag, *_: tag >> 16 != 2)
    meta, uid = len(tags), b""
    if _TRANSFER_SYNTAX in tags:
        place = tags.index(_TRANSFER_SYNTAX)
        uid = read_at(stream, starts[place] + 8, starts[place + 1]).strip(b" \0")
    body, rest, begin = stream, b"", starts[-1]
    if uid in _DEFLATED:
        body, rest = _inflate(stream, begin, size)
        size = body.seek(0, os.SEEK_END)
    declared = Form(is_implicit=uid == _IMPLICIT, is_little=uid != _BIG)
    form = _observe(read_at(body, begin, min(size, begin + 8)), declared)
    _walk_data_set(body, size, form, found)
    return Listing(tags, starts, meta, (meta_form, form), body, size, body is not stream, rest)


def _has_letters(head: bytes) -> bool:
    return len(head) == 8 and head[4:6].isalpha() and head[4:6].isupper()


def _observe(head: bytes, declared: Form) -> Form:
    """Return the form of the first element, as pydicom does if the transfer syntax is wrong."""
    if len(head) < 8:
        return declared
    is_little = declared.is_little
    little, big = int.from_bytes(head[:2], "little"), int.from_bytes(head[:2], "big")
    read, swapped = (little, big) if is_little else (big, little)
    if read >= _LOWEST_SWAPPED > swapped:
        is_little = not is_little
    return Form(is_implicit=not _has_letters(head), is_little=is_little)


class _Found(NamedTuple):
    """The elements listed so far; see `Listing`."""

    tags: "array[int]"
    starts: "array[int]"

    def require_inside(self, end: int, size: int) -> None:
        """Refuse a last element that goes beyond the end of the file."""
        if end > size:
            msg = "the file cannot be compared: its last element goes beyond the end of the file"
            raise TruncatedError(msg, offset=self.starts[-2], tag=self.tags[-1])


def _walk_data_set(stream: BinaryIO, size: int, form: Form, found: _Found) -> None:
    """Append the data set's elements; its character set separately, because pydicom would look it up and might warn."""
    _walk(stream, size, form, found, lambda tag, *_: tag >= _CHARACTER_SET)
    start = found.starts[-1]
    head = read_at(stream, start, min(size, start + 8))
    order: Literal["little", "big"] = "little" if form.is_little else "big"
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    if tag == _CHARACTER_SET and (form.is_implicit or head[4:6] == b"CS"):
        length = head[4:8] if form.is_implicit else head[6:8]
        found.tags.append(_CHARACTER_SET)
        found.starts.append(start + 8 + int.from_bytes(length, order))
        found.require_inside(found.starts[-1], size)
    before = len(found.tags)
    try:
        _walk(stream, size, form, found, None)
    except MalformedDataSetError:
        if form.is_implicit:
            raise
        # pydicom reads an unknown VR as one with a short length, or as the length of an element with implicit VR.
        del found.tags[before:], found.starts[before + 1 :]
        _walk_past_unknown(stream, size, form, found)
    left = read_at(stream, found.starts[-1], size) if size - found.starts[-1] < 8 else b""
    if any(left) and (not found.tags or found.tags[-1] < _PIXELS):
        msg = "the file cannot be compared: it ends inside an element's header"
        raise TruncatedError(msg, offset=found.starts[-1])


def _walk_past_unknown(stream: BinaryIO, size: int, form: Form, found: _Found) -> None:
    """Append the elements; those whose VR is not in the standard are read here, as long as only one reading is possible.

    Standard: PS3.5 section 7.1.2 (future VRs have a length of 32 bits).
    """
    from pydicom.valuerep import VR  # noqa: PLC0415 - slow to import

    known = frozenset(map(str, VR))
    order: Literal["little", "big"] = "little" if form.is_little else "big"
    while True:
        _walk(stream, size, form, found, lambda _, vr, __: vr not in known)
        start = found.starts[-1]
        head = read_at(stream, start, min(size, start + 12))
        if len(head) < 12 or head[4:6].decode("latin-1") in known:
            return
        tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
        if not _FIRST <= tag < _DELIMITERS:
            return
        ends = [start + 8 + int.from_bytes(head[6:8], order), start + 8 + int.from_bytes(head[4:8], order)]
        if not any(head[6:8]):
            ends.insert(0, start + 12 + int.from_bytes(head[8:], order))
        end = next((end for end in ends if end == size or _is_higher(stream, end, size, order, tag)), size + 1)
        found.tags.append(tag)
        found.starts.append(end)
        found.require_inside(end, size)


def _is_higher(stream: BinaryIO, position: int, size: int, order: Literal["little", "big"], tag: int) -> bool:
    """Tell whether an element with a higher tag, and two letters or signs as its VR, begins at a position."""
    if position + 8 > size:
        return False
    head = read_at(stream, position, position + 8)
    is_text = all(0x20 < byte < 0x7F for byte in head[4:6])
    return is_text and int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order) > tag


def _walk(
    stream: BinaryIO, size: int, form: Form, found: _Found, stop: Callable[[int, str | None, int], bool] | None
) -> None:
    """Append the elements after the last one, up to anything that is not an element: padding, or a delimiter."""
    from pydicom.dataelem import RawDataElement  # noqa: PLC0415 - slow to import
    from pydicom.filereader import data_element_generator  # noqa: PLC0415 - as above

    stream.seek(found.starts[-1])
    tell, take_tag, take_start = stream.tell, found.tags.append, found.starts.append
    last: object = None
    try:
        for element in data_element_generator(stream, form.is_implicit, form.is_little, stop, _SKIPPED):
            # pydicom compares its tags in Python code; plain integers are compared much faster.
            tag = int(element.tag)
            if not _FIRST <= tag < _DELIMITERS:
                break
            take_tag(tag)
            take_start(tell())
            last = element
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        msg = f"the file cannot be compared: pydicom cannot walk it ({type(error).__name__})"
        raise MalformedDataSetError(msg, offset=found.starts[-1]) from None
    # Only the last element can go beyond the end of the file; its value was then read up to the end.
    if isinstance(last, RawDataElement) and last.length != _UNDEFINED:
        found.require_inside(last.value_tell + last.length, size)


def _inflate(stream: BinaryIO, start: int, size: int) -> tuple[BinaryIO, bytes]:
    """Return the file as it would be without deflation, and the bytes after the deflate stream."""
    data = read_at(stream, start, size)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, _MAX_INFLATED + 1)
    except zlib.error as error:
        msg = "the file cannot be compared: its data set is not a deflate stream"
        raise MalformedDataSetError(msg, offset=start) from error
    if len(inflated) > _MAX_INFLATED:
        msg = f"the data set inflates to more than {_MAX_INFLATED} bytes"
        raise LimitExceededError(msg, expected=_MAX_INFLATED)
    if not inflater.eof:
        msg = "the file cannot be compared: its deflate stream has no end"
        raise TruncatedError(msg, offset=size)
    rest = inflater.unused_data
    is_padded = (len(data) - len(rest)) % 2 and rest[:1] == b"\0"
    return BytesIO(read_at(stream, 0, start) + inflated), rest[1:] if is_padded else rest
