"""Removing takes whole groups and leaves everything else, pixels too unless asked.

Standard: PS3.5 section 7.6; PS3.3-2004 section C.9.2 for embedded planes.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from dicom_files import (
    BIG,
    DEFLATED_UID,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT_LITTLE_UID,
    JPEG_BASELINE_UID,
    Encoding,
    element,
    encapsulated,
    image_file,
    overlay_elements,
    pack,
    sequence,
    text,
    ul,
    us,
)
from dicom_overlay import EditPlan, OverlayPlane
from dicom_overlay.edit.options import WriteOptions
from element_diff import inflated, tags
from failing import codes, fails_with
from in_memory import plan_remove, read_bytes, remove_bytes, write_bytes

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
DATA = pack(BITS)
PLANE = OverlayPlane(rows=5, columns=7, packed=DATA)

# Every element of PS3.6 that ever stood in an overlay group.
RETIRED = [
    *(0x0012, 0x0052, 0x0060, 0x0061, 0x0062, 0x0063, 0x0066, 0x0068, 0x0069, 0x0110, 0x0200, 0x0800, 0x0802),
    *(0x0803, 0x0804, 0x1001, 0x1100, 0x1101, 0x1102, 0x1103, 0x1200, 0x1201, 0x1202, 0x1203, 0x4000),
]


def remove_embedded(data: bytes, groups: list[int] | None = None) -> EditPlan:
    return plan_remove(data, groups, embedded=True)


@pytest.mark.parametrize("transfer_syntax", [IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID])
@pytest.mark.parametrize("trailing", [b"", bytes(9)])
def test_what_was_written_and_removed_leaves_the_first_file(transfer_syntax: str, trailing: bytes) -> None:
    data = image_file(transfer_syntax=transfer_syntax, trailing=trailing)

    assert remove_bytes(write_bytes(data, [PLANE] * 16)) == data
    assert remove_bytes(write_bytes(data, [PLANE, PLANE]), [0x6002]) == write_bytes(data, [PLANE])


def test_of_a_deflated_file_the_inflated_set_is_the_first_again() -> None:
    data = image_file(transfer_syntax=DEFLATED_UID, trailing=b"")

    assert inflated(remove_bytes(write_bytes(data, [PLANE]))) == inflated(data)


def test_a_group_goes_with_retired_elements_and_its_true_length_wherever_they_stand() -> None:
    retired = b"".join(element(0x60020000 | number, b"LO", b"ab") for number in RETIRED)
    late = element(0x60020010, b"US", us(5))
    length = element(0x60020000, b"UL", ul(len(retired) + 2 * len(late)))
    others = overlay_elements(0x6000, 5, 7, DATA), element(0x60010010, b"LO", b"ab"), element(0x60030010, b"LO", b"ab")
    data = image_file(before_pixels=others[0] + others[1] + length + retired + others[2] + late, trailing=late)

    assert remove_bytes(data, [0x6002]) == image_file(before_pixels=b"".join(others))


@pytest.mark.parametrize("stated", [0, 99, 0xFFFFFFFF])
def test_a_group_length_that_never_counted_the_plane_is_not_the_planes(stated: int) -> None:
    length = element(0x60020000, b"UL", ul(stated))
    data = image_file(before_pixels=length + overlay_elements(0x6002, 5, 7, DATA))

    assert remove_bytes(data) == image_file(before_pixels=length)


def test_without_groups_named_all_go_and_private_groups_stay() -> None:
    private = element(0x60010010, b"LO", text("PRIVATE")) + element(0x60011001, b"OB", b"ab")
    overlays = overlay_elements(0x6000, 5, 7, DATA) + private + overlay_elements(0x6020, 5, 7, DATA)
    data = image_file(before_pixels=overlays + element(0x60FE0010, b"US", us(1)))
    edit = plan_remove(data)

    assert edit.groups == (0x6000, 0x6020, 0x60FE)
    assert edit.patch.apply(data) == image_file(before_pixels=private)


def test_a_file_without_planes_needs_no_edit() -> None:
    edit = plan_remove(image_file())

    assert (edit.groups, edit.patch.splices, edit.notices) == ((), (), ())
    assert plan_remove(image_file(transfer_syntax=DEFLATED_UID)).patch.splices == ()


@pytest.mark.parametrize("groups", [[0x6000], [0x6002, 0x6004], [0x6001], [0x7FE0], [0x0008], [-1]])
def test_a_group_that_is_no_plane_of_the_file_is_refused(groups: list[int]) -> None:
    data = image_file(before_pixels=overlay_elements(0x6002, 5, 7, DATA) + element(0x60010010, b"LO", b"ab"))

    with fails_with("plane-not-found", "group") as caught:
        plan_remove(data, groups)
    assert caught.value.detail["group"] == groups[-1]


def test_naming_a_group_twice_removes_it_once() -> None:
    data = image_file(before_pixels=overlay_elements(0x6002, 5, 7, DATA))

    assert plan_remove(data, [0x6002, 0x6002]).groups == (0x6002,)


def test_planes_inside_sequences_are_not_touched() -> None:
    inner = (
        b"\xfe\xff\x00\xe0" + ul(len(overlay_elements(0x6000, 1, 1, b"\1\0"))) + overlay_elements(0x6000, 1, 1, b"\1\0")
    )
    nested = sequence(0x00880200, (inner,))
    data = image_file(before_pixels=nested + overlay_elements(0x6000, 5, 7, DATA))

    assert remove_bytes(data) == image_file(before_pixels=nested)


# Planes embedded in Pixel Data.


def embedded_group(group: int, position: int, allocated: int, encoding: Encoding) -> bytes:
    base = group << 16
    return b"".join(
        element(base | number, b"US", us(value, encoding=encoding), encoding)
        for number, value in [(0x10, 5), (0x11, 7), (0x100, allocated), (0x102, position)]
    )


def embedded_file(
    positions: list[int], encoding: Encoding = EXPLICIT, *, allocated: int = 16, cleared: tuple[int, ...] = ()
) -> bytes:
    """An image whose pixels hold planes; without the groups and the bits that are `cleared`."""
    values = [(i % 32) | sum(BITS[i] << p for p in positions if p not in cleared) for i in range(35)]
    data = struct.pack(f"{encoding.order}35{'H' if allocated == 16 else 'B'}", *values)
    groups = b"".join(
        embedded_group(0x6000 + 2 * i, position, allocated, encoding)
        for i, position in enumerate(positions)
        if position not in cleared
    )
    return image_file(
        transfer_syntax=EXPLICIT_BIG_UID if encoding.big else EXPLICIT_LITTLE_UID,
        before_pixels=groups,
        pixels=element(0x7FE00010, b"OW" if allocated == 16 else b"OB", data + bytes(len(data) % 2), encoding),
        bits_allocated=allocated,
        bits_stored=5,
    )


def test_an_embedded_plane_is_kept_unless_asked_for_and_it_is_said() -> None:
    data = embedded_file([12])
    edit = plan_remove(data)

    assert (edit.groups, edit.patch.splices) == ((), ())
    assert codes(edit.notices) == ["embedded-plane-kept"]


@pytest.mark.parametrize("embedded", [None, 1, "yes", np.array([True, False])])
def test_whether_bits_are_cleared_is_true_or_false(embedded: Any) -> None:
    with fails_with("invalid-request", field="embedded"):
        plan_remove(embedded_file([12]), embedded=embedded)


def test_a_named_embedded_plane_is_refused_unless_asked_for() -> None:
    with fails_with("unsupported-overlay", group=0x6000) as caught:
        plan_remove(embedded_file([12]), [0x6000])

    assert caught.value.detail["group"] == 0x6000


@pytest.mark.parametrize("encoding", [EXPLICIT, BIG], ids=["little", "big"])
@pytest.mark.parametrize("allocated, positions", [(16, [12]), (16, [12, 15]), (16, [7, 8]), (8, [6, 7])])
def test_on_request_group_and_bits_go_and_the_pixels_stay(
    encoding: Encoding, allocated: int, positions: list[int]
) -> None:
    data = embedded_file(positions, encoding, allocated=allocated)

    every = remove_embedded(data)
    assert every.patch.apply(data) == embedded_file(positions, encoding, allocated=allocated, cleared=tuple(positions))
    first = remove_embedded(data, [0x6000])
    assert first.patch.apply(data) == embedded_file(positions, encoding, allocated=allocated, cleared=(positions[0],))
    assert read_bytes(every.patch.apply(data)) == ()


def test_a_group_without_data_and_without_a_bit_is_removed_like_any_other() -> None:
    data = image_file(before_pixels=embedded_group(0x6000, 0, 16, EXPLICIT))

    assert remove_bytes(data) == image_file()
    assert tags(remove_embedded(data).patch.apply(data)) == tags(image_file())


@pytest.mark.parametrize(
    "pixels, syntax, stored, allocated",
    [
        pytest.param(encapsulated((b"\xff\xd8\xff\xd9",)), JPEG_BASELINE_UID, 5, 16, id="compressed"),
        pytest.param(element(0x7FE00010, b"OW", bytes(20)), EXPLICIT_LITTLE_UID, 5, 16, id="too-short"),
        pytest.param(b"", EXPLICIT_LITTLE_UID, 5, 16, id="no-pixels"),
    ],
)
def test_a_plane_whose_bits_cannot_be_reached_is_kept_with_a_notice_or_refused_when_named(
    pixels: bytes, syntax: str, stored: int, allocated: int
) -> None:
    data = image_file(
        transfer_syntax=syntax,
        before_pixels=embedded_group(0x6000, 12, 16, EXPLICIT) + overlay_elements(0x6002, 5, 7, DATA),
        pixels=pixels,
        bits_allocated=allocated,
        bits_stored=stored,
    )

    for plan in (plan_remove(data), remove_embedded(data)):
        assert (plan.groups, codes(plan.notices)) == ((0x6002,), ["embedded-bits-unreachable"])
        assert [plane.group for plane in read_bytes(plan.patch.apply(data))] == [0x6000]
    for embedded in (False, True):
        with fails_with("unsupported-overlay", group=0x6000) as caught:
            plan_remove(data, [0x6000], embedded=embedded)
        assert caught.value.detail["group"] == 0x6000


def test_padding_behind_the_pixels_stays_when_bits_are_cleared() -> None:
    values = struct.pack("<35H", *[(i % 32) | BITS[i] << 12 for i in range(35)])
    plain = struct.pack("<35H", *[i % 32 for i in range(35)])
    padding = b"\xff" * 30
    files = [
        image_file(
            before_pixels=group,
            pixels=element(0x7FE00010, b"OW", samples + padding),
            bits_allocated=16,
            bits_stored=5,
        )
        for group, samples in [(embedded_group(0x6000, 12, 16, EXPLICIT), values), (b"", plain)]
    ]

    assert [plane.packed for plane in read_bytes(files[0])] == [DATA]
    assert remove_embedded(files[0]).patch.apply(files[0]) == files[1]


def test_a_removal_that_clears_bits_of_pixel_data_does_not_say_that_they_are_unchanged() -> None:
    data = embedded_file([12])
    edit = plan_remove(data, embedded=True, options=WriteOptions(instance="derived"))

    assert dcmread(BytesIO(edit.patch.apply(data))).DerivationDescription == (
        "Overlay plane removed from unused bits of Pixel Data; pixel values unchanged"
    )


@pytest.mark.parametrize("number", [np.int64(0x6000), np.uint16(0x6000)])
def test_numpys_integers_name_a_group_as_they_do_when_writing(number: int) -> None:
    edit = plan_remove(write_bytes(image_file(), [PLANE]), [number])

    assert edit.groups == (0x6000,)
    assert type(edit.groups[0]) is int
