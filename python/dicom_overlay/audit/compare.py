"""compare_dicom(): say exactly in which elements two DICOM files differ.

Theory of operation. This module is the package's auditor; `tokens` and `walk` read the files for it,
with neither code nor approach of the scan. Each file becomes a gapless list of top-level
elements between two leftovers: the preamble with its prefix, and what follows the last
element. Elements are aligned by tag and occurrence, and their bytes compared in chunks, so
the files may be larger than memory. A deflated data set is inflated first. What is not in
the list of differences is equal, byte for byte.

No value is ever put in the result: only tags, VRs, lengths and positions.
"""

import os
from collections.abc import Buffer
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from stat import S_ISREG
from typing import BinaryIO, Literal

from dicom_overlay.errors import FileAccessError, InvalidRequestError

from .tokens import DicomTokens, tokenize
from .walk import Token, access_error

type _Input = str | os.PathLike[str] | Buffer | BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementDifference:
    """One element in which the files differ.

    Attributes
    ----------
    kind : "added" stands only in the second file, "removed" only in the first,
        "changed" in both with other bytes.
    tag : group << 16 | element.
    occurrence : 0 for the first element of that tag, 1 for its duplicate, …
    vrs, lengths, offsets : of the first and of the second file; the length counts
        all bytes of the value with delimiters, the offset is that of the tag.
    """

    kind: Literal["added", "removed", "changed"]
    tag: int
    occurrence: int
    vrs: tuple[str | None, str | None]
    lengths: tuple[int | None, int | None]
    offsets: tuple[int | None, int | None]

    def __str__(self) -> str:
        """Return one line without any value, for a person."""
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
        prefix, all other elements, their order, and what follows the last element.
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


def compare_dicom(a: _Input, b: _Input) -> Comparison:
    """Compare two DICOM files element by element, at the top level.

    Parameters
    ----------
    a, b : paths, bytes, or binary file objects that can seek. The files are read in chunks; a deflated one is inflated
        in memory.

    Returns
    -------
    Comparison

    Raises
    ------
    FileAccessError : a file cannot be read.
    NotDicomError, MalformedDataSetError, TruncatedError : no list of elements can be
        made of a file, so nothing can be promised about it.
    LimitExceededError : a deflated file inflates too far.
    """
    with ExitStack() as stack:
        first, second = (tokenize(_open(path, stack)) for path in (a, b))
        return _compare(first, second)


def _open(path: _Input, stack: ExitStack) -> BinaryIO:
    if not isinstance(path, (str, os.PathLike)):
        try:
            return BytesIO(memoryview(path).tobytes())  # type: ignore[arg-type]  # a file object is not a buffer
        except (TypeError, ValueError):
            return _require_seekable(path)  # type: ignore[arg-type]  # what is not one either is refused there
    try:
        # Asked before opening: opening a pipe waits for somebody who writes to it.
        is_regular = S_ISREG(os.stat(path).st_mode)
        if is_regular:
            return stack.enter_context(open(path, "rb"))
    except (OSError, ValueError) as error:
        raise access_error(error) from None
    msg = "a regular file is needed"
    raise FileAccessError(msg, reason="ENOTREG")


def _require_seekable(file: BinaryIO) -> BinaryIO:
    """Return a file object that is open, binary and can seek."""
    if not hasattr(file, "read") or not hasattr(file, "seek"):
        msg = f"a path, bytes or a binary file object is needed, not {type(file).__name__}"
        raise TypeError(msg)
    try:
        file.seek(0)
        if isinstance(file.read(0), bytes):
            return file
        found = "text"
    except (OSError, ValueError):
        found = "closed" if getattr(file, "closed", False) else "not seekable"
    msg = "a file object that is open, binary and can seek is needed"
    raise InvalidRequestError(msg, found=found)


def _compare(a: DicomTokens, b: DicomTokens) -> Comparison:
    left, right = _by_occurrence(a), _by_occurrence(b)
    differences = [
        _difference(key, left.get(key), right.get(key))
        for key in sorted(left.keys() | right.keys())
        if not _same(a, left.get(key), b, right.get(key))
    ]
    common_left = [key for key in left if key in right]
    common_right = [key for key in right if key in left]
    starts = tuple(each.elements[0].start if each.elements else each.end for each in (a, b))
    others = (
        common_left == common_right
        and _equal_ranges(a, (0, starts[0]), b, (0, starts[1]))
        and _equal_ranges(a, (a.end, a.size), b, (b.end, b.size))
        and a.after_stream == b.after_stream
    )
    return Comparison(differences=tuple(differences), other_bytes_equal=others, inflated=a.deflated or b.deflated)


_Key = tuple[int, int]


def _by_occurrence(tokens: DicomTokens) -> dict[_Key, Token]:
    seen: dict[int, int] = {}
    result: dict[_Key, Token] = {}
    for token in tokens.elements:
        count = seen.get(token.tag, 0)
        seen[token.tag] = count + 1
        result[token.tag, count] = token
    return result


def _difference(key: _Key, left: Token | None, right: Token | None) -> ElementDifference:
    kind: Literal["added", "removed", "changed"] = (
        "added" if left is None else "removed" if right is None else "changed"
    )
    return ElementDifference(
        kind=kind,
        tag=key[0],
        occurrence=key[1],
        vrs=(left and left.vr, right and right.vr),
        lengths=(left and left.end - left.value, right and right.end - right.value),
        offsets=(left and left.start, right and right.start),
    )


def _same(a: DicomTokens, left: Token | None, b: DicomTokens, right: Token | None) -> bool:
    if left is None or right is None:
        return False
    return _equal_ranges(a, (left.start, left.end), b, (right.start, right.end))


def _equal_ranges(a: DicomTokens, left: tuple[int, int], b: DicomTokens, right: tuple[int, int]) -> bool:
    if left[1] - left[0] != right[1] - right[0]:
        return False
    pairs = zip(a.chunks(*left), b.chunks(*right), strict=True)
    return all(one == other for one, other in pairs)
