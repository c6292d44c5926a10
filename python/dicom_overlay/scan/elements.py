"""A data set's top-level elements as values: one, a row of them, and runs of rows that stand elsewhere.

Only depth 0 is recorded: icon images and private sequences hold look-alikes of Pixel Data and of overlay groups.

Two files of a series have the same elements at shifted positions. `Elements` therefore holds runs: a stretch of a row that
may have been walked in another file, and how far it is shifted here. Positions are worked out when they are asked for.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial
from operator import itemgetter
from typing import Final, NamedTuple

__all__ = ["Element", "Elements", "Row", "Run"]


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

    @property
    def length(self) -> int:
        """Bytes of the value, delimiters included."""
        return self.end - self.value


# NamedTuple's own constructor takes each field by name, at three times the cost.
_MAKE_ELEMENT: Final = partial(tuple.__new__, Element)
_TAG: Final = itemgetter(0)
_LAST_TAG: Final = 0xFFFFFFFF


class Row:
    """Elements in file order as one walk found them; what is looked up in them is worked out once."""

    def __init__(self, rows: Iterable[tuple[int, bytes, int, int, int]]) -> None:
        """Take (tag, VR, start, value, end) of each element."""
        self.elements: tuple[Element, ...] = tuple(map(_MAKE_ELEMENT, rows))

    @cached_property
    def tags(self) -> tuple[int, ...]:
        """The tag of each element."""
        return tuple(map(_TAG, self.elements))

    @cached_property
    def places(self) -> dict[int, int]:
        """Where in the row each tag stands first."""
        return dict(zip(reversed(self.tags), range(len(self.tags) - 1, -1, -1), strict=True))

    @cached_property
    def is_ordered(self) -> bool:
        """Whether no tag is smaller than the one before it, as PS3.5 section 7.1 asks."""
        return list(self.tags) == sorted(self.tags)

    def between(self, low: int, high: int, first: int, last: int) -> Sequence[int]:
        """Return the places in ``[first, last)`` of the tags ``low`` to ``high``, both included."""
        if self.is_ordered:
            return range(bisect_left(self.tags, low, first, last), bisect_right(self.tags, high, first, last))
        return [place for place in range(first, last) if low <= self.tags[place] <= high]


class Run(NamedTuple):
    """The elements ``[first, last)`` of a row, ``shift`` bytes further on than they stand there."""

    row: Row
    first: int
    last: int
    shift: int

    def at(self, place: int) -> Element:
        """Return one element where it stands in this file."""
        element = self.row.elements[place]
        if not self.shift:
            return element
        tag, vr, start, value, end = element
        return _MAKE_ELEMENT((tag, vr, start + self.shift, value + self.shift, end + self.shift))

    def find(self, tag: int) -> int | None:
        """Return the place of the tag's first element in this run."""
        place = self.row.places.get(tag)
        if place is None or place >= self.last:
            return None
        if place >= self.first:
            return place
        return next(iter(self.row.between(tag, tag, self.first, self.last)), None)

    def first_above(self, tag: int) -> int | None:
        """Return the place of the first element with a greater tag."""
        return next(iter(self.row.between(tag + 1, _LAST_TAG, self.first, self.last)), None)


class Elements:
    """Top-level elements in file order."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        """Join runs that follow each other in the file."""
        self.runs = tuple(runs)

    def __len__(self) -> int:
        """Count the elements."""
        return sum(run.last - run.first for run in self.runs)

    def __iter__(self) -> Iterator[Element]:
        """Yield each element where it stands in this file."""
        for run in self.runs:
            if run.shift:
                yield from map(run.at, range(run.first, run.last))
            else:
                yield from run.row.elements[run.first : run.last]

    def has(self, tag: int) -> bool:
        """Tell whether an element of that tag is there."""
        return any(run.find(tag) is not None for run in self.runs)

    def find(self, tag: int) -> Element | None:
        """Return the first element of a tag."""
        for run in self.runs:
            place = run.find(tag)
            if place is not None:
                return run.at(place)
        return None

    def first_above(self, tag: int) -> Element | None:
        """Return the first element, in file order, with a greater tag."""
        for run in self.runs:
            place = run.first_above(tag)
            if place is not None:
                return run.at(place)
        return None

    def all_of(self, tag: int) -> tuple[Element, ...]:
        """Return every element of a tag, duplicates too."""
        return self._between(tag, tag)

    def of_group(self, group: int) -> tuple[Element, ...]:
        """Return all elements of a group, wherever they stand."""
        return self._between(group << 16, group << 16 | 0xFFFF)

    def overlay_groups(self) -> tuple[int, ...]:
        """Return the even groups 0x6000 … 0x60FE that have elements, ascending."""
        found = {element[0] >> 16 for element in self._between(0x60000000, 0x60FFFFFF)}
        return tuple(sorted(group for group in found if group % 2 == 0))

    def _between(self, low: int, high: int) -> tuple[Element, ...]:
        return tuple(run.at(place) for run in self.runs for place in run.row.between(low, high, run.first, run.last))
