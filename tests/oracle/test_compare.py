"""The public comparison sees every planted difference, names its element, tells no value, and calls equal what is equal."""

from __future__ import annotations

import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest

import dicom_files as build
from dicom_files import element
from dicom_overlay import OverlayError, compare_dicom
from element_diff import compare_bytes, tokens

if TYPE_CHECKING:
    from pathlib import Path

_PADDING = element(0xFFFCFFFC, b"OB", bytes(4))
_PLAIN = build.image_file(5, 7, trailing=_PADDING + b"junk")
_DEFLATED = build.image_file(5, 7, transfer_syntax=build.DEFLATED_UID) + b"tail"


def _changed(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def test_a_file_is_identical_to_itself(tmp_path: Path) -> None:
    for data in (_PLAIN, _DEFLATED):
        found = compare_bytes(data, data, tmp_path)
        assert found.identical
        assert found.differences == ()


@pytest.mark.parametrize("tag", [token.tag for token in tokens(_PLAIN).elements if token.end > token.value], ids=hex)
def test_one_bit_in_a_value_is_seen_in_its_element_and_nowhere_else(tag: int, tmp_path: Path) -> None:
    token = next(token for token in tokens(_PLAIN).elements if token.tag == tag)
    found = compare_bytes(_PLAIN, _changed(_PLAIN, token.end - 1), tmp_path)
    assert [(each.kind, each.tag) for each in found.differences] == [("changed", tag)]
    assert found.other_bytes_equal
    assert not found.identical


@pytest.mark.parametrize(
    "position", [0, 127, len(_PLAIN) - 1, len(_PLAIN) - 4], ids=["first", "preamble", "last", "junk"]
)
def test_one_bit_outside_the_elements_is_seen(position: int, tmp_path: Path) -> None:
    found = compare_bytes(_PLAIN, _changed(_PLAIN, position), tmp_path)
    assert found.differences == ()
    assert not found.other_bytes_equal


def test_missing_junk_is_seen(tmp_path: Path) -> None:
    assert not compare_bytes(_PLAIN, _PLAIN[:-4], tmp_path).other_bytes_equal


def test_added_and_removed_elements_are_told_apart(tmp_path: Path) -> None:
    more = build.image_file(5, 7, before_pixels=element(0x00400002, b"LO", b"AB"), trailing=_PADDING + b"junk")
    found = compare_bytes(_PLAIN, more, tmp_path)
    assert (found.tags("added"), found.tags("removed"), found.other_bytes_equal) == ((0x00400002,), (), True)
    found = compare_bytes(more, _PLAIN, tmp_path)
    assert (found.tags("added"), found.tags("removed"), found.other_bytes_equal) == ((), (0x00400002,), True)


def test_two_elements_that_changed_places_are_seen(tmp_path: Path) -> None:
    one, two = element(0x00400002, b"LO", b"AB"), element(0x00400003, b"LO", b"CD")
    a, b = build.image_file(before_pixels=one + two), build.image_file(before_pixels=two + one)
    found = compare_bytes(a, b, tmp_path)
    assert found.differences == ()
    assert not found.other_bytes_equal


def test_a_changed_duplicate_is_counted(tmp_path: Path) -> None:
    one, two, three = (element(0x00400002, b"LO", value) for value in (b"AB", b"CD", b"EF"))
    a, b = build.image_file(before_pixels=one + two), build.image_file(before_pixels=one + three)
    (found,) = compare_bytes(a, b, tmp_path).differences
    assert (found.kind, found.tag, found.occurrence) == ("changed", 0x00400002, 1)


@pytest.mark.parametrize("vr, length", [(b"UT", 2), (b"LO", 4)])
def test_another_vr_or_length_is_a_change_of_the_element(vr: bytes, length: int, tmp_path: Path) -> None:
    a = build.image_file(before_pixels=element(0x00400002, b"LO", b"AB"))
    b = build.image_file(before_pixels=element(0x00400002, vr, b"AB".ljust(length)))
    (found,) = compare_bytes(a, b, tmp_path).differences
    assert found.vrs == ("LO", vr.decode())
    assert found.lengths == (2, length)


def test_another_compression_of_the_same_data_set_is_no_difference(tmp_path: Path) -> None:
    data_set = build.image_elements(40, 40)
    meta = build.meta(build.DEFLATED_UID)
    a, b = (build.file(meta, build.deflate(data_set, level=level)) for level in (1, 9))
    assert a != b
    found = compare_bytes(a, b, tmp_path)
    assert found.identical
    assert found.inflated


def test_what_follows_a_deflate_stream_counts(tmp_path: Path) -> None:
    assert not compare_bytes(_DEFLATED, _DEFLATED[:-4] + b"tale", tmp_path).other_bytes_equal


def test_no_value_is_told(tmp_path: Path) -> None:
    a = build.image_file(before_pixels=element(0x00400002, b"LO", b"Zyxwab"))
    b = build.image_file(before_pixels=element(0x00400002, b"LO", b"Zyxwcd"))
    found = compare_bytes(a, b, tmp_path)
    assert "Zyxw" not in repr(found) + "".join(str(each) for each in found.differences)


@pytest.mark.parametrize("data", [b"", b"Zyxw" * 100, _PLAIN[:400]], ids=["empty", "text", "cut"])
def test_a_file_without_a_list_of_elements_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(OverlayError) as caught:
        compare_bytes(_PLAIN, data, tmp_path)
    assert caught.value.code in {"not-dicom", "truncated"}
    assert "Zyxw" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OverlayError) as caught:
        compare_dicom(tmp_path / "a", tmp_path / "b")
    assert caught.value.code == "file-access"


def test_a_large_file_is_compared_in_bounded_memory(tmp_path: Path) -> None:
    pixels = random.Random(1).randbytes(1 << 20) * 48
    big = build.image_file(pixels=element(0x7FE00010, b"OW", pixels))
    (tmp_path / "a.dcm").write_bytes(big)
    (tmp_path / "b.dcm").write_bytes(_changed(big, len(big) - 1))
    tracemalloc.start()
    found = compare_dicom(tmp_path / "a.dcm", tmp_path / "b.dcm")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.tags("changed") == (0x7FE00010,)
    assert peak < 8 << 20
