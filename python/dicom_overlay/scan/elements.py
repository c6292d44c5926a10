"""A data set's top-level elements as values: one, a row of them, and runs of rows that stand elsewhere.

Only depth 0 is recorded: icon images and private sequences hold look-alikes of Pixel Data and of overlay groups.

Two files of a series have the same elements at shifted positions. `Elements` therefore holds runs: a stretch of a row that
may have been walked in another file, and how far it is shifted here. Positions are worked out when they are asked for.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
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


class Row:
    """Elements in file order as one walk found them; what is looked up in them is worked out once."""

    def __init__(self, rows: Iterable[tuple[int, bytes, int, int, int]]) -> None:
        """Take (tag, VR, start, value, end) of each element."""
        self.elements: tuple[Element, ...] = tuple(map(_MAKE_ELEMENT, rows))

    @cached_property
    def tags(self) -> tuple[int, ...]:
        """The tag of each element."""
        return tuple(element[0] for element in self.elements)

    @cached_property
    def places(self) -> dict[int, int]:
        """Where in the row each tag stands first."""
        last = len(self.elements) - 1
        return {tag: last - place for place, tag in enumerate(reversed(self.tags))}

    @cached_property
    def groups(self) -> frozenset[int]:
        """The groups that have elements."""
        return frozenset(tag >> 16 for tag in self.tags)

    @cached_property
    def overlay_groups(self) -> tuple[int, ...]:
        """The even groups 0x6000 … 0x60FE that have elements."""
        return tuple(group for group in sorted(self.groups) if 0x6000 <= group <= 0x60FE and group % 2 == 0)

    @cached_property
    def is_ascending(self) -> bool:
        """Whether the tags ascend, as PS3.5 section 7.1 asks."""
        return all(left < right for left, right in zip(self.tags, self.tags[1:], strict=False))


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
        return next((p for p in range(self.first, self.last) if self.row.tags[p] == tag), None)

    def first_above(self, tag: int) -> int | None:
        """Return the place of the first element with a greater tag."""
        if self.row.is_ascending:
            place = bisect_right(self.row.tags, tag, self.first, self.last)
            return place if place < self.last else None
        return next((p for p in range(self.first, self.last) if self.row.tags[p] > tag), None)


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
        return tuple(element for element in self.of_group(tag >> 16) if element.tag == tag)

    def of_group(self, group: int) -> tuple[Element, ...]:
        """Return all elements of a group, wherever they stand."""
        return tuple(
            run.at(place)
            for run in self.runs
            if group in run.row.groups
            for place in range(run.first, run.last)
            if run.row.tags[place] >> 16 == group
        )

    def overlay_groups(self) -> tuple[int, ...]:
        """Return the even groups 0x6000 … 0x60FE that have elements, ascending."""
        near = {group for run in self.runs for group in run.row.overlay_groups}
        return tuple(group for group in sorted(near) if self.of_group(group))
