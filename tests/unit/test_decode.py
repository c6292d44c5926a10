"""Planes are read as far as they go, and what is odd is said in their notices.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections 7.6 and 8.1.2.
"""

from __future__ import annotations

import struct
import tracemalloc
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from dicom_files import (
    BIG,
    DEFLATED_UID,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    JPEG_BASELINE_UID,
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
    pack,
    sequence,
    ss,
    text,
    ul,
    us,
)
from dicom_overlay import read_dicom_overlays
from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.planes.packing import MAX_BLANK
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from failing import codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicom_overlay import OverlayPlane, OverlayPlanes

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
DATA = pack(BITS)
SWAPPED = bytes(DATA[i ^ 1] for i in range(len(DATA)))
UIDS = {IMPLICIT: IMPLICIT_LITTLE_UID, EXPLICIT: EXPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}


def with_overlay(overlay: bytes, encoding: Encoding = EXPLICIT, **image: Any) -> bytes:
    return image_file(transfer_syntax=UIDS[encoding], before_pixels=overlay, **image)


def only_plane(data: bytes) -> OverlayPlane:
    (plane,) = read_dicom_overlays(data)
    return plane


def read_counting(data: bytes) -> tuple[OverlayPlanes, int]:
    """Read the planes, and count the bytes that were asked for."""
    asked: list[int] = []

    def read(start: int, end: int) -> bytes:
        assert 0 <= start <= end <= len(data), "a range outside the source was asked for"
        asked.append(end - start)
        return data[start:end]

    source = Source(len(data), read)
    return decode_planes(scan(source, is_partial=True), source), sum(asked)


def put(number: int, vr: bytes, value: bytes, encoding: Encoding = EXPLICIT) -> bytes:
    return element(0x60000000 | number, vr, value, encoding)


def test_a_file_without_overlay_groups_has_no_planes() -> None:
    assert read_dicom_overlays(image_file()) == ()


@pytest.mark.parametrize(
    "encoding, vr, stored",
    [
        pytest.param(EXPLICIT, b"OW", DATA, id="little-ow"),
        pytest.param(EXPLICIT, b"OB", DATA, id="little-ob"),
        pytest.param(IMPLICIT, b"OW", DATA, id="implicit"),
        pytest.param(BIG, b"OB", DATA, id="big-ob-as-it-is"),
        # Standard: PS3.5-2016b section A.3. pydicom 3.0.2 does not swap these.
        pytest.param(BIG, b"OW", SWAPPED, id="big-ow-swapped"),
        pytest.param(EXPLICIT, b"UN", DATA, id="little-un"),
        pytest.param(BIG, b"UN", DATA, id="big-un-is-little"),
    ],
)
def test_the_bits_are_read_whatever_their_vr_and_byte_order(encoding: Encoding, vr: bytes, stored: bytes) -> None:
    plane = only_plane(with_overlay(overlay_elements(0x6000, 5, 7, stored, encoding, vr=vr), encoding))

    assert (plane.group, plane.rows, plane.columns, plane.origin) == (0x6000, 5, 7, (1, 1))
    assert plane.packed == DATA
    assert plane.mask.ravel().tolist() == [bit == 1 for bit in BITS]
    assert (plane.overlay_type, plane.number_of_frames, plane.image_frame_origin) == ("G", None, None)
    assert (plane.embedded, plane.notices) == (False, ())


def test_a_deflated_file_is_read_like_any_other() -> None:
    data = image_file(transfer_syntax=DEFLATED_UID, before_pixels=overlay_elements(0x6000, 5, 7, DATA))

    assert only_plane(data).packed == DATA


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG])
def test_every_attribute_is_read(encoding: Encoding) -> None:
    overlay = b"".join(
        put(number, vr, value, encoding)
        for number, vr, value in [
            (0x0010, b"US", us(300, encoding=encoding)),
            (0x0011, b"US", us(1, encoding=encoding)),
            (0x0015, b"IS", text("2")),
            (0x0022, b"LO", text("A description")),
            (0x0040, b"CS", text("R")),
            (0x0045, b"LO", text("AUTOMATED")),
            (0x0050, b"SS", ss(-7, 300, encoding=encoding)),
            (0x0051, b"US", us(259, encoding=encoding)),
            (0x0100, b"US", us(1, encoding=encoding)),
            (0x0102, b"US", us(0, encoding=encoding)),
            (0x1301, b"IS", text("42")),
            (0x1302, b"DS", text("-1.5e1")),
            (0x1303, b"DS", text("0.25")),
            (0x1500, b"LO", text("A label")),
            (0x3000, b"OB", bytes(76)),
        ]
    )
    plane = only_plane(with_overlay(overlay, encoding))

    assert (plane.rows, plane.columns, plane.number_of_frames, plane.image_frame_origin) == (300, 1, 2, 259)
    assert (plane.description, plane.label, plane.subtype, plane.overlay_type) == (
        *("A description", "A label", "AUTOMATED"),
        "R",
    )
    assert (plane.origin, plane.roi_area, plane.roi_mean, plane.roi_standard_deviation) == ((-7, 300), 42, -15.0, 0.25)
    assert codes(plane.notices) == []


