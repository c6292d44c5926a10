"""Pixels become bits, least significant first, whatever holds them, with numpy and without.

Standard: PS3.5 section 8.1.2; PS3.3 section C.9.3.
"""

from __future__ import annotations

import array
import ctypes
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_files import pack
from dicom_overlay import OverlayPlane
from dicom_overlay.planes.mask import pack_mask
from dicom_overlay.planes.packing import (
    pack_bytes,
    packed_size,
    place_frames,
    unpack_bytes,
)
from failing import fails_with

# 3 rows of 5 columns, not symmetric in any way.
ROWS = [[1, 0, 0, 1, 1], [0, 1, 0, 0, 0], [1, 1, 1, 0, 1]]
FLAT = [pixel for row in ROWS for pixel in row]
PACKED = bytes([0b01011001, 0b01011100])
DTYPES = "?bBhHiIlLqQefdg"


def test_the_hand_packed_value_is_what_the_standard_says() -> None:
    # Pixel 0 is the lowest bit of the first byte; row 2 begins at pixel 10, bit 2 of the second byte.
    assert pack(FLAT) == PACKED


@pytest.mark.parametrize("pixels, size", [(1, 2), (15, 2), (16, 2), (17, 4), (429, 54), (512 * 512, 32768)])
def test_the_packed_size_is_even_and_holds_every_pixel(pixels: int, size: int) -> None:
    assert packed_size(pixels) == size


@given(st.binary(max_size=70))
def test_packing_agrees_with_the_slow_and_obvious_way(pixels: bytes) -> None:
    assert pack_bytes(pixels) == pack(pixels)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 15, 16, 17, 100])
