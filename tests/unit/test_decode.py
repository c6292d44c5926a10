"""Planes are read as far as they go, and what is odd is said in their notices.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections 7.6 and 8.1.2.
"""

from __future__ import annotations

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
    Encoding,
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
from dicom_overlay.engine import read_planes
from failing import fails_with
from in_memory import read_bytes
from ranges import Source

if TYPE_CHECKING:
    from dicom_overlay import OverlayPlane

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
DATA = pack(BITS)
SWAPPED = bytes(DATA[i ^ 1] for i in range(len(DATA)))
UIDS = {IMPLICIT: IMPLICIT_LITTLE_UID, EXPLICIT: EXPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}


def with_overlay(overlay: bytes, encoding: Encoding = EXPLICIT, **image: Any) -> bytes:
    return image_file(transfer_syntax=UIDS[encoding], before_pixels=overlay, **image)


def only_plane(data: bytes) -> OverlayPlane:
    (plane,) = read_bytes(data)
    return plane


def notices_of(plane: OverlayPlane) -> list[str]:
    return [notice.code for notice in plane.notices]


def put(number: int, vr: bytes, value: bytes, encoding: Encoding = EXPLICIT) -> bytes:
    return element(0x60000000 | number, vr, value, encoding)


def test_a_file_without_overlay_groups_has_no_planes() -> None:
    assert read_bytes(image_file()) == ()


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
    assert notices_of(plane) == []


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
    assert "invalid-frames" in notices_of(plane)


