"""Planes embedded in unused bits of Pixel Data, a retired form, are read as DCMTK draws them, and removed only on request."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

import dicom_files as build
from dicom_files import element
from dicom_overlay import OverlayError, read_dicom_overlays, remove_dicom_overlays, write_dicom_overlay
from dicom_tools import draw
from element_diff import overlay_groups
from written import random_mask

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ROWS, COLUMNS = 9, 11
_ENCODINGS = {"little": build.EXPLICIT, "big": build.BIG, "implicit": build.IMPLICIT}
_UIDS = {"little": build.EXPLICIT_LITTLE_UID, "big": build.EXPLICIT_BIG_UID, "implicit": build.IMPLICIT_LITTLE_UID}


def _embed(folder: Path, masks: dict[int, NDArray[np.bool_]], order: str) -> tuple[Path, bytes]:
    """Write a 16-bit image of 12 bits stored, a plane in each bit given; also return it without planes and bits."""
    encoding = _ENCODINGS[order]
    samples = np.arange(ROWS * COLUMNS, dtype=np.uint16).reshape(ROWS, COLUMNS) * 7
    with_bits = samples.copy()
    planes = b""
    for index, (bit, mask) in enumerate(masks.items()):
        with_bits |= mask.astype(np.uint16) << np.uint16(bit)
        base = 0x60000000 + (index << 17)
        for number, value in ((0x10, ROWS), (0x11, COLUMNS)):
            planes += element(base | number, b"US", build.us(value, encoding=encoding), encoding)
        planes += element(base | 0x40, b"CS", b"G ", encoding)
        planes += element(base | 0x50, b"SS", build.ss(1, 1, encoding=encoding), encoding)
        planes += element(base | 0x100, b"US", build.us(16, encoding=encoding), encoding)
        planes += element(base | 0x102, b"US", build.us(bit, encoding=encoding), encoding)

    def file(values: NDArray[np.uint16], before: bytes) -> bytes:
        data = struct.pack(f"{encoding.order}{values.size}H", *values.flatten().tolist())
        pixels = element(0x7FE00010, b"OW", data, encoding)
        return build.image_file(
            ROWS,
            COLUMNS,
            transfer_syntax=_UIDS[order],
            bits_allocated=16,
            bits_stored=12,
            before_pixels=before,
            pixels=pixels,
        )

    path = folder / "embedded.dcm"
    path.write_bytes(file(with_bits, planes))
    return path, file(samples, b"")


@pytest.mark.parametrize("order", _ENCODINGS)
@pytest.mark.parametrize("bits", [(12,), (15,), (12, 13, 15)], ids=str)
def test_embedded_planes_are_read_as_dcmtk_draws_them(bits: tuple[int, ...], order: str, tmp_path: Path) -> None:
    masks = {bit: random_mask(f"bit {bit}", ROWS, COLUMNS) for bit in bits}
    path, _ = _embed(tmp_path, masks, order)
    planes = read_dicom_overlays(path)
    assert [plane.group for plane in planes] == [0x6000 + 2 * index for index in range(len(bits))]
    bare = draw(path, tmp_path, overlay=None, window=False)
    for number, (plane, mask) in enumerate(zip(planes, masks.values(), strict=True), start=1):
        assert plane.embedded
        assert (plane.mask == mask).all()
        assert (draw(path, tmp_path, overlay=number, window=False) == np.where(mask, 255, bare)).all()


@pytest.mark.parametrize("order", _ENCODINGS)
def test_embedded_planes_leave_their_bits_only_on_request(order: str, tmp_path: Path) -> None:
    masks = {bit: random_mask(f"bit {bit}", ROWS, COLUMNS) for bit in (12, 15)}
    path, bare = _embed(tmp_path, masks, order)
    before = path.read_bytes()
    with pytest.raises(OverlayError) as caught:
        remove_dicom_overlays(path, [0x6000])
    assert caught.value.code == "unsupported-overlay"
    assert path.read_bytes() == before
    remove_dicom_overlays(path, embedded=True)
    assert path.read_bytes() == bare


def test_the_group_of_an_embedded_plane_is_not_taken(tmp_path: Path) -> None:
    path, _ = _embed(tmp_path, {12: random_mask("bit", ROWS, COLUMNS)}, "little")
    mask = random_mask("new", ROWS, COLUMNS)
    assert write_dicom_overlay(path, mask).groups == (0x6002,)
    assert overlay_groups(path.read_bytes()) == [0x6000, 0x6002]
    bare = draw(path, tmp_path, overlay=None, window=False)
    assert (draw(path, tmp_path, overlay=2, window=False) == np.where(mask, 255, bare)).all()