@pytest.mark.usefixtures("either_way")
def test_any_number_of_pixels_is_packed_and_unpacked(count: int) -> None:
    pixels = bytes((i * 7 + i // 3) % 5 for i in range(count))

    assert pack_bytes(pixels) == pack(pixels)
    assert unpack_bytes(pack(pixels), count) == bytes(map(bool, pixels))


@pytest.mark.usefixtures("no_numpy")
def test_blocks_of_a_large_mask_join_without_a_seam() -> None:
    count = (1 << 20) * 2 + 13
    pixels = bytes(count - 3) + b"\1\0\7"
    ones = b"\xff" * count

    assert pack_bytes(pixels) == bytes((count - 3) // 8) + bytes([0b101 << (count - 3) % 8])
    assert unpack_bytes(pack_bytes(ones), count) == b"\1" * count
    assert unpack_bytes(pack_bytes(pixels), count) == bytes(count - 3) + b"\1\0\1"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F", "transposed", "strided", "reversed"])
def test_every_dtype_and_memory_order_packs_alike(dtype: str, order: str) -> None:
    array_c = np.array(ROWS).astype(dtype)
    views = {
        "C": array_c,
        "F": np.asfortranarray(array_c),
        "transposed": np.ascontiguousarray(array_c.T).T,
        "strided": np.repeat(np.repeat(array_c, 2, axis=0), 3, axis=1)[::2, ::3],
        "reversed": np.ascontiguousarray(array_c[::-1, ::-1])[::-1, ::-1],
    }

    result = pack_mask(views[order])

    assert (result.packed, result.frames, result.rows, result.columns) == (PACKED, None, 3, 5)


@pytest.mark.parametrize("dtype", [">u2", "<u2", ">i4", ">f4", ">f8", "<f2"])
def test_the_byte_order_of_the_array_does_not_matter(dtype: str) -> None:
    assert pack_mask(np.array(ROWS).astype(dtype)).packed == PACKED


@pytest.mark.parametrize(
    "dtype, value",
    [
        ("i4", 1),
        ("i4", 255),
        ("i4", 256),
        ("i4", -1),
        ("i4", 1 << 24),
        ("f8", 0.25),
        ("f8", -0.5),
        ("f8", float("inf")),
        ("f8", 2.0**-1074),
    ],
)
def test_whatever_is_not_zero_is_set(dtype: str, value: float) -> None:
    mask = np.array(ROWS).astype(dtype)
    mask[mask != 0] = value

    assert pack_mask(mask).packed == PACKED
    assert pack_mask(mask.tolist()).packed == PACKED
    assert pack_mask(memoryview(mask)).packed == PACKED


@pytest.mark.parametrize("typecode", "bBhHiIlLqQfd")
@pytest.mark.usefixtures("either_way")
def test_a_flat_buffer_of_any_format_takes_the_size_given(typecode: str) -> None:
    buffer = array.array(typecode, [value * 3 for value in FLAT])

    assert pack_mask(buffer, rows=3, columns=5).packed == PACKED
    assert pack_mask(memoryview(buffer), rows=3, columns=5).packed == PACKED


@pytest.mark.parametrize("dtype", ["?", "u1", "i2", "u4", "u8", "f2", "f4", "f8"])
@pytest.mark.usefixtures("either_way")
def test_a_shaped_buffer_brings_its_own_size(dtype: str) -> None:
    view = memoryview(np.asfortranarray(np.array(ROWS, dtype=dtype)))

    result = pack_mask(view)

    assert (result.packed, result.rows, result.columns) == (PACKED, 3, 5)


@pytest.mark.usefixtures("either_way")
def test_a_ctypes_array_of_foreign_byte_order_is_a_buffer_like_any_other() -> None:
    words = (ctypes.c_uint16.__ctype_be__ * 15)(*(value * 256 for value in FLAT))

    assert pack_mask(words, rows=3, columns=5).packed == PACKED


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(ROWS, id="lists"),
        pytest.param(tuple(map(tuple, ROWS)), id="tuples"),
        pytest.param([bytes(row) for row in ROWS], id="list-of-bytes"),
        pytest.param([array.array("d", row) for row in ROWS], id="list-of-arrays"),
        pytest.param([[bool(v) for v in row] for row in ROWS], id="bools"),
        pytest.param([[v / 4 for v in row] for row in ROWS], id="floats"),
        pytest.param([range(1), range(1, 2), range(1)], id="ranges"),
    ],
)
@pytest.mark.usefixtures("either_way")
def test_nested_sequences_are_masks(mask: Any) -> None:
    expected = pack([value for row in mask for value in row])

    assert pack_mask(mask).packed == expected


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param([np.array(row) for row in ROWS], id="list-of-arrays"),
        pytest.param([[np.uint8(v) for v in row] for row in ROWS], id="list-of-scalars"),
        pytest.param([[np.bool_(v) for v in row] for row in ROWS], id="list-of-bools"),
    ],
)
def test_nested_sequences_may_hold_what_numpy_gives(mask: Any) -> None:
    assert pack_mask(mask).packed == PACKED


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param([[1, 0], np.int64(1)], id="scalar-among-rows"),
        pytest.param([1, np.array([1, 0])], id="row-among-scalars"),
        pytest.param([np.array([1, 0]), np.array([1])], id="ragged"),
        pytest.param([[np.complex64(1)]], id="complex"),
        pytest.param([[np.float32("nan")]], id="nan"),
    ],
)
def test_what_numpy_gives_must_still_be_even_and_real(mask: Any) -> None:
    with fails_with("invalid-mask"):
        pack_mask(mask)


def test_an_object_that_speaks_numpys_array_protocol_is_a_mask() -> None:
    class Volume:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.array(ROWS, dtype=dtype, copy=copy)

    assert pack_mask(Volume()).packed == PACKED


@pytest.mark.usefixtures("either_way")
def test_three_dimensions_are_frames_that_follow_each_other_without_padding() -> None:
    frames = [ROWS, [[1 - v for v in row] for row in ROWS]]

    result = pack_mask(frames)

    assert (result.frames, result.rows, result.columns) == (2, 3, 5)
    assert result.packed == pack([v for frame in frames for row in frame for v in row])


@pytest.mark.usefixtures("either_way")
def test_a_flat_buffer_holds_as_many_frames_as_fit() -> None:
    assert pack_mask(bytes(FLAT * 3), rows=3, columns=5).frames == 3
    assert pack_mask(bytes(FLAT), rows=3, columns=5).frames is None


