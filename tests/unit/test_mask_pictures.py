"""Masks from pictures and .npy files: a drawing of two values is set where it is neither black nor transparent."""

from __future__ import annotations

import os
import pickle
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from dicom_overlay.masks.limits import DEFAULT_LIMIT
from dicom_overlay.masks.pictures import Picture, read_picture
from failing import fails_with

if TYPE_CHECKING:
    from pathlib import Path

# Each pixel of one row: is it set?
SET = [False, True, True, False]


def read(path: Path, threshold: float | None = None, limit: int = DEFAULT_LIMIT) -> Picture:
    return read_picture(path, threshold, limit)


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
        pytest.param("L", [0, 7, 7, 0], id="grey"),
        pytest.param("I;16", [0, 65535, 65535, 0], id="sixteen-bits"),
        pytest.param("LA", [(0, 255), (9, 255), (9, 255), (255, 0)], id="grey-and-alpha"),
        pytest.param("RGB", [(0, 0, 0), (0, 0, 7), (0, 0, 7), (0, 0, 0)], id="colour-on-black"),
        pytest.param("RGBA", [(1, 2, 3, 0), (9, 0, 0, 255), (9, 0, 0, 255), (255, 255, 255, 0)], id="on-nothing"),
        pytest.param("RGBA", [(0, 0, 0, 255), (9, 0, 0, 255), (9, 0, 0, 255), (255, 255, 255, 0)], id="both-grounds"),
    ],
)
def test_a_pixel_is_set_that_is_neither_transparent_nor_black(mode: str, pixels: list[Any], tmp_path: Path) -> None:
    found = read(save(tmp_path, mode, pixels))

    assert not found.is_grey
    assert (found.labels != 0).tolist() == [SET]


def test_an_entry_of_a_palette_is_what_its_colour_is(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    image = Image.new("P", (4, 1))
    image.putpalette([0, 0, 0, 0, 0, 9, 0, 0, 9, 9, 9, 9])
    image.putdata([0, 1, 2, 3])
    image.save(path, transparency=3)

    assert (read(path).labels != 0).tolist() == [SET]


@pytest.mark.parametrize("mode, most", [("L", 255), ("I;16", 65535), ("RGB", 255), ("RGBA", 255), ("LA", 255)])
def test_grey_values_need_a_threshold_or_a_choice(mode: str, most: int, tmp_path: Path) -> None:
    greys = [0, 3, most, most // 2]
    pixels: list[Any] = [{"RGB": (g, g, g), "RGBA": (g, g, g, 255), "LA": (g, 255)}.get(mode, g) for g in greys]
    path = save(tmp_path, mode, pixels)

    assert read(path).is_grey
    assert read(path).labels.tolist() == [greys]
    assert (read(path, 3).labels.tolist(), read(path, 3).is_grey) == ([[False, True, True, True]], False)


def test_how_much_of_a_drawing_covers_a_pixel_is_a_grey_value(tmp_path: Path) -> None:
    path = save(tmp_path, "RGBA", [(0, 0, 0, 0), (9, 1, 2, 255), (9, 1, 2, 60), (9, 1, 2, 0)])

    assert read(path).is_grey
    assert read(path, 128).labels.tolist() == [[False, True, False, False]]


def test_the_labels_of_a_palette_of_colours_are_its_entries(tmp_path: Path) -> None:
    """As PASCAL VOC and many labelling tools save them."""
    path = tmp_path / "mask.png"
    image = Image.new("P", (4, 1))
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0])
    image.putdata([0, 1, 2, 3])
    image.save(path)

    assert (read(path).is_grey, read(path).labels.tolist()) == (False, [[0, 1, 2, 3]])
    image.putpalette([0, 0, 9, 128, 0, 0, 0, 128, 0, 128, 128, 0])
    image.save(path)
    assert (read(path).is_grey, read(path).labels.tolist()) == (True, [[0, 1, 2, 3]])
    with fails_with("invalid-request"):
        read(path, 0.5)


@pytest.mark.parametrize(
    "mode, pixels",
    [
        pytest.param("RGB", [(255, 0, 0), (0, 255, 0), (0, 0, 0), (0, 0, 0)], id="two-colours"),
        pytest.param("RGB", [(255, 0, 0), (255, 255, 255), (255, 0, 0), (255, 255, 255)], id="red-on-white"),
        pytest.param("RGBA", [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 0, 0), (0, 0, 0, 0)], id="on-nothing"),
        pytest.param("RGBA", [(255, 0, 0, 255), (0, 0, 0, 60), (0, 0, 0, 0), (0, 0, 0, 0)], id="half-seen"),
        pytest.param("RGBA", [(0, 0, 0, 255), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)], id="black-on-nothing"),
    ],
)
def test_colours_that_do_not_say_what_is_set_are_refused(mode: str, pixels: list[Any], tmp_path: Path) -> None:
    with fails_with("invalid-mask"):
        read(save(tmp_path, mode, pixels))


