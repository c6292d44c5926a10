"""DCMTK draws exactly the bits of every plane: all 16 groups, each frame, odd sizes, offsets, both types, all native syntaxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import dicom_files as build
from corpus import images, is_whole
from dicom_overlay import OverlayPlane, read_dicom_overlays, write_dicom_overlay, write_dicom_overlays
from dicom_tools import draw, draw_frames, iod_errors, rebased, require_run
from element_diff import group_values
from written import pack, random_mask

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from dicom_overlay.planes.frames import Frames

_SYNTAXES = {
    "implicit": build.IMPLICIT_LITTLE_UID,
    "explicit": build.EXPLICIT_LITTLE_UID,
    "deflated": build.DEFLATED_UID,
    "big-endian": build.EXPLICIT_BIG_UID,
}
_SIZES = [(1, 1), (1, 17), (9, 1), (3, 5), (5, 7), (13, 11), (16, 16), (31, 33), (40, 64)]
_GROUPS = tuple(range(0x6000, 0x6020, 2))
_every_syntax = pytest.mark.parametrize("syntax", _SYNTAXES.values(), ids=_SYNTAXES)


def _in_syntaxes(names: str, values: Sequence[object], other: object) -> pytest.MarkDecorator:
    """Take each value in one syntax, and ``other`` in every one; all of all for `make oracle WHOLE=1`.

    Byte order and shape meet in no rule but one: words are swapped, whatever the shape.
    """
    given = [
        pytest.param(syntax, *(value if "," in names and isinstance(value, tuple) else (value,)), id=f"{value}-{name}")
        for name, syntax in _SYNTAXES.items()
        for value in values
        if is_whole() or name == "explicit" or value == other
    ]
    return pytest.mark.parametrize(f"syntax, {names}", given)


def _image(folder: Path, rows: int, columns: int, syntax: str, frames: int | None = None) -> Path:
    path = folder / "image.dcm"
    path.write_bytes(build.image_file(rows, columns, transfer_syntax=syntax, frames=frames))
    return path


def _laid(mask: NDArray[np.bool_], origin: tuple[int, int], rows: int, columns: int) -> NDArray[np.bool_]:
    """Lay a mask over an image pixel by pixel. Standard: PS3.3 section C.9.2 (origin is row, column, from 1)."""
    laid = np.zeros((rows, columns), bool)
    for row, column in np.argwhere(mask):
        y, x = row + origin[0] - 1, column + origin[1] - 1
        if 0 <= y < rows and 0 <= x < columns:
            laid[y, x] = True
    return laid


@_in_syntaxes("rows, columns", _SIZES, (13, 11))
def test_each_of_sixteen_planes_is_drawn_alone(rows: int, columns: int, syntax: str, tmp_path: Path) -> None:
    path = _image(tmp_path, rows, columns, syntax)
    masks = [random_mask(f"{rows} {columns} {group}", rows, columns) for group in _GROUPS]
    result = write_dicom_overlays(path, [OverlayPlane.from_mask(mask) for mask in masks])
    assert result.groups == _GROUPS
    bare = draw(path, tmp_path, overlay=None, window=False)
    # All of the sixteen where the bits of a plane end inside a byte, of other sizes the first and the last.
    for number, mask in enumerate(masks, start=1):
        if is_whole() or (rows, columns) == (13, 11) or number in {1, len(masks)}:
            drawn = draw(path, tmp_path, overlay=number, window=False)
            assert (drawn == np.where(mask, 255, bare)).all()
    assert (draw(path, tmp_path, window=False) == np.where(np.any(masks, axis=0), 255, bare)).all()


@_in_syntaxes("rows, columns", [(3, 5), (13, 11), (16, 16)], (13, 11))
def test_each_frame_of_a_multi_frame_plane_is_drawn_on_its_frame(
    rows: int, columns: int, syntax: str, tmp_path: Path
) -> None:
    """Standard: PS3.3 section C.9.3 (no padding between frames)."""
    path = _image(tmp_path, rows, columns, syntax, frames=3)
    masks = [random_mask(f"{rows} {columns} {group}", 3, rows, columns) for group in _GROUPS[:4]]
    write_dicom_overlays(path, [OverlayPlane.from_mask(mask) for mask in masks])
    bare = draw_frames(path, tmp_path, count=3, overlay=None, window=False)
    for number, mask in enumerate(masks, start=1):
        drawn = draw_frames(path, tmp_path, count=3, overlay=number, window=False)
        assert (np.array(drawn) == np.where(mask, 255, bare)).all()


@_in_syntaxes(
    "frames, shown",
    [("all", {1, 2, 3, 4, 5}), (None, {1, 2, 3, 4, 5}), (1, {1}), (3, {3}), (5, {5}), (range(2, 5), {2, 3, 4})],
    (range(2, 5), {2, 3, 4}),
)
def test_a_flat_mask_is_drawn_on_the_frames_named_and_on_no_other(
    frames: Frames, shown: set[int], syntax: str, tmp_path: Path
) -> None:
    path = _image(tmp_path, 5, 7, syntax, frames=5)
    mask = random_mask("frames", 5, 7)
    write_dicom_overlay(path, mask, frames=frames)
    values = group_values(path.read_bytes(), 0x6000)
    # Never one bitmap without 0015: DCMTK draws that on every frame, dcm4che, fo-dicom and others on the first alone.
    assert int(values[0x0015][1]) == len(shown)
    assert sum(values[0x0051][1]) == min(shown)
    bare = draw_frames(path, tmp_path, count=5, overlay=None, window=False)
    drawn = draw_frames(path, tmp_path, count=5, window=False)
    for frame, (without, picture) in enumerate(zip(bare, drawn, strict=True), start=1):
        assert (picture == (np.where(mask, 255, without) if frame in shown else without)).all()


@_in_syntaxes("origin", [(1, 1), (0, 0), (3, 7), (7, 3), (-4, -2), (-2, -4), (20, 24), (300, 1), (-300, 9)], (-4, -2))
@pytest.mark.parametrize("rows, columns", [(6, 5), (40, 50)], ids=str)
def test_a_plane_of_its_own_size_is_drawn_at_its_origin(
    rows: int, columns: int, origin: tuple[int, int], syntax: str, tmp_path: Path
) -> None:
    path = _image(tmp_path, 21, 27, syntax)
    mask = random_mask("origin", rows, columns)
    write_dicom_overlay(path, mask, origin=origin, rows=rows, columns=columns)
    bare = draw(path, tmp_path, overlay=None, window=False)
    drawn = draw(path, tmp_path, window=False)
    assert (drawn == np.where(_laid(mask, origin, 21, 27), 255, bare)).all()


@_every_syntax
def test_a_region_of_interest_darkens_what_is_outside(syntax: str, tmp_path: Path) -> None:
    """What DCMTK does with type R, and why G is the default: everything outside loses half of its bits."""
    path = _image(tmp_path, 13, 11, syntax)
    mask = random_mask("region", 13, 11)
    write_dicom_overlay(path, mask, overlay_type="R")
    bare = draw(path, tmp_path, overlay=None, window=False)
    assert (draw(path, tmp_path, window=False) == np.where(mask, bare, bare >> 4)).all()


@pytest.mark.parametrize("program", [("dcmcrle",), ("dcmcjpeg", "+e1")], ids=["RLE", "JPEG lossless"])
def test_a_plane_in_a_compressed_image_is_drawn(program: tuple[str, ...], tmp_path: Path) -> None:
    source, path = _image(tmp_path, 33, 21, build.EXPLICIT_LITTLE_UID), tmp_path / "packed.dcm"
    require_run(*program, source, path)
    mask = random_mask("compressed", 33, 21)
    write_dicom_overlay(path, mask)
    syntax = "1.2.840.10008.1.2.4.70" if "dcmcjpeg" in program else ""
    bare = draw(path, tmp_path, syntax=syntax, overlay=None, window=False)
    assert (draw(path, tmp_path, syntax=syntax, window=False) == np.where(mask, 255, bare)).all()


def test_each_of_sixteen_planes_satisfies_dciodvfy(tmp_path: Path) -> None:
    """dciodvfy sees group 6000 only, so each plane is moved there in turn."""
    file = next(file for file in images() if file.name == "test_files/CT_small.dcm")
    path = tmp_path / "sixteen.dcm"
    masks = [random_mask(str(group), file.rows, file.columns) for group in _GROUPS]
    planes = [OverlayPlane.from_mask(mask, label="Region", subtype="AUTOMATED") for mask in masks]
    write_dicom_overlays(file.path, planes, output=path)
    known = iod_errors(file.path, tmp_path)
    for group in _GROUPS:
        moved = tmp_path / f"{group:04x}.dcm"
        moved.write_bytes(rebased(path.read_bytes(), group))
        assert not iod_errors(moved, tmp_path) - known


def test_dcmtk_draws_no_plane_on_a_colour_image(tmp_path: Path) -> None:
    """Why colour images are judged by dcmdump, dcmconv and gdcmconv instead."""
    file = next(file for file in images() if file.name == "SC_rgb.dcm")
    path = tmp_path / "colour.dcm"
    write_dicom_overlay(file.path, np.ones((file.rows, file.columns), bool), output=path)
    with_plane, without = tmp_path / "with.ppm", tmp_path / "without.ppm"
    require_run("dcm2pnm", path, with_plane)
    require_run("dcm2pnm", "-O", path, without)
    assert with_plane.read_bytes() == without.read_bytes()


@pytest.mark.parametrize(
    "encoding, vr, swap",
    [
        (build.EXPLICIT, b"OW", False),
        (build.EXPLICIT, b"OB", False),
        (build.BIG, b"OW", True),
        (build.BIG, b"OB", False),
    ],
    ids=["LE OW", "LE OB", "BE OW swapped", "BE OB"],
)
def test_a_plane_made_by_hand_is_read_as_dcmtk_draws_it(
    encoding: build.Encoding, vr: bytes, swap: bool, tmp_path: Path
) -> None:
    """Big endian OW is byte-swapped, OB is not; pydicom 3.0.2 never swaps, so DCMTK judges. Standard: PS3.5 section A.3."""
    mask = random_mask("hand", 5, 7)
    data = pack(mask)
    if swap:
        data = np.frombuffer(data, "<u2").byteswap().tobytes()
    plane = build.overlay_elements(0x6000, 5, 7, data, encoding, vr=vr)
    syntax = build.EXPLICIT_BIG_UID if encoding.big else build.EXPLICIT_LITTLE_UID
    path = tmp_path / "hand.dcm"
    path.write_bytes(build.image_file(5, 7, transfer_syntax=syntax, before_pixels=plane))
    bare = draw(path, tmp_path, overlay=None, window=False)
    assert (draw(path, tmp_path, window=False) == np.where(mask, 255, bare)).all()
    (found,) = read_dicom_overlays(path)
    assert (found.mask == mask).all()
    assert found.packed == pack(mask)


def test_a_moved_plane_keeps_its_bits_when_dcmtk_changes_the_byte_order(tmp_path: Path) -> None:
    """A file that DCMTK turned to big endian holds OW, swapped; reading it must swap back."""
    path, big = _image(tmp_path, 13, 11, build.EXPLICIT_LITTLE_UID), tmp_path / "big.dcm"
    mask = random_mask("moved", 13, 11)
    write_dicom_overlay(path, mask)
    require_run("dcmconv", "+tb", path, big)
    assert group_values(big.read_bytes(), 0x6000)[0x3000][0] == "OW"
    (found,) = read_dicom_overlays(big)
    assert (found.mask == mask).all()
