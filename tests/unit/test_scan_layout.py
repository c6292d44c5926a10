"""Where a file's top-level elements are: ordinary files of every encoding, and what writers leave around them.

Standard: PS3.10 section 7; PS3.5 section 7 and Annex A.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from dicom_files import (
    BIG,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    JPEG_2000_UID,
    LONG_VRS,
    Encoding,
    delimiter,
    element,
    encapsulated,
    file,
    image_elements,
    image_file,
    item,
    meta,
    overlay_elements,
    sequence,
    tag_bytes,
    text,
    uid,
    ul,
    unknown_sequence,
    us,
)
from dicom_overlay.scan import encoding as ours
from failing import fails_with
from in_memory import scan_bytes

if TYPE_CHECKING:
    from dicom_overlay.scan.layout import Layout

# The elements of `image_elements`, Pixel Data left out.
HEADER = [
    *(0x00080008, 0x00080016, 0x00080018, 0x00080060, 0x00100010, 0x0020000D, 0x0020000E, 0x00200013),
    *(0x00280002, 0x00280004, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103),
]
PIXELS = 0x7FE00010
META = [0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012]
UIDS = {IMPLICIT: IMPLICIT_LITTLE_UID, EXPLICIT: EXPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}


def tags_of(layout: Layout) -> list[int]:
    return [found.tag for found in layout.elements]


def same_encoding(layout: Layout, encoding: Encoding) -> bool:
    return layout.encoding == ours.Encoding(is_implicit=encoding.implicit, is_little=not encoding.big)


def with_header(extra: bytes = b"", *, after: bytes = b"", encoding: Encoding = EXPLICIT) -> bytes:
    """An image with more elements before Pixel Data or after it."""
    return file(meta(UIDS[encoding]), image_elements(5, 7, encoding, before_pixels=extra) + after)


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG])
def test_every_element_is_found_and_they_stand_gaplessly(encoding: Encoding) -> None:
    data = image_file(transfer_syntax=UIDS[encoding])
    layout = scan_bytes(data)
    every = (*layout.meta, *layout.elements)

    assert same_encoding(layout, encoding)
    assert [found.tag for found in layout.meta] == META
    assert tags_of(layout) == [*HEADER, PIXELS]
    assert every[0].start == 132
    assert all(a.end == b.start for a, b in itertools.pairwise(every))
    assert layout.end == layout.size == layout.source_size == len(data)
    assert {found.vr for found in layout.elements} >= ({b""} if encoding.implicit else {b"CS", b"UI", b"US", b"OW"})
    assert all(data[e.start : e.start + 4] == tag_bytes(e.tag, encoding) for e in layout.elements)


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG])
def test_the_facts_that_an_edit_needs_are_kept(encoding: Encoding) -> None:
    layout = scan_bytes(image_file(3, 260, transfer_syntax=UIDS[encoding], frames=4, charset="ISO_IR 100"))

    assert (layout.integer(0x00280010), layout.integer(0x00280011), layout.number_of_frames) == (3, 260, 4)
    assert layout.text(0x00080005) == "ISO_IR 100"
    assert layout.text(0x00080018) == "1.2.3.4"
    assert layout.transfer_syntax == UIDS[encoding]
    assert layout.has_pixel_data
    assert layout.break_code is None
    assert layout.deflated is None
    assert (layout.text(0x00200052), layout.integer(0x00400010)) == (None, None)


@pytest.mark.parametrize(
    "value, frames", [(b"3 ", 3), (b"  12", 12), (b"0 ", 1), (b"", 1), (b"-4", 1), (b"many", 1), (b"9" * 20, 1)]
)
def test_number_of_frames_is_one_unless_it_is_a_count(value: bytes, frames: int) -> None:
    layout = scan_bytes(with_header(element(0x00280008, b"IS", value)))

    assert layout.number_of_frames == frames


# 1. Preamble and meta information.


@pytest.mark.parametrize("preamble", [bytes(128), b"II*\0" + bytes(124), b"MM\0*" + b"\xff" * 124, b"x" * 128])
def test_any_preamble_is_stepped_over_and_its_begin_kept(preamble: bytes) -> None:
    layout = scan_bytes(file(meta(), image_elements(5, 7), preamble=preamble))

    assert tags_of(layout) == [*HEADER, PIXELS]
    assert layout.preamble == preamble[:4]


@pytest.mark.parametrize("group_length", [False, 0, 4, 999_999, 2**32 - 1])
def test_the_group_length_of_the_meta_information_is_trusted_for_nothing(group_length: bool | int) -> None:
    layout = scan_bytes(file(meta(group_length=group_length), image_elements(5, 7)))

    assert [found.tag for found in layout.meta] == (META if group_length is not False else META[1:])
    assert tags_of(layout) == [*HEADER, PIXELS]


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT])
def test_without_a_transfer_syntax_the_bytes_tell_the_encoding(encoding: Encoding) -> None:
    layout = scan_bytes(file(meta(None), image_elements(5, 7, encoding)))

    assert layout.transfer_syntax is None
    assert same_encoding(layout, encoding)
    assert tags_of(layout) == [*HEADER, PIXELS]


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG])
def test_the_meta_information_may_be_missing_behind_the_prefix(encoding: Encoding) -> None:
    layout = scan_bytes(file(b"", image_elements(5, 7, encoding)))

    assert layout.meta == ()
    assert same_encoding(layout, encoding)
    assert tags_of(layout) == [*HEADER, PIXELS]


def test_meta_information_may_be_written_implicitly() -> None:
    body = element(0x00020010, b"UI", uid(EXPLICIT_LITTLE_UID), IMPLICIT)
    implicit_meta = element(0x00020000, b"UL", ul(len(body)), IMPLICIT) + body
    layout = scan_bytes(file(implicit_meta, image_elements(5, 7)))

    assert [found.tag for found in layout.meta] == [0x00020000, 0x00020010]
    assert layout.transfer_syntax == EXPLICIT_LITTLE_UID
    assert tags_of(layout) == [*HEADER, PIXELS]


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG])
def test_a_bare_data_set_without_preamble_is_read(encoding: Encoding) -> None:
    layout = scan_bytes(image_elements(5, 7, encoding))

    assert layout.preamble == b""
    assert same_encoding(layout, encoding)
    assert next(iter(layout.elements)).start == 0
    assert tags_of(layout) == [*HEADER, PIXELS]


def test_meta_information_without_preamble_is_read() -> None:
    layout = scan_bytes(meta() + image_elements(5, 7))

    assert layout.meta[0].start == 0
    assert layout.transfer_syntax == EXPLICIT_LITTLE_UID
    assert tags_of(layout) == [*HEADER, PIXELS]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(200), id="zeros"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(200), id="png"),
        pytest.param(b"\0" + image_elements(5, 7), id="stray-leading-byte"),
        pytest.param(b"\x08\0", id="two-bytes"),
        pytest.param(b"\x08\0\x05\0\xff\xff\xff\xff" + bytes(8), id="impossible-first-length"),
        pytest.param(bytes(128) + b"DICN" + image_elements(5, 7), id="wrong-prefix"),
        pytest.param(image_file()[:131], id="cut-inside-the-prefix"),
    ],
)
def test_what_is_not_dicom_is_refused(data: bytes) -> None:
    with fails_with("not-dicom", "found"):
        scan_bytes(data)


def test_a_prefix_and_nothing_else_is_an_empty_data_set() -> None:
    layout = scan_bytes(bytes(128) + b"DICM")

    assert (layout.meta, tuple(layout.elements), layout.end) == ((), (), 132)


# 2. The encoding and the UID.


@pytest.mark.parametrize(
    "declared", [IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID, JPEG_2000_UID, "1.2.9"]
)
@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG])
def test_a_uid_that_lies_about_the_encoding_is_overruled(declared: str, encoding: Encoding) -> None:
    layout = scan_bytes(file(meta(declared), image_elements(5, 7, encoding)))

    assert same_encoding(layout, encoding)
    assert layout.transfer_syntax == declared
    assert layout.integer(0x00280011) == 7
    assert tags_of(layout) == [*HEADER, PIXELS]


@pytest.mark.parametrize("declared", ["1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"])
def test_what_holds_no_data_set_is_refused(declared: str) -> None:
    with fails_with("unsupported-transfer-syntax"):
        scan_bytes(file(meta(declared), b"<xml/>"))


# 3. VRs and their length forms.


@pytest.mark.parametrize("vr", sorted(ours.VRS))
@pytest.mark.parametrize("encoding", [EXPLICIT, BIG])
def test_every_vr_is_stepped_over_with_reserved_bytes_of_any_value(vr: bytes, encoding: Encoding) -> None:
    odd = element(0x00410010, vr, b"abcd", encoding, reserved=b"\x20\x20")
    layout = scan_bytes(with_header(odd, encoding=encoding))

    assert tags_of(layout) == [*HEADER, 0x00410010, PIXELS]
    found = tuple(layout.elements)[-2]
    assert (found.vr, found.value - found.start, found.end - found.value) == (vr, 12 if vr in LONG_VRS else 8, 4)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(tag_bytes(0x00410010) + b"ZZ\0\0\4\0\0\0abcd", id="unknown-32-bit"),
        pytest.param(tag_bytes(0x00410010) + b"ZZ\4\0abcd", id="unknown-16-bit"),
        pytest.param(tag_bytes(0x00410010) + b"\4\0\0\0abcd", id="left-out"),
        pytest.param(element(0x00410010, b"UN", b"abcd"), id="un"),
        pytest.param(element(0x00410010, b"LT", b"abc"), id="odd-length"),
        pytest.param(element(0x00410010, b"LT", b""), id="empty"),
    ],
)
def test_an_unusual_element_does_not_throw_the_scan_out_of_step(odd: bytes) -> None:
    assert tags_of(scan_bytes(with_header(odd))) == [*HEADER, 0x00410010, PIXELS]


# 4. and 5. Undefined lengths, CP-246.


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG])
@pytest.mark.parametrize("undefined", [True, False])
def test_a_sequence_is_one_element_however_it_is_delimited(encoding: Encoding, undefined: bool) -> None:
    inner = image_elements(2, 2, encoding)
    deep = sequence(0x00081140, (item(inner, encoding, undefined=undefined),), encoding, undefined=undefined)
    whole = sequence(0x00400275, (item(deep, encoding),), encoding, undefined=undefined)

    assert tags_of(scan_bytes(with_header(whole, encoding=encoding))) == [*HEADER, 0x00400275, PIXELS]


@pytest.mark.parametrize("encoding", [EXPLICIT, BIG])
def test_unknown_of_undefined_length_is_one_element(encoding: Encoding) -> None:
    inner = item(image_elements(2, 2, IMPLICIT), IMPLICIT, undefined=True)
    whole = unknown_sequence(0x00411010, (inner, inner), encoding)

    assert tags_of(scan_bytes(with_header(whole, encoding=encoding))) == [*HEADER, 0x00411010, PIXELS]


def test_unknown_of_defined_length_is_not_looked_into() -> None:
    junk = element(0x00411010, b"UN", delimiter(0xFFFEE0DD) + b"\xff" * 30)

    assert tags_of(scan_bytes(with_header(junk))) == [*HEADER, 0x00411010, PIXELS]


def test_an_undefined_length_where_none_may_be_is_refused() -> None:
    with fails_with("malformed-data-set", offset=504, tag=0x00410010, vr="UT") as caught:
        scan_bytes(with_header(element(0x00410010, b"UT", b"ab", length=0xFFFFFFFF)))

    assert caught.value.detail["tag"] == 0x00410010


# 6. and 7. Pixel Data and its neighbours.


def test_fragments_may_hold_delimiter_bytes() -> None:
    trap = delimiter(0xFFFEE0DD) + bytes(8)
    layout = scan_bytes(image_file(transfer_syntax=JPEG_2000_UID, pixels=encapsulated((trap * 2, b"\xff\xd9"))))

    assert tags_of(layout) == [*HEADER, PIXELS]
    assert layout.end == layout.size


def test_offset_tables_stand_before_the_pixels_and_float_pixels_instead_of_them() -> None:
    tables = element(0x7FE00001, b"OV", bytes(8)) + element(0x7FE00002, b"OV", bytes(8))
    with_tables = scan_bytes(with_header(tables))
    with_floats = scan_bytes(file(meta(), image_elements(5, 7, pixels=element(0x7FE00008, b"OF", bytes(140)))))
    without = scan_bytes(file(meta(), image_elements(5, 7, pixels=b"")))

    assert tags_of(with_tables) == [*HEADER, 0x7FE00001, 0x7FE00002, PIXELS]
    assert tags_of(with_floats) == [*HEADER, 0x7FE00008]
    assert (with_tables.has_pixel_data, with_floats.has_pixel_data, without.has_pixel_data) == (True, True, False)


# 8. Look-alikes below the top level.


@pytest.mark.parametrize("undefined", [True, False])
def test_planes_and_pixels_inside_sequences_are_not_the_files(undefined: bool) -> None:
    inner = image_elements(2, 2, before_pixels=overlay_elements(0x6000, 2, 2, b"\1\0"))
    icon = sequence(0x00880200, (item(inner, undefined=undefined),), undefined=undefined)
    layout = scan_bytes(with_header(icon))

    assert tags_of(layout) == [*HEADER, 0x00880200, PIXELS]
    assert (layout.integer(0x00280010), layout.integer(0x00280011)) == (5, 7)
    assert layout.elements.of_group(0x6000) == ()


# 9. What follows the pixels.


@pytest.mark.parametrize(
    "after, tags",
    [
        pytest.param(element(0xFFFCFFFC, b"OB", bytes(6)), [0xFFFCFFFC], id="trailing-padding"),
        pytest.param(sequence(0xFFFAFFFA, (item(b""),)), [0xFFFAFFFA], id="signatures"),
        pytest.param(element(0x7FE10010, b"LO", b"ab"), [0x7FE10010], id="private-group"),
        pytest.param(overlay_elements(0x6002, 1, 1, b"\1\0")[:10], [0x60020010], id="plane-too-late"),
        pytest.param(delimiter(0xFFFEE0DD), [0xFFFEE0DD], id="stray-delimiter"),
    ],
)
def test_elements_after_the_pixels_are_found(after: bytes, tags: list[int]) -> None:
    layout = scan_bytes(with_header(after=after))

    assert tags_of(layout) == [*HEADER, PIXELS, *tags]
    assert layout.end == layout.size


@pytest.mark.parametrize("junk", [b"\0", b"\0" * 7, b"\0" * 8, b"\0" * 5000, b"\x12\x34", b"\xff" * 7, b"\n"])
def test_padding_and_stray_bytes_after_the_pixels_are_no_elements(junk: bytes) -> None:
    layout = scan_bytes(with_header(after=junk))

    assert tags_of(layout) == [*HEADER, PIXELS]
    assert layout.size - layout.end == len(junk)


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG])
@pytest.mark.parametrize("count", [1, 7, 8, 12, 5000, 2_000_000])
def test_zeros_at_the_end_are_padding_also_without_pixel_data(count: int, encoding: Encoding) -> None:
    data = file(meta(UIDS[encoding]), image_elements(5, 7, encoding, pixels=b""))
    layout = scan_bytes(data + bytes(count))

    assert tags_of(layout) == HEADER
    assert (layout.end, layout.size) == (len(data), len(data) + count)


@pytest.mark.parametrize("zeros", [8, 5000, 2_000_000])
def test_zeros_before_anything_else_are_no_padding(zeros: int) -> None:
    with fails_with("malformed-data-set", offset=492, tag=0x00000000, vr="0000") as caught:
        scan_bytes(file(meta(), image_elements(5, 7, pixels=b"")) + bytes(zeros) + b"\1" * 12)

    assert caught.value.detail["tag"] == 0


@pytest.mark.parametrize("junk", [b"\xff" * 9, b"\0" * 4 + b"\1" * 40])
def test_long_junk_after_the_pixels_is_refused_and_not_called_a_cut(junk: bytes) -> None:
    with fails_with("malformed-data-set", "offset", "tag", "vr"):
        scan_bytes(with_header(after=junk))


@pytest.mark.parametrize("tag", [0x00000000, 0x00000002, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD])
def test_a_tag_that_no_data_set_holds_is_refused_before_the_pixels(tag: int) -> None:
    with fails_with("malformed-data-set", "offset", "tag") as caught:
        scan_bytes(with_header(tag_bytes(tag) + b"\0\0\0\0"))

    assert caught.value.detail["tag"] == tag


@pytest.mark.parametrize("tag, is_behind", [(0x00000002, False), (0xFFFEE000, True), (0xFFFEE0DD, True)])
def test_what_breaks_behind_the_planes_is_accepted_for_reading_alone(tag: int, is_behind: bool) -> None:
    """A file that breaks before group 60xx may have planes that nobody saw."""
    data = with_header(tag_bytes(tag) + b"\0\0\0\0")
    if is_behind:
        assert scan_bytes(data, is_partial=True).break_code == "unreadable-rest"
        return
    with fails_with("malformed-data-set", "offset", "tag"):
        scan_bytes(data, is_partial=True)


@pytest.mark.parametrize("tag, is_behind", [(0x60FF0010, False), (0x61000010, True)])
def test_planes_end_with_group_60ff(tag: int, is_behind: bool) -> None:
    data = with_header(element(tag, b"UT", b"", length=0xFFFFFFFF))
    if is_behind:
        assert scan_bytes(data, is_partial=True).break_code == "unreadable-rest"
        return
    with fails_with("malformed-data-set", "offset", "tag", "vr"):
        scan_bytes(data, is_partial=True)


def test_an_element_of_undefined_length_is_not_of_the_meta_information() -> None:
    stray = unknown_sequence(0x00020102, (item(b"", IMPLICIT),))
    layout = scan_bytes(file(meta(extra=stray), image_elements(5, 7)))

    assert [found.tag for found in layout.meta] == META
    assert tags_of(layout) == [0x00020102, *HEADER, PIXELS]


# 10. to 13. Group lengths, odd groups, disorder, duplicates.


def test_group_lengths_and_odd_groups_are_elements_like_others() -> None:
    extra = (
        element(0x60000000, b"UL", ul(10))
        + element(0x60000010, b"US", us(1))
        + element(0x60010010, b"LO", text("PRIVATE"))
        + element(0x60011001, b"US", us(9))
        + element(0x60020010, b"US", us(1))
    )
    layout = scan_bytes(with_header(extra))

    assert tags_of(layout)[-6:-1] == [0x60000000, 0x60000010, 0x60010010, 0x60011001, 0x60020010]
    assert [found.tag for found in layout.elements.of_group(0x6000)] == [0x60000000, 0x60000010]
    assert [found.tag for found in layout.elements.of_group(0x6001)] == [0x60010010, 0x60011001]


def test_a_scattered_group_is_collected_and_the_first_of_duplicates_counts() -> None:
    first, second = element(0x60000010, b"US", us(5)), element(0x60000011, b"US", us(7))
    rows_again = element(0x00280010, b"US", us(99))
    layout = scan_bytes(with_header(second + element(0x60020010, b"US", us(1)) + first + rows_again, after=first))

    assert [found.tag for found in layout.elements.of_group(0x6000)] == [0x60000011, 0x60000010, 0x60000010]
    assert layout.integer(0x00280010) == 5
    again = layout.elements.find(0x00280010)
    assert again is not None
    assert again.start < layout.elements.of_group(0x6000)[0].start
    assert layout.elements.find(0x00100020) is None
