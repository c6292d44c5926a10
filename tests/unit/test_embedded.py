"""Planes in unused bits of Pixel Data, the retired form. Standard: PS3.3-2004 section C.9.2; PS3.5-2004 section 8.1.2."""

from __future__ import annotations

import struct
from typing import Any

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
    element,
    encapsulated,
    image_file,
    pack,
    ss,
    text,
    us,
)
from dicom_overlay import read_dicom_overlays
from failing import codes
from in_memory import remove_bytes

UIDS = {IMPLICIT: IMPLICIT_LITTLE_UID, EXPLICIT: EXPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}
PIXELS = 35
FIRST = [(i * i + i // 3) % 3 % 2 for i in range(PIXELS)]
SECOND = [1 - bit for bit in FIRST]


def group(
    number: int, allocated: int, position: int, encoding: Encoding = EXPLICIT, *, rows: int = 5, extra: bytes = b""
) -> bytes:
    """A group without Overlay Data that names a bit of the pixels."""
    base = number << 16
    return (
        b"".join(
            element(base | tag, vr, value, encoding)
            for tag, vr, value in [
                (0x0010, b"US", us(rows, encoding=encoding)),
                (0x0011, b"US", us(7, encoding=encoding)),
                (0x0040, b"CS", text("R")),
                (0x0050, b"SS", ss(1, 1, encoding=encoding)),
                (0x0100, b"US", us(allocated, encoding=encoding)),
                (0x0102, b"US", us(position, encoding=encoding)),
            ]
        )
        + extra
    )


def samples(allocated: int, planes: dict[int, list[int]], order: str = "<", frames: int = 1) -> bytes:
    """Pixels that count from 0, with the planes' bits above them."""
    values = [
        (i % 64) | sum(bits[i % len(bits)] << position for position, bits in planes.items())
        for i in range(PIXELS * frames)
    ]
    data = struct.pack(f"{order}{len(values)}{ {8: 'B', 16: 'H', 32: 'I'}[allocated] }", *values)
    return data + bytes(len(data) % 2)


def embedded_file(
    encoding: Encoding, allocated: int, stored: int, planes: dict[int, list[int]], *, vr: bytes = b"OW", **image: Any
) -> bytes:
    pixels = samples(allocated, planes, encoding.order, image.get("frames") or 1)
    if vr == b"OW" and allocated == 8 and encoding.big:
        pixels = bytes(pixels[i ^ 1] for i in range(len(pixels)))
    groups = b"".join(group(0x6000 + 2 * i, allocated, position, encoding) for i, position in enumerate(sorted(planes)))
    return image_file(
        transfer_syntax=UIDS[encoding],
        before_pixels=groups,
        pixels=element(0x7FE00010, vr, pixels, encoding),
        bits_allocated=allocated,
        bits_stored=stored,
        **image,
    )


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
@pytest.mark.parametrize("positions", [(12,), (15,), (12, 15), (8, 13)])
def test_bits_above_the_stored_ones_are_planes(encoding: Encoding, positions: tuple[int, ...]) -> None:
    stored = min(positions)
    planes = dict(zip(positions, [FIRST, SECOND], strict=False))
    found = read_dicom_overlays(embedded_file(encoding, 16, stored, planes))

    assert [plane.packed for plane in found] == [pack(planes[position]) for position in positions]
    for plane in found:
        assert (plane.rows, plane.columns, plane.overlay_type, plane.number_of_frames) == (5, 7, "R", None)
        assert plane.embedded
        assert codes(plane.notices) == ["embedded-plane"]


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("encoding, vr", [(EXPLICIT, b"OW"), (EXPLICIT, b"OB"), (BIG, b"OW"), (BIG, b"OB")])
@pytest.mark.parametrize("allocated, positions", [(8, (6, 7)), (16, (6, 14)), (32, (7, 12)), (32, (22, 31))])
def test_samples_of_each_size_hold_planes_and_lose_them_on_request(
    allocated: int, positions: tuple[int, int], encoding: Encoding, vr: bytes, frames: int
) -> None:
    """An odd number of samples of one byte has a word of its own at the end, which is swapped too."""
    planes = {positions[0]: (FIRST + SECOND + FIRST)[: PIXELS * frames], positions[1]: FIRST[::-1] * frames}
    data = embedded_file(encoding, allocated, 6, planes, vr=vr, frames=frames)
    found = read_dicom_overlays(data)

    assert [plane.packed for plane in found] == [pack(planes[position]) for position in positions]
    assert [plane.number_of_frames for plane in found] == [frames if frames > 1 else None] * 2
    assert remove_bytes(data, embedded=True) == embedded_file(encoding, allocated, 6, {}, vr=vr, frames=frames)


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_without_high_bit_the_lowest_bits_are_the_stored_ones(encoding: Encoding) -> None:
    high = element(0x00280102, b"US", us(11, encoding=encoding), encoding)
    data = embedded_file(encoding, 16, 12, {12: FIRST}).replace(high, b"")
    stored = data.replace(
        element(0x60000102, b"US", us(12, encoding=encoding), encoding),
        element(0x60000102, b"US", us(11, encoding=encoding), encoding),
    )

    assert [plane.packed for plane in read_dicom_overlays(data)] == [pack(FIRST)]
    assert codes(read_dicom_overlays(stored)[0].notices) == ["embedded-unreadable"]


def test_every_frame_of_the_image_has_its_bits() -> None:
    bits = FIRST + SECOND
    found = read_dicom_overlays(embedded_file(EXPLICIT, 16, 12, {12: bits}, frames=2))

    assert [(plane.number_of_frames, plane.packed) for plane in found] == [(2, pack(bits))]


def test_a_deflated_file_holds_them_as_well() -> None:
    data = image_file(
        transfer_syntax=DEFLATED_UID,
        before_pixels=group(0x6000, 16, 12),
        pixels=element(0x7FE00010, b"OW", samples(16, {12: FIRST})),
        bits_allocated=16,
        bits_stored=12,
    )

    assert [plane.packed for plane in read_dicom_overlays(data)] == [pack(FIRST)]


@pytest.mark.parametrize(
    "position, allocated, code",
    [
        pytest.param(0, 16, "no-data", id="no-position"),
        pytest.param(0, 1, "no-data", id="a-modern-plane-without-data"),
        pytest.param(11, 1, "no-data", id="a-modern-plane-inside-the-stored-bits"),
        pytest.param(11, 16, "embedded-unreadable", id="the-highest-stored-bit"),
        pytest.param(16, 16, "embedded-unreadable", id="beyond-the-sample"),
        pytest.param(12, 8, "embedded-plane", id="other-bits-allocated"),
        pytest.param(12, 1, "embedded-plane", id="bits-allocated-of-a-modern-plane"),
    ],
)
def test_only_an_unused_bit_of_the_samples_is_read_and_any_other_position_is_said(
    position: int, allocated: int, code: str
) -> None:
    data = image_file(
        before_pixels=group(0x6000, allocated, position),
        pixels=element(0x7FE00010, b"OW", samples(16, {12: FIRST})),
        bits_allocated=16,
        bits_stored=12,
    )
    (plane,) = read_dicom_overlays(data)

    assert codes(plane.notices) == [code]
    assert plane.embedded == code.startswith("embedded")
    assert plane.packed == (pack(FIRST) if code == "embedded-plane" else bytes(6))


@pytest.mark.parametrize(
    "pixels, syntax",
    [
        pytest.param(encapsulated((bytes(70),)), JPEG_BASELINE_UID, id="compressed"),
        pytest.param(element(0x7FE00010, b"OW", bytes(68)), EXPLICIT_LITTLE_UID, id="too-short"),
        pytest.param(b"", EXPLICIT_LITTLE_UID, id="missing"),
    ],
)
def test_pixels_that_cannot_be_read_leave_an_embedded_plane_blank_and_it_is_said(pixels: bytes, syntax: str) -> None:
    data = image_file(
        transfer_syntax=syntax,
        before_pixels=group(0x6000, 16, 12),
        pixels=pixels,
        bits_allocated=16,
        bits_stored=12,
    )
    (plane,) = read_dicom_overlays(data)

    assert (plane.embedded, plane.packed) == (True, bytes(6))
    assert codes(plane.notices) == ["embedded-unreadable"]


def test_pixels_with_padding_hold_their_planes_all_the_same() -> None:
    pixels = element(0x7FE00010, b"OW", samples(16, {12: FIRST}) + b"\xff" * 30)
    data = image_file(before_pixels=group(0x6000, 16, 12), pixels=pixels, bits_allocated=16, bits_stored=12)

    assert [plane.packed for plane in read_dicom_overlays(data)] == [pack(FIRST)]


def test_a_plane_with_data_of_its_own_is_not_embedded() -> None:
    data = image_file(
        before_pixels=group(0x6000, 16, 12, extra=element(0x60003000, b"OW", pack(SECOND))),
        pixels=element(0x7FE00010, b"OW", samples(16, {12: FIRST})),
        bits_allocated=16,
        bits_stored=12,
    )
    (plane,) = read_dicom_overlays(data)

    assert (plane.embedded, plane.packed) == (False, pack(SECOND))
