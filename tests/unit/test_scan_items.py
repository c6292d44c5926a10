"""Values of undefined length are left without recursion, trust or searching; alike items in one step each.

Standard: PS3.5 sections 6.2.2 (CP-246), 7.5 and A.4.
"""

from __future__ import annotations

import pytest

from dicom_files import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    Encoding,
    delimiter,
    element,
    encapsulated,
    item,
    nested,
    sequence,
    tag_bytes,
    ul,
    unknown_sequence,
    us,
)
from dicom_overlay.scan import encoding as ours
from dicom_overlay.scan import header
from dicom_overlay.scan.header import Window
from dicom_overlay.scan.items import MAX_DEPTH, leave_items
from failing import fails_with
from ranges import RecordedSource

ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD


AFTER = element(0x00400010, b"US", us(1))
INNER = element(0x00080100, b"SH", b"CODE")


def to_ours(encoding: Encoding) -> ours.Encoding:
    return ours.Encoding(is_implicit=encoding.implicit, is_little=not encoding.big)


def end_of(value: bytes, encoding: Encoding = EXPLICIT) -> int:
    """Walk the value of a sequence that begins the source."""
    return leave_items(Window(RecordedSource(value)), 0, to_ours(encoding), is_unknown=False)


def leave(
    data: bytes, encoding: Encoding = EXPLICIT, *, is_unknown: bool = False, is_encapsulated: bool = False
) -> tuple[int, RecordedSource]:
    """Walk the element that `data` begins with; return where it ends, and the source."""
    source = RecordedSource(data)
    value = 8 if encoding.implicit else 12
    end = leave_items(Window(source), value, to_ours(encoding), is_unknown=is_unknown, is_encapsulated=is_encapsulated)
    return end, source


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

    with fails_with("malformed-data-set", offset=342, tag=0xFFFEE0DD):
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


# Every shape of a value of undefined length.


SEQUENCES = [
    pytest.param((), id="no-items"),
    pytest.param((item(b""),), id="empty-item"),
    pytest.param((item(b"", undefined=True),), id="empty-undefined-item"),
    pytest.param((item(INNER), item(INNER, undefined=True)), id="both-kinds"),
    pytest.param((item(sequence(0x00081140, (item(INNER),), undefined=True), undefined=True),), id="nested-undefined"),
    pytest.param((item(sequence(0x00081140, (item(INNER),))),), id="nested-defined"),
    pytest.param((item(element(0x00090010, b"OB", b"\xfe\xff\xdd\xe0\0\0\0\0")),), id="delimiter-bytes-in-a-value"),
    pytest.param((item(encapsulated((b"ab",)), undefined=True),), id="encapsulated-icon"),
    pytest.param((item(unknown_sequence(0x00091002, (item(b""),)), undefined=True),), id="unknown-inside"),
    pytest.param((item(INNER), delimiter(0xFFFEE00D)), id="stray-item-delimiter"),
]


@pytest.mark.parametrize("items", SEQUENCES)
def test_a_sequence_of_undefined_length_ends_after_its_own_delimiter(items: tuple[bytes, ...]) -> None:
    data = sequence(0x00081199, items, undefined=True)

    assert leave(data + AFTER)[0] == len(data)


def test_the_encoding_holds_inside_a_sequence() -> None:
    for encoding in (IMPLICIT, BIG):
        inner = element(0x00080100, b"SH", b"CODE", encoding)
        deep = sequence(0x00081140, (item(inner, encoding, undefined=True),), encoding, undefined=True)
        data = sequence(0x00081199, (item(deep, encoding, undefined=True),), encoding, undefined=True)

        assert leave(data, encoding)[0] == len(data)


@pytest.mark.parametrize("outside", [EXPLICIT, BIG])
def test_inside_unknown_of_undefined_length_all_is_implicit_little_endian(outside: Encoding) -> None:
    # Standard: PS3.5 section 6.2.2 note, from CP-246, also where the file is big endian.
    inner = element(0x00080100, b"SH", b"CODE", IMPLICIT)
    deep = sequence(0x00081140, (item(inner, IMPLICIT, undefined=True),), IMPLICIT, undefined=True)
    data = unknown_sequence(0x00091001, (item(deep, IMPLICIT, undefined=True), item(inner, IMPLICIT)), outside)

    assert leave(data + AFTER, outside, is_unknown=True)[0] == len(data)


@pytest.mark.parametrize("outside", [EXPLICIT, BIG])
def test_unknown_inside_a_sequence_is_implicit_little_endian_only_there(outside: Encoding) -> None:
    inner = item(element(0x00080100, b"SH", b"CODE", IMPLICIT), IMPLICIT)
    unknown = unknown_sequence(0x00091001, (inner,), outside)
    after = element(0x00100020, b"LO", b"ab", outside)
    data = sequence(0x00081199, (item(unknown + after, outside, undefined=True),), outside, undefined=True)

    assert leave(data, outside)[0] == len(data)