SHAPES = [
    pytest.param([], id="empty"),
    pytest.param([[]], id="no-columns"),
    pytest.param([[], []], id="rows-without-columns"),
    pytest.param(b"", id="no-bytes"),
    pytest.param([[1, 0], [1]], id="ragged"),
    pytest.param([[1, 0], 1], id="ragged-depth"),
    pytest.param([[[[1]]]], id="four-dimensions"),
    pytest.param([["1", "0"]], id="text"),
    pytest.param("10", id="a-string"),
    pytest.param([range(2**70)], id="more-columns-than-memory"),
    pytest.param([range(10**12)], id="many-columns"),
    pytest.param([[None, 1]], id="none"),
    pytest.param([[1, {}]], id="a-dictionary"),
    pytest.param([{1, 0}], id="a-set"),
    pytest.param([[1j, 0]], id="complex"),
    pytest.param(7, id="a-number"),
    pytest.param(None, id="nothing"),
    pytest.param(object(), id="an-object"),
    pytest.param(bytes(FLAT), id="flat-without-a-size"),
    pytest.param([1, 0, 1], id="flat-list-without-a-size"),
    pytest.param((ctypes.c_wchar * 4)(*"1010"), id="buffer-of-characters"),
    pytest.param([[1.0, float("nan")]], id="nan-in-a-list"),
    pytest.param(memoryview(array.array("d", [1.0, float("nan")])).cast("B").cast("d", (1, 2)), id="nan-in-a-buffer"),
]


@pytest.mark.parametrize("mask", SHAPES)
@pytest.mark.usefixtures("either_way")
def test_what_is_no_mask_is_refused(mask: Any) -> None:
    with fails_with("invalid-mask"):
        pack_mask(mask)


@pytest.mark.parametrize(
    "mask, detail",
    [
        pytest.param([[[[1]]]], {"found": 4}, id="four-dimensions"),
        pytest.param([[1, 0], [1]], {"found": 1}, id="ragged"),
        pytest.param([[1, 0], 1], {"found": "int"}, id="ragged-depth"),
        pytest.param([range(2**70)], {"expected": 65535}, id="more-columns-than-memory"),
        pytest.param([range(65536)], {"expected": 65535}, id="many-columns"),
        pytest.param([[None, 1]], {"found": "NoneType"}, id="none"),
        pytest.param([[1, {}]], {"found": "other values"}, id="a-dictionary"),
        pytest.param(7, {"found": "int"}, id="a-number"),
        pytest.param([[1.0, float("nan")]], {"found": "NaN"}, id="nan-in-a-list"),
        pytest.param([1, 0, 1], {"expected": [], "found": [3]}, id="flat-list-without-a-size"),
    ],
)
@pytest.mark.usefixtures("either_way")
def test_what_is_wrong_with_a_mask_is_in_the_errors_detail(mask: Any, detail: dict[str, Any]) -> None:
    with fails_with("invalid-mask", **detail):
        pack_mask(mask)


def test_a_mask_may_have_as_many_columns_as_an_image() -> None:
    assert pack_mask([range(65535)]).columns == 65535


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(np.zeros((0, 5)), id="empty"),
        pytest.param(np.array(1), id="no-dimension"),
        pytest.param(np.zeros((1, 1, 1, 1)), id="four-dimensions"),
        pytest.param(np.array([[1.0, np.nan]]), id="nan"),
        pytest.param(np.array([[1.0, np.nan]], dtype=np.float16), id="nan-in-half-precision"),
        pytest.param(np.ones((2, 2), dtype=complex), id="complex"),
        pytest.param(np.array([["a", "b"]]), id="text"),
        pytest.param(np.array([[None, 1]]), id="objects"),
        pytest.param(np.zeros((2, 2), dtype="M8[s]"), id="dates"),
        pytest.param(np.zeros((2, 2), dtype=[("a", "u1")]), id="records"),
    ],
)
def test_an_array_that_is_no_mask_is_refused(mask: Any) -> None:
    with fails_with("invalid-mask"):
        pack_mask(mask)


