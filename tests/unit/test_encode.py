"""Bytes of a plane's group, held against values written by hand from the Standard.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections 6.2, 7.1, 8.1.2, A.1 to A.4; PS3.6 table 6-1 for the VRs.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from pydicom.filereader import read_dataset

from dicom_files import pack
from dicom_overlay import OverlayPlane
from dicom_overlay.planes.encode import encode_element, encode_group
from dicom_overlay.planes.packing import swap_words
from dicom_overlay.scan.encoding import EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding

EXPLICIT_BIG = Encoding(is_implicit=False, is_little=False)
IMPLICIT_BIG = Encoding(is_implicit=True, is_little=False)

# 2 rows, 3 columns: the six pixels 1 0 0 / 0 1 1 are the bits 110001 of the first byte.
SMALLEST = OverlayPlane(rows=2, columns=3, packed=b"\x31\x00")

GOLDEN_EXPLICIT_LITTLE = (
    b"\x00\x60\x10\x00US\x02\x00\x02\x00"
    b"\x00\x60\x11\x00US\x02\x00\x03\x00"
    b"\x00\x60\x40\x00CS\x02\x00G "
    b"\x00\x60\x50\x00SS\x04\x00\x01\x00\x01\x00"
    b"\x00\x60\x00\x01US\x02\x00\x01\x00"
    b"\x00\x60\x02\x01US\x02\x00\x00\x00"
    b"\x00\x60\x00\x30OW\x00\x00\x02\x00\x00\x00\x31\x00"
)
GOLDEN_IMPLICIT_LITTLE = (
    b"\x00\x60\x10\x00\x02\x00\x00\x00\x02\x00"
    b"\x00\x60\x11\x00\x02\x00\x00\x00\x03\x00"
    b"\x00\x60\x40\x00\x02\x00\x00\x00G "
    b"\x00\x60\x50\x00\x04\x00\x00\x00\x01\x00\x01\x00"
    b"\x00\x60\x00\x01\x02\x00\x00\x00\x01\x00"
    b"\x00\x60\x02\x01\x02\x00\x00\x00\x00\x00"
    b"\x00\x60\x00\x30\x02\x00\x00\x00\x31\x00"
)
# OB, because its bytes are the same in both byte orders and every reader agrees on them.
GOLDEN_EXPLICIT_BIG = (
    b"\x60\x00\x00\x10US\x00\x02\x00\x02"
    b"\x60\x00\x00\x11US\x00\x02\x00\x03"
    b"\x60\x00\x00\x40CS\x00\x02G "
    b"\x60\x00\x00\x50SS\x00\x04\x00\x01\x00\x01"
    b"\x60\x00\x01\x00US\x00\x02\x00\x01"
    b"\x60\x00\x01\x02US\x00\x02\x00\x00"
    b"\x60\x00\x30\x00OB\x00\x00\x00\x00\x00\x02\x31\x00"
)
FULL: dict[str, Any] = {
    "rows": 2,
    "columns": 3,
    "packed": pack([1, 0, 0, 0, 1, 1] * 3),
    "origin": (-2, 300),
    "overlay_type": "R",
    "subtype": "USER",
    "label": "Liver",
    "description": "Made by hand",
    "number_of_frames": 3,
    "image_frame_origin": 258,
    "roi_area": 9,
    "roi_mean": -1.5,
    "roi_standard_deviation": 0.25,
}
# Three frames of six bits, 110001 each and no padding between: 31, then 31 << 6, then 31 << 12.
GOLDEN_FULL = (
    b"\x1e\x60\x10\x00US\x02\x00\x02\x00"
    b"\x1e\x60\x11\x00US\x02\x00\x03\x00"
    b"\x1e\x60\x15\x00IS\x02\x003 "
    b"\x1e\x60\x22\x00LO\x0c\x00Made by hand"
    b"\x1e\x60\x40\x00CS\x02\x00R "
    b"\x1e\x60\x45\x00LO\x04\x00USER"
    b"\x1e\x60\x50\x00SS\x04\x00\xfe\xff\x2c\x01"
    b"\x1e\x60\x51\x00US\x02\x00\x02\x01"
    b"\x1e\x60\x00\x01US\x02\x00\x01\x00"
    b"\x1e\x60\x02\x01US\x02\x00\x00\x00"
    b"\x1e\x60\x01\x13IS\x02\x009 "
    b"\x1e\x60\x02\x13DS\x04\x00-1.5"
    b"\x1e\x60\x03\x13DS\x04\x000.25"
    b"\x1e\x60\x00\x15LO\x06\x00Liver "
    b"\x1e\x60\x00\x30OW\x00\x00\x04\x00\x00\x00\x71\x1c\x03\x00"
)


@pytest.mark.parametrize(
    "encoding, golden",
    [
        pytest.param(EXPLICIT_LITTLE, GOLDEN_EXPLICIT_LITTLE, id="explicit-little"),
        pytest.param(IMPLICIT_LITTLE, GOLDEN_IMPLICIT_LITTLE, id="implicit-little"),
        pytest.param(EXPLICIT_BIG, GOLDEN_EXPLICIT_BIG, id="explicit-big"),
    ],
)
def test_the_smallest_plane_is_these_bytes(encoding: Encoding, golden: bytes) -> None:
    assert b"".join(encode_group(SMALLEST, 0x6000, encoding, None)) == golden


def test_every_attribute_is_written_in_tag_order() -> None:
    assert b"".join(encode_group(OverlayPlane(**FULL), 0x601E, EXPLICIT_LITTLE, None)) == GOLDEN_FULL


def test_the_bits_of_a_little_endian_file_are_not_copied() -> None:
    packed = bytes(bytearray(b"\x31\0"))

    assert encode_group(OverlayPlane(rows=2, columns=3, packed=packed), 0x6000, EXPLICIT_LITTLE, None)[1] is packed


def test_in_implicit_big_endian_the_words_of_the_data_are_swapped() -> None:
    data = b"".join(encode_group(SMALLEST, 0x6000, IMPLICIT_BIG, None))

    assert data.endswith(b"\x60\x00\x30\x00\x00\x00\x00\x02\x00\x31")
    assert data.startswith(b"\x60\x00\x00\x10\x00\x00\x00\x02\x00\x02")


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG], ids=["el", "il", "eb"])
def test_pydicom_reads_every_attribute_back(encoding: Encoding) -> None:
    data = b"".join(encode_group(OverlayPlane(**FULL), 0x6002, encoding, None))
    dataset = read_dataset(BytesIO(data), encoding.is_implicit, encoding.is_little)

    assert {(elem.tag.elem, elem.VR): elem.value for elem in dataset} == {
        (0x0010, "US"): 2,
        (0x0011, "US"): 3,
        (0x0015, "IS"): 3,
        (0x0022, "LO"): "Made by hand",
        (0x0040, "CS"): "R",
        (0x0045, "LO"): "USER",
        (0x0050, "SS"): [-2, 300],
        (0x0051, "US"): 258,
        (0x0100, "US"): 1,
        (0x0102, "US"): 0,
        (0x1301, "IS"): 9,
        (0x1302, "DS"): -1.5,
        (0x1303, "DS"): 0.25,
        (0x1500, "LO"): "Liver",
        (0x3000, "OW" if encoding.is_little else "OB"): FULL["packed"],
    }
    assert np.packbits(dataset.overlay_array(0x6002), bitorder="little").tobytes() == FULL["packed"].rstrip(b"\0")


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_text_is_left_out(empty: str | None) -> None:
    plane = OverlayPlane(rows=2, columns=3, packed=b"\x31\0", label=empty, description=empty, subtype=empty)

    assert b"".join(encode_group(plane, 0x6000, EXPLICIT_LITTLE, None)) == GOLDEN_EXPLICIT_LITTLE


def test_a_decimal_that_needs_more_than_sixteen_characters_is_shortened() -> None:
    plane = OverlayPlane(rows=2, columns=3, packed=b"\x31\0", roi_mean=-1.2345678901234567e-100)
    data = b"".join(encode_group(plane, 0x6000, EXPLICIT_LITTLE, None))
    dataset = read_dataset(BytesIO(data), is_implicit_VR=False, is_little_endian=True)

    assert len(dataset.get_item(0x60001302).value) <= 16
    assert dataset[0x60001302].value == pytest.approx(-1.2345678901234567e-100)


@pytest.mark.parametrize(
    "vr, value, golden",
    [
        pytest.param(b"LO", b"abc", b"\x10\x00\x20\x00LO\x04\x00abc ", id="text-gets-a-space"),
        pytest.param(b"UI", b"1.2", b"\x10\x00\x20\x00UI\x04\x001.2\0", id="uid-gets-a-nul"),
        pytest.param(b"OB", b"\1", b"\x10\x00\x20\x00OB\0\0\x02\0\0\0\1\0", id="bytes-get-a-nul"),
        pytest.param(b"SQ", b"", b"\x10\x00\x20\x00SQ\0\0\0\0\0\0", id="long-form"),
        pytest.param(b"UL", b"\1\0\0\0", b"\x10\x00\x20\x00UL\x04\0\1\0\0\0", id="even-value-as-it-is"),
    ],
)
def test_an_element_is_padded_to_an_even_length(vr: bytes, value: bytes, golden: bytes) -> None:
    assert encode_element(EXPLICIT_LITTLE, 0x00100020, vr, value) == golden


def test_swapping_words_twice_changes_nothing_and_an_odd_byte_stays() -> None:
    assert swap_words(b"\1\2\3\4\5") == b"\2\1\4\3\5"
    assert swap_words(swap_words(b"\1\2\3\4")) == b"\1\2\3\4"
    assert swap_words(b"") == b""