def test_delimiter_bytes_inside_a_fragment_do_not_end_the_pixels() -> None:
    trap = delimiter(0xFFFEE0DD) + delimiter(0xFFFEE00D) + item(b"")
    data = encapsulated((b"\xff\xd8" + trap, trap * 3), offsets=bytes(8))

    assert leave(data + AFTER)[0] == len(data)


@pytest.mark.parametrize("depth", [MAX_DEPTH // 2 + 1, 1000, 100_000])
def test_nesting_beyond_the_limit_is_refused_in_bounded_time(depth: int) -> None:
    with fails_with("limit-exceeded", offset=2012, expected=200) as caught:
        leave(nested(depth))

    assert caught.value.detail["expected"] == MAX_DEPTH


def test_nesting_up_to_the_limit_is_followed() -> None:
    data = nested(MAX_DEPTH // 2)

    assert leave(data + AFTER)[0] == len(data)


def test_visiting_too_many_items_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "MAX_ITEMS", 1000)

    leave(sequence(0x00081199, (item(b""),) * 900, undefined=True))
    with fails_with("limit-exceeded", offset=65540, expected=1000):
        # The count is taken at each new window, so more than one of them has to be filled.
        leave(sequence(0x00081199, (item(b""),) * 20000, undefined=True))


@pytest.mark.parametrize(
    "content, code",
    [
        pytest.param(element(0x00080100, b"SH", b"ab"), "malformed-data-set", id="element-among-items"),
        pytest.param(item(item(b""), undefined=True), "malformed-data-set", id="item-in-an-item"),
        pytest.param(item(delimiter(0xFFFEE0DD), undefined=True), "malformed-data-set", id="sequence-end-in-an-item"),
        pytest.param(item(b"ab", length=0xFFFFFFF0), "truncated", id="item-past-the-end"),
        pytest.param(
            item(element(0x00080100, b"UT", b"ab", length=0x7FFFFFFF), undefined=True), "truncated", id="past-the-end"
        ),
    ],
)
def test_a_broken_sequence_is_refused_with_the_place(content: bytes, code: str) -> None:
    with fails_with(code) as caught:
        leave(sequence(0x00081199, (content,), undefined=True))

    assert isinstance(caught.value.detail["offset"], int)


def test_a_sequence_cut_at_any_byte_is_truncated() -> None:
    inner = item(sequence(0x00081140, (item(INNER),), undefined=True), undefined=True)
    data = sequence(0x00081199, (inner, item(INNER)), undefined=True)

    for size in range(12, len(data)):
        with fails_with("truncated"):
            leave(data[:size])


def test_between_large_fragments_only_small_windows_are_read() -> None:
    fragments = tuple(bytes(200_000) for _ in range(12))
    data = encapsulated(fragments)

    end, source = leave(data)

    assert end == len(data)
    assert max(stop - start for start, stop in source.ranges) <= 64 * 1024
    assert sum(stop - start for start, stop in source.ranges) < len(data) // 10


def test_many_small_items_are_read_in_growing_windows_and_no_byte_twice() -> None:
    data = sequence(0x00081199, (item(INNER * 4),) * 40_000, undefined=True)

    end, source = leave(data)
    sizes = [stop - start for start, stop in source.ranges]

    assert end == len(data)
    assert len(sizes) < 10
    assert sum(sizes) < len(data) * 1.1
    assert max(sizes) <= 1024 * 1024


def test_a_source_that_is_shorter_than_stated_is_truncated() -> None:
    window = Window(RecordedSource(bytes(16), size=100))

    with fails_with("truncated", offset=12, expected=88, found=4) as caught:
        leave_items(window, 12, ours.EXPLICIT_LITTLE, is_unknown=False)
    assert (caught.value.detail["expected"], caught.value.detail["found"]) == (88, 4)


@pytest.mark.parametrize("encoding", [EXPLICIT, BIG])
@pytest.mark.parametrize("number", [4, 8, 20, 40])
def test_a_value_that_looks_like_a_length_is_not_taken_for_one(encoding: Encoding, number: int) -> None:
    """In explicit VR the four bytes behind a short header are the value already."""
    content = b"".join(
        element(tag, vr, value, encoding)
        for tag, vr, value in [
            (0x00091010, b"UL", ul(number, encoding=encoding)),
            (0x00091011, b"LO", b"x" * 30),
            (0x00091012, b"OB", b"y" * 30),
            (0x00091013, b"SL", ul(number, encoding=encoding)),
        ]
    )
    data = sequence(0x00091020, (item(content, encoding, undefined=True),) * 2, encoding, undefined=True)

    assert leave(data + AFTER, encoding)[0] == len(data)