@pytest.mark.parametrize("dtype", ["?", "u1", "<i4", ">i2", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_gives_the_values_that_were_stored(dtype: str, order: Any, tmp_path: Path) -> None:
    stored = np.asarray(np.arange(24).reshape(2, 3, 4) % 3, dtype=dtype, order=order)
    np.save(tmp_path / "mask.npy", stored)

    assert (read(tmp_path / "mask.npy").labels == stored).all()


@pytest.mark.parametrize(
    "array",
    [
        pytest.param(np.array([[0.2, 1.0]]), id="fractions"),
        pytest.param(np.array([[np.nan, 1.0]]), id="nan"),
        pytest.param(np.array([[np.inf, 1.0]]), id="infinity"),
        pytest.param(np.array([["", "x"]]), id="text"),
        pytest.param(np.array([[b"", b"x"]]), id="bytes"),
        pytest.param(np.array([["2020-01-01", "NaT"]], "M8[D]"), id="dates"),
        pytest.param(np.array([[0, 1]], "m8[s]"), id="durations"),
        pytest.param(np.array([[0, 1j]]), id="complex"),
        pytest.param(np.zeros((2, 2), [("a", "i4"), ("b", "i4")]), id="records"),
        pytest.param(np.zeros(4), id="one-dimension"),
        pytest.param(np.zeros((2, 2, 2, 2)), id="four-dimensions"),
        pytest.param(np.zeros((0, 4)), id="empty"),
    ],
)
def test_an_array_that_is_not_of_labels_is_refused(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", array)
    with fails_with("invalid-mask"):
        read(tmp_path / "mask.npy")


def test_nan_is_refused_with_a_threshold_too(tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", np.array([[np.nan, 1.0]]))
    with fails_with("invalid-mask"):
        read(tmp_path / "mask.npy", 0.5)
    for threshold in (float("nan"), float("inf")):
        with fails_with("invalid-request"):
            read(tmp_path / "mask.npy", threshold)


@pytest.mark.parametrize("name", ["mask.png", "mask.npy"])
@pytest.mark.parametrize(
    "data", [b"", b"junk", b"\x89PNG\r\n\x1a\n", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x01\x00\x76\x00{'descr'"]
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)

    with fails_with("invalid-mask"):
        read(tmp_path / name)


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "TIFF", "BMP"])
def test_a_picture_of_another_format_called_png_is_refused(kind: str, tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "mask.png", kind)
    with fails_with("invalid-mask"):
        read(tmp_path / "mask.png")


def test_a_truncated_or_moving_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-1500])
    with fails_with("invalid-mask"):
        read(path)
    Image.new("L", (4, 4)).save(path, save_all=True, append_images=[Image.new("L", (4, 4), 1)])
    with fails_with("invalid-mask"):
        read(path)


def test_an_archive_of_arrays_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "mask.npy").open("wb") as stream:
        np.savez(stream, a=np.zeros((2, 2)))

    with fails_with("invalid-mask"):
        read(tmp_path / "mask.npy")


def test_an_array_of_python_objects_is_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    (tmp_path / "b.npy").write_bytes(pickle.dumps(np.zeros((2, 2))))

    for name in ("a.npy", "b.npy"):
        with fails_with("invalid-mask"):
            read(tmp_path / name)


@pytest.mark.parametrize("name", ["mask.png", "mask.npy"])
def test_a_missing_file_and_a_pipe_are_said(name: str, tmp_path: Path) -> None:
    with fails_with("file-access") as caught:
        read(tmp_path / name)
    assert caught.value.detail == {"reason": "ENOENT"}
    os.mkfifo(tmp_path / name)
    with fails_with("file-access") as caught:
        read(tmp_path / name)
    assert caught.value.detail["reason"] == "ENOTREG"


# Sizes are looked at before anything is unpacked.


def huge_png(width: int, height: int) -> bytes:
    """A picture whose header says more than its data hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(huge_png(13_000, 13_000))
    with fails_with("limit-exceeded") as caught:
        read(path)
    assert caught.value.detail["expected"] == DEFAULT_LIMIT
    Image.new("L", (100, 100)).save(path)
    with fails_with("limit-exceeded"):
        read(path, limit=10_000)
    assert read(path, limit=240_000).labels.shape == (100, 100)


@pytest.mark.parametrize("shape", [(1 << 40, 1 << 40), (1 << 62, 4), (3, -1), (50_000, 50_000), (3, 5)])
def test_an_array_whose_header_lies_is_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "mask.npy"
    np.save(path, np.zeros((2, 3), np.uint8))
    data = path.read_bytes()
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    path.write_bytes(data[:10] + header.encode() + data[128:])
    with fails_with("limit-exceeded" if np.prod(shape, dtype=object) > DEFAULT_LIMIT else "invalid-mask"):
        read(path)