def test_un_elements_of_a_big_endian_file_are_little_endian() -> None:
    # They come from implicit little endian, through a tool without a dictionary.
    overlay = b"".join(
        put(number, b"UN", value, BIG)
        for number, value in [
            (0x0010, us(5)),
            (0x0011, us(7)),
            (0x0015, text("1")),
            (0x0050, ss(-2, 3)),
            (0x3000, DATA),
        ]
    )
    plane = only_plane(with_overlay(overlay, BIG))

    assert (plane.rows, plane.columns, plane.number_of_frames, plane.origin) == (5, 7, 1, (-2, 3))
    assert plane.packed == DATA


@pytest.mark.parametrize(
    "vr, value, frames",
    [(b"US", us(2), 2), (b"UL", ul(2), 2), (b"IS", b"2\0", 2), (b"IS", b" 2", 2), (b"DS", b"2.0 ", 2)],
)
def test_the_number_of_frames_is_read_also_where_its_vr_is_wrong(vr: bytes, value: bytes, frames: int) -> None:
    overlay = put(0x0010, b"US", us(5)) + put(0x0011, b"US", us(7)) + put(0x0015, vr, value)
    plane = only_plane(with_overlay(overlay + put(0x3000, b"OW", pack(BITS * 2))))

    assert (plane.number_of_frames, plane.packed) == (frames, pack(BITS * 2))


@pytest.mark.parametrize("value", [b"0 ", b"-1", b"  ", b"", b"no", b"9" * 30, b"inf ", b"1e400 ", b"nan "])
def test_frames_that_are_no_count_are_left_out_and_said(value: bytes) -> None:
    overlay = put(0x0010, b"US", us(5)) + put(0x0011, b"US", us(7)) + put(0x0015, b"IS", value)
    plane = only_plane(with_overlay(overlay + put(0x3000, b"OW", DATA)))

    assert (plane.number_of_frames, plane.packed) == (None, DATA)
    assert "invalid-frames" in codes(plane.notices)


@pytest.mark.parametrize(
    "stored, notice",
    [
        pytest.param(DATA[:5], None, id="odd-but-enough"),
        pytest.param(DATA[:4], "short-data", id="short"),
        pytest.param(b"", "no-data", id="empty"),
        pytest.param(DATA + b"\0\0", "long-data", id="long"),
        pytest.param(DATA + bytes(100_000), "long-data", id="very-long"),
    ],
)
@pytest.mark.parametrize("encoding", [EXPLICIT, BIG])
def test_data_of_another_length_is_cut_or_filled_with_blank(
    stored: bytes, notice: str | None, encoding: Encoding
) -> None:
    plane = only_plane(with_overlay(overlay_elements(0x6000, 5, 7, stored, encoding, vr=b"OB"), encoding))

    assert plane.packed == stored[:6].ljust(6, b"\0")
    assert codes(plane.notices) == ([notice] if notice else [])
    if notice and stored:
        assert plane.notices[0].detail == {"group": 0x6000, "expected": 6, "found": len(stored)}


def test_a_very_long_value_is_not_read_to_its_end() -> None:
    _, asked = read_counting(with_overlay(overlay_elements(0x6000, 5, 7, DATA + bytes(1_000_000))))

    assert asked < 3 * 65536


def test_only_headers_and_overlay_values_are_read_of_a_large_file() -> None:
    pixels = element(0x7FE00010, b"OW", bytes(2_000_000))
    data = file(meta(), image_elements(5, 7, before_pixels=overlay_elements(0x6000, 5, 7, DATA), pixels=pixels))
    (plane,), asked = read_counting(data)

    assert plane.packed == DATA
    assert asked < 70_000


