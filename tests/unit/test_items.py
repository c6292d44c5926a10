"""Alike items are passed in one step each, and only while their headers are the same.

Standard: PS3.5 section 7.5.
"""

from __future__ import annotations

import pytest
from dicom_overlay.items import skip_items
from dicom_overlay.walk import Cursor

from dicom_files import BIG, EXPLICIT, IMPLICIT, Encoding, delimiter, element, item, tag_bytes
from dicom_overlay import encoding as ours
from failing import fails_with
from ranges import Source

ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD


def end_of(value: bytes, encoding: Encoding = EXPLICIT) -> int:
    """Walk the value of a sequence that begins the source."""
    walker = skip_items(
        Cursor(len(value)),
        0,
        ours.Encoding(is_implicit=encoding.implicit, is_little=not encoding.big),
        is_unknown=False,
    )
    return Source(value).drive(walker)


def reference(number: int, encoding: Encoding = EXPLICIT, *, extra: bytes = b"") -> bytes:
    """Return an undefined-length item like those of Referenced Image Sequence."""
    content = element(0x00081150, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0", encoding)
    content += element(0x00081155, b"UI", f"1.2.3.{number:06d}".encode(), encoding) + extra
    return item(content, encoding, undefined=True)


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
@pytest.mark.parametrize("count", [1, 2, 3, 378, 5000])
def test_a_sequence_of_alike_items_ends_at_its_delimiter(count: int, encoding: Encoding) -> None:
    items = b"".join(reference(number, encoding) for number in range(count))
    value = items + delimiter(SEQUENCE_END, encoding)

    assert end_of(value + element(0x00400010, b"LO", b"after ", encoding), encoding) == len(value)


@pytest.mark.parametrize("place", [1, 2, 7, 8])
@pytest.mark.parametrize(
    "other",
    [
        pytest.param(reference(1, extra=element(0x00081160, b"IS", b"1 ")), id="one-element-more"),
        pytest.param(item(element(0x00081150, b"UI", b"1.2\0"), undefined=True), id="shorter"),
        pytest.param(item(element(0x00081150, b"UI", b"1.2\0")), id="of-stated-length"),
        pytest.param(item(b"", undefined=True), id="empty"),
        pytest.param(item(b""), id="empty-of-stated-length"),
        pytest.param(
            item(
                tag_bytes(0x0008113A) + b"SQ\0\0\xff\xff\xff\xff" + reference(3) + delimiter(SEQUENCE_END),
                undefined=True,
            ),
            id="with-a-sequence-inside",
        ),
    ],
)
def test_an_item_of_another_shape_among_alike_ones_is_walked_on_its_own(other: bytes, place: int) -> None:
    items = [reference(number) for number in range(8)]
    items.insert(place, other)
    value = b"".join(items) + delimiter(SEQUENCE_END)

    assert end_of(value + element(0x00400010, b"LO", b"after ")) == len(value)


def test_a_fault_in_a_later_one_of_alike_items_is_found() -> None:
    items = [bytearray(reference(number)) for number in range(6)]
    end = len(items[4]) - 8
    items[4][end : end + 4] = tag_bytes(SEQUENCE_END)

    with fails_with("malformed-data-set"):
        end_of(b"".join(items) + delimiter(SEQUENCE_END))


def test_a_cut_anywhere_in_alike_items_is_found() -> None:
    value = b"".join(reference(number) for number in range(4)) + delimiter(SEQUENCE_END)

    for size in range(len(value)):
        with fails_with("truncated"):
            end_of(value[:size])


def test_a_length_that_looks_alike_but_leads_elsewhere_is_followed() -> None:
    # The third item's first element swallows what would be the second element's header.
    whole = reference(1)
    swallowed = whole[8:-8][8:]
    odd = item(element(0x00081150, b"UI", swallowed), undefined=True)
    assert len(odd) == len(whole)
    value = reference(0) + whole + odd + reference(2) + delimiter(SEQUENCE_END)

    assert end_of(value) == len(value)
