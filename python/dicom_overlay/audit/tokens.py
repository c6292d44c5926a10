"""Tokenize a DICOM file for `verify`: a gapless list of its top-level elements.

This reader shares neither code nor approach with `layout`, whose work it judges. It
reads the file itself instead of being fed windows; it learns the encoding by walking the
whole data set in each candidate (the declared one first) until one walk reaches the end,
instead of peeking at the first element; and it leaves a value of undefined length by
counting brackets (items and delimiters) instead of following the grammar.
"""

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final, Literal, NamedTuple

from dicom_overlay.errors import LimitExceededError, MalformedDataSetError, NotDicomError, TruncatedError

__all__ = ["DicomTokens", "Token", "tokenize"]

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
_DELIMITERS: Final = frozenset({0xFFFEE00D, 0xFFFEE0DD})
_KNOWN: Final = _SHORT | _LONG
_MAX_STEPS: Final = 12_000_000


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


def tokenize(stream: BinaryIO) -> DicomTokens:
    """List the top-level elements of a seekable binary stream.

    Raises
    ------
    NotDicomError, MalformedDataSetError, TruncatedError, LimitExceededError
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    start = 132 if stream.read(132)[128:] == b"DICM" else 0
    meta = _walk_meta(stream, start, size)
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


def _walk_meta(stream: BinaryIO, start: int, size: int) -> "_Walk":
    """Walk group 2 in each form until one gives elements."""
    walks = [_walk(stream, start, size, form, meta=True) for form in _ALL_FORMS]
    return next((walk for walk in walks if walk.tokens and walk.error is None), walks[0])


class _Walk(NamedTuple):
    tokens: list[Token]
    end: int
    error: MalformedDataSetError | None


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
    """List elements from ``start`` on; with ``meta`` only those of group 0002.

    Where a header can be read in several ways, the first one is followed, and on a fault further on the walk comes back
    and follows the next one.
    """
    tokens: list[Token] = []
    seen: set[int] = set()
    choices: list[tuple[int, list[Token]]] = []
    position = start
    first: MalformedDataSetError | None = None
    for _ in range(_MAX_STEPS):
        if position >= size or _is_padding(stream, position, size, tokens):
            return _Walk(tokens, position, None)
        if meta and _leaves_meta(_peek(stream, position), seen, form):
            return _Walk(tokens, position, None)
        readings = _readings(stream, position, size, form, behind_pixels=_is_behind_pixels(tokens))
        if isinstance(readings, MalformedDataSetError):
            first = first or readings
            if not choices or meta:
                return _Walk(tokens, position, first)
            count, others = choices.pop()
            del tokens[count:]
            readings = others
        token, *others = readings
        if others:
            choices.append((len(tokens), others))
        tokens.append(token)
        seen.add(token.tag)
        position = token.end
    msg = "the data set has too many elements, or too many readings"
    raise LimitExceededError(msg, expected=_MAX_STEPS)


def _leaves_meta(head: bytes, seen: set[int], form: _Form) -> bool:
    """Tell whether an element is none of the meta information's: of another group, once more, or of another form."""
    tag = int.from_bytes(head[:2], form.order) << 16 | int.from_bytes(head[2:4], form.order)
    is_same_form = form.implicit or head[4:6].decode("latin-1") in _KNOWN
    return tag >> 16 != 2 or tag in seen or not is_same_form


def _is_behind_pixels(tokens: list[Token]) -> bool:
    return bool(tokens) and tokens[-1].tag >= _PIXEL_DATA


def _readings(
    stream: BinaryIO, position: int, size: int, form: _Form, *, behind_pixels: bool
) -> list[Token] | MalformedDataSetError:
    """Return the ways to read one element that end inside the file, the likeliest first, or what is wrong with it."""
    found: list[Token] = []
    tag = 0
    for tag, vr, value, length in _headers(_peek(stream, position), position, form):
        if tag >> 16 in {0, 0xFFFE} and not (behind_pixels and tag in _DELIMITERS):
            msg = "no element can stand here"
            return MalformedDataSetError(msg, offset=position)
        ends: list[int | None] = [value + length]
        if length == _UNDEFINED:
            inside = _IMPLICIT_LITTLE if vr == "UN" and tag != _PIXEL_DATA else form
            ends = [_close(stream, value, size, each) for each in dict.fromkeys((inside, form, _other(form)))]
        end = next((each for each in ends if each is not None and each <= size), None)
        if end is not None:
            found.append(Token(tag, vr, position, value, end))
    if found:
        return found
    msg = "an element does not end inside the file"
    return TruncatedError(msg, offset=position, tag=tag)


def _other(form: _Form) -> _Form:
    return _Form(implicit=not form.implicit, order=form.order)


def _peek(stream: BinaryIO, position: int) -> bytes:
    stream.seek(position)
    return stream.read(12)


def _is_padding(stream: BinaryIO, position: int, size: int, tokens: list[Token]) -> bool:
    """Tell whether only leftovers follow: zeros to the end, or zeros or less than a header behind the pixels."""
    head, left = _peek(stream, position)[:8], size - position
    if _is_behind_pixels(tokens):
        return left < 8 or head == bytes(8)
    if any(head):
        return False
    stream.seek(position)
    return not any(any(chunk) for chunk in iter(lambda: stream.read(_CHUNK), b""))


def _headers(head: bytes, position: int, form: _Form) -> Iterator[tuple[int, str, int, int]]:
    """Yield what a header may mean, the likeliest first: tag, VR, position of the value, and value length."""
    order = form.order
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    letters = head[4:6].decode("latin-1")
    bare = tag, "", position + 8, int.from_bytes(head[4:8], order)
    short = tag, letters, position + 8, int.from_bytes(head[6:8], order)
    long = tag, letters, position + 12, int.from_bytes(head[8:12], order)
    if form.implicit or tag >> 16 == 0xFFFE:
        yield bare
    elif letters in _KNOWN:
        yield short if letters in _SHORT else long
    else:
        capitals = letters.isascii() and letters.isalpha() and letters.isupper()
        readings = [long, short, bare] if capitals else [short, long, bare]
        yield from (each for each in readings if each is not long or head[6:8] == b"\0\0")


def _header(head: bytes, position: int, form: _Form) -> tuple[int, str, int, int]:
    """Return the likeliest meaning of a header."""
    return next(_headers(head, position, form))


def _close(stream: BinaryIO, position: int, size: int, form: _Form) -> int | None:
    """Return where a value of undefined length ends, by counting brackets; None if never."""
    # One entry a level: (how elements are written there, the delimiter that closes it).
    levels = [(form, 0xFFFEE0DD)]
    while levels and position + 8 <= size:
        inside, closing = levels[-1]
        tag, vr, value, length = _header(_peek(stream, position), position, inside)
        position = value
        if tag == closing:
            levels.pop()
        elif length == _UNDEFINED:
            is_item = tag == 0xFFFEE000
            levels.append((_IMPLICIT_LITTLE if vr == "UN" else inside, 0xFFFEE00D if is_item else 0xFFFEE0DD))
        else:
            # Also a stray item delimiter, which some writers put behind items of defined length.
            position += length
    return None if levels or position > size else position
