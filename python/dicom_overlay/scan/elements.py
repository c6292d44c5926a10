"""A data set's top-level elements, and how to look them up.

Only depth 0 is recorded, because icon images and private sequences can have their own Pixel Data and overlay groups.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial
from operator import itemgetter
from typing import Final, NamedTuple


class Element(NamedTuple):
    """Where a top-level element is; positions count bytes from the start of the file.

    Attributes
    ----------
    tag : group << 16 | element.
    vr : two letters, or b"" if the file has no VR here.
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

    @property
    def length(self) -> int:
        """Bytes of the value, including delimiters."""
        return self.end - self.value


# NamedTuple's own constructor takes three times as long.
_MAKE_ELEMENT: Final = partial(tuple.__new__, Element)
_TAG: Final = itemgetter(0)

type Row = tuple[int, bytes, int, int, int]
"""An `Element` as a plain tuple, which is cheaper to make: (tag, VR, start, value, end)."""


class Elements:
    """Top-level elements in file order. Indexes are made when they are first needed, and then kept."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        """Take (tag, VR, start, value, end) of each element."""
        self.rows: Sequence[Row] = rows if isinstance(rows, list) else tuple(rows)

    def __len__(self) -> int:
        """Count the elements."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Element]:
        """Yield each element."""
        return map(_MAKE_ELEMENT, self.rows)

    @cached_property
    def _tags(self) -> list[int]:
        return list(map(_TAG, self.rows))

    @cached_property
    def _is_ordered(self) -> bool:
        """Whether no tag is smaller than the one before it, as PS3.5 section 7.1 asks."""
        return self._tags == sorted(self._tags)

    def has(self, tag: int) -> bool:
        """Tell whether there is an element with that tag."""
        return self.find(tag) is not None

    def find(self, tag: int) -> Element | None:
        """Return the first element with a tag."""
        if self._is_ordered:
            place = bisect_left(self._tags, tag)
            return self._at(place) if place < len(self.rows) and self._tags[place] == tag else None
        return self._at(self._tags.index(tag)) if tag in self._tags else None

    def first_above(self, tag: int) -> Element | None:
        """Return the first element in file order with a greater tag."""
        if self._is_ordered:
            place = bisect_right(self._tags, tag)
            return self._at(place) if place < len(self.rows) else None
        return next((_MAKE_ELEMENT(row) for row in self.rows if row[0] > tag), None)

    def all_of(self, tag: int) -> tuple[Element, ...]:
        """Return all elements with a tag, including duplicates."""
        return self._between(tag, tag)

    def of_group(self, group: int) -> tuple[Element, ...]:
        """Return all elements of a group, wherever they are."""
        return self._between(group << 16, group << 16 | 0xFFFF)

    def overlay_groups(self) -> tuple[int, ...]:
        """Return the even groups 0x6000 … 0x60FE that have elements, ascending."""
        found = {element[0] >> 16 for element in self._between(0x60000000, 0x60FFFFFF)}
        return tuple(sorted(group for group in found if group % 2 == 0))

    def _at(self, place: int) -> Element:
        return _MAKE_ELEMENT(self.rows[place])

    def _between(self, low: int, high: int) -> tuple[Element, ...]:
        if self._is_ordered:
            rows = self.rows[bisect_left(self._tags, low) : bisect_right(self._tags, high)]
            return tuple(map(_MAKE_ELEMENT, rows))
        return tuple(_MAKE_ELEMENT(row) for row in self.rows if low <= row[0] <= high)
