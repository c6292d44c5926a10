"""Walk a stream from element to element in one form; what may be read in several ways is tried in turn.

Standard: PS3.5 section 7.1.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final, Literal, NamedTuple

from dicom_overlay.errors import (
    FileAccessError,
    LimitExceededError,
    MalformedDataSetError,
    TruncatedError,
    file_access_error,
)

CHUNK: Final = 1024 * 1024
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
_PIXEL_DATA: Final = 0x7FE00010
_DELIMITERS: Final = frozenset({0xFFFEE00D, 0xFFFEE0DD})
KNOWN: Final = _SHORT | _LONG
_MAX_STEPS: Final = 12_000_000


class Form(NamedTuple):
    """A way to write elements: byte order, and whether VRs are left out."""

    order: Literal["little", "big"]
    implicit: bool


EXPLICIT_LITTLE: Final = Form("little", implicit=False)
IMPLICIT_LITTLE: Final = Form("little", implicit=True)
EXPLICIT_BIG: Final = Form("big", implicit=False)
ALL_FORMS: Final = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, Form("big", implicit=True))


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


def access_error(error: OSError | ValueError) -> FileAccessError:
    """Return the error of a file that the operating system does not give, without its path."""
    return file_access_error(error, "read", None)


def read_at(stream: BinaryIO, start: int, size: int) -> bytes:
    """Return so many bytes from ``start`` on, less only at the end: a raw file may give less than it was asked for."""
    try:
        stream.seek(start)
        data = stream.read(size) or b""
        while len(data) < size:
            more = stream.read(size - len(data))
            if not more:
                break
            data += more
    except (OSError, ValueError) as error:
        raise access_error(error) from None
    return data


class Walk(NamedTuple):
    """How far a walk came: the elements it listed, where it ended, and why it ended there if not at the end."""

    tokens: list[Token]
    end: int
    error: MalformedDataSetError | None


def walk_elements(stream: BinaryIO, start: int, size: int, form: Form, *, meta: bool = False) -> Walk:
    """List elements from ``start`` on; with ``meta`` only those of group 0002.

    Where a header can be read in several ways, the first one is followed, and on a fault further on the walk comes back
    and follows the next one. What was reached once and led nowhere is not walked again: on a cut file the readings would
    multiply.
    """
    tokens: list[Token] = []
    dead: set[tuple[int, bool]] = set()
    seen: set[int] = set()
    choices: list[tuple[int, list[Token]]] = []
    position = start
    first: MalformedDataSetError | None = None
    for _ in range(_MAX_STEPS):
        if position >= size or _is_padding(stream, position, size, tokens):
            return Walk(tokens, position, None)
        if meta and _leaves_meta(_peek(stream, position), seen, form):
            return Walk(tokens, position, None)
        state = position, _is_behind_pixels(tokens)
        if state in dead:
            readings: list[Token] | MalformedDataSetError = MalformedDataSetError("read before", offset=position)
        else:
            readings = _readings(stream, position, size, form, behind_pixels=state[1])
            if choices:
                dead.add(state)
        if isinstance(readings, MalformedDataSetError):
            first = first or readings
            if not choices or meta:
                return Walk(tokens, position, first)
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


def _leaves_meta(head: bytes, seen: set[int], form: Form) -> bool:
    """Tell whether an element is none of the meta information's: of another group, once more, or of another form."""
    tag = int.from_bytes(head[:2], form.order) << 16 | int.from_bytes(head[2:4], form.order)
    is_same_form = form.implicit or head[4:6].decode("latin-1") in KNOWN
    return tag >> 16 != 2 or tag in seen or not is_same_form


def _is_behind_pixels(tokens: list[Token]) -> bool:
    return bool(tokens) and tokens[-1].tag >= _PIXEL_DATA


def _readings(
    stream: BinaryIO, position: int, size: int, form: Form, *, behind_pixels: bool
) -> list[Token] | MalformedDataSetError:
    """Return the ways to read one element that end inside the file, the likeliest first, or what is wrong with it."""
    found: list[Token] = []
    tag = 0
    for tag, vr, value, length in _headers(_peek(stream, position), position, form):
        if tag >> 16 in {0, 0xFFFE} and not (behind_pixels and tag in _DELIMITERS):
            msg = "an element cannot be here"
            return MalformedDataSetError(msg, offset=position)
        ends: list[int | None] = [value + length]
        if length == _UNDEFINED:
            inside = IMPLICIT_LITTLE if vr == "UN" and tag != _PIXEL_DATA else form
            ends = [_close(stream, value, size, each) for each in dict.fromkeys((inside, form, _other(form)))]
        end = next((each for each in ends if each is not None and each <= size), None)
        if end is not None:
            found.append(Token(tag, vr, position, value, end))
    if found:
        return found
    msg = "an element does not end inside the file"
    return TruncatedError(msg, offset=position, tag=tag)


def _other(form: Form) -> Form:
    return Form(implicit=not form.implicit, order=form.order)


def _peek(stream: BinaryIO, position: int) -> bytes:
    return read_at(stream, position, 12)


def _is_padding(stream: BinaryIO, position: int, size: int, tokens: list[Token]) -> bool:
    """Tell whether only leftovers follow: zeros to the end, or zeros or less than a header behind the pixels."""
    head, left = _peek(stream, position)[:8], size - position
    if _is_behind_pixels(tokens):
        return left < 8 or head == bytes(8)
    if any(head):
        return False
    stream.seek(position)
    return not any(any(chunk) for chunk in iter(lambda: stream.read(CHUNK), b""))


def _headers(head: bytes, position: int, form: Form) -> Iterator[tuple[int, str, int, int]]:
    """Yield what a header may mean, the likeliest first: tag, VR, position of the value, and value length."""
    order = form.order
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    letters = head[4:6].decode("latin-1")
    bare = tag, "", position + 8, int.from_bytes(head[4:8], order)
    short = tag, letters, position + 8, int.from_bytes(head[6:8], order)
    long = tag, letters, position + 12, int.from_bytes(head[8:12], order)
    if form.implicit or tag >> 16 == 0xFFFE:
        yield bare
    elif letters in KNOWN:
        yield short if letters in _SHORT else long
    else:
        capitals = letters.isascii() and letters.isalpha() and letters.isupper()
        readings = [long, short, bare] if capitals else [short, long, bare]
        yield from (each for each in readings if each is not long or head[6:8] == b"\0\0")


def _header(head: bytes, position: int, form: Form) -> tuple[int, str, int, int]:
    """Return the likeliest meaning of a header."""
    return next(_headers(head, position, form))


def _close(stream: BinaryIO, position: int, size: int, form: Form) -> int | None:
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
            levels.append((IMPLICIT_LITTLE if vr == "UN" else inside, 0xFFFEE00D if is_item else 0xFFFEE0DD))
        else:
            # Also a stray item delimiter, which some writers put behind items of defined length.
            position += length
    return None if levels or position > size else position
