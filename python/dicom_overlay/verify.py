"""compare_dicom(): say exactly in which elements two DICOM files differ.

Theory of operation. This module is the package's auditor, so it shares neither code
nor approach with `layout`. It reads the file itself instead of being fed windows; it
learns the encoding by walking the whole data set in each candidate (the declared one
first) until one walk reaches the end, instead of peeking at the first element; and
it leaves a value of undefined length by counting brackets (items and delimiters)
instead of following the grammar. A deflated data set is inflated first.

Each file becomes a gapless list of top-level elements between two leftovers: the
preamble with its prefix, and what follows the last element. Elements are aligned by
tag and occurrence, and their bytes compared in chunks, so the files may be larger
than memory. What is not in the list of differences is equal, byte for byte.

No value is ever put in the result: only tags, VRs, lengths and positions.
"""

import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final, Literal, NamedTuple

from .errors import (
    FileAccessError,
    LimitExceededError,
    MalformedDataSetError,
    NotDicomError,
    TruncatedError,
)

__all__ = ["Comparison", "DicomTokens", "ElementDifference", "Token", "compare_dicom", "tokenize"]

_MAX_INFLATED: Final = 512 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_UNDEFINED: Final = 0xFFFFFFFF
_LONG: Final = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
_SHORT: Final = frozenset(
    [
        "AE",
        "AS",
        "AT",
        "CS",
        "DA",
        "DS",
        "DT",
        "FD",
        "FL",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "SL",
        "SS",
        "ST",
        "TM",
        "UI",
        "UL",
        "US",
    ]
)
_DEFLATED: Final = (b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.4.95", b"1.2.840.10008.1.2.4.205")
_IMPLICIT_UID: Final = b"1.2.840.10008.1.2"
_BIG_UID: Final = b"1.2.840.10008.1.2.2"
_PIXEL_DATA: Final = 0x7FE00010


class _Form(NamedTuple):
    """A way to write elements: byte order, and whether VRs are left out."""

    order: Literal["little", "big"]
    implicit: bool


_EXPLICIT_LITTLE: Final = _Form("little", implicit=False)
_IMPLICIT_LITTLE: Final = _Form("little", implicit=True)
_EXPLICIT_BIG: Final = _Form("big", implicit=False)
_ALL_FORMS: Final = (_EXPLICIT_LITTLE, _IMPLICIT_LITTLE, _EXPLICIT_BIG, _Form("big", implicit=True))


class Token(NamedTuple):
    """One top-level element.

    Attributes
    ----------
    tag : group << 16 | element.
    vr : two letters, or "" where the stream holds none.
    start, value, end : first byte of the tag, first byte of the value, and exclusive
        end with delimiters; counted from the start of the file, or of the inflated
        file where the data set is deflated.
    """

    tag: int
    vr: str
    start: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class DicomTokens:
    """A file as a gapless list of top-level elements.

    Attributes
    ----------
    elements : meta information and data set, in file order.
    end : where the last element ends and padding or junk may follow.
    size : bytes of the file, or of the inflated file.
    deflated : whether the data set was inflated.
    stream : the file, inflated where necessary; open as long as the caller's stack.
    after_stream : bytes behind a deflate stream, without its pad byte.
    """

    elements: tuple[Token, ...]
    end: int
    size: int
    deflated: bool
    stream: BinaryIO
    after_stream: bytes = b""

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes ``[start, end)``."""
        self.stream.seek(start)
        return self.stream.read(end - start)

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes ``[start, end)`` in pieces of bounded size."""
        for position in range(start, end, _CHUNK):
            yield self.read(position, min(position + _CHUNK, end))


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


def compare_dicom(a: str | os.PathLike[str], b: str | os.PathLike[str]) -> Comparison:
    """Compare two DICOM files element by element, at the top level.

    Parameters
    ----------
    a, b : paths. The files are read in chunks; a deflated one is inflated in memory.

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


def tokenize(stream: BinaryIO) -> DicomTokens:
    """List the top-level elements of a seekable binary stream.

    Raises
    ------
    NotDicomError, MalformedDataSetError, TruncatedError, LimitExceededError
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    start = 132 if stream.read(132)[128:] == b"DICM" else 0
    meta = _walk(stream, start, size, _EXPLICIT_LITTLE, meta=True)
    if not start and (not meta.tokens or meta.error is not None) and not _begins_data_set(stream):
        msg = "the file has no DICM prefix and does not begin with group 0002 or 0008"
        raise NotDicomError(msg)
    uid = _transfer_syntax(stream, meta.tokens)
    body = stream
    rest = b""
    if uid in _DEFLATED:
        body, rest = _inflate(stream, meta.end, size)
        size = body.seek(0, os.SEEK_END)
    walk = _best_walk(body, meta.end, size, uid)
    return DicomTokens(
        elements=(*meta.tokens, *walk.tokens),
        end=walk.end,
        size=size,
        deflated=body is not stream,
        stream=body,
        after_stream=rest,
    )


class _Walk(NamedTuple):
    tokens: list[Token]
    end: int
    error: MalformedDataSetError | None


def _open(path: str | os.PathLike[str], stack: ExitStack) -> BinaryIO:
    try:
        return stack.enter_context(open(path, "rb"))  # noqa: PTH123 - a path of any kind
    except OSError as error:
        msg = "the file cannot be read"
        raise FileAccessError(msg, reason=error.strerror or type(error).__name__) from error


def _begins_data_set(stream: BinaryIO) -> bool:
    stream.seek(0)
    return stream.read(2) in {b"\x08\0", b"\0\x08"}


def _transfer_syntax(stream: BinaryIO, meta: list[Token]) -> bytes | None:
    for token in meta:
        if token.tag == 0x00020010:
            stream.seek(token.value)
            return stream.read(min(token.end - token.value, 64)).strip(b" \0") or None
    return None


def _inflate(stream: BinaryIO, start: int, size: int) -> tuple[BinaryIO, bytes]:
    """Return the file as it would be undeflated, and what follows the deflate stream."""
    stream.seek(0)
    result = BytesIO()
    result.write(stream.read(start))
    inflater = zlib.decompressobj(-15)
    fed = 0
    try:
        while not inflater.eof:
            data = inflater.unconsumed_tail or stream.read(_CHUNK)
            fed = stream.tell()
            if not data:
                msg = "the deflate stream has no end"
                raise TruncatedError(msg, offset=size)
            result.write(inflater.decompress(data, _CHUNK))
            if result.tell() - start > _MAX_INFLATED:
                msg = f"the data set inflates to more than {_MAX_INFLATED} bytes"
                raise LimitExceededError(msg, expected=_MAX_INFLATED)
    except zlib.error as error:
        msg = "the data set is not a deflate stream"
        raise MalformedDataSetError(msg, offset=start) from error
    rest = inflater.unused_data + stream.read()
    used = fed - len(inflater.unused_data) - start
    return result, rest[1:] if used % 2 and rest[:1] == b"\0" else rest


def _best_walk(stream: BinaryIO, start: int, size: int, uid: bytes | None) -> _Walk:
    """Walk in the declared form, then in the others; a change of form must earn trust.

    The declared form only has to reach the end. Another one must also keep the tags
    ascending: a wrong reading may stumble to the end, but not in order.
    """
    declared = {_IMPLICIT_UID: _IMPLICIT_LITTLE, _BIG_UID: _EXPLICIT_BIG}.get(uid or b"", _EXPLICIT_LITTLE)
    walks = [_walk(stream, start, size, declared)]
    if walks[0].error is None and (uid is not None or _is_ascending(walks[0])):
        return walks[0]
    walks += [_walk(stream, start, size, form) for form in _ALL_FORMS if form != declared]
    for walk in walks:
        if walk.error is None and _is_ascending(walk):
            return walk
    farthest = max(walks, key=lambda walk: (len(walk.tokens), walk.end))
    if farthest.error is not None:
        raise farthest.error
    return farthest


def _is_ascending(walk: _Walk) -> bool:
    return all(a.tag < b.tag for a, b in zip(walk.tokens, walk.tokens[1:], strict=False))


def _walk(stream: BinaryIO, start: int, size: int, form: _Form, *, meta: bool = False) -> _Walk:
    """List elements from ``start`` on; with ``meta`` only those of group 0002."""
    tokens: list[Token] = []
    position = start
    while position < size:
        head = _peek(stream, position)
        if _is_padding(head, size - position, tokens) or (meta and head[:2] != b"\2\0"):
            break
        tag, vr, value, length = _header(head, position, form)
        if tag >> 16 in {0, 0xFFFE}:
            msg = "no element can stand here"
            return _Walk(tokens, position, MalformedDataSetError(msg, offset=position))
        if length == _UNDEFINED:
            inside = _IMPLICIT_LITTLE if vr == "UN" and tag != _PIXEL_DATA else form
            end = _close(stream, value, size, inside)
        else:
            end = value + length
        if end is None or end > size:
            msg = "an element does not end inside the file"
            return _Walk(tokens, position, TruncatedError(msg, offset=position, tag=tag))
        tokens.append(Token(tag, vr, position, value, end))
        position = end
    return _Walk(tokens, position, None)


def _peek(stream: BinaryIO, position: int) -> bytes:
    stream.seek(position)
    return stream.read(12)


def _is_padding(head: bytes, left: int, tokens: list[Token]) -> bool:
    """Tell whether only leftovers follow: zeros, or less than a header, behind the pixels."""
    behind = bool(tokens) and tokens[-1].tag >= _PIXEL_DATA
    return behind and (left < 8 or head[:8] == bytes(8))


def _header(head: bytes, position: int, form: _Form) -> tuple[int, str, int, int]:
    """Return tag, VR, position of the value, and value length."""
    order = form.order
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    letters = head[4:6].decode("latin-1")
    wide = int.from_bytes(head[4:8], order)
    if form.implicit or tag >> 16 == 0xFFFE:
        return tag, "", position + 8, wide
    if letters in _SHORT:
        return tag, letters, position + 8, int.from_bytes(head[6:8], order)
    capitals = letters.isascii() and letters.isalpha() and letters.isupper()
    if letters in _LONG or (capitals and head[6:8] == b"\0\0"):
        return tag, letters, position + 12, int.from_bytes(head[8:12], order)
    if capitals:
        return tag, letters, position + 8, int.from_bytes(head[6:8], order)
    return tag, "", position + 8, wide


def _close(stream: BinaryIO, position: int, size: int, form: _Form) -> int | None:
    """Return where a value of undefined length ends, by counting brackets; None if never."""
    forms = [form]
    while forms and position + 8 <= size:
        tag, vr, value, length = _header(_peek(stream, position), position, forms[-1])
        position = value
        if tag in {0xFFFEE00D, 0xFFFEE0DD}:
            forms.pop()
        elif length == _UNDEFINED:
            forms.append(_IMPLICIT_LITTLE if vr == "UN" else forms[-1])
        else:
            position += length
    return None if forms or position > size else position


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