@pytest.mark.parametrize(
    "stored, notice",
    [
        pytest.param(DATA[:5], None, id="odd-but-enough"),
        pytest.param(DATA[:4], "short-data", id="short"),
        pytest.param(b"", "short-data", id="empty"),
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
    assert notices_of(plane) == ([notice] if notice else [])
    if notice:
        assert plane.notices[0].detail | {"group": 0} == {"group": 0, "expected": 6, "found": len(stored)}


def test_a_very_long_value_is_not_read_to_its_end() -> None:
    data = with_overlay(overlay_elements(0x6000, 5, 7, DATA + bytes(1_000_000)))
    source = Source(data)
    source.drive(read_planes(len(data)))

    assert sum(end - start for start, end in source.ranges) < 3 * 65536


def test_only_headers_and_overlay_values_are_read_of_a_large_file() -> None:
    pixels = element(0x7FE00010, b"OW", bytes(2_000_000))
    data = file(meta(), image_elements(5, 7, before_pixels=overlay_elements(0x6000, 5, 7, DATA), pixels=pixels))
    source = Source(data)
    (plane,) = source.drive(read_planes(len(data)))

    assert plane.packed == DATA
    assert sum(end - start for start, end in source.ranges) < 70_000


def test_without_data_the_plane_is_blank_and_says_so() -> None:
    plane = only_plane(with_overlay(put(0x0010, b"US", us(5)) + put(0x0011, b"US", us(7)) + put(0x0102, b"US", us(0))))

    assert plane.packed == bytes(6)
    assert "no-data" in notices_of(plane)
    assert not plane.embedded


def test_without_rows_and_columns_the_images_are_taken_and_it_is_said() -> None:
    plane = only_plane(with_overlay(put(0x3000, b"OW", DATA)))

    assert (plane.rows, plane.columns, plane.packed) == (5, 7, DATA)
    assert notices_of(plane) == ["missing-size", "missing-origin", "invalid-type"]


@pytest.mark.parametrize("value, origin", [(b"", (1, 1)), (ss(4), (4, 1)), (ss(4, 5, 6), (4, 5)), (b"\1", (1, 1))])
def test_an_origin_that_is_no_pair_is_completed_and_said(value: bytes, origin: tuple[int, int]) -> None:
    overlay = put(0x0010, b"US", us(5)) + put(0x0011, b"US", us(7)) + put(0x0040, b"CS", b"G ")
    plane = only_plane(with_overlay(overlay + put(0x0050, b"SS", value) + put(0x3000, b"OW", DATA)))

    assert plane.origin == origin
    assert notices_of(plane) == ["missing-origin"]


def test_groups_above_601e_are_read_and_said_to_be_out_of_range() -> None:
    overlay = overlay_elements(0x601E, 5, 7, DATA) + overlay_elements(0x6020, 5, 7, DATA)
    planes = read_bytes(with_overlay(overlay + overlay_elements(0x60FE, 5, 7, DATA)))

    assert [plane.group for plane in planes] == [0x601E, 0x6020, 0x60FE]
    assert [notices_of(plane) for plane in planes] == [[], ["out-of-range"], ["out-of-range"]]


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
    assert read_bytes(with_overlay(elements)) == ()


def test_of_duplicates_the_first_is_read_and_it_is_said() -> None:
    other = pack([1 - bit for bit in BITS])
    plane = only_plane(with_overlay(overlay_elements(0x6000, 5, 7, DATA) + put(0x3000, b"OW", other)))

    assert plane.packed == DATA
    assert notices_of(plane) == ["duplicate-element"]
    assert plane.notices[0].detail == {"group": 0x6000, "tag": 0x60003000}


def test_a_scattered_group_is_one_plane() -> None:
    one, two = overlay_elements(0x6000, 5, 7, DATA), overlay_elements(0x6002, 5, 7, DATA)
    cut = len(put(0x0010, b"US", us(5)))
    data = image_file(before_pixels=one[cut:] + two, trailing=one[:cut])
    planes = read_bytes(data)

    assert [(plane.group, plane.rows, plane.packed, plane.notices) for plane in planes] == [
        (0x6000, 5, DATA, ()),
        (0x6002, 5, DATA, ()),
    ]


def test_planes_come_in_the_order_of_their_groups() -> None:
    overlay = overlay_elements(0x6004, 5, 7, DATA) + overlay_elements(0x6000, 5, 7, DATA)

    assert [plane.group for plane in read_bytes(with_overlay(overlay))] == [0x6000, 0x6004]


def test_encapsulated_data_is_joined_and_said() -> None:
    fragments = encapsulated((DATA[:2], DATA[2:]), tag=0x60003000)
    plane = only_plane(with_overlay(overlay_elements(0x6000, 5, 7, DATA)[: -len(DATA) - 12] + fragments))

    assert plane.packed == DATA
    assert notices_of(plane) == ["encapsulated-data"]


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
        ("ISO_IR 192", b"Gr\xf6\xdfe ", "Gr\ufffd\ufffde"),
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


@pytest.mark.parametrize("rows, columns, frames", [(65535, 65535, 2**31 - 1), (65535, 65535, 40), (60000, 60000, 3)])
def test_a_plane_that_states_far_more_pixels_than_it_holds_is_refused(rows: int, columns: int, frames: int) -> None:
    data = with_overlay(overlay_elements(0x6000, rows, columns, DATA, frames=frames))

    with fails_with("limit-exceeded") as caught:
        read_bytes(data)
    assert caught.value.detail["group"] == 0x6000


def test_a_plane_may_state_somewhat_more_than_it_holds() -> None:
    plane = only_plane(with_overlay(overlay_elements(0x6000, 4000, 4000, DATA)))

    assert (len(plane.packed), plane.packed[:6], notices_of(plane)) == (2_000_000, DATA, ["short-data"])


def test_a_truncated_file_is_read_up_to_where_it_ends() -> None:
    data = with_overlay(overlay_elements(0x6000, 5, 7, DATA) + overlay_elements(0x6002, 5, 7, DATA))
    inside_pixels, inside_data = data[:-3], data[: data.index(b"\x02\x60\x00\x30") + 14]

    assert [(plane.packed, notices_of(plane)) for plane in read_bytes(inside_pixels)] == [
        (DATA, ["truncated-file"]),
        (DATA, ["truncated-file"]),
    ]
    assert [(plane.packed, notices_of(plane)) for plane in read_bytes(inside_data)] == [
        (DATA, ["truncated-file"]),
        (bytes(6), ["truncated-file", "no-data"]),
    ]
