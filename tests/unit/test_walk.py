"""Headers and undefined lengths are stepped over without recursion, trust or searching.

Standard: PS3.5 sections 6.2.2 (CP-246), 7.1, 7.5 and A.4.
"""

from __future__ import annotations

import struct

import pytest
from dicom_overlay.items import MAX_DEPTH, skip_items
from dicom_overlay.walk import Cursor, Header, read_header

from dicom_files import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    LONG_VRS,
    Encoding,
    delimiter,
    element,
    encapsulated,
    item,
    nested,
    sequence,
    tag_bytes,
    unknown_sequence,
    us,
)
from dicom_overlay import encoding as ours
from dicom_overlay import walk
from failing import fails_with
from ranges import Source

AFTER = element(0x00400010, b"US", us(1))


def to_ours(encoding: Encoding) -> ours.Encoding:
    return ours.Encoding(is_implicit=encoding.implicit, is_little=not encoding.big)


def header_of(data: bytes, encoding: Encoding = EXPLICIT) -> Header:
    return read_header(Cursor(len(data), data), 0, to_ours(encoding))


def skip(data: bytes, encoding: Encoding = EXPLICIT, *, is_unknown: bool = False) -> tuple[int, Source]:
    """Walk the element that `data` begins with; return where it ends, and the source."""
    source = Source(data)
    value = header_of(data, encoding)[2]
    return source.drive(skip_items(Cursor(len(data)), value, to_ours(encoding), is_unknown=is_unknown)), source


@pytest.mark.parametrize("vr", sorted(ours.VRS))
@pytest.mark.parametrize("encoding", [EXPLICIT, BIG])
def test_the_length_stands_where_the_vr_puts_it(vr: bytes, encoding: Encoding) -> None:
    data = element(0x00410010, vr, b"abcd", encoding, reserved=b"\x12\x34") + AFTER

    assert header_of(data, encoding) == (0x00410010, vr, 12 if vr in LONG_VRS else 8, 4)


def test_an_implicit_element_has_no_vr_and_a_wide_length() -> None:
    assert header_of(element(0x00410010, b"US", bytes(70000), IMPLICIT), IMPLICIT) == (0x00410010, b"", 8, 70000)


def test_items_and_delimiters_have_no_vr_in_any_encoding() -> None:
    assert header_of(item(b"ab")) == (0xFFFEE000, b"", 8, 2)
    assert header_of(item(b"ab", BIG), BIG) == (0xFFFEE000, b"", 8, 2)
    assert header_of(delimiter(0xFFFEE0DD)) == (0xFFFEE0DD, b"", 8, 0)


@pytest.mark.parametrize(
    "data, vr, value, length",
    [
        pytest.param(tag_bytes(0x00310010) + b"XZ\0\0\4\0\0\0abcd" + AFTER, b"XZ", 12, 4, id="new-vr-32-bit"),
        pytest.param(tag_bytes(0x00310010) + b"XZ\4\0abcd" + AFTER, b"XZ", 8, 4, id="new-vr-16-bit"),
        pytest.param(tag_bytes(0x00310010) + b"XZ\0\0" + AFTER, b"XZ", 8, 0, id="new-vr-empty"),
        pytest.param(tag_bytes(0x00310010) + b"\4\0\0\0abcd" + AFTER, b"", 8, 4, id="no-vr"),
        pytest.param(tag_bytes(0x00310010) + b"??\4\0abcd" + AFTER, b"??", 8, 4, id="no-letters-16-bit"),
        pytest.param(tag_bytes(0x00310010) + b"??\0\0\4\0\0\0abcd" + AFTER, b"??", 12, 4, id="no-letters-32-bit"),
        pytest.param(tag_bytes(0x00310010) + b"??\x7f\x7fabcd" + AFTER, b"", 8, None, id="no-reading-fits"),
        pytest.param(tag_bytes(0x00310010) + b"XZ\0\0\4\0\0\0abcd", b"XZ", 12, 4, id="last-element"),
        pytest.param(tag_bytes(0x00310010) + b"XZ\4\0abcd", b"XZ", 8, 4, id="last-element-16-bit"),
        pytest.param(tag_bytes(0x00310010) + b"XZ\4\0abcd" + b"\0\0\0", b"XZ", 8, 4, id="with-junk-behind"),
        pytest.param(tag_bytes(0x00310010) + b"XZ\0\0" + b"\0\0\0", b"XZ", 8, 0, id="empty-with-junk-behind"),
        pytest.param(tag_bytes(0x00310010) + b"XZ\0\0\xff\xff\xff\xff", b"XZ", 12, 0xFFFFFFFF, id="undefined"),
    ],
)
def test_an_unknown_vr_is_read_so_that_another_element_follows(
    data: bytes, vr: bytes, value: int, length: int | None
) -> None:
    if length is None:
        with fails_with("malformed-data-set") as caught:
            header_of(data)
        assert caught.value.detail["tag"] == 0x00310010
        return
    assert header_of(data) == (0x00310010, vr, value, length)


@pytest.mark.parametrize("size", range(12))
def test_a_header_that_the_end_cuts_is_truncated(size: int) -> None:
    data = element(0x00410010, b"OW", b"")[:size]

    with fails_with("truncated") as caught:
        header_of(data)
    assert caught.value.detail["offset"] == 0


