"""Walk a data set's top level, and record where each element is and the few values that are kept.

The walk always goes to the end of the source, because planes can be out of order, even after Pixel Data, and because a
truncated file must not be edited.

Standard: PS3.5 section 7; PS3.10 section 7.2 (trailing padding).
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from dicom_overlay.errors import LimitExceededError, MalformedDataSetError

from . import tags
from .elements import Row
from .encoding import LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, VRS, Encoding
from .facts import FACTS, MAX_FACT
from .header import FULL_HEADER, MAX_ELEMENTS, WINDOW, Window, read_header, require_inside
from .items import leave_items

PIXEL_DATA: Final = frozenset({0x7FE00008, 0x7FE00009, tags.PIXEL_DATA})
"""Float, Double Float and (integer) Pixel Data."""

_DELIMITERS: Final = frozenset({tags.ITEM_DELIMITATION, tags.SEQUENCE_DELIMITATION})
_AFTER_PIXELS: Final = 4 * 1024
_CHUNK: Final = 1024 * 1024
_WITH_ITEMS: Final = frozenset({b"SQ", b"UN", b"OB", b"OW", b"OF", b"OD", b"OL", b"OV"})
_WITHOUT_ITEMS: Final = VRS - _WITH_ITEMS


class Plain(NamedTuple):
    """The groups whose elements `skim` records, and those whose values it keeps."""

    groups: range
    facts: frozenset[int]


# Neither command elements, nor Pixel Data, nor delimiters.
_PLAIN: Final = Plain(range(0x0001, 0x7FE0), FACTS)


@dataclass(slots=True)
class DataSet:
    """What the walk over a data set has found so far.

    Attributes
    ----------
    end : where the last element ends.
    values : the bytes of the facts that were found.
    undefined : where elements of undefined length begin.
    rows : (tag, VR, start, value, end) of each element.
    """

    end: int
    values: dict[int, bytes] = field(default_factory=dict)
    undefined: set[int] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)

    def take_rows(self, rows: list[Row]) -> None:
        """Record elements that were walked."""
        self.rows += rows
        if len(self.rows) > MAX_ELEMENTS:
            msg = f"the data set has more than {MAX_ELEMENTS} top-level elements, which is the limit"
            raise LimitExceededError(msg, offset=self.end, expected=MAX_ELEMENTS)

    def up_to_repetition(self) -> "DataSet":
        """Return the elements before the first tag that is repeated."""
        seen: set[int] = set()
        for place, row in enumerate(self.rows):
            if row[0] in seen:
                return DataSet(row[2], self.values, rows=self.rows[:place])
            seen.add(row[0])
        return self


def read_data_set(window: Window, found: DataSet, encoding: Encoding) -> None:
    """Collect the top-level elements up to padding, junk or the end of the source."""
    is_past_pixels = False
    while found.end < window.size:
        window.hold(found.end, found.end + FULL_HEADER, _AFTER_PIXELS if is_past_pixels else WINDOW)
        if is_past_pixels or not skim(window, found, encoding):
            if _is_trailing(window, found.end, is_past_pixels=is_past_pixels):
                break
            if _read_element(window, found, encoding, is_past_pixels=is_past_pixels) in PIXEL_DATA:
                is_past_pixels = True


def _read_element(window: Window, found: DataSet, encoding: Encoding, *, is_past_pixels: bool) -> int:
    """Read one element with all checks, with either form of length, and return its tag."""
    start = found.end
    header = read_header(window, start, encoding)
    tag, vr, value, length = header
    if tag >> 16 in {0, 0xFFFE} and not (is_past_pixels and tag in _DELIMITERS):
        msg = "a tag that is not allowed at the top level of a data set"
        raise MalformedDataSetError(msg, offset=start, tag=tag)
    if length != UNDEFINED_LENGTH or vr in _WITHOUT_ITEMS:
        end = require_inside(window, header)
    else:
        # Encapsulated Pixel Data has the file's byte order even if its VR is UN.
        is_pixels = tag in PIXEL_DATA
        is_unknown = vr == b"UN" and not is_pixels
        end = leave_items(window, value, encoding, is_unknown=is_unknown, is_encapsulated=is_pixels)
        found.undefined.add(start)
    take_element(window, found, (tag, vr, start, value, end))
    return tag


def take_element(window: Window, found: DataSet, row: Row, facts: frozenset[int] = FACTS) -> None:
    """Record one element, and its value if that is a fact."""
    tag, _, _, value, end = row
    if tag in facts and tag not in found.values:
        found.values[tag] = window.bytes_at(value, min(end - value, MAX_FACT))
    found.end = end
    found.take_rows([row])


def _is_trailing(window: Window, position: int, *, is_past_pixels: bool) -> bool:
    """Tell whether only padding or junk follows.

    Writers leave zero bytes after the last element, and a few stray bytes after Pixel Data.
    """
    left = window.size - position
    if any(window.bytes_at(position, 8)):
        return left < 8 and is_past_pixels
    if is_past_pixels:
        return True
    return not any(any(window.bytes_at(start, _CHUNK)) for start in range(position, window.size, _CHUNK))


def skim(window: Window, found: DataSet, encoding: Encoding, plain: Plain = _PLAIN) -> int:
    """Record the plain elements in the window, and return how many there were.

    On most files this is the whole cost of a scan, so it is a single loop. Elements that are not
    plain (undefined or too long lengths, unknown VRs, other groups) are left to the caller, which
    reads them with all checks.
    """
    data, base = window.data, window.base
    values, facts, rows = found.values, plain.facts, list[Row]()
    header, length_only = encoding.structs()
    unpack, unpack_length, append = header.unpack_from, length_only.unpack_from, rows.append
    shorts = frozenset[bytes]() if encoding.is_implicit else SHORT_VRS
    longs, is_implicit = LONG_VRS, encoding.is_implicit
    # Positions count from the window here, because that makes the loop shorter.
    held, position = len(data), found.end - base
    last, first_group, end_group = held - FULL_HEADER, plain.groups.start, plain.groups.stop
    # An undefined length, read as a number, passes this limit too.
    limit = min(window.size, UNDEFINED_LENGTH) - base
    while position <= last:
        group, element, vr, length = unpack(data, position)
        if vr in shorts:
            value = position + 8
        elif is_implicit:
            length = unpack_length(data, position + 4)[0]
            vr, value = b"", position + 8
        elif vr in longs:
            length = unpack_length(data, position + 8)[0]
            value = position + 12
        else:
            break
        end = value + length
        if end > limit or not first_group <= group < end_group:
            break
        tag = group << 16 | element
        if tag in facts and tag not in values:
            kept = end if length <= MAX_FACT else value + MAX_FACT
            if kept > held:
                break
            values[tag] = data[value:kept]
        append((tag, vr, position, value, end))
        position = end
    if base:
        rows = [(tag, vr, start + base, value + base, end + base) for tag, vr, start, value, end in rows]
    if rows:
        found.end = position + base
        found.take_rows(rows)
    return len(rows)
