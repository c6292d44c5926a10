"""Leave a value of undefined length: a sequence's items, or fragments.

Theory of operation. The walk goes item by item on an explicit stack, never by recursion
and never by searching for delimiter bytes, which also occur inside compressed frames.
Sequences of many alike items are common (hundreds of references), so after an item was
walked, the following ones are compared with its headers in one step each: equal headers
at equal distances are the same walk.

Standard: PS3.5 section 7.5 (nesting), A.4 (fragments), 6.2.2 (CP-246: UN).
"""

from collections.abc import Generator
from struct import Struct
from typing import Final

from .encoding import IMPLICIT_LITTLE, LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, Encoding
from .errors import LimitExceededError, MalformedDataSetError, TruncatedError
from .walk import FULL_HEADER, WINDOW, Cursor, read_header

__all__ = ["MAX_DEPTH", "skip_items"]

MAX_DEPTH: Final = 200
"""Nested undefined lengths that are followed; deeper nesting is refused."""

_SMALL_WINDOW: Final = 4 * 1024
_LARGE_WINDOW: Final = 1024 * 1024
_DELIMITERS: Final = 0xFFFE
_ITEM: Final = 0xE000
_ITEM_END: Final = 0xE00D
_SEQUENCE_END: Final = 0xE0DD
_MAX_MARKS: Final = 200
_ITEM_TAGS: Final = frozenset({b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"})

_Stack = list[tuple[bool, Encoding]]


def skip_items(
    cursor: Cursor, position: int, encoding: Encoding, *, is_unknown: bool
) -> Generator[tuple[int, int], bytes, int]:
    """Walk a value of undefined length: items of a sequence, or fragments.

    Parameters
    ----------
    position : first byte of the value.
    is_unknown : the element's VR is UN; everything inside is implicit VR little
        endian, whatever the file's encoding (CP-246).

    Returns
    -------
    Where the element ends: after its Sequence Delimitation Item.

    Raises
    ------
    TruncatedError, MalformedDataSetError, LimitExceededError
    """
    # One entry a level: (inside an item?, encoding there).
    stack: _Stack = [(False, IMPLICIT_LITTLE if is_unknown else encoding)]
    window = _SMALL_WINDOW
    last_length = 0
    while stack:
        if not cursor.holds(position, position + FULL_HEADER):
            window = _next_window(window, last_length)
            yield from cursor.fill(position, window)
        reached, jumped = _skim(cursor, position, stack)
        if reached > position:
            position, last_length = reached, jumped
        else:
            position, last_length = _step(cursor, position, stack)
    return position


def _step(cursor: Cursor, position: int, stack: _Stack) -> tuple[int, int]:
    """Read one header with all checks; return where the next one is, and the length jumped."""
    in_item, inner = stack[-1]
    cursor.visit(1, position)
    tag, vr, value, length = read_header(cursor, position, inner)
    if tag == _DELIMITERS << 16 | (_ITEM_END if in_item else _SEQUENCE_END):
        stack.pop()
        return value, 0
    if in_item == (tag >> 16 == _DELIMITERS):
        msg = "an item, a delimiter or an element stands where it may not"
        raise MalformedDataSetError(msg, offset=value, tag=tag)
    if length != UNDEFINED_LENGTH:
        return _jump(cursor, value, length, tag), length
    if len(stack) >= MAX_DEPTH:
        msg = f"sequences are nested more than {MAX_DEPTH} levels deep"
        raise LimitExceededError(msg, offset=value, expected=MAX_DEPTH)
    stack.append((not in_item, IMPLICIT_LITTLE if vr == b"UN" else inner))
    return value, 0


def _skim(cursor: Cursor, position: int, stack: _Stack) -> tuple[int, int]:
    """Take the plain headers of this level that the window holds.

    Whatever is not plain is left to `_step`, and so is everything that is wrong.

    Returns
    -------
    Where that ends, and the length jumped last.
    """
    data, base = cursor.data, cursor.base
    in_item, inner = stack[-1]
    header, length_only = inner.structs()
    unpack, unpack_length = header.unpack_from, length_only.unpack_from
    shorts, longs = SHORT_VRS, LONG_VRS
    last, is_implicit, count, jumped = base + len(data) - FULL_HEADER, inner.is_implicit, 0, 0
    marks: list[tuple[int, int]] = []
    while position <= last:
        offset = position - base
        group, element, vr, length = unpack(data, offset)
        value = position + 8
        if is_implicit or group == _DELIMITERS:
            length = unpack_length(data, offset + 4)[0]
        elif vr in longs:
            length = unpack_length(data, offset + 8)[0]
            value = position + 12
        elif vr not in shorts:
            break
        if in_item != (group == _DELIMITERS):
            if not in_item and element == _ITEM and length == UNDEFINED_LENGTH and len(stack) < MAX_DEPTH:
                stack.append((True, inner))
                in_item, marks, length = True, [], 0
            elif (not in_item and element != _ITEM) or length == UNDEFINED_LENGTH or value + length > cursor.size:
                break
            marks.append((offset, value - position))
            jumped = length
        elif in_item and element == _ITEM_END:
            stack.pop()
            in_item, length = False, 0
            marks.append((offset, 8))
            value, repeats = _repeat(data, base, marks, value)
            count += repeats
        else:
            break
        count += 1
        position = value + length
    cursor.visit(count, position)
    return position, jumped


def _repeat(data: bytes, base: int, marks: list[tuple[int, int]], position: int) -> tuple[int, int]:
    """Pass over items with exactly the headers of the one that ends at ``position``.

    Parameters
    ----------
    marks : offset in ``data`` and size of each header of that item, in order; begins
        with the item's own where the item was walked from its begin.

    Returns
    -------
    Where the last of them ends, and how many headers that were.
    """
    start = marks[0][0]
    size = position - base - start
    begins_item = data[start + 4 : start + 8] == b"\xff\xff\xff\xff" and data[start : start + 4] in _ITEM_TAGS
    if not begins_item or len(marks) > _MAX_MARKS or position - base + size > len(data):
        return position, 0
    form, end = ["<"], start
    for offset, width in marks:
        form.append(f"{offset - end}x{width}s")
        end = offset + width
    unpack = Struct("".join(form)).unpack_from
    expected = unpack(data, start)
    begin = position
    while position - base + size <= len(data) and unpack(data, position - base) == expected:
        position += size
    return position, (position - begin) // size * len(marks)


def _jump(cursor: Cursor, position: int, length: int, tag: int) -> int:
    end = position + length
    if end > cursor.size:
        msg = "a declared length passes the end of the file"
        raise TruncatedError(msg, offset=position, tag=tag, expected=end, found=cursor.size)
    return end


def _next_window(window: int, last_length: int) -> int:
    """Ask for little between large fragments, for ever more while small ones follow."""
    if last_length > WINDOW:
        return _SMALL_WINDOW
    return min(max(WINDOW, window * 2), _LARGE_WINDOW)
