"""compare_dicom(): say exactly in which elements two DICOM files differ.

Theory of operation. This module checks the work of the rest of the package. `listing` reads the files for it with pydicom,
and shares no code with the scan. Each file becomes a gapless list of top-level elements, with the preamble and prefix before
it and the bytes after the last element behind it. Elements are aligned by tag and occurrence, by merging both lists in tag
order. Runs of aligned elements are compared byte by byte in chunks, so the files can be larger than memory. Runs that differ
are halved, down to single elements. A deflated data set is inflated first. Everything that is not in the list of differences
is equal, byte for byte.

The result never has values, only tags, VRs, lengths and positions.
"""

import os
from array import array
from collections import Counter
from collections.abc import Buffer, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BufferedReader, BytesIO, RawIOBase
from itertools import pairwise
from typing import BinaryIO, Literal, NamedTuple, cast

from dicom_overlay.inputs import Input, hold_object, is_path, open_path
from dicom_overlay.replacing import file_errors

from .listing import Listing, list_elements


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementDifference:
    """One element in which the files differ.

    Attributes
    ----------
    kind : "added" means only in the second file, "removed" only in the first,
        "changed" in both, but with different bytes.
    tag : group << 16 | element.
    occurrence : 0 for the first element of that tag, 1 for its duplicate, …
    vrs, lengths, offsets : in the first and in the second file. The length is that
        of the value with its delimiters; the offset is that of the tag.
    """

    kind: Literal["added", "removed", "changed"]
    tag: int
    occurrence: int
    vrs: tuple[str | None, str | None]
    lengths: tuple[int | None, int | None]
    offsets: tuple[int | None, int | None]

    def __str__(self) -> str:
        """Return one line for people to read, without any value."""
        tag = f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})"
        vr = " -> ".join(dict.fromkeys(v or "--" for v in self.vrs if v is not None))
        length = " -> ".join(dict.fromkeys(str(n) for n in self.lengths if n is not None))
        again = f", occurrence {self.occurrence + 1}" if self.occurrence else ""
        return f"{self.kind} {tag} {vr}, {length} bytes{again}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What `compare_dicom` found.

    Attributes
    ----------
    differences : the elements that differ, in tag order.
    other_bytes_equal : whether everything else is equal byte for byte: preamble,
        prefix, all other elements, their order, and the bytes after the last element.
    inflated : whether at least one data set was inflated for the comparison.
    """

    differences: tuple[ElementDifference, ...]
    other_bytes_equal: bool
    inflated: bool

    @property
    def identical(self) -> bool:
        """Whether the (inflated) files are equal byte for byte."""
        return self.other_bytes_equal and not self.differences

    def tags(self, kind: Literal["added", "removed", "changed"]) -> tuple[int, ...]:
        """Return the tags that were added, removed or changed."""
        return tuple(each.tag for each in self.differences if each.kind == kind)

    @property
    def groups(self) -> frozenset[int]:
        """The groups of all elements that differ."""
        return frozenset(each.tag >> 16 for each in self.differences)


def compare_dicom(a: Input, b: Input) -> Comparison:
    """Compare two DICOM files element by element, at the top level.

    Parameters
    ----------
    a, b : paths, bytes, or binary file objects that can seek, whose positions are restored. The files are read in chunks; a
        deflated one is inflated in memory.

    Returns
    -------
    Comparison

    Raises
    ------
    FileAccessError : a file cannot be read.
    NotDicomError, MalformedDataSetError, TruncatedError : pydicom cannot read a file, so the files cannot be compared.
    LimitExceededError : an inflated data set is too large.
    """
    with ExitStack() as stack:
        streams = [_open(data, name, stack) for name, data in (("a", a), ("b", b))]
        with file_errors("compared"):
            return _compare(*map(list_elements, streams))


def _open(data: Input, name: str, stack: ExitStack) -> BinaryIO:
    if is_path(data):
        return stack.enter_context(open_path(os.fspath(data)))
    try:
        return BytesIO(memoryview(cast("Buffer", data)).tobytes())
    except (TypeError, ValueError):
        file = cast("BinaryIO", data)
    stack.enter_context(hold_object(file, name))
    if not isinstance(file, RawIOBase):
        return file
    # A raw file may return fewer bytes than asked for, which pydicom takes for the end of the file.
    reader = BufferedReader(file)
    stack.callback(reader.detach)
    return reader


def _compare(a: Listing, b: Listing) -> Comparison:
    pairs, is_ordered = _align(a, b)
    places: list[tuple[int | None, int | None]] = [(left, None) for left in pairs.removed] + [
        (None, right) for right in pairs.added
    ]
    for first, second, count in pairs.stretches:
        places += _differing(a, first, b, second, count)
    occurrences = _occurrences(a, [left for left, _ in places]), _occurrences(b, [right for _, right in places])
    differences = [_difference(a, left, b, right, occurrences) for left, right in places]
    differences.sort(key=lambda each: (each.tag, each.occurrence))
    return Comparison(
        differences=tuple(differences),
        other_bytes_equal=is_ordered
        and _equal(a, (0, a.starts[0]), b, (0, b.starts[0]))
        and _equal(a, (a.starts[-1], a.size), b, (b.starts[-1], b.size))
        and a.after_stream == b.after_stream,
        inflated=a.is_inflated or b.is_inflated,
    )


class _Pairs(NamedTuple):
    """The elements of two lists that belong together.

    Attributes
    ----------
    stretches : (first index in list a, first index in list b, count) of elements that follow each other in both lists.
    removed, added : indices of elements that are only in list a, or only in list b.
    """

    stretches: list[tuple[int, int, int]]
    removed: list[int]
    added: list[int]


def _align(a: Listing, b: Listing) -> tuple[_Pairs, bool]:
    """Pair elements by tag and occurrence, and tell whether the pairs are in the same order in both."""
    left, right = (sorted(range(len(listing.tags)), key=listing.tags.__getitem__) for listing in (a, b))
    partner, added, j = array("q", [-1]) * len(left), list[int](), 0
    for place in left:
        while j < len(right) and b.tags[right[j]] < a.tags[place]:
            added.append(right[j])
            j += 1
        if j < len(right) and b.tags[right[j]] == a.tags[place]:
            partner[place] = right[j]
            j += 1
    added.extend(right[j:])
    stretches, first, second, count = list[tuple[int, int, int]](), 0, 0, 0
    for place, other in enumerate(partner):
        if other < 0:
            continue
        if (place, other) != (first + count, second + count):
            stretches.append((first, second, count))
            first, second, count = place, other, 0
        count += 1
    stretches.append((first, second, count))
    removed = [place for place, other in enumerate(partner) if other < 0]
    is_ordered = all(one[1] < other[1] for one, other in pairwise(each for each in stretches if each[2]))
    return _Pairs(stretches, removed, added), is_ordered


def _occurrences(listing: Listing, places: Iterable[int | None]) -> dict[int, int]:
    """Return for each element how many elements with its tag come before it."""
    wanted = {listing.tags[place] for place in places if place is not None}
    seen: Counter[int] = Counter()
    found: dict[int, int] = {}
    for place, tag in enumerate(listing.tags if wanted else ()):
        if tag in wanted:
            found[place] = seen[tag]
            seen[tag] += 1
    return found


def _differing(a: Listing, first: int, b: Listing, second: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs in a stretch whose bytes differ."""
    left = a.starts[first], a.starts[first + count]
    right = b.starts[second], b.starts[second + count]
    if _equal(a, left, b, right):
        return
    if count == 1:
        yield first, second
        return
    half = count // 2
    yield from _differing(a, first, b, second, half)
    yield from _differing(a, first + half, b, second + half, count - half)


def _difference(
    a: Listing, left: int | None, b: Listing, right: int | None, occurrences: tuple[dict[int, int], ...]
) -> ElementDifference:
    ends = [
        (None, None, None) if place is None else (*listing.describe(place), listing.starts[place + 1])
        for listing, place in ((a, left), (b, right))
    ]
    lengths = [None if value is None or end is None else end - value for _, value, end in ends]
    place, listing, count = (right or 0, b, occurrences[1]) if left is None else (left, a, occurrences[0])
    return ElementDifference(
        kind="added" if left is None else "removed" if right is None else "changed",
        tag=listing.tags[place],
        occurrence=count[place],
        vrs=(ends[0][0], ends[1][0]),
        lengths=(lengths[0], lengths[1]),
        offsets=(None if left is None else a.starts[left], None if right is None else b.starts[right]),
    )


def _equal(a: Listing, left: tuple[int, int], b: Listing, right: tuple[int, int]) -> bool:
    if left[1] - left[0] != right[1] - right[0]:
        return False
    pairs = zip(a.chunks(*left), b.chunks(*right), strict=True)
    return all(one == other for one, other in pairs)
