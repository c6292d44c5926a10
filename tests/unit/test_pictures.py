"""Masks from PNG and .npy files, and planes as PNG files."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from dicom_overlay import OverlayPlane
from dicom_overlay.cli.masks.pictures import read_picture, write_png
from failing import fails_with

if TYPE_CHECKING:
    from pathlib import Path

# Each pixel of one row: is it set?
SET = [False, True, True, False]


def save(folder: Path, mode: str, pixels: list[Any], **options: Any) -> Path:
    path = folder / "mask.png"
    image = Image.new(mode, (len(pixels), 1))
    image.putdata(pixels)
    image.save(path, **options)
    return path


@pytest.mark.parametrize(
    "mode, pixels",
    [
        pytest.param("1", [0, 1, 1, 0], id="one-bit"),
        pytest.param("L", [0, 1, 255, 0], id="grey"),
        pytest.param("LA", [(0, 255), (1, 255), (255, 1), (255, 0)], id="grey-and-alpha"),
        pytest.param("RGB", [(0, 0, 0), (1, 0, 0), (0, 0, 7), (0, 0, 0)], id="colour"),
        pytest.param("RGBA", [(0, 0, 0, 255), (9, 0, 0, 1), (0, 9, 0, 255), (255, 255, 255, 0)], id="colour-and-alpha"),
    ],
)
def test_a_pixel_is_set_that_is_neither_transparent_nor_black(mode: str, pixels: list[Any], tmp_path: Path) -> None:
    mask = read_picture(save(tmp_path, mode, pixels))

    assert (mask.dtype, mask.tolist()) == (np.dtype(bool), [SET])


def test_an_entry_of_a_palette_is_what_its_colour_is(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    image = Image.new("P", (4, 1))
    image.putpalette([0, 0, 0, 0, 0, 1, 255, 0, 0, 9, 9, 9])
    image.putdata([0, 1, 2, 3])
    image.save(path, transparency=3)

    assert read_picture(path).tolist() == [SET]


@pytest.mark.parametrize("value", [1, 255, 256, 65535])
def test_a_pixel_of_sixteen_bits_is_set_whatever_its_value(value: int, tmp_path: Path) -> None:
    path = tmp_path / "mask.PNG"
    Image.fromarray(np.array([[0, value]], dtype=np.uint16)).save(path)

    assert read_picture(path).tolist() == [[False, True]]


@pytest.mark.parametrize("dtype", ["?", "u1", "<i4", ">f8"])
def test_an_array_is_read_as_it_was_stored(dtype: str, tmp_path: Path) -> None:
    stored = np.arange(24).reshape(2, 3, 4).astype(dtype)
    np.save(tmp_path / "mask.npy", stored)
    found = read_picture(tmp_path / "mask.npy")

    assert found.dtype == stored.dtype
    assert (found == stored).all()


@pytest.mark.parametrize("name", ["mask.png", "mask.npy"])
@pytest.mark.parametrize(
    "data", [b"", b"junk", b"\x89PNG\r\n\x1a\n", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x01\x00\x76\x00{'descr'"]
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)

    with fails_with("invalid-mask"):
        read_picture(tmp_path / name)


def test_a_truncated_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-1500])

    with fails_with("invalid-mask"):
        read_picture(path)


def test_an_archive_of_arrays_is_no_mask(tmp_path: Path) -> None:
    with (tmp_path / "mask.npy").open("wb") as stream:
        np.savez(stream, a=np.zeros((2, 2)))

    with fails_with("invalid-mask"):
        read_picture(tmp_path / "mask.npy")


def test_an_array_of_python_objects_is_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    (tmp_path / "b.npy").write_bytes(pickle.dumps(np.zeros((2, 2))))

    for name in ("a.npy", "b.npy"):
        with fails_with("invalid-mask"):
            read_picture(tmp_path / name)


@pytest.mark.parametrize("name", ["mask.jpg", "mask.dcm", "mask", "mask.npz"])
def test_another_kind_of_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")

    with fails_with("invalid-mask"):
        read_picture(tmp_path / name)


@pytest.mark.parametrize("name", ["mask.png", "mask.npy"])
def test_a_missing_file_is_said_to_be_missing(name: str, tmp_path: Path) -> None:
    with fails_with("file-access") as caught:
        read_picture(tmp_path / name)

    assert caught.value.detail == {"reason": "ENOENT"}


def test_a_plane_becomes_one_picture_a_frame(tmp_path: Path) -> None:
    single = OverlayPlane.from_mask([[1, 0, 0], [0, 1, 1]], group=0x6000)
    frames = OverlayPlane.from_mask([[[1, 0]], [[0, 1]]], group=0x6002)

    paths = write_png(single, tmp_path, "name") + write_png(frames, tmp_path, "name")

    assert [path.name for path in paths] == ["name-6000.png", "name-6002-00001.png", "name-6002-00002.png"]
    assert np.asarray(Image.open(paths[0])).tolist() == [[255, 0, 0], [0, 255, 255]]
    assert [read_picture(path).tolist() for path in paths[1:]] == [[[True, False]], [[False, True]]]