@pytest.mark.parametrize("size", range(8))
def test_a_short_header_that_the_end_cuts_is_truncated(size: int) -> None:
    with fails_with("truncated"):
        header_of(element(0x00410010, b"US", b"")[:size])


INNER = element(0x00080100, b"SH", b"CODE")
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

    assert skip(data + AFTER)[0] == len(data)


def test_the_encoding_holds_inside_a_sequence() -> None:
    for encoding in (IMPLICIT, BIG):
        inner = element(0x00080100, b"SH", b"CODE", encoding)
        deep = sequence(0x00081140, (item(inner, encoding, undefined=True),), encoding, undefined=True)
        data = sequence(0x00081199, (item(deep, encoding, undefined=True),), encoding, undefined=True)

        assert skip(data, encoding)[0] == len(data)


@pytest.mark.parametrize("outside", [EXPLICIT, BIG])
def test_inside_unknown_of_undefined_length_all_is_implicit_little_endian(outside: Encoding) -> None:
    # Standard: PS3.5 section 6.2.2 note, from CP-246, also where the file is big endian.
    inner = element(0x00080100, b"SH", b"CODE", IMPLICIT)
    deep = sequence(0x00081140, (item(inner, IMPLICIT, undefined=True),), IMPLICIT, undefined=True)
    data = unknown_sequence(0x00091001, (item(deep, IMPLICIT, undefined=True), item(inner, IMPLICIT)), outside)

    assert skip(data + AFTER, outside, is_unknown=True)[0] == len(data)


@pytest.mark.parametrize("outside", [EXPLICIT, BIG])
def test_unknown_inside_a_sequence_is_implicit_little_endian_only_there(outside: Encoding) -> None:
    inner = item(element(0x00080100, b"SH", b"CODE", IMPLICIT), IMPLICIT)
    unknown = unknown_sequence(0x00091001, (inner,), outside)
    after = element(0x00100020, b"LO", b"ab", outside)
    data = sequence(0x00081199, (item(unknown + after, outside, undefined=True),), outside, undefined=True)

    assert skip(data, outside)[0] == len(data)


def test_delimiter_bytes_inside_a_fragment_do_not_end_the_pixels() -> None:
    trap = delimiter(0xFFFEE0DD) + delimiter(0xFFFEE00D) + item(b"")
    data = encapsulated((b"\xff\xd8" + trap, trap * 3), offsets=bytes(8))

    assert skip(data + AFTER)[0] == len(data)


@pytest.mark.parametrize("depth", [MAX_DEPTH // 2 + 1, 1000, 100_000])
def test_nesting_beyond_the_limit_is_refused_in_bounded_time(depth: int) -> None:
    with fails_with("limit-exceeded") as caught:
        skip(nested(depth))

    assert caught.value.detail["expected"] == MAX_DEPTH


def test_nesting_up_to_the_limit_is_followed() -> None:
    data = nested(MAX_DEPTH // 2)

    assert skip(data + AFTER)[0] == len(data)


def test_visiting_too_many_items_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_ELEMENTS", 1000)

    skip(sequence(0x00081199, (item(b""),) * 900, undefined=True))
    with fails_with("limit-exceeded"):
        # The count is taken at each new window, so more than one of them has to be filled.
        skip(sequence(0x00081199, (item(b""),) * 20000, undefined=True))


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
        skip(sequence(0x00081199, (content,), undefined=True))

    assert isinstance(caught.value.detail["offset"], int)


def test_a_sequence_cut_at_any_byte_is_truncated() -> None:
    inner = item(sequence(0x00081140, (item(INNER),), undefined=True), undefined=True)
    data = sequence(0x00081199, (inner, item(INNER)), undefined=True)

    for size in range(12, len(data)):
        with fails_with("truncated"):
            skip(data[:size])


def test_between_large_fragments_only_small_windows_are_read() -> None:
    fragments = tuple(bytes(200_000) for _ in range(12))
    data = encapsulated(fragments)

    end, source = skip(data)

    assert end == len(data)
    assert max(stop - start for start, stop in source.ranges) <= 64 * 1024
    assert sum(stop - start for start, stop in source.ranges) < len(data) // 10


def test_many_small_items_are_read_in_growing_windows_and_no_byte_twice() -> None:
    data = sequence(0x00081199, (item(INNER * 4),) * 40_000, undefined=True)

    end, source = skip(data)
    sizes = [stop - start for start, stop in source.ranges]

    assert end == len(data)
    assert len(sizes) < 10
    assert sum(sizes) < len(data) * 1.1
    assert max(sizes) <= 1024 * 1024


def test_a_source_that_is_shorter_than_stated_is_truncated() -> None:
    walker = skip_items(Cursor(100), 12, ours.EXPLICIT_LITTLE, is_unknown=False)
    start, end = next(walker)

    assert (start, end) == (12, 100)
    with fails_with("truncated") as caught:
        walker.send(struct.pack("<I", 0))
    assert (caught.value.detail["expected"], caught.value.detail["found"]) == (88, 4)
