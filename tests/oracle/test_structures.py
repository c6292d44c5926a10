"""Each odd but legal structure of real files gets its plane where DCMTK and pydicom find it, and keeps every other byte.

The numbers are the points of the project's reference on scanning: what a tool must handle to find the place.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest

import dicom_files as build
from dicom_files import BIG, EXPLICIT, IMPLICIT, element, item, sequence, unknown_sequence
from dicom_overlay import (
    MalformedDataSetError,
    compare_dicom,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
)
from dicom_tools import dump, dumped_bytes, run
from element_diff import inflated, inserted_range, tags, tokens
from written import pack, random_mask

if TYPE_CHECKING:
    from pathlib import Path

ROWS, COLUMNS = 5, 7
_MASK = random_mask("structures", ROWS, COLUMNS)


def _image(before: bytes = b"", *, after: bytes = b"", syntax: str = build.EXPLICIT_LITTLE_UID, **more: Any) -> bytes:
    return build.image_file(ROWS, COLUMNS, transfer_syntax=syntax, before_pixels=before, trailing=after, **more)


def _data_set(encoding: build.Encoding) -> bytes:
    return build.image_elements(ROWS, COLUMNS, encoding)


def _plane(group: int, encoding: build.Encoding = EXPLICIT, **more: Any) -> bytes:
    return build.overlay_elements(group, ROWS, COLUMNS, bytes(6), encoding, **more)


_INNER = element(0x00080100, b"SH", b"AB", IMPLICIT)
_TWO_LEVELS = item(sequence(0x00081140, (item(_INNER, undefined=True),), IMPLICIT, undefined=True), undefined=True)
_ICON_CONTENT = (
    element(0x00280010, b"US", build.us(64))
    + element(0x00280011, b"US", build.us(64))
    + _plane(0x6000)
    + element(0x7FE00010, b"OW", bytes(8))
)
_DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"

READABLE = {
    "5 UN sequence": _image(unknown_sequence(0x00291010, (item(_INNER),))),
    "5 UN sequence, two levels": _image(unknown_sequence(0x00291010, (_TWO_LEVELS,))),
    "5 UN sequence in big endian": _image(
        unknown_sequence(0x00291010, (item(_INNER),), BIG), syntax=build.EXPLICIT_BIG_UID
    ),
    "5 UN sequence inside a big endian sequence": _image(
        sequence(
            0x00291010,
            (item(unknown_sequence(0x00081140, (item(_INNER),), BIG), BIG, undefined=True),),
            BIG,
            undefined=True,
        ),
        syntax=build.EXPLICIT_BIG_UID,
    ),
    "5 UN of defined length": _image(element(0x00291010, b"UN", _DELIMITER)),
    "6 delimiter in a fragment": _image(pixels=build.encapsulated((_DELIMITER,)), syntax=build.JPEG_2000_UID),
    "6 empty fragments": _image(pixels=build.encapsulated((b"", b"", b"AB")), syntax=build.JPEG_2000_UID),
    "7 group 7001 before the pixels": _image(element(0x70010010, b"LO", b"AB") + element(0x70011001, b"LO", b"AB")),
    "7 no pixels": _image(pixels=b""),
    "7 float pixels": _image(pixels=element(0x7FE00008, b"OF", bytes(4 * ROWS * COLUMNS))),
    "7 extended offset table": _image(
        pixels=element(0x7FE00001, b"OV", bytes(8))
        + element(0x7FE00002, b"OV", bytes(8))
        + build.encapsulated((b"AB",)),
        syntax=build.JPEG_2000_UID,
    ),
    "8 icon with pixels and a plane": _image(sequence(0x00880200, (item(_ICON_CONTENT),), undefined=True)),
    "8 icon of defined length": _image(sequence(0x00880200, (item(_ICON_CONTENT),))),
    "9 trailing padding": _image(after=element(0xFFFCFFFC, b"OB", bytes(10))),
    "9 signatures": _image(after=sequence(0xFFFAFFFA, (item(element(0x04000005, b"US", build.us(1))),))),
    "9 private group behind the pixels": _image(after=element(0x7FE10010, b"LO", b"AB")),
    "10 group lengths": _image(element(0x00400000, b"UL", build.ul(8)) + element(0x00400002, b"DA", b"")),
    "11 private group 6001": _image(element(0x60010010, b"LO", b"AB") + element(0x60011001, b"US", build.us(1))),
    "11 planes around a private group": _image(_plane(0x6000) + element(0x60010010, b"LO", b"AB") + _plane(0x6002)),
    "14 deflated": _image(syntax=build.DEFLATED_UID),
    "16 implicit": _image(syntax=build.IMPLICIT_LITTLE_UID),
    "2 implicit under an explicit UID": build.file(build.meta(), _data_set(IMPLICIT)),
    "2 explicit under an implicit UID": build.file(build.meta(build.IMPLICIT_LITTLE_UID), _data_set(EXPLICIT)),
    "1 no preamble, explicit": _data_set(EXPLICIT),
    "1 no preamble, implicit": _data_set(IMPLICIT),
    "1 no preamble, big endian": _data_set(BIG),
    "1 meta without group length": build.file(build.meta(group_length=False), _data_set(EXPLICIT)),
    "1 meta without transfer syntax": build.file(build.meta(None), _data_set(EXPLICIT)),
    "1 meta with a false group length": build.file(build.meta(group_length=4), _data_set(EXPLICIT)),
    "3 reserved bytes that are not zero": _image(element(0x00291010, b"OB", b"AB", reserved=b"\x20\x20")),
    "17 odd length": _image(element(0x00400002, b"LO", b"ABC")),
}
# Where DCMTK gives up on the source already, its word counts for nothing; pydicom and the tokenizer judge.
_NOT_DCMTK = {"2 implicit under an explicit UID", "2 explicit under an implicit UID"}
# pydicom looks for a big endian delimiter inside a CP-246 sequence, and guesses the byte order of bare data sets.
_NOT_PYDICOM = {"5 UN sequence in big endian", "5 UN sequence inside a big endian sequence"}


@pytest.fixture(params=list(READABLE.items()), ids=list(READABLE))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A structure's name and its file."""
    name, data = request.param
    path = tmp_path / "source.dcm"
    path.write_bytes(data)
    return name, path