@pytest.mark.parametrize(
    "mask, rows, columns",
    [
        pytest.param(ROWS, 5, 3, id="transposed"),
        pytest.param(ROWS, 3, 6, id="too-narrow"),
        pytest.param([ROWS], 4, 5, id="frames-too-low"),
        pytest.param(bytes(14), 3, 5, id="buffer-too-short"),
        pytest.param(bytes(16), 3, 5, id="buffer-too-long"),
        pytest.param(bytes(15), 3, None, id="buffer-with-rows-only"),
        pytest.param(bytes(15), 0, 5, id="no-rows"),
        pytest.param(bytes(15), -3, -5, id="negative-size"),
    ],
)
@pytest.mark.usefixtures("either_way")
def test_a_mask_of_another_size_is_refused_and_both_sizes_are_told(
    mask: Any, rows: int | None, columns: int | None
) -> None:
    with fails_with("invalid-mask") as caught:
        pack_mask(mask, rows=rows, columns=columns)

    assert caught.value.detail["expected"] == ([rows, columns] if rows is not None and columns is not None else [])
    assert isinstance(caught.value.detail["found"], list)


@pytest.mark.parametrize("rows, columns", [("3", 5), (3, 5.0), ([3], 5)])
def test_a_size_that_is_no_integer_is_refused(rows: Any, columns: Any) -> None:
    with fails_with("invalid-mask"):
        pack_mask(bytes(15), rows=rows, columns=columns)


def test_a_size_may_be_an_integer_of_numpy() -> None:
    assert pack_mask(bytes(FLAT), rows=np.int64(3), columns=np.uint8(5)).packed == PACKED  # type: ignore[arg-type]


def plane_of(packed: bytes, frames: int | None = None) -> OverlayPlane:
    return OverlayPlane(rows=3, columns=5, packed=packed, number_of_frames=frames)


def test_an_unpacked_mask_is_a_read_only_array_of_bool() -> None:
    mask = plane_of(PACKED).mask

    assert (mask.dtype, mask.shape, mask.tolist()) == (np.dtype(bool), (3, 5), [[v == 1 for v in r] for r in ROWS])
    assert not mask.flags.writeable
    assert plane_of(pack(FLAT * 2), 2).mask.shape == (2, 3, 5)


@pytest.mark.usefixtures("no_numpy")
def test_without_numpy_an_unpacked_mask_is_a_read_only_buffer_of_the_same_shape() -> None:
    mask = plane_of(PACKED).mask

    assert (mask.format, mask.shape, mask.tolist(), mask.readonly) == ("B", (3, 5), ROWS, True)
    assert plane_of(pack(FLAT * 2), 2).mask.shape == (2, 3, 5)
    assert pack_mask(mask).packed == PACKED


@pytest.mark.parametrize("pixels", [1, 3, 7, 8, 9, 15, 16, 35])
@pytest.mark.parametrize(
    "frames, total",
    [
        *(([0], 5), ([4], 5), ([0, 1, 2, 3, 4], 5), ([1, 3], 5), ([0, 4], 5), ([2, 6, 7], 8), ([1, 8], 9)),
        *((list(range(total)), total) for total in (1, 2, 6, 7, 8, 9, 15, 16, 17, 24, 31)),
    ],
)
def test_a_frame_is_placed_at_any_bit_and_leaves_the_others_blank(pixels: int, frames: list[int], total: int) -> None:
    frame = [(i * i + i // 2) % 3 % 2 for i in range(pixels)]
    frame[-1] = 1

    placed = place_frames(pack(frame), pixels, frames, total)

    assert placed == pack([bit for k in range(total) for bit in (frame if k in frames else [0] * pixels)])


def test_pad_bits_of_the_source_frame_do_not_leak_into_the_next() -> None:
    assert place_frames(b"\xff\xff", 3, [0], 2) == bytes([0b000111, 0])


@pytest.mark.parametrize("form", ["array", "list", "tuple", "buffer", "bytes-rows"])
@pytest.mark.usefixtures("either_way")
def test_a_label_map_gives_the_mask_of_one_label(form: str) -> None:
    labels = [[0, 2, 7], [2, 2, 1]]
    forms: dict[str, Any] = {
        "array": np.array(labels, dtype=np.uint16),
        "list": labels,
        "tuple": tuple(map(tuple, labels)),
        "buffer": memoryview(array.array("H", [v for row in labels for v in row])).cast("B").cast("H", (2, 3)),
        "bytes-rows": [bytes(row) for row in labels],
    }

    assert pack_mask(forms[form], label=2).packed == pack([0, 1, 0, 1, 1, 0])
    assert pack_mask(forms[form], label=9).packed == bytes(2)


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param(array.array("d", [1.0, 2.0]), id="float-buffer"),
        pytest.param([[1.0, 2.0]], id="float-list"),
        pytest.param("12", id="text"),
        pytest.param([["1", "2"]], id="list-of-text"),
        pytest.param(None, id="nothing"),
    ],
)
@pytest.mark.usefixtures("either_way")
def test_a_label_map_that_holds_no_integers_is_refused(labels: Any) -> None:
    with fails_with("invalid-mask"):
        pack_mask(labels, label=1)


