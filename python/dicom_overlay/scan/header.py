"""A window on the source, and reading a single header.

Theory of operation. A `Window` has one range of the source and moves when the walk leaves it. `read_header` reads the
header at a position. If the standard does not define the VR, the size of the length field is not known;
`dicom_overlay.scan.unknown` finds it out.

Standard: PS3.5 section 7.1.
"""

from typing import Final

from dicom_overlay.errors import LimitExceededError, MalformedDataSetError, TruncatedError

from .encoding import LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, Encoding
from .source import Source
from .unknown import Readings

MAX_ELEMENTS: Final = 1_000_000
"""Maximum number of top-level elements in a data set; each is kept."""
MAX_ITEMS: Final = 10_000_000
"""Maximum number of items, fragments and elements inside sequences that a scan passes; none is kept."""

WINDOW: Final = 64 * 1024
FULL_HEADER: Final = 12
_SHORT_HEADER: Final = 8

type Header = tuple[int, bytes, int, int]
"""(tag, VR or b"" if the file has none, first byte of the value, value length)"""


class Window:
    """One range of the source, and how much work the scan has done.

    Attributes
    ----------
    data, base : the bytes in the window, and the position of the first one in the file.
    size : bytes of the source.
    guesses : number of VRs whose form had to be found out.
    """

    __slots__ = ("_passed", "_readings", "base", "data", "guesses", "size", "source")

    def __init__(self, source: Source, base: int = 0) -> None:
        """Start with an empty window."""
        self.source = source
        self.size = source.size
        self.data = b""
        self.base = base
        self.guesses = 0
        self._passed = 0
        self._readings: dict[Encoding, Readings] = {}

    def holds(self, start: int, end: int) -> bool:
        """Tell whether ``[start, end)``, clipped to the source, is in the window."""
        return self.base <= start and min(end, self.size) <= self.base + len(self.data)

    def hold(self, start: int, end: int, count: int = WINDOW) -> None:
        """Bring ``[start, end)``, clipped to the source, into the window; if it moves, it becomes ``count`` bytes wide."""
        if not self.holds(start, end):
            self.data = self.source.read(start, min(start + max(count, end - start), self.size))
            self.base = start

    def bytes_at(self, start: int, count: int) -> bytes:
        """Return up to ``count`` bytes, without moving the window."""
        end = min(start + count, self.size)
        if self.holds(start, end):
            return self.data[start - self.base : end - self.base]
        return self.source.read(start, end)

    def readings(self, encoding: Encoding) -> Readings:
        """Return what is known so far about unknown VRs in an encoding; later searches continue from it."""
        if encoding not in self._readings:
            self._readings[encoding] = Readings(self.bytes_at, self.size, encoding)
        return self._readings[encoding]

    def pass_items(self, count: int, offset: int) -> None:
        """Count what was passed inside sequences, and raise an error at the limit."""
        self._passed += count
        if self._passed > MAX_ITEMS:
            msg = f"the data set holds more than {MAX_ITEMS} items, which is the limit"
            raise LimitExceededError(msg, offset=offset, expected=MAX_ITEMS)


def read_header(window: Window, position: int, encoding: Encoding) -> Header:
    """Read one element's header, which must be in the window as far as the source goes.

    Raises
    ------
    TruncatedError : the source ends inside the header.
    MalformedDataSetError : the VR is unknown, and either no reading of it fits or more than one.
    """
    offset = position - window.base
    unpack_header, unpack_length = encoding.structs()
    left = window.size - position
    if left < _SHORT_HEADER:
        msg = "the file ends inside an element's header"
        raise TruncatedError(msg, offset=position)
    group, element, vr, length = unpack_header.unpack_from(window.data, offset)
    tag = group << 16 | element
    if encoding.is_implicit or group == 0xFFFE:
        return tag, b"", position + 8, unpack_length.unpack_from(window.data, offset + 4)[0]
    if vr in SHORT_VRS:
        return tag, vr, position + 8, length
    if vr in LONG_VRS:
        if left < FULL_HEADER:
            msg = "the file ends inside an element's header"
            raise TruncatedError(msg, offset=position, tag=tag)
        return tag, vr, position + 12, unpack_length.unpack_from(window.data, offset + 8)[0]
    window.guesses += 1
    return window.readings(encoding).choose(position)


def require_inside(window: Window, header: Header) -> int:
    """Return where a value of defined length ends; it must end inside the source."""
    tag, vr, value, length = header
    if length == UNDEFINED_LENGTH:
        msg = "an element has an undefined length, which its VR does not allow"
        raise MalformedDataSetError(msg, offset=value, tag=tag, vr=vr.decode("latin-1"))
    if value + length > window.size:
        msg = "an element's length goes beyond the end of the file"
        raise TruncatedError(msg, offset=value, tag=tag, expected=value + length, found=window.size)
    return value + length
