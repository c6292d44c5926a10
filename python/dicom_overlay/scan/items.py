"""Skip past a value of undefined length: a sequence's items, or fragments.

Theory of operation. The walk goes item by item with an explicit stack. It never recurses,
and never searches for delimiter bytes, which also occur inside compressed frames.

If the content cannot be read in the encoding that the standard prescribes, the walk tries the one that some writers use
instead: explicit VR in a UN, or the data set's other form.

Standard: PS3.5 section 7.5 (nesting), A.4 (fragments), 6.2.2 (CP-246: UN).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dicom_overlay.errors import LimitExceededError, MalformedDataSetError, TruncatedError

from .encoding import IMPLICIT_LITTLE, LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, Encoding
from .header import FULL_HEADER, WINDOW, Window, read_header

MAX_DEPTH: Final = 200
"""Maximum number of nested levels of undefined length; a sequence and its item are two. Deeper nesting is refused."""

_SMALL_WINDOW: Final = 4 * 1024
_LARGE_WINDOW: Final = 1024 * 1024
_DELIMITERS: Final = 0xFFFE
_ITEM: Final = 0xE000
_ITEM_END: Final = 0xE00D
_SEQUENCE_END: Final = 0xE0DD


def leave_items(
    window: Window, position: int, encoding: Encoding, *, is_unknown: bool, is_encapsulated: bool = False
) -> int:
    """Walk a value of undefined length: items of a sequence, or fragments.

    Parameters
    ----------
    position : first byte of the value.
    is_unknown : the element's VR is UN; everything inside is implicit VR little endian, whatever the file's encoding (CP-246).
    is_encapsulated : the value has fragments, whose headers are the same with explicit and implicit VR.

    Returns
    -------
    Where the element ends: after its Sequence Delimitation Item.
    """
    errors = []
    for outer, of_unknown in _encodings(encoding, is_unknown=is_unknown, is_encapsulated=is_encapsulated):
        try:
            return _walk(window, position, outer, of_unknown)
        except MalformedDataSetError as error:
            errors.append(error)
    raise errors[0]


def leave_item(window: Window, position: int, encoding: Encoding) -> int:
    """Walk the content of one item of undefined length; return where the item ends, after its delimiter."""
    return _walk(window, position, encoding, IMPLICIT_LITTLE, in_item=True)


def _encodings(encoding: Encoding, *, is_unknown: bool, is_encapsulated: bool) -> Iterator[tuple[Encoding, Encoding]]:
    """Yield encodings to try for the content and for UN inside it: first the standard's, then what some writers use."""
    yield (IMPLICIT_LITTLE if is_unknown else encoding), IMPLICIT_LITTLE
    if is_encapsulated:
        return
    if is_unknown:
        yield encoding, encoding
    other = Encoding(is_implicit=not encoding.is_implicit, is_little=encoding.is_little)
    yield other, other


@dataclass(slots=True)
class _State:
    """Where the walk is: a level is (inside an item?, encoding there)."""

    stack: list[tuple[bool, Encoding]]
    of_unknown: Encoding
    jumped: int = 0


def _walk(window: Window, position: int, encoding: Encoding, of_unknown: Encoding, *, in_item: bool = False) -> int:
    state = _State([(in_item, encoding)], of_unknown)
    count = _SMALL_WINDOW
    while state.stack:
        if not window.holds(position, position + FULL_HEADER):
            count = _next_window(count, state.jumped)
            window.hold(position, position + FULL_HEADER, count)
        reached = _skim(window, position, state)
        position = reached if reached > position else _step(window, position, state)
    return position


def _step(window: Window, position: int, state: _State) -> int:
    """Read one header with all checks; return where the next one is."""
    stack = state.stack
    in_item, inner = stack[-1]
    window.pass_items(1, position)
    tag, vr, value, length = read_header(window, position, inner)
    state.jumped = 0
    if tag == _DELIMITERS << 16 | (_ITEM_END if in_item else _SEQUENCE_END):
        stack.pop()
        return value
    if in_item == (tag >> 16 == _DELIMITERS):
        msg = "an item, a delimiter or an element is in a place where it is not allowed"
        raise MalformedDataSetError(msg, offset=position, tag=tag)
    if length != UNDEFINED_LENGTH:
        if value + length > window.size:
            msg = "a declared length goes beyond the end of the file"
            raise TruncatedError(msg, offset=value, tag=tag, expected=value + length, found=window.size)
        state.jumped = length
        return value + length
    if len(stack) >= MAX_DEPTH:
        msg = f"sequences are nested more than {MAX_DEPTH} levels deep, items included"
        raise LimitExceededError(msg, offset=value, expected=MAX_DEPTH)
    stack.append((not in_item, state.of_unknown if vr == b"UN" else inner))
    return value


def _skim(window: Window, position: int, state: _State) -> int:
    """Pass the plain headers of this level in the window, and return where they end.

    Headers that are not plain or are wrong are left to `_step`.
    """
    data, base, stack = window.data, window.base, state.stack
    in_item, inner = stack[-1]
    header, length_only = inner.structs()
    unpack, unpack_length = header.unpack_from, length_only.unpack_from
    shorts, longs = SHORT_VRS, LONG_VRS
    last, is_implicit, count = base + len(data) - FULL_HEADER, inner.is_implicit, 0
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
            if not in_item and element == _ITEM and length == UNDEFINED_LENGTH:  # its sequence was counted
                stack.append((True, inner))
                in_item, length = True, 0
            elif (not in_item and element != _ITEM) or length == UNDEFINED_LENGTH or value + length > window.size:
                break
            state.jumped = length
        elif in_item and element == _ITEM_END:
            stack.pop()
            in_item, length = False, 0
        else:
            break
        count += 1
        position = value + length
    window.pass_items(count, position)
    return position


def _next_window(window: int, last_length: int) -> int:
    """Read little at a time between large fragments, and more and more while small fragments follow."""
    if last_length > WINDOW:
        return _SMALL_WINDOW
    return min(max(WINDOW, window * 2), _LARGE_WINDOW)