def test_the_plane_is_one_insert_in_tag_order(source: tuple[str, Path]) -> None:
    _, path = source
    data = path.read_bytes()
    result = write_dicom_overlay(path, _MASK)
    inserted_range(data, path.read_bytes(), result.groups)
    assert tags(path.read_bytes()) == sorted(set(tags(path.read_bytes())))
    remove_dicom_overlays(path, result.groups)
    assert inflated(path.read_bytes()) == inflated(data)


def test_the_public_comparison_names_only_the_elements_of_the_plane(source: tuple[str, Path]) -> None:
    name, path = source
    result = write_dicom_overlay(path.read_bytes(), _MASK)
    assert result.data is not None
    if name in _NOT_PYDICOM:
        with pytest.raises(MalformedDataSetError, match="cannot be compared"):
            compare_dicom(path, result.data)
        return
    found = compare_dicom(path, result.data)
    assert found.other_bytes_equal
    assert found.groups == set(result.groups)
    assert {each.kind for each in found.differences} == {"added"}


def test_dcmtk_finds_the_plane_and_complains_no_more_than_before(source: tuple[str, Path]) -> None:
    name, path = source
    before = run("dcmdump", path)
    if name in _NOT_DCMTK:
        assert before.returncode != 0, "DCMTK can read this now: take it off the list"
        return
    result = write_dicom_overlay(path, _MASK)
    group = f"{result.groups[0]:04x}"
    lines = [line for line in dump(path, f"{group},3000") if line.startswith(f"({group},3000)")]
    assert len(lines) == 1 + name.startswith("8 "), "dcmdump lists nested look-alikes too, in file order"
    assert dumped_bytes(lines[-1]) == pack(_MASK)
    assert run("dcmdump", path).stderr == before.stderr


def test_pydicom_finds_the_plane(source: tuple[str, Path]) -> None:
    name, path = source
    result = write_dicom_overlay(path, _MASK)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name in _NOT_PYDICOM:
            with pytest.raises(OSError, match="No tag to read"):
                pydicom.dcmread(path, force=True)
            return
        found = pydicom.dcmread(path, force=True).overlay_array(result.groups[0])
    assert (found == _MASK).all()


@pytest.mark.parametrize("after", [bytes(1), bytes(7), bytes(8), bytes(1000), b"junk", b"\xff" * 7], ids=len)
def test_junk_behind_the_pixels_stays_last(after: bytes, tmp_path: Path) -> None:
    """Point 9. DCMTK stops at such bytes, so only pydicom judges."""
    path = tmp_path / "junk.dcm"
    source = _image(after=after)
    path.write_bytes(source)
    write_dicom_overlay(path, _MASK)
    assert path.read_bytes().endswith(after)
    inserted_range(source, path.read_bytes(), (0x6000,))