def test_without_data_the_plane_is_blank_and_says_so() -> None:
    plane = only_plane(with_overlay(put(0x0010, b"US", us(5)) + put(0x0011, b"US", us(7)) + put(0x0102, b"US", us(0))))

    assert plane.packed == bytes(6)
    assert "no-data" in codes(plane.notices)
    assert not plane.embedded


def test_without_rows_and_columns_the_images_are_taken_and_it_is_said() -> None:
    plane = only_plane(with_overlay(put(0x3000, b"OW", DATA)))

    assert (plane.rows, plane.columns, plane.packed) == (5, 7, DATA)
    assert codes(plane.notices) == ["missing-size", "missing-origin", "invalid-type"]


@pytest.mark.parametrize("value, origin", [(b"", (1, 1)), (ss(4), (4, 1)), (ss(4, 5, 6), (4, 5)), (b"\1", (1, 1))])
def test_an_origin_that_is_no_pair_is_completed_and_said(value: bytes, origin: tuple[int, int]) -> None:
    overlay = put(0x0010, b"US", us(5)) + put(0x0011, b"US", us(7)) + put(0x0040, b"CS", b"G ")
    plane = only_plane(with_overlay(overlay + put(0x0050, b"SS", value) + put(0x3000, b"OW", DATA)))

    assert plane.origin == origin
    assert codes(plane.notices) == ["missing-origin"]


def test_groups_above_601e_are_read_and_said_to_be_out_of_range() -> None:
    overlay = overlay_elements(0x601E, 5, 7, DATA) + overlay_elements(0x6020, 5, 7, DATA)
    planes = read_dicom_overlays(with_overlay(overlay + overlay_elements(0x60FE, 5, 7, DATA)))

    assert [plane.group for plane in planes] == [0x601E, 0x6020, 0x60FE]
    assert [codes(plane.notices) for plane in planes] == [[], ["out-of-range"], ["out-of-range"]]


@pytest.mark.parametrize(
    "elements",
    [
        pytest.param(element(0x60000000, b"UL", ul(0)), id="group-length-only"),
        pytest.param(element(0x60001001, b"CS", text("LAYER")), id="activation-layer-only"),
        pytest.param(element(0x60010010, b"LO", text("PRIVATE")), id="odd-group"),
        pytest.param(element(0x61000010, b"US", us(5)), id="higher-group"),
        pytest.param(element(0x50003000, b"OW", b"ab"), id="a-curve"),
        pytest.param(sequence(0x00880200, (item(overlay_elements(0x6000, 1, 1, b"\1\0")),)), id="inside-a-sequence"),
    ],
)
def test_what_is_no_plane_is_not_read_as_one(elements: bytes) -> None:
    assert read_dicom_overlays(with_overlay(elements)) == ()


def test_of_duplicates_the_first_is_read_and_it_is_said() -> None:
    other = pack([1 - bit for bit in BITS])
    plane = only_plane(with_overlay(overlay_elements(0x6000, 5, 7, DATA) + put(0x3000, b"OW", other)))

    assert plane.packed == DATA
    assert codes(plane.notices) == ["duplicate-element"]
    assert plane.notices[0].detail == {"group": 0x6000, "tag": 0x60003000, "element": "(6000,3000)", "count": 2}


def test_many_duplicates_are_one_notice_for_each_tag_with_their_number() -> None:
    label, subtype = put(0x1500, b"LO", b"AB"), put(0x0045, b"LO", b"CD")
    overlay = overlay_elements(0x6000, 5, 7, DATA, extra=subtype * 3 + label * 100_000)
    plane = only_plane(with_overlay(overlay))

    assert [(notice.code, notice.detail["tag"], notice.detail["count"]) for notice in plane.notices] == [
        ("duplicate-element", 0x60000045, 3),
        ("duplicate-element", 0x60001500, 100_000),
    ]


def test_a_scattered_group_is_one_plane() -> None:
    one, two = overlay_elements(0x6000, 5, 7, DATA), overlay_elements(0x6002, 5, 7, DATA)
    cut = len(put(0x0010, b"US", us(5)))
    data = image_file(before_pixels=one[cut:] + two, trailing=one[:cut])
    planes = read_dicom_overlays(data)

    assert [(plane.group, plane.rows, plane.packed, plane.notices) for plane in planes] == [
        (0x6000, 5, DATA, ()),
        (0x6002, 5, DATA, ()),
    ]


