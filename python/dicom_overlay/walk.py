"""Windows on the source, and single headers.

Theory of operation. A `Cursor` holds one window of the source. Whoever walks is a
generator: when the window does not reach, it yields the half-open byte range it wants
and is sent its bytes. Nothing here holds a file or does I/O.

Standard: PS3.5 section 7.5 (nesting), A.4 (fragments), 6.2.2 (CP-246: UN).
"""

from collections.abc import Generator
from typing import Final, TypeAlias

from .encoding import (
    LONG_VRS,
    SHORT_VRS,
    UNDEFINED_LENGTH,
    VRS,
    Encoding,
)
from .errors import LimitExceededError, MalformedDataSetError, TruncatedError

__all__ = ["MAX_ELEMENTS", "Cursor", "Header", "Ranges", "read_header"]

MAX_ELEMENTS: Final = 10_000_000
"""Elements and items that one scan visits at most."""

WINDOW: Final = 64 * 1024

FULL_HEADER: Final = 12
_SHORT_HEADER: Final = 8

Ranges: TypeAlias = Generator[tuple[int, int], bytes, None]
"""A walker that only asks: yields ``(start, end)``, end exclusive; is sent the bytes."""
Header: TypeAlias = tuple[int, bytes, int, int]
"""(tag, VR or b"" where the stream holds none, first byte of the value, value length)"""


class Cursor:
    """One window of the source, and how much work the scan has done."""

    __slots__ = ("_visited", "base", "data", "size")

    def __init__(self, size: int, data: bytes = b"", base: int = 0) -> None:
        """Begin with ``data`` standing at ``base`` in a source of ``size`` bytes."""
        self.size = size
        self.data = data
        self.base = base
        self._visited = 0

    def reaches(self, end: int) -> bool:
        """Tell whether the window holds the source up to ``end`` (exclusive) or its end."""
        return min(end, self.size) <= self.base + len(self.data)

    def holds(self, start: int, end: int) -> bool:
        """Tell whether the window holds ``[start, end)``, clipped to the source."""
        return self.base <= start and self.reaches(end)

    def fill(self, start: int, count: int = WINDOW) -> Ranges:
        """Move the window to ``start``, ``count`` bytes wide or up to the source's end."""
        end = min(start + count, self.size)
        data = yield start, end
        if len(data) != end - start:
            msg = "the source ended before its stated size"
            raise TruncatedError(msg, offset=start, expected=end - start, found=len(data))
        self.data = data
        self.base = start

    def visit(self, count: int, offset: int) -> None:
        """Count visited elements and stop at the limit."""
        self._visited += count
        if self._visited > MAX_ELEMENTS:
            msg = f"the data set holds more than {MAX_ELEMENTS} elements and items"
            raise LimitExceededError(msg, offset=offset, expected=MAX_ELEMENTS)


def read_header(cursor: Cursor, position: int, encoding: Encoding) -> Header:
    """Read one element's header, of which the window holds all that the source has.

    Raises
    ------
    TruncatedError : the source ends inside the header.
    MalformedDataSetError : the VR's letters are no VR and no reading of them fits.
    """
    offset = position - cursor.base
    unpack_header, unpack_length = encoding.structs()
    left = cursor.size - position
    if left < _SHORT_HEADER:
        msg = "the file ends inside an element's header"
        raise TruncatedError(msg, offset=position)
    group, element, vr, length = unpack_header.unpack_from(cursor.data, offset)
    tag = group << 16 | element
    if encoding.is_implicit or group == 0xFFFE:
        return tag, b"", position + 8, unpack_length.unpack_from(cursor.data, offset + 4)[0]
    if vr in SHORT_VRS:
        return tag, vr, position + 8, length
    if vr in LONG_VRS:
        if left < FULL_HEADER:
            msg = "the file ends inside an element's header"
            raise TruncatedError(msg, offset=position, tag=tag)
        return tag, vr, position + 12, unpack_length.unpack_from(cursor.data, offset + 8)[0]
    return _read_unknown_vr(cursor, position, encoding, (tag, vr, position + 8, length))


def _read_unknown_vr(cursor: Cursor, position: int, encoding: Encoding, short: Header) -> Header:
    """Choose the reading of an unknown VR after which another element stands.

    New VRs get the 32-bit form (PS3.5 section 6.2), old writers used the 16-bit one,
    and some leave VRs out in parts of an explicit data set.
    """
    tag, vr, _, length = short
    _, unpack_length = encoding.structs()
    offset = position - cursor.base
    implicit: Header = (tag, b"", position + 8, unpack_length.unpack_from(cursor.data, offset + 4)[0])
    explicit = [short]
    if length == 0 and cursor.size - position >= FULL_HEADER:
        explicit.insert(0, (tag, vr, position + 12, unpack_length.unpack_from(cursor.data, offset + 8)[0]))
    # Two capitals are a VR of some year; other bytes are more likely an implicit length.
    is_vr = vr.isalpha() and vr.isupper()
    readings = [*explicit, implicit] if is_vr else [implicit, *explicit]
    # A known VR behind the value is better proof than a length that happens to fit; the
    # nearest one, so that a plane put further behind changes nothing.
    likely = sorted(readings if is_vr else [implicit, short], key=lambda reading: reading[2] + reading[3])
    for candidates, needs_vr in ((likely, True), (readings, False)):
        for reading in candidates:
            if reading[3] == UNDEFINED_LENGTH or _is_followed(cursor, encoding, reading, needs_vr=needs_vr):
                return reading
    msg = "an element's VR is unknown and its length cannot be told"
    raise MalformedDataSetError(msg, offset=position, tag=tag)


def _is_followed(cursor: Cursor, encoding: Encoding, reading: Header, *, needs_vr: bool) -> bool:
    """Tell whether the value ends at the source's end or before a later tag, with a VR or with a length that fits."""
    tag, _, value, length = reading
    end = value + length
    if end + _SHORT_HEADER > cursor.size or not cursor.holds(end, end + _SHORT_HEADER):
        return not needs_vr and end <= cursor.size
    unpack_header, unpack_length = encoding.structs()
    group, element, vr, _ = unpack_header.unpack_from(cursor.data, end - cursor.base)
    if (group << 16 | element) <= tag:
        return False
    if vr in VRS or group == 0xFFFE:
        return True
    implicit_length = unpack_length.unpack_from(cursor.data, end - cursor.base + 4)[0]
    return not needs_vr and end + _SHORT_HEADER + implicit_length <= cursor.size
