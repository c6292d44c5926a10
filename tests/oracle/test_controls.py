"""The oracles can fail: planes that are wrong on purpose are seen to be wrong.

A silent oracle proves nothing. Each test plants the mistake that a writer of overlays makes most easily.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import dicom_files as build
from corpus import images
from dicom_overlay import read_dicom_overlays, write_dicom_overlay
from dicom_tools import draw, draw_frames, dump, iod_errors, rebased
from element_diff import inserted_range, tokens
from written import pack, random_mask

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def _with(folder: Path, plane: bytes, *, frames: int | None = None, syntax: str = build.EXPLICIT_LITTLE_UID) -> Path:
    path = folder / "control.dcm"
    path.write_bytes(build.image_file(13, 11, frames=frames, before_pixels=plane, transfer_syntax=syntax))
    return path


def _is_drawn(path: Path, folder: Path, mask: NDArray[np.bool_], frame: int = 1) -> bool:
    bare = draw_frames(path, folder, count=frame, overlay=None, window=False)[-1]
    drawn = draw_frames(path, folder, count=frame, window=False)[-1]
    return bool((drawn == np.where(mask, 255, bare)).all())


def test_the_control_plane_is_drawn_when_nothing_is_wrong(tmp_path: Path) -> None:
    mask = random_mask("control", 13, 11)
    assert _is_drawn(_with(tmp_path, build.overlay_elements(0x6000, 13, 11, pack(mask))), tmp_path, mask)


def test_drawing_sees_data_that_is_too_short(tmp_path: Path) -> None:
    mask = random_mask("control", 13, 11)
    path = _with(tmp_path, build.overlay_elements(0x6000, 13, 11, pack(mask)[:-2]))
    with pytest.raises(AssertionError, match="too short"):
        draw(path, tmp_path, window=False)


def test_drawing_sees_frames_that_are_padded_apart(tmp_path: Path) -> None:
    mask = random_mask("control", 3, 13, 11)
    padded = b"".join(pack(frame) for frame in mask)
    path = _with(tmp_path, build.overlay_elements(0x6000, 13, 11, padded, frames=3), frames=3)
    assert [_is_drawn(path, tmp_path, mask[k - 1], k) for k in (1, 2, 3)] == [True, False, False]


def test_drawing_sees_big_endian_words_that_are_not_swapped(tmp_path: Path) -> None:
    mask = random_mask("control", 13, 11)
    plane = build.overlay_elements(0x6000, 13, 11, pack(mask), build.BIG, vr=b"OW")
    assert not _is_drawn(_with(tmp_path, plane, syntax=build.EXPLICIT_BIG_UID), tmp_path, mask)


def test_drawing_sees_the_most_significant_bit_put_first(tmp_path: Path) -> None:
    mask = random_mask("control", 13, 11)
    data = np.packbits(mask, axis=None, bitorder="big").tobytes()
    assert not _is_drawn(_with(tmp_path, build.overlay_elements(0x6000, 13, 11, data)), tmp_path, mask)


def test_drawing_sees_a_transposed_origin(tmp_path: Path) -> None:
    mask = random_mask("control", 13, 11)
    path = _with(tmp_path, build.overlay_elements(0x6000, 13, 11, pack(mask), origin=(1, 4)))
    assert not _is_drawn(path, tmp_path, np.roll(mask, 3, axis=0))


def test_drawing_sees_overlay_data_of_unknown_vr(tmp_path: Path) -> None:
    """DCMTK takes a plane whose data is UN for an embedded one and complains; ours reads it all the same."""
    mask = random_mask("control", 13, 11)
    path = _with(tmp_path, build.overlay_elements(0x6000, 13, 11, pack(mask), vr=b"UN"))
    with pytest.raises(AssertionError, match="invalid value for 'OverlayBits"):
        draw(path, tmp_path, window=False)
    (plane,) = read_dicom_overlays(path)
    assert (plane.mask == mask).all()


@pytest.mark.parametrize(
    "old, new",
    [
        pytest.param(build.element(0x60000040, b"CS", b"G "), build.element(0x60000040, b"CS", b"X "), id="type X"),
        pytest.param(build.element(0x60000010, b"US", build.us(128)), b"", id="no rows"),
        pytest.param(
            build.element(0x60000050, b"SS", build.ss(1, 1)),
            build.element(0x60000050, b"SS", build.ss(1)),
            id="origin VM 1",
        ),
        pytest.param(
            build.element(0x60000100, b"US", build.us(1)), build.element(0x60000100, b"US", build.us(16)), id="bits 16"
        ),
        pytest.param(
            build.element(0x60001500, b"LO", b"Name"), build.element(0x60001500, b"LO", b"Nam\0"), id="NUL padding"
        ),
        pytest.param(
            build.element(0x60001500, b"LO", b"Name"), build.element(0x60001500, b"LO", b"A\\B "), id="backslash"
        ),
    ],
)
def test_dciodvfy_sees_a_broken_attribute(old: bytes, new: bytes, tmp_path: Path) -> None:
    file = next(file for file in images() if file.name == "test_files/CT_small.dcm")
    good, bad = tmp_path / "good.dcm", tmp_path / "bad.dcm"
    write_dicom_overlay(file.path, random_mask("iod", 128, 128), output=good, label="Name")
    assert good.read_bytes().count(old) == 1
    bad.write_bytes(good.read_bytes().replace(old, new))
    known = iod_errors(file.path, tmp_path)
    assert not iod_errors(good, tmp_path) - known
    assert iod_errors(bad, tmp_path) - known


def test_dciodvfy_sees_a_broken_plane_in_a_later_group_only_after_rebasing(tmp_path: Path) -> None:
    file = next(file for file in images() if file.name == "test_files/CT_small.dcm")
    path, moved = tmp_path / "later.dcm", tmp_path / "moved.dcm"
    write_dicom_overlay(file.path, random_mask("a", 128, 128), output=path)
    write_dicom_overlay(path, random_mask("b", 128, 128))
    second = build.element(0x60020040, b"CS", b"G ")
    path.write_bytes(path.read_bytes().replace(second, build.element(0x60020040, b"CS", b"X ")))
    known = iod_errors(file.path, tmp_path)
    assert not iod_errors(path, tmp_path) - known
    moved.write_bytes(rebased(path.read_bytes(), 0x6002))
    assert iod_errors(moved, tmp_path) - known


def test_dcmdump_sees_no_plane_where_there_is_none(tmp_path: Path) -> None:
    assert dump(_with(tmp_path, b""), "6000,3000") == []


@pytest.mark.parametrize("where", [140, 300, 420, -3])
def test_the_insert_check_sees_one_changed_byte(where: int, tmp_path: Path) -> None:
    path = _with(tmp_path, b"")
    source = path.read_bytes()
    write_dicom_overlay(path, random_mask("insert", 13, 11))
    data = bytearray(path.read_bytes())
    inserted_range(source, bytes(data), (0x6000,))
    values = [range(t.value, t.end) for t in tokens(bytes(data)).elements if t.tag >> 16 != 0x6000 and t.end > t.value]
    positions = sorted(position for span in values for position in span)
    data[next((p for p in positions if p >= where), positions[-1]) if where > 0 else positions[where]] ^= 1
    with pytest.raises(AssertionError, match="changed"):
        inserted_range(source, bytes(data), (0x6000,))