def test_planes_come_in_the_order_of_their_groups() -> None:
    overlay = overlay_elements(0x6004, 5, 7, DATA) + overlay_elements(0x6000, 5, 7, DATA)

    assert [plane.group for plane in read_dicom_overlays(with_overlay(overlay))] == [0x6000, 0x6004]


@pytest.mark.parametrize(
    "fragments, offsets",
    [
        pytest.param((DATA[:2], DATA[2:]), b"", id="empty-table"),
        pytest.param((DATA[:2], DATA[2:]), ul(0, 10), id="table"),
        pytest.param((DATA,), ul(0), id="table-and-one-fragment"),
        pytest.param((DATA[:2], b"", DATA[2:]), b"", id="empty-fragment"),
        pytest.param((), DATA, id="no-table"),
    ],
)
@pytest.mark.parametrize("is_long", [False, True], ids=["exact", "long"])
def test_encapsulated_data_is_joined_without_its_offset_table_and_said(
    fragments: tuple[bytes, ...], offsets: bytes, is_long: bool
) -> None:
    if is_long and fragments:
        fragments = (*fragments, bytes(100_000))
    value = encapsulated(fragments, tag=0x60003000, offsets=offsets)
    plane = only_plane(with_overlay(overlay_elements(0x6000, 5, 7, DATA)[: -len(DATA) - 12] + value))

    assert plane.packed == DATA
    assert codes(plane.notices) == ["encapsulated-data", *(["long-data"] if is_long and fragments else [])]


@pytest.mark.parametrize("cuts", [(2,), (1, 3), (1, 2, 3, 4)])
def test_encapsulated_data_without_an_offset_table_is_joined_from_its_first_fragment(cuts: tuple[int, ...]) -> None:
    first, *others = (DATA[a:b] for a, b in pairwise((0, *cuts, len(DATA))))
    value = encapsulated(tuple(others), tag=0x60003000, offsets=first)
    plane = only_plane(with_overlay(overlay_elements(0x6000, 5, 7, DATA)[: -len(DATA) - 12] + value))

    assert plane.packed == DATA
    assert codes(plane.notices) == ["encapsulated-data"]


def test_encapsulated_data_of_a_large_size_is_not_read_to_its_end() -> None:
    value = encapsulated((DATA, bytes(1_000_000)), tag=0x60003000)
    data = with_overlay(overlay_elements(0x6000, 5, 7, DATA)[: -len(DATA) - 12] + value)
    (plane,), asked = read_counting(data)

    assert plane.packed == DATA
    assert asked < 3 * 65536


@pytest.mark.parametrize("rows", [5, 65535])
def test_encapsulated_data_in_items_of_undefined_length_holds_no_bits_that_could_be_told(rows: int) -> None:
    inside = item(element(0x00080100, b"SH", b"AB"), undefined=True)
    value = element(0x60003000, b"OB", inside + delimiter(0xFFFEE0DD), length=0xFFFFFFFF)
    plane = only_plane(with_overlay(overlay_elements(0x6000, rows, 7, DATA)[: -len(DATA) - 12] + value))

    assert not any(plane.packed)
    assert codes(plane.notices) == ["encapsulated-data", "short-data"]


@pytest.mark.parametrize(
    "charset, stored, label",
    [
        (None, b"plain ", "plain"),
        (None, b"plain\0", "plain"),
        ("ISO_IR 100", b"Gr\xf6\xdfe ", "Größe"),
        ("ISO_IR 192", "Größe".encode() + b" ", "Größe"),
        ("\\ISO 2022 IR 87", b"\x1b$B;3ED\x1b(B", "山田"),
        ("ISO_IR 999", b"Gr\xf6\xdfe ", "Größe"),
        ("hex_codec", b"Gr\xf6\xdfe ", "Größe"),
        ("ISO_IR 192", b"Gr\xf6\xdfe ", "Größe"),
        (None, b"    ", None),
        (None, b"", None),
    ],
)
def test_a_label_is_read_in_the_files_character_set_without_its_padding(
    charset: str | None, stored: bytes, label: str | None
) -> None:
    overlay = overlay_elements(0x6000, 5, 7, DATA, extra=put(0x1500, b"LO", stored))

    assert only_plane(with_overlay(overlay, charset=charset)).label == label