def test_what_follows_a_deflate_stream_stays(tmp_path: Path) -> None:
    """Point 14."""
    path = tmp_path / "deflated.dcm"
    source = _image(syntax=build.DEFLATED_UID) + b"a tail"
    path.write_bytes(source)
    write_dicom_overlay(path, _MASK)
    assert path.read_bytes().endswith(b"a tail")
    assert tokens(path.read_bytes()).after_stream == b"a tail"


@pytest.mark.parametrize("seed", range(12))
def test_a_deflate_stream_is_padded_to_an_even_length(seed: int, tmp_path: Path) -> None:
    """Point 14; twelve masks, because a stream is even by luck every second time. Standard: PS3.5 section A.5."""
    path = tmp_path / "even.dcm"
    path.write_bytes(_image(syntax=build.DEFLATED_UID))
    write_dicom_overlay(path, random_mask(f"even {seed}", ROWS, COLUMNS))
    assert (len(path.read_bytes()) - len(build.meta(build.DEFLATED_UID)) - 132) % 2 == 0


@pytest.mark.parametrize("place", ["reversed", "behind the pixels", "first"])
def test_planes_out_of_order_are_all_removed(place: str, tmp_path: Path) -> None:
    """Point 12."""
    if place == "reversed":
        data = _image(_plane(0x6002) + _plane(0x6000))
    elif place == "behind the pixels":
        data = _image(after=_plane(0x6000) + _plane(0x6002))
    else:
        data = build.file(
            build.meta(), _plane(0x6000) + build.image_elements(ROWS, COLUMNS, before_pixels=_plane(0x6002))
        )
    path = tmp_path / "order.dcm"
    path.write_bytes(data)
    assert [plane.group for plane in read_dicom_overlays(path)] == [0x6000, 0x6002]
    remove_dicom_overlays(path)
    assert path.read_bytes() == _image()


def test_a_group_that_is_scattered_is_replaced_as_one_piece(tmp_path: Path) -> None:
    """Points 12 and 13: half of the plane before the pixels, a duplicate of its data behind them."""
    extra = element(0x60003000, b"OW", b"\xff" * 6)
    path = tmp_path / "scattered.dcm"
    path.write_bytes(_image(_plane(0x6000), after=extra + element(0xFFFCFFFC, b"OB", b"")))
    write_dicom_overlay(path, _MASK, group=0x6000, existing="replace-group")
    inserted_range(_image(after=element(0xFFFCFFFC, b"OB", b"")), path.read_bytes(), (0x6000,))
    (plane,) = read_dicom_overlays(path)
    assert (plane.mask == _MASK).all()


@pytest.mark.parametrize("error", [0, 2], ids=["true length", "false length"])
def test_removing_a_plane_takes_retired_elements_and_leaves_odd_groups(error: int, tmp_path: Path) -> None:
    """Points 10 and 11. A group length that counts other elements than the plane's was there before it, and stays."""
    private = element(0x60010010, b"LO", b"AB") + element(0x60013000, b"OB", b"AB")
    plane = element(0x60000012, b"US", build.us(1)) + _plane(0x6000, extra=element(0x60001100, b"US", build.us(1)))
    length = element(0x60000000, b"UL", build.ul(len(plane) + error))
    path = tmp_path / "retired.dcm"
    path.write_bytes(_image(length + plane + private))
    remove_dicom_overlays(path, [0x6000])
    assert path.read_bytes() == _image((length if error else b"") + private)


def test_of_two_overlay_data_the_first_is_read_as_dcmtk_does(tmp_path: Path) -> None:
    """Point 13: DCMTK and GDCM keep the first, pydicom the last; the disagreement is said in a notice."""
    first, second = pack(_MASK), pack(~_MASK)
    plane = build.overlay_elements(0x6000, ROWS, COLUMNS, first) + element(0x60003000, b"OW", second)
    path = tmp_path / "twice.dcm"
    path.write_bytes(_image(plane))
    (found,) = read_dicom_overlays(path)
    assert found.packed == first
    assert "duplicate-element" in {notice.code for notice in found.notices}
    (line,) = dump(path, "6000,3000")
    assert dumped_bytes(line) == first
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert (pydicom.dcmread(path).overlay_array(0x6000) == np.logical_not(_MASK)).all()
