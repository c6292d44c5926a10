"""Remember the last file's headers, so that the next one like it need not be walked.

Theory of operation. What a walk does depends on the headers it meets (tag, VR, length) and on nothing else. Files of a
series have the same headers; a few values differ in length and shift what follows. So the headers of a stretch of plain
elements are one pattern of bytes with the values as gaps: where it fits, at whatever position, the walk is the one that
was done before. Where it fits up to some element, it is used up to there; that element is walked, and the rest of the
pattern is tried behind it. This is exact: nothing is taken that was not compared byte for byte.
"""

from struct import Struct
from typing import Final

from .elements import Row
from .encoding import Encoding
from .facts import FACTS, MAX_FACT
from .header import WINDOW, Window

__all__ = ["MAX_TRIES", "Memory"]

MAX_TRIES: Final = 16
"""How often a walk goes back to the pattern behind an element that differs."""

_MAX_PATTERNS: Final = 64
_Pattern = tuple[Struct, tuple[bytes, ...], int]


class Memory:
    """The last file's row of elements, and patterns of its headers from some element on. Not for several threads."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.row: Row | None = None
        self.facts: tuple[int, ...] = ()
        self._encoding: Encoding | None = None
        self._special: frozenset[int] = frozenset()
        self._window = b""
        self._base = 0
        self._patterns: dict[int, _Pattern] = {}

    def keep(self, row: Row, encoding: Encoding, window: bytes, base: int, special: frozenset[int]) -> None:
        """Remember a file: its row, the bytes ``window`` that stood at ``base``, and the places that are not plain."""
        self.row, self._encoding, self._window, self._base = row, encoding, window[:WINDOW], base
        self.facts = tuple(place for place, element in enumerate(row.elements) if element[0] in FACTS)
        self._special = special
        self._patterns = {}

    def fits(self, encoding: Encoding) -> bool:
        """Tell whether there is a row, written in that encoding."""
        return self.row is not None and encoding == self._encoding

    def match(self, window: Window, position: int, place: int) -> int:
        """Return how many elements of the row, from ``place`` on, stand at ``position`` with the same headers.

        All their headers are in the window, and their values end inside the source.
        """
        row = self.row
        if row is None or place >= len(row.elements):
            return 0
        structure, expected, kept_end = self._pattern(row, place)
        offset = position - window.base
        first = row.elements[place]
        if not expected or window.data[offset : offset + 8] != expected[0][:8]:
            return 0
        shift = position - first.start
        if offset + structure.size > len(window.data) or kept_end + shift > window.base + len(window.data):
            return 0
        found = structure.unpack_from(window.data, offset)
        count = len(expected)
        if found != expected:
            count = next(at for at, (one, other) in enumerate(zip(found, expected, strict=True)) if one != other)
        if count and row.elements[place + count - 1].end + shift > window.size:
            count -= 1
        return count

    def _pattern(self, row: Row, place: int) -> _Pattern:
        """Return the pattern of the plain elements from ``place`` on, and where the last kept value in it ends."""
        pattern = self._patterns.get(place)
        if pattern is not None:
            return pattern
        if len(self._patterns) >= _MAX_PATTERNS:
            self._patterns.clear()
        held = self._base + len(self._window)
        form, expected, reached, kept_end = ["<"], list[bytes](), None, 0
        for at in range(place, len(row.elements)):
            tag, _, start, value, end = row.elements[at]
            is_fact, kept = tag in FACTS, min(end, value + MAX_FACT)
            if at in self._special or value > held or (is_fact and kept > held):
                break
            form.append(f"{start - (start if reached is None else reached)}x{value - start}s")
            expected.append(self._window[start - self._base : value - self._base])
            reached = value
            kept_end = kept if is_fact else kept_end
        pattern = self._patterns[place] = (Struct("".join(form)), tuple(expected), kept_end)
        return pattern