@pytest.mark.parametrize("value", [b"nan ", b"inf ", b"-Infinity ", b"1e999 ", b"abc ", b""])
def test_statistics_that_are_no_numbers_are_none(value: bytes) -> None:
    extra = put(0x1301, b"IS", value) + put(0x1302, b"DS", value)
    plane = only_plane(with_overlay(overlay_elements(0x6000, 5, 7, DATA, extra=extra)))

    assert (plane.roi_area, plane.roi_mean) == (None, None)


def test_a_plane_may_state_somewhat_more_than_it_holds() -> None:
    plane = only_plane(with_overlay(overlay_elements(0x6000, 4000, 4000, DATA)))

    assert (len(plane.packed), plane.packed[:6], codes(plane.notices)) == (2_000_000, DATA, ["short-data"])


@pytest.mark.parametrize("size", [(0, 0), (5, 0), (0, 7)], ids=str)
def test_a_size_of_zero_is_no_size_so_the_images_is_taken(size: tuple[int, int]) -> None:
    plane = only_plane(with_overlay(overlay_elements(0x6000, *size, DATA)))

    assert (plane.rows, plane.columns, plane.packed) == (5, 7, DATA)
    assert codes(plane.notices) == ["missing-size"]


@pytest.mark.parametrize("size", [(0, 0), (5, 0), (0, 7)], ids=str)
def test_a_plane_without_any_size_is_said_in_the_notices_of_the_file(size: tuple[int, int]) -> None:
    data_set = element(0x00080016, b"UI", b"1.2\0") + overlay_elements(0x6002, *size, DATA)
    planes = read_dicom_overlays(file(meta(), data_set))

    assert not planes
    assert [(notice.code, notice.detail) for notice in planes.notices] == [("plane-without-size", {"group": 0x6002})]
    assert not planes.is_complete


@pytest.mark.parametrize("missing", [0x00280010, 0x00280011])
def test_half_a_size_of_the_image_is_no_size_of_a_plane(missing: int) -> None:
    half = element(0x00280010 ^ 0x00280011 ^ missing, b"US", us(7))
    data_set = element(0x00080016, b"UI", b"1.2\0") + half + put(0x3000, b"OW", DATA)
    planes = read_dicom_overlays(file(meta(), data_set))

    assert not planes
    assert codes(planes.notices) == ["plane-without-size"]


def test_blank_bytes_are_limited_for_the_file_and_not_for_each_plane() -> None:
    """An 844-byte file made 128 MB of them."""
    rows, columns = 20_000, 8_192
    blank = rows * columns // 8
    assert blank < MAX_BLANK < 2 * blank
    overlays = [overlay_elements(group, rows, columns, DATA) for group in (0x6000, 0x6002)]
    planes = read_dicom_overlays(with_overlay(b"".join(overlays)))

    assert codes(only_plane(with_overlay(overlays[0])).notices) == ["short-data"]
    assert [plane.group for plane in planes] == [0x6000]
    assert [(notice.code, notice.detail["group"]) for notice in planes.notices] == [("plane-too-large", 0x6002)]
    assert not planes.is_complete