def test_a_label_map_of_floats_is_refused() -> None:
    with fails_with("invalid-mask"):
        pack_mask(np.array([[1.0, 2.0]]), label=1)


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "f8", "?"])
@pytest.mark.parametrize("fill", [0, 1, 7])
def test_what_a_masked_array_hides_is_not_set(dtype: str, fill: int) -> None:
    """`masked_where(seg == 0, seg)` is how matplotlib's users lay a mask over an image."""
    seg = np.array(ROWS).astype(dtype)
    hidden = np.ma.masked_where(seg == 0, seg)
    hidden.fill_value = fill

    assert pack_mask(hidden).packed == PACKED
    assert pack_mask(np.ma.masked_array(np.ones((3, 5), dtype), mask=seg == 0)).packed == PACKED
    assert pack_mask(np.ma.masked_array(seg)).packed == PACKED


def test_hidden_nan_is_no_fault_of_a_masked_array() -> None:
    values = np.where(np.array(ROWS) == 0, np.nan, 2.5)

    assert pack_mask(np.ma.masked_invalid(values)).packed == PACKED
    with fails_with("invalid-mask"):
        pack_mask(np.ma.masked_array(values))


@pytest.mark.parametrize("fill", [0, 2, 999])
def test_hidden_pixels_have_no_label(fill: int) -> None:
    labels = np.ma.masked_array(
        [[0, 2, 7], [2, 2, 1]], mask=[[False, False, False], [True, False, False]], fill_value=fill
    )

    assert pack_mask(labels, label=2).packed == pack([0, 1, 0, 0, 1, 0])
    assert pack_mask(labels, label=0).packed == pack([1, 0, 0, 0, 0, 0])
    with fails_with("invalid-mask"):
        pack_mask(labels.astype("f4"), label=2)


def test_packing_loads_no_numpy_and_uses_one_that_is_loaded() -> None:
    program = (
        "import sys, dicom_overlay.planes.mask as p\n"
        "before = p.pack_mask([[1, 0, 1]]).packed\n"
        "assert 'numpy' not in sys.modules\n"
        "import numpy\n"
        "assert p.pack_mask(numpy.array([[1, 0, 1]])).packed == before == bytes([5, 0])\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


class Interfaced:
    """An array of a library that speaks numpy's older protocol alone."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.__array_interface__ = array.__array_interface__
        self.array = array


def test_an_array_interface_is_enough() -> None:
    mask: Any = Interfaced(np.array(ROWS, np.float32))

    assert OverlayPlane.from_mask(mask, rows=3, columns=5).packed == PACKED


@pytest.mark.parametrize("kind", [ctypes.c_double, ctypes.c_float])
@pytest.mark.parametrize("order", ["__ctype_be__", "__ctype_le__"])
def test_buffers_of_numbers_say_the_order_of_their_bytes(kind: Any, order: str) -> None:
    values = (getattr(kind, order) * 15)(*FLAT)

    assert OverlayPlane.from_mask(values, rows=3, columns=5).packed == PACKED


@pytest.mark.parametrize("order", ["__ctype_be__", "__ctype_le__"])
def test_labels_in_buffers_are_read_in_the_order_of_their_bytes(order: str) -> None:
    values = (getattr(ctypes.c_uint16, order) * 15)(*[pixel * 258 + 1 for pixel in FLAT])

    assert pack_mask(values, rows=3, columns=5, label=259).packed == PACKED
