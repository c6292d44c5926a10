"""Each bad input has its code; the file stays as it was, nothing is left beside it, no value of it is in the message."""

from __future__ import annotations

import math
import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_files as build
from dicom_overlay import (
    ERROR_CODES,
    OverlayError,
    OverlayPlane,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from in_memory import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS, COLUMNS = 5, 7
_TOLD = "Zyxw^Secret"
_MASK = np.eye(ROWS, COLUMNS, dtype=bool)
_PLANE = OverlayPlane.from_mask(_MASK)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A good file whose values, like its name, must never be told."""
    path = tmp_path / f"{_TOLD}.dcm"
    path.write_bytes(build.image_file(ROWS, COLUMNS).replace(b"Test^File ", _TOLD[:10].encode()))
    return path


def _refused(path: Path, verb: Callable[[], object]) -> OverlayError:
    """Run a verb that must be refused, and hold the promises that all refusals share."""
    before = {found: found.read_bytes() for found in path.parent.iterdir() if found.is_file()}
    with pytest.raises(OverlayError) as caught:
        verb()
    assert {found: found.read_bytes() for found in path.parent.iterdir() if found.is_file()} == before
    error = caught.value
    assert error.code in ERROR_CODES
    told = f"{error} {error!r} {error.as_record()} {error.args}"
    assert _TOLD[:4] not in told
    assert path.parent.name not in told
    return error


def _code(path: Path, **options: Any) -> str:
    mask = options.pop("mask", _MASK)
    return _refused(path, lambda: write_dicom_overlay(path, mask, **options)).code


def _with(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0", id="one byte"),
        pytest.param(b"Zyxw is no DICOM file, but text. " * 20, id="text"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(200), id="PNG"),
        pytest.param(bytes(1000), id="zeros"),
        pytest.param(bytes(128) + b"DICN" + bytes(100), id="wrong prefix"),
        pytest.param(b"\xff" * 1000, id="ones"),
    ],
)
def test_what_is_not_dicom_is_refused(image: Path, data: bytes) -> None:
    _with(image, data)
    assert _code(image) == "not-dicom"
    assert _refused(image, lambda: read_dicom_overlays(image)).code == "not-dicom"
    assert _refused(image, lambda: remove_dicom_overlays(image)).code == "not-dicom"


def test_a_prefix_without_a_data_set_holds_no_image(image: Path) -> None:
    assert _code(_with(image, bytes(128) + b"DICM")) == "no-image"


@pytest.mark.parametrize("verb", [read_dicom_overlays, remove_dicom_overlays])
@pytest.mark.parametrize("kind", ["missing", "folder", "queue"])
def test_what_is_no_regular_file_is_refused(image: Path, verb: Callable[[Path], object], kind: str) -> None:
    path = image.with_name("other")
    if kind == "folder":
        path.mkdir()
    if kind == "queue":
        os.mkfifo(path)
        holder = os.open(path, os.O_RDWR)
    assert _refused(path, lambda: verb(path)).code == "file-access"
    if kind == "queue":
        os.close(holder)


def test_an_output_in_a_missing_folder_is_refused(image: Path) -> None:
    assert _code(image, output=image.parent / "missing" / "out.dcm") == "file-access"


def test_an_output_that_is_a_folder_is_refused(image: Path) -> None:
    folder = image.parent / "folder"
    folder.mkdir()
    assert _code(image, output=folder) == "file-access"


def test_a_cut_file_stays_as_it_was_on_disk(image: Path) -> None:
    data = image.read_bytes()
    for length in range(0, len(data), 7):
        _with(image, data[:length])
        try:
            write_dicom_overlay(image, _MASK)
        except OverlayError:
            assert image.read_bytes() == data[:length]
        assert [found.name for found in image.parent.iterdir()] == [image.name]


@pytest.mark.parametrize(
    "rows, columns",
    [
        pytest.param(b"", b"", id="neither"),
        pytest.param(build.element(0x00280010, b"US", build.us(5)), b"", id="rows alone"),
        pytest.param(b"", build.element(0x00280011, b"US", build.us(5)), id="columns alone"),
        pytest.param(
            build.element(0x00280010, b"US", build.us(0)), build.element(0x00280011, b"US", build.us(5)), id="zero"
        ),
        pytest.param(build.element(0x00280010, b"US", b""), build.element(0x00280011, b"US", b""), id="no value"),
        pytest.param(build.element(0x00280010, b"US", b"\5"), build.element(0x00280011, b"US", b"\5"), id="one byte"),
    ],
)
def test_a_file_without_usable_rows_and_columns_is_refused(image: Path, rows: bytes, columns: bytes) -> None:
    _with(image, build.file(build.meta(), build.element(0x00080016, b"UI", b"1.2.3\0") + rows + columns))
    assert _code(image) == "no-image"


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(np.zeros((5, 6)), id="too narrow"),
        pytest.param(np.zeros((7, 5)), id="transposed"),
        pytest.param(np.zeros((0, 0)), id="empty"),
        pytest.param(np.zeros((5, 0)), id="no columns"),
        pytest.param(np.zeros(0), id="empty vector"),
        pytest.param([], id="empty list"),
        pytest.param([[]], id="empty row"),
        pytest.param(b"", id="empty bytes"),
        pytest.param(bytes(34), id="one byte short"),
        pytest.param(np.full((5, 7), math.nan), id="NaN"),
        pytest.param([[math.nan] * 7] * 5, id="NaN in a list"),
        pytest.param(np.zeros((5, 7), complex), id="complex"),
        pytest.param(np.zeros((5, 7), "U4"), id="texts"),
        pytest.param(np.zeros((5, 7), object), id="objects"),
        pytest.param(np.zeros((5, 7), "datetime64[s]"), id="dates"),
        pytest.param(np.zeros((5, 7, 3, 1)), id="four dimensions"),
        pytest.param([[0] * 7] * 4 + [[0] * 6], id="ragged"),
        pytest.param([["Zyxw"] * 7] * 5, id="words"),
        pytest.param("Zyxw", id="text"),
        pytest.param(None, id="None"),
        pytest.param(3, id="number"),
        pytest.param({"Zyxw": 1}, id="mapping"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(image: Path, mask: object) -> None:
    assert _code(image, mask=mask) == "invalid-mask"


def test_frames_on_a_single_frame_image_are_refused(image: Path) -> None:
    assert _code(image, mask=np.zeros((2, 5, 7))) in {"invalid-mask", "invalid-plane"}


@pytest.mark.parametrize("frames", [0, -1, 4, "some", range(2, 5), range(0), [1, "Zyxw"], 1.5])
def test_frames_that_the_image_has_not_are_refused(image: Path, frames: object) -> None:
    _with(image, build.image_file(ROWS, COLUMNS, frames=3))
    assert _code(image, frames=frames) == "invalid-plane"


@pytest.mark.parametrize("count", [2, 4])
def test_a_mask_of_another_number_of_frames_is_refused(image: Path, count: int) -> None:
    _with(image, build.image_file(ROWS, COLUMNS, frames=3))
    assert _code(image, mask=np.zeros((count, ROWS, COLUMNS))) in {"invalid-mask", "invalid-plane"}


@pytest.mark.parametrize(
    "group", [0, 1, 0x5000, 0x5FFE, 0x6001, 0x601F, 0x6020, 0x60FE, -2, 1 << 40, "6000", 24576.0, True]
)
def test_a_group_that_is_no_overlay_group_is_refused(image: Path, group: object) -> None:
    assert _code(image, group=group) == "invalid-plane"


def test_a_group_in_use_is_refused_without_replace(image: Path) -> None:
    write_dicom_overlay(image, _MASK, group=0x6004)
    assert _code(image, group=0x6004) == "group-in-use"


def test_the_seventeenth_plane_is_refused(image: Path) -> None:
    write_dicom_overlays(image, [_PLANE] * 16)
    assert _code(image) == "no-free-group"


def test_more_planes_than_groups_are_refused_and_none_is_written(image: Path) -> None:
    assert _refused(image, lambda: write_dicom_overlays(image, [_PLANE] * 17)).code in {
        "invalid-plane",
        "no-free-group",
    }
    write_dicom_overlay(image, _MASK)
    assert _refused(image, lambda: write_dicom_overlays(image, [_PLANE] * 16)).code == "no-free-group"
    assert len(read_dicom_overlays(image)) == 1


def test_no_plane_at_all_is_refused(image: Path) -> None:
    assert _refused(image, lambda: write_dicom_overlays(image, [])).code == "invalid-plane"


def test_removing_what_is_not_there_is_refused(image: Path) -> None:
    assert _refused(image, lambda: remove_dicom_overlays(image, [0x6000])).code == "plane-not-found"


@pytest.mark.parametrize("field", ["label", "description", "subtype"])
@pytest.mark.parametrize(
    "text", ["Zyxw" * 17, "Zyxw\\a", "Zyxw\n", "Zyxw\x1b$B", "Zyxw\0", "Zyxwø", "Zyxw\udc80", "Zyxw漢字", 7, b"Zyxw"]
)
def test_a_text_that_the_file_cannot_hold_is_refused(image: Path, field: str, text: object) -> None:
    assert _code(image, **{field: text}) == "invalid-plane"


def test_a_label_that_the_files_character_set_lacks_is_refused(image: Path) -> None:
    _with(image, build.image_file(ROWS, COLUMNS, charset="ISO_IR 100"))
    assert _code(image, label="Zyxw漢字") == "invalid-plane"
    write_dicom_overlay(image, _MASK, label="Größe")
    assert [plane.label for plane in read_dicom_overlays(image)] == ["Größe"]


def test_a_label_in_a_file_of_unknown_character_set_is_refused_or_ascii(image: Path) -> None:
    _with(image, build.image_file(ROWS, COLUMNS, charset="ZYXW 99"))
    assert _code(image, label="Zyxwø") == "invalid-plane"
    write_dicom_overlay(image, _MASK, label="plain")


@pytest.mark.parametrize(
    "origin",
    [(32768, 1), (1, -32769), (1,), (1, 2, 3), "11", None, (1.0, 2), (True, 1), (math.nan, 1), (1 << 70, 1), 7],
)
def test_an_origin_that_is_no_pair_of_16_bit_integers_is_refused(image: Path, origin: object) -> None:
    assert _code(image, origin=origin) == "invalid-plane"


@pytest.mark.parametrize("overlay_type", ["", "X", "g", None, 1, "GR"])
def test_a_type_that_is_neither_g_nor_r_is_refused(image: Path, overlay_type: object) -> None:
    assert _code(image, overlay_type=overlay_type) == "invalid-plane"


@pytest.mark.parametrize("rows, columns", [(0, 7), (-5, 7), (65536, 1), (5, "Zyxw"), (5, 1 << 40)])
def test_a_size_that_is_no_16_bit_count_is_refused(image: Path, rows: object, columns: object) -> None:
    assert _code(image, rows=rows, columns=columns) in {"invalid-mask", "invalid-plane"}


@pytest.mark.parametrize("undefined", [True, False], ids=["undefined", "defined"])
def test_100_000_nested_sequences_are_decided_in_bounded_time(image: Path, undefined: bool) -> None:
    """Defined lengths are jumped over; undefined ones are followed to a stated depth."""
    deep = build.nested(100_000, undefined=undefined)
    _with(
        image,
        build.image_file(ROWS, COLUMNS).replace(
            build.element(0x00080016, b"UI", build.uid(build.CT_IMAGE_STORAGE)), deep
        ),
    )
    start = time.process_time()
    if undefined:
        assert _code(image) == "limit-exceeded"
    else:
        write_dicom_overlay(image, _MASK)
    assert time.process_time() - start < 10


def test_100_000_nested_sequences_without_an_end_are_refused(image: Path) -> None:
    deep = build.nested(100_000)
    _with(image, build.file(build.meta(), deep[: len(deep) // 2]))
    assert _code(image) in {"limit-exceeded", "truncated"}


_LYING = {
    "element past the end": build.element(0x00081010, b"SH", b"AB", length=0xFFFE),
    "long element past the end": build.element(0x00091010, b"OB", b"AB", length=0x7FFFFFFF),
    "longest element": build.element(0x00091010, b"OB", b"AB", length=0xFFFFFFFE),
    "sequence past the end": build.element(0x00081140, b"SQ", build.item(b""), length=0x10000000),
    "item past the end": build.sequence(0x00081140, (build.item(b"", length=0x7FFFFFF0),), undefined=True),
    "undefined text": build.element(0x00081030, b"UT", b"Zyxw", length=build.UNDEFINED_LENGTH),
    "element instead of an item": build.sequence(
        0x00081140, (build.element(0x00080050, b"SH", b"AB"),), undefined=True
    ),
    "delimiter at the top": build.delimiter(0xFFFEE0DD),
    "item at the top": build.item(b""),
    "group 0": build.element(0x00000010, b"UL", build.ul(1)),
}


@pytest.mark.parametrize("lie", _LYING.values(), ids=_LYING)
def test_a_length_or_a_delimiter_that_lies_is_refused(image: Path, lie: bytes) -> None:
    data = build.image_file(ROWS, COLUMNS)
    place = data.index(build.element(0x00080060, b"CS", b"CT"))
    _with(image, data[:place] + lie + data[place:])
    assert _code(image) in {"truncated", "malformed-data-set"}


@pytest.mark.parametrize("stream", [b"", b"Zyxw", b"\xff" * 50, build.deflate(b"")[:-1]])
def test_a_broken_deflate_stream_is_refused(image: Path, stream: bytes) -> None:
    _with(image, build.file(build.meta(build.DEFLATED_UID), stream))
    assert _code(image) in {"truncated", "malformed-data-set", "no-image"}


def test_a_claim_of_two_billion_frames_is_not_believed() -> None:
    """The data is two bytes; believing the claim would take 2**31 * 65535**2 / 8 bytes."""
    answers: list[str] = []
    for rows, columns, frames in (
        (65535, 65535, 2**31 - 1),
        (65535, 65535, 1),
        (1, 1, 2**31 - 1),
        (4096, 4096, 10_000),
    ):
        plane = build.overlay_elements(0x6000, rows, columns, b"AB", frames=frames)
        data = build.image_file(ROWS, COLUMNS, before_pixels=plane, frames=2)
        start = time.process_time()
        found = read_bytes(data)
        answers.extend(notice.code for notice in (*found.notices, *(each for plane in found for each in plane.notices)))
        assert time.process_time() - start < 10
    assert answers == ["plane-too-large"] * 4
