"""What a scan reads, how far it goes, and where it stops: ranges, deflate, truncation, limits.

Standard: PS3.5 section A.5 (deflate).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from dicom_files import (
    DEFLATED_UID,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT_LITTLE_UID,
    JPEG_BASELINE_UID,
    deflate,
    element,
    encapsulated,
    file,
    image_elements,
    image_file,
    item,
    meta,
    nested,
    sequence,
    us,
)
from dicom_overlay.scan import data_set, deflated, header
from dicom_overlay.scan.items import MAX_DEPTH
from dicom_overlay.scan.layout import Layout, image_size, scan
from dicom_overlay.scan.source import Source
from failing import fails_with
from in_memory import scan_bytes
from ranges import RecordedSource

if TYPE_CHECKING:
    from pathlib import Path

FIRST = 65536


def ranges_of(data: bytes) -> list[tuple[int, int]]:
    source = RecordedSource(data)
    scan(source)
    return source.ranges


def tags_of(layout: Layout) -> list[int]:
    return [found.tag for found in layout.elements]


def native(size: int) -> bytes:
    """An image whose Pixel Data has so many bytes."""
    return image_elements(5, 7, pixels=element(0x7FE00010, b"OW", bytes(size)))


# 18. Which ranges are asked for.


def test_a_small_file_is_read_once_and_whole() -> None:
    data = image_file()

    assert ranges_of(data) == [(0, len(data))]


def test_of_a_large_file_the_first_64_kib_are_read_and_no_pixel_behind_them() -> None:
    assert ranges_of(file(meta(), native(3_000_000))) == [(0, FIRST)]


def test_what_follows_large_pixels_is_read_in_one_small_range() -> None:
    data = file(meta(), native(3_000_000) + element(0xFFFCFFFC, b"OB", bytes(6)))

    assert ranges_of(data) == [(0, FIRST), (len(data) - 18, len(data))]


def test_junk_after_large_pixels_is_not_read_whole() -> None:
    data = file(meta(), native(3_000_000) + bytes(1_000_000))
    found = ranges_of(data)

    assert found[0] == (0, FIRST)
    assert sum(end - start for start, end in found) < FIRST + 10_000


@pytest.mark.parametrize("vr, length", [(b"OB", 500_000), (b"UN", 5_000_000), (b"UT", 100_000)])
def test_a_large_value_in_the_header_is_jumped_over(vr: bytes, length: int) -> None:
    large = element(0x00411010, vr, bytes(length))
    data = file(meta(), image_elements(5, 7, before_pixels=large))

    assert sum(end - start for start, end in ranges_of(data)) <= 2 * FIRST


def test_of_large_fragments_only_headers_are_read() -> None:
    fragments = tuple(bytes(300_000) for _ in range(10))
    data = image_file(transfer_syntax=JPEG_BASELINE_UID, pixels=encapsulated(fragments))
    found = ranges_of(data)

    assert found[0] == (0, FIRST)
    assert all(end - start <= FIRST for start, end in found)
    assert sum(end - start for start, end in found) < 2 * FIRST + len(fragments) * 5000


@pytest.mark.parametrize("padding", [FIRST - 1000, FIRST - 700, FIRST - 600, FIRST - 500, FIRST - 400, FIRST - 300])
def test_elements_across_the_end_of_the_first_range_are_read_all_the_same(padding: int) -> None:
    # The filler is before everything else, so that header and facts lie across the boundary.
    filler = element(0x00080001, b"UT", bytes(padding))
    for shift in range(0, 60, 2):
        data = file(meta(), element(0x00070010, b"LO", bytes(shift)) + filler + image_elements(5, 7))
        layout = scan_bytes(data)

        assert (layout.integer(0x00280010), layout.integer(0x00280011)) == (5, 7)
        assert layout.text(0x00080018) == "1.2.3.4"
        assert len(layout.elements) == 19


def test_of_an_empty_source_nothing_is_read() -> None:
    source = RecordedSource(b"")

    with fails_with("not-dicom", found=0):
        scan(source)
    assert source.ranges == []


def test_a_source_that_gives_less_than_it_stated_is_truncated() -> None:
    with fails_with("truncated", offset=0, expected=1000, found=500) as caught:
        scan(RecordedSource(image_file()[:500], size=1000))
    assert caught.value.detail == {"offset": 0, "expected": 1000, "found": 500}


# 14. Deflate.


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("trailing", [b"", b"\0\0", b"\1", b"TAIL", b"\0TAIL"])
def test_a_deflated_data_set_is_laid_out_as_if_it_were_not(level: int, trailing: bytes) -> None:
    inflated = image_elements(5, 7)
    packed = deflate(inflated, level=level)
    data = file(meta(DEFLATED_UID), packed + trailing)
    layout = scan_bytes(data)
    start = len(file(meta(DEFLATED_UID), b""))

    assert layout.deflated is not None
    assert (layout.deflated.start, layout.deflated.inflated) == (start, inflated)
    assert layout.deflated.trailing == trailing
    assert layout.source_size == len(data)
    assert (layout.size, layout.end) == (start + len(inflated),) * 2
    assert (next(iter(layout.elements)).start, layout.integer(0x00280011)) == (start, 7)


def test_an_odd_deflate_stream_may_lack_its_pad_byte() -> None:
    for padding in range(40):
        inflated = image_elements(5, 7, before_pixels=element(0x00411010, b"OB", bytes(range(padding)) * 2))
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        stream = packer.compress(inflated) + packer.flush()
        bare = scan_bytes(file(meta(DEFLATED_UID), stream)).deflated
        padded = scan_bytes(file(meta(DEFLATED_UID), stream + bytes(len(stream) % 2))).deflated

        assert bare is not None
        assert padded is not None
        assert (bare.inflated, bare.trailing) == (padded.inflated, padded.trailing) == (inflated, b"")


def test_only_the_deflated_transfer_syntaxes_are_inflated() -> None:
    packed = deflate(image_elements(5, 7))

    for declared in ("1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"):
        assert scan_bytes(file(meta(declared), packed)).deflated is not None
    # Deflated Image Frame Compression: the frames are deflated, not the data set.
    frames = file(meta("1.2.840.10008.1.2.8.1"), image_elements(5, 7, pixels=encapsulated((b"ab",))))
    assert scan_bytes(frames).deflated is None


def test_a_deflate_stream_cut_anywhere_is_truncated() -> None:
    start = len(file(meta(DEFLATED_UID), b""))
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = file(meta(DEFLATED_UID), packer.compress(image_elements(5, 7)) + packer.flush())

    for size in range(start, len(data)):
        with fails_with("truncated", "offset"):
            scan_bytes(data[:size])


@pytest.mark.parametrize("stream", [b"\xff" * 40, zlib.compress(image_elements(5, 7))])
def test_what_is_no_deflate_stream_is_malformed(stream: bytes) -> None:
    with fails_with("malformed-data-set", offset=256) as caught:
        scan_bytes(file(meta(DEFLATED_UID), stream))

    assert caught.value.detail["offset"] == len(file(meta(DEFLATED_UID), b""))


def test_a_truncated_data_set_inside_a_whole_stream_is_truncated() -> None:
    with fails_with("truncated", offset=506, tag=0x7FE00010, expected=542, found=538):
        scan_bytes(file(meta(DEFLATED_UID), deflate(image_elements(5, 7)[:-4])))


def test_a_deflate_bomb_is_refused_at_the_stated_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deflated, "MAX_INFLATED", 1_000_000)
    within = image_elements(5, 7, pixels=element(0x7FE00010, b"OB", bytes(900_000)))
    beyond = image_elements(5, 7, pixels=element(0x7FE00010, b"OB", bytes(1_000_000)))
    far_beyond = image_elements(5, 7, pixels=element(0x7FE00010, b"OB", bytes(60_000_000)))

    assert scan_bytes(file(meta(DEFLATED_UID), deflate(within))).has_pixel_data
    for bomb in (beyond, far_beyond):
        with fails_with("limit-exceeded", expected=1_000_000) as caught:
            scan_bytes(file(meta(DEFLATED_UID), deflate(bomb)))
        assert caught.value.detail["expected"] == 1_000_000


def test_a_deflated_file_larger_than_the_limit_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deflated, "MAX_INFLATED", 100_000)
    source = RecordedSource(file(meta(DEFLATED_UID), bytes(200_000)))

    with fails_with("limit-exceeded", expected=100_000, found=200_000):
        scan(source)
    assert source.ranges == [(0, FIRST)]


def test_a_memory_that_does_not_suffice_is_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Exhausted:
        def decompress(self, *_: object) -> bytes:
            raise MemoryError

    monkeypatch.setattr(zlib, "decompressobj", lambda _: Exhausted())
    with fails_with("limit-exceeded", "found"):
        scan_bytes(file(meta(DEFLATED_UID), bytes(20)))


# 15. Truncation.


def icon_and_pixels(transfer_syntax: str) -> bytes:
    """An image with a sequence of undefined length and with Pixel Data of its syntax."""
    inner = item(element(0x00080100, b"SH", b"CODE"), undefined=True)
    if transfer_syntax in {IMPLICIT_LITTLE_UID, EXPLICIT_BIG_UID}:
        return image_file(transfer_syntax=transfer_syntax)
    return image_file(
        transfer_syntax=transfer_syntax, before_pixels=sequence(0x00400275, (inner, inner), undefined=True)
    )


@pytest.mark.parametrize(
    "transfer_syntax", [IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID, JPEG_BASELINE_UID]
)
def test_a_file_cut_at_any_byte_is_refused_or_ends_between_two_elements(transfer_syntax: str) -> None:
    data = icon_and_pixels(transfer_syntax)
    whole = scan_bytes(data)
    between = {132} | {found.end for found in (*whole.meta, *whole.elements)}

    for size in range(132, len(data)):
        end = max(place for place in between if place <= size)
        # One zero byte of a big endian tag cannot be told from padding.
        if not any(data[end:size]):
            cut = scan_bytes(data[:size])
            assert tags_of(cut) == [found.tag for found in whole.elements if found.end <= size]
        else:
            with fails_with("truncated"):
                scan_bytes(data[:size])


def test_a_partial_scan_keeps_what_stands_before_the_cut() -> None:
    data = icon_and_pixels(EXPLICIT_LITTLE_UID)
    whole = scan_bytes(data)

    for size in range(next(iter(whole.elements)).start, len(data)):
        cut = scan_bytes(data[:size], is_partial=True)

        assert list(cut.elements) == [found for found in whole.elements if found.end <= size]
        assert cut.break_code == (None if size == cut.end else "truncated-file")


@pytest.mark.parametrize("tag, vr", [(0x00411010, b"OB"), (0x7FE00010, b"OW"), (0x00411010, b"LO")])
def test_a_length_past_the_end_is_truncated_and_says_where(tag: int, vr: bytes) -> None:
    before = image_elements(5, 7, pixels=b"")
    forged = 0xFFFE if vr == b"LO" else 0xFFFFFFFE
    data = file(meta(), before + element(tag, vr, b"ab", length=forged))

    with fails_with("truncated", "offset", "tag", "expected", "found") as caught:
        scan_bytes(data)

    assert caught.value.detail["tag"] == tag
    assert caught.value.detail["found"] == len(data)


# Limits.


@pytest.mark.parametrize("depth", [MAX_DEPTH, 100_000])
def test_deep_nesting_of_undefined_lengths_is_refused(depth: int) -> None:
    with fails_with("limit-exceeded", offset=2504, expected=200):
        scan_bytes(file(meta(), image_elements(5, 7, before_pixels=nested(depth, tag=0x00400275))))


def test_deep_nesting_of_defined_lengths_is_one_jump() -> None:
    deep = nested(50_000, undefined=False, tag=0x00400275)

    assert 0x00400275 in tags_of(scan_bytes(file(meta(), image_elements(5, 7, before_pixels=deep))))


def test_more_elements_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_set, "MAX_ELEMENTS", 100)
    many = b"".join(element(0x00410000 | i, b"US", us(i)) for i in range(1, 101))

    with fails_with("limit-exceeded", offset=1492, expected=100) as caught:
        scan_bytes(file(meta(), image_elements(5, 7, before_pixels=many)))
    assert caught.value.detail["expected"] == 100


def test_of_the_most_elements_one_more_is_refused_and_the_limit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 1000
    monkeypatch.setattr(data_set, "MAX_ELEMENTS", most)
    element_of_no_length = element(0x00410010, b"LO", b"")
    data = file(meta(), element_of_no_length * most)

    assert len(scan_bytes(data).elements) == most
    with fails_with("limit-exceeded", offset=8_262, expected=most) as caught:
        scan_bytes(data + element_of_no_length)
    assert str(most) in caught.value.message


def test_the_limits_are_those_that_the_documentation_states(root: Path) -> None:
    page = " ".join((root / "web/docs/conformance.md").read_text("utf-8").split())
    stated = [
        f"{MAX_DEPTH} levels",
        f"{header.MAX_ELEMENTS:,} elements",
        f"{deflated.MAX_INFLATED / (1 << 20):.6g} MiB",
    ]

    assert [words for words in stated if words not in page] == []
    assert header.MAX_ITEMS == 10_000_000


def test_the_limit_of_a_deflated_file_counts_what_is_deflated(monkeypatch: pytest.MonkeyPatch) -> None:
    # Stored blocks, so that the deflated bytes are more than the inflated ones.
    data = file(meta(DEFLATED_UID), deflate(image_elements(5, 7), level=0))
    start = len(file(meta(DEFLATED_UID), b""))
    monkeypatch.setattr(deflated, "MAX_INFLATED", len(data) - start)
    assert scan_bytes(data).deflated is not None
    monkeypatch.setattr(deflated, "MAX_INFLATED", len(data) - start - 1)
    with fails_with("limit-exceeded", expected=len(data) - start - 1, found=len(data) - start):
        scan_bytes(data)


def test_an_empty_range_is_not_read() -> None:
    source = Source(10, lambda start, end: pytest.fail(f"{start} to {end} was asked for"))

    assert (source.read(4, 4), source.read(5, 4)) == (b"", b"")


@pytest.mark.parametrize("place, name", [(0, "rows"), (1, "columns")])
def test_a_size_of_65535_pixels_is_one_and_a_missing_one_is_named(place: int, name: str) -> None:
    sizes = [element(0x00280010 + n, b"US", us(65535)) for n in range(2)]
    whole = scan_bytes(file(meta(), b"".join(sizes)))

    assert image_size(whole)[:2] == (65535, 65535)
    with fails_with("no-image", tag=0x00280010 + place, field=name):
        image_size(scan_bytes(file(meta(), sizes[1 - place])))
