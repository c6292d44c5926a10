"""In every image of both corpora a plane is one insert: cutting it out gives the file back, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from corpus import REFUSED, CorpusFile, corpus
from dicom_overlay import (
    OverlayError,
    OverlayPlane,
    compare_dicom,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from element_diff import group_values, inflated, inserted_range, overlay_groups, without_groups
from written import LABEL, Written, random_mask

if TYPE_CHECKING:
    from pathlib import Path

_NO_IMAGE = [file for file in corpus() if not file.is_image and file.name not in REFUSED]


def test_the_plane_is_one_insert_and_every_other_byte_is_the_source(written: Written) -> None:
    start, end = inserted_range(written.source, written.data, (written.group,))
    data = inflated(written.data)
    assert data[:start] + data[end:] == inflated(written.source)


def test_the_plane_takes_the_first_free_group(written: Written) -> None:
    free = [group for group in range(0x6000, 0x601F, 2) if group not in written.file.groups]
    assert written.result.groups == (free[0],)
    assert overlay_groups(written.data) == sorted((*written.file.groups, free[0]))


def test_the_group_holds_the_most_interoperable_elements_and_no_other(written: Written) -> None:
    """Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 section A.3 for OB in big endian."""
    values = group_values(written.data, written.group)
    frames = {0x0015, 0x0051} if written.file.frames > 1 else set()
    texts = {0x0022, 0x0045, 0x1500}
    assert set(values) == {0x0010, 0x0011, 0x0040, 0x0050, 0x0100, 0x0102, 0x3000} | frames | texts
    order: Literal["little", "big"] = "big" if written.file.is_big_endian else "little"
    assert int.from_bytes(values[0x0010][1], order) == written.file.rows
    assert int.from_bytes(values[0x0011][1], order) == written.file.columns
    assert values[0x0040][1] == b"G "
    assert values[0x0050][1] == (1).to_bytes(2, order) * 2
    assert values[0x0100][1] == (1).to_bytes(2, order)
    assert values[0x0102][1] == bytes(2)
    assert values[0x1500][1].rstrip(b" ").decode("ascii") == LABEL
    assert values[0x3000][0] in ({"OB"} if written.file.is_big_endian else {"OW", ""})
    assert values[0x3000][1] == written.packed


def test_the_public_comparison_names_only_the_elements_of_the_plane(written: Written) -> None:
    found = compare_dicom(written.file.path, written.path)
    assert found.other_bytes_equal
    assert found.groups == {written.group}
    assert {each.kind for each in found.differences} == {"added"}
    assert found.inflated == written.file.is_deflated


def test_removing_the_plane_gives_the_source_back(written: Written) -> None:
    path = written.folder / "removed.dcm"
    remove_dicom_overlays(written.path, [written.group], output=path)
    if written.file.is_deflated:
        assert inflated(path.read_bytes()) == inflated(written.source)
    else:
        assert path.read_bytes() == written.source


def test_removing_all_planes_leaves_no_overlay_and_nothing_else_changed(written: Written) -> None:
    path = written.folder / "bare.dcm"
    remove_dicom_overlays(written.path, output=path)
    assert overlay_groups(path.read_bytes()) == []
    groups = (*written.file.groups, written.group)
    assert inflated(path.read_bytes()) == without_groups(written.data, groups)


def test_replacing_the_plane_leaves_the_other_mask_and_the_same_source(written: Written) -> None:
    path = written.folder / "replaced.dcm"
    mask = ~written.mask
    write_dicom_overlay(written.path, mask, output=path, group=written.group, existing="replace-group")
    plane = next(plane for plane in read_dicom_overlays(path) if plane.group == written.group)
    assert (plane.mask == mask).all()
    assert without_groups(path.read_bytes(), (written.group,)) == inflated(written.source)


def test_reading_returns_the_plane_that_was_written(written: Written) -> None:
    planes = {plane.group: plane for plane in read_dicom_overlays(written.path)}
    plane = planes[written.group]
    assert plane.mask.shape == written.mask.shape
    assert (plane.mask == written.mask).all()
    assert (plane.rows, plane.columns, plane.origin) == (written.file.rows, written.file.columns, (1, 1))
    assert (plane.label, plane.overlay_type, plane.subtype) == (LABEL, "G", "USER")
    assert plane.packed == written.packed


def test_planes_that_were_read_are_written_again_as_they_were(written: Written) -> None:
    """Siemens writes frame attributes on single-frame images, against PS3.3 section C.9.3: they are not written again."""
    path = written.folder / "again.dcm"
    planes: tuple[OverlayPlane, ...] = read_dicom_overlays(written.path)
    if written.file.frames == 1:
        planes = tuple(replace(plane, number_of_frames=None, image_frame_origin=None) for plane in planes)
    write_dicom_overlays(written.path, planes, output=path, existing="replace-group")
    assert read_dicom_overlays(path) == planes


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_file_on_the_list_is_refused_for_the_stated_reason(name: str, tmp_path: Path) -> None:
    file = next(file for file in corpus() if file.name == name)
    with pytest.raises(OverlayError) as caught:
        write_dicom_overlay(file.path, random_mask("r", 4, 4), output=tmp_path / "out.dcm", rows=4, columns=4)
    assert caught.value.code == REFUSED[name][0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", _NO_IMAGE, ids=str)
def test_a_data_set_without_rows_and_columns_is_refused(file: CorpusFile, tmp_path: Path) -> None:
    with pytest.raises(OverlayError) as caught:
        write_dicom_overlay(file.path, random_mask("r", 4, 4), output=tmp_path / "out.dcm", rows=4, columns=4)
    assert caught.value.code == "no-image"
    assert list(tmp_path.iterdir()) == []
