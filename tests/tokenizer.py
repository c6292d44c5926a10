"""Tokenize a DICOM file for the tests: a gapless list of its top-level elements.

This reader shares neither code nor approach with the scan, whose work it judges. It
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
from typing import BinaryIO, Final

from dicom_overlay.errors import LimitExceededError, MalformedDataSetError, NotDicomError, TruncatedError
from tokenizer_walk import (
    ALL_FORMS,
    CHUNK,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    KNOWN,
    Form,
    Token,
    Walk,
    read_at,
    walk_elements,
)

_MAX_INFLATED: Final = 512 * 1024 * 1024
_DEFLATED: Final = (b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.4.95", b"1.2.840.10008.1.2.4.205")
_IMPLICIT_UID: Final = b"1.2.840.10008.1.2"
_BIG_UID: Final = b"1.2.840.10008.1.2.2"


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
        """Return the bytes ``[start, end)``.

        Raises
        ------
        TruncatedError : the file became shorter since it was listed.
        """
        data = read_at(self.stream, start, end - start)
        if len(data) != end - start:
            msg = "the file became shorter while it was read"
            raise TruncatedError(msg, offset=start, expected=end - start, found=len(data))
        return data

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes ``[start, end)`` in pieces of bounded size."""
        for position in range(start, end, CHUNK):
            yield self.read(position, min(position + CHUNK, end))


def tokenize(stream: BinaryIO) -> DicomTokens:
    """List the top-level elements of a seekable binary stream.

    Raises
    ------
    NotDicomError, MalformedDataSetError, TruncatedError, LimitExceededError
    """
    size = stream.seek(0, os.SEEK_END)
    start = 132 if read_at(stream, 0, 132)[128:] == b"DICM" else 0
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


def _walk_meta(stream: BinaryIO, start: int, size: int) -> Walk:
    """Walk group 2 in each form until one gives elements."""
    walks = [walk_elements(stream, start, size, form, meta=True) for form in ALL_FORMS]
    return next((walk for walk in walks if walk.tokens and walk.error is None), walks[0])


def _begins_data_set(stream: BinaryIO) -> bool:
    return read_at(stream, 0, 2) in {b"\x08\0", b"\0\x08"}


def _transfer_syntax(stream: BinaryIO, meta: list[Token]) -> bytes | None:
    for token in meta:
        if token.tag == 0x00020010:
            return read_at(stream, token.value, min(token.end - token.value, 64)).strip(b" \0") or None
    return None


def _inflate(stream: BinaryIO, start: int, size: int) -> tuple[BinaryIO, bytes]:
    """Return the file as it would be undeflated, and what follows the deflate stream."""
    result = BytesIO()
    result.write(read_at(stream, 0, start))
    inflater = zlib.decompressobj(-15)
    fed = 0
    try:
        while not inflater.eof:
            data = inflater.unconsumed_tail or stream.read(CHUNK)
            fed = stream.tell()
            if not data:
                msg = "the deflate stream has no end"
                raise TruncatedError(msg, offset=size)
            result.write(inflater.decompress(data, CHUNK))
            if result.tell() - start > _MAX_INFLATED:
                msg = f"the data set inflates to more than {_MAX_INFLATED} bytes"
                raise LimitExceededError(msg, expected=_MAX_INFLATED)
    except zlib.error as error:
        msg = "the data set is not a deflate stream"
        raise MalformedDataSetError(msg, offset=start) from error
    rest = inflater.unused_data + stream.read()
    used = fed - len(inflater.unused_data) - start
    return result, rest[1:] if used % 2 and rest[:1] == b"\0" else rest


def _best_walk(stream: BinaryIO, start: int, size: int, uid: bytes | None) -> Walk:
    """Walk in the declared form, then in the others; a change of form must earn trust.

    The declared form only has to reach the end. Another one must also keep the tags ascending: a wrong reading may
    stumble to the end, but not in order. A form that had to guess what unknown VRs mean gives way to one that had not.
    """
    declared = {_IMPLICIT_UID: IMPLICIT_LITTLE, _BIG_UID: EXPLICIT_BIG}.get(uid or b"", EXPLICIT_LITTLE)
    first = walk_elements(stream, start, size, declared)
    is_trusted = first.error is None and (uid is not None or _is_ascending(first))
    if is_trusted and not _has_guesses(first, declared):
        return first
    forms = [form for form in ALL_FORMS if form != declared]
    others = [walk_elements(stream, start, size, form) for form in forms]
    sound = [
        (w, _has_guesses(w, f)) for w, f in zip(others, forms, strict=True) if w.error is None and _is_ascending(w)
    ]
    certain = [walk for walk, has_guesses in sound if not has_guesses]
    best = [*certain, *([first] if is_trusted else []), *(walk for walk, _ in sound)]
    if best:
        return best[0]
    farthest = max([first, *others], key=lambda walk: (len(walk.tokens), walk.end))
    if farthest.error is not None:
        raise farthest.error
    return farthest


def _has_guesses(walk: Walk, form: Form) -> bool:
    """Tell whether an element's VR was unknown where each should have one."""
    return not form.implicit and any(token.vr not in KNOWN and token.tag >> 16 != 0xFFFE for token in walk.tokens)


def _is_ascending(walk: Walk) -> bool:
    return all(a.tag < b.tag for a, b in zip(walk.tokens, walk.tokens[1:], strict=False))
