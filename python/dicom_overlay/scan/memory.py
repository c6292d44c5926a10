"""Remember the last file's headers, so that the next one like it need not be walked.

Theory of operation. What a walk does depends on the headers it meets (tag, VR, length) and on nothing else. Files of a
series have the same headers; a few values differ in length and shift what follows. So the headers of a stretch of plain
elements are one pattern of bytes with the values as gaps: where it fits, at whatever position, the walk is the one that
was done before. Where it fits up to some element, it is used up to there; that element is walked, and the rest of the
pattern is tried behind it. This is exact: nothing is taken that was not compared byte for byte.
"""

from collections.abc import Collection
from struct import Struct
from typing import Final, NamedTuple

from .elements import Row
from .encoding import Encoding
from .facts import FACTS, MAX_FACT, META_FACTS
from .header import WINDOW, Window

__all__ = ["MAX_TRIES", "Match", "Memory", "RowMemory"]

MAX_TRIES: Final = 16
"""How often a walk goes back to the pattern behind an element that differs."""

_MAX_PATTERNS: Final = 64


class Match(NamedTuple):
    """Elements of the remembered row that stand in another file with the same headers.

    Attributes
    ----------
    row : the remembered elements.
    first, last : places in the row, ``last`` exclusive.
    shift : bytes further on than they stand in the remembered file.
    values : what is kept of them, by tag.
    """

    row: Row
    first: int
    last: int
    shift: int
    values: dict[int, bytes]


class _Pattern(NamedTuple):
    headers: Struct
    expected: tuple[bytes, ...]
    values: Struct
    tags: tuple[int, ...]


class RowMemory:
    """A row of elements, and patterns of its headers from some element on."""

    def __init__(self, facts: frozenset[int]) -> None:
        """Remember nothing yet; ``facts`` are the tags whose values are kept."""
        self.row: Row | None = None
        self._facts = facts
        self._encoding: Encoding | None = None
        self._special: Collection[int] = ()
        self._window = b""
        self._base = 0
        self._patterns: dict[int, _Pattern] = {}

    def keep(self, row: Row, encoding: Encoding, window: bytes, base: int, special: Collection[int]) -> None:
        """Remember a file: its row, the bytes ``window`` that stood at ``base``, and the places that are not plain."""
        self.row, self._encoding, self._window, self._base = row, encoding, window[:WINDOW], base
        self._special = special
        self._patterns = {}

    def fits(self, encoding: Encoding) -> bool:
        """Tell whether there is a row, written in that encoding."""
        return self.row is not None and encoding == self._encoding

    def match(self, window: Window, position: int, place: int) -> Match | None:
        """Return the elements of the row, from ``place`` on, that stand at ``position`` with the same headers.

        All their headers and kept values are in the window, and their values end inside the source.
        """
        row = self.row
        if row is None or place >= len(row.elements):
            return None
        pattern = self._pattern(row, place)
        data, offset = window.data, position - window.base
        room = len(data) - offset
        if not pattern.expected or room < pattern.headers.size or room < pattern.values.size:
            return None
        if not data.startswith(pattern.expected[0], offset):
            return None
        found = pattern.headers.unpack_from(data, offset)
        count, shift = len(pattern.expected), position - row.elements[place].start
        if found != pattern.expected:
            pairs = zip(found, pattern.expected, strict=True)
            count = next(at for at, (one, other) in enumerate(pairs) if one != other)
        if count and row.elements[place + count - 1].end + shift > window.size:
            count -= 1
        if not count:
            return None
        if count == len(pattern.expected):
            values = dict(zip(pattern.tags, pattern.values.unpack_from(data, offset), strict=True))
        else:
            values = self._values(row, window, range(place, place + count), shift)
        return Match(row, place, place + count, shift, values)

    def _values(self, row: Row, window: Window, places: range, shift: int) -> dict[int, bytes]:
        """Return what is kept of these elements, of duplicates the first."""
        values: dict[int, bytes] = {}
        shift -= window.base
        for place in places:
            tag, _, _, value, end = row.elements[place]
            if tag in self._facts and tag not in values:
                values[tag] = window.data[value + shift : min(end, value + MAX_FACT) + shift]
        return values

    def _pattern(self, row: Row, place: int) -> _Pattern:
        """Return the pattern of the plain elements from ``place`` on, as far as the remembered window reaches."""
        pattern = self._patterns.get(place)
        if pattern is not None:
            return pattern
        if len(self._patterns) >= _MAX_PATTERNS:
            self._patterns.clear()
        held = self._base + len(self._window)
        headers, expected, values, tags = ["<"], list[bytes](), ["<"], dict[int, None]()
        reached = kept_end = row.elements[place].start
        for at in range(place, len(row.elements)):
            tag, _, start, value, end = row.elements[at]
            kept = min(end, value + MAX_FACT) if tag in self._facts else value
            if at in self._special or kept > held:
                break
            headers.append(f"{start - reached}x{value - start}s")
            expected.append(self._window[start - self._base : value - self._base])
            reached = value
            if tag in self._facts and tag not in tags:
                values.append(f"{value - kept_end}x{kept - value}s")
                tags[tag], kept_end = None, kept
        pattern = _Pattern(Struct("".join(headers)), tuple(expected), Struct("".join(values)), tuple(tags))
        self._patterns[place] = pattern
        return pattern


class Memory:
    """What a scanner remembers of the last file; not for several threads.

    Attributes
    ----------
    meta, data_set : the rows of the meta information and of the data set.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.meta = RowMemory(META_FACTS)
        self.data_set = RowMemory(FACTS)