@pytest.mark.parametrize(
    "size, frames",
    [
        ((65_535, 65_535), None),
        ((20_000, 20_000), None),
        ((5, 7), 2**31 - 1),
        ((65_535, 65_535), 2**31 - 1),
        ((60_000, 60_000), 3),
    ],
    ids=str,
)
def test_a_plane_of_absurd_size_leaves_the_files_other_planes_readable(
    size: tuple[int, int], frames: int | None
) -> None:
    good = [overlay_elements(group, 5, 7, DATA) for group in (0x6000, 0x6004)]
    bad = overlay_elements(0x6002, *size, DATA, frames=frames)
    tracemalloc.start()
    try:
        planes = read_dicom_overlays(with_overlay(good[0] + bad + good[1]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert [(plane.group, plane.packed) for plane in planes] == [(0x6000, DATA), (0x6004, DATA)]
    assert [(notice.code, notice.detail["group"]) for notice in planes.notices] == [("plane-too-large", 0x6002)]
    assert peak < 64 * 1024 * 1024


@pytest.mark.parametrize("value", [b"+3", b"3.0 ", b" 3", b"3\0", b"03"])
def test_one_reading_of_a_number_counts_the_frames_of_image_and_plane_alike(value: bytes) -> None:
    overlay = put(0x0010, b"US", us(5)) + put(0x0011, b"US", us(7)) + put(0x0015, b"IS", value)
    data = with_overlay(overlay + put(0x3000, b"OW", pack(BITS * 3)), frames=3)
    data = data.replace(element(0x00280008, b"IS", b"3 "), element(0x00280008, b"IS", value))
    assert element(0x00280008, b"IS", value) in data
    planes = read_dicom_overlays(data)

    assert [(plane.number_of_frames, plane.packed) for plane in planes] == [(3, pack(BITS * 3))]
    assert planes.notices == ()


def test_a_number_of_frames_of_the_image_that_is_no_count_is_said_of_the_file() -> None:
    data = with_overlay(overlay_elements(0x6000, 5, 7, DATA), frames=3).replace(b"IS\2\0003 ", b"IS\2\0no")
    planes = read_dicom_overlays(data)

    assert codes(planes.notices) == ["invalid-number-of-frames"]
    assert planes.is_complete


def test_a_truncated_file_is_read_up_to_where_it_ends() -> None:
    data = with_overlay(overlay_elements(0x6000, 5, 7, DATA) + overlay_elements(0x6002, 5, 7, DATA))
    inside_pixels, inside_data = data[:-3], data[: data.index(b"\x02\x60\x00\x30") + 14]

    for cut, expected in (
        (inside_pixels, [(DATA, []), (DATA, [])]),
        (inside_data, [(DATA, []), (bytes(6), ["no-data"])]),
    ):
        planes = read_dicom_overlays(cut)
        assert [(plane.packed, codes(plane.notices)) for plane in planes] == expected
        assert codes(planes.notices) == ["truncated-file"]
        assert not planes.is_complete


def test_a_truncated_file_without_planes_says_that_there_may_be_some() -> None:
    planes = read_dicom_overlays(image_file()[:400])

    assert not planes
    assert codes(planes.notices) == ["truncated-file"]
    assert not planes.is_complete


def test_planes_before_broken_pixels_are_read_and_the_break_is_said() -> None:
    broken = encapsulated((b"AB",))[:-8] + b"\xff" * 8
    planes = read_dicom_overlays(
        image_file(transfer_syntax=JPEG_BASELINE_UID, before_pixels=overlay_elements(0x6000, 5, 7, DATA), pixels=broken)
    )

    assert [plane.packed for plane in planes] == [DATA]
    assert codes(planes.notices) == ["unreadable-rest"]
    assert not planes.is_complete


@pytest.mark.parametrize(
    "trailing, expected",
    [
        pytest.param(bytes(1000), [], id="padding"),
        pytest.param(b"junk", [], id="a-few-bytes"),
        pytest.param(bytes(8) + b"more than a header", ["trailing-bytes"], id="more-than-a-header"),
    ],
)
def test_bytes_behind_the_last_element_are_said(trailing: bytes, expected: list[str]) -> None:
    planes = read_dicom_overlays(image_file(trailing=trailing))

    assert codes(planes.notices) == expected
    assert planes.is_complete == (not expected)


@pytest.mark.parametrize("vr, pack_numbers", [(b"SS", ss), (b"SL", lambda *numbers: struct.pack("<2l", *numbers))])
def test_an_origin_before_the_image_is_read_whatever_signed_numbers_it_has(
    vr: bytes, pack_numbers: Callable[..., bytes]
) -> None:
    overlay = put(0x0010, b"US", us(5)) + put(0x0011, b"US", us(7)) + put(0x0040, b"CS", b"G ")
    plane = only_plane(with_overlay(overlay + put(0x0050, vr, pack_numbers(-3, -7)) + put(0x3000, b"OW", DATA)))

    assert plane.origin == (-3, -7)


@pytest.mark.parametrize("spare, groups", [(6, [0x6000, 0x6002]), (5, [0x6000])])
def test_the_limit_of_blank_bytes_counts_what_each_plane_lacks_and_no_more(
    spare: int, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first plane is whole; the second has no data, and 6 bytes are made up for it."""
    monkeypatch.setattr("dicom_overlay.planes.decode.MAX_BLANK", spare)
    whole = overlay_elements(0x6000, 5, 7, DATA)
    bare = overlay_elements(0x6002, 5, 7, DATA)
    planes = read_dicom_overlays(with_overlay(whole + bare[: bare.index(b"\x02\x60\x00\x30")]))

    assert [plane.group for plane in planes] == groups
    lost = [notice.detail for notice in planes.notices if notice.code == "plane-too-large"]
    assert lost == ([] if len(groups) == 2 else [{"group": 0x6002, "expected": 6, "found": 0}])
