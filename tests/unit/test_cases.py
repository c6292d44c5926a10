"""Files of the kinds that public bug reports describe: each is read, edited and judged as its table says, or refused.

The table with each file's structure, source and sha256: `tests/data/cases/README.md`.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread

from dicom_overlay import (
    OverlayPlane,
    compare_dicom,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from failing import fails_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import FileDataset

FOLDER = Path(__file__).resolve().parent.parent / "data" / "cases"
ROWS, COLUMNS = 11, 13
MASK = [[2 <= row < 5 and 3 <= column < 9 for column in range(COLUMNS)] for row in range(ROWS)]
"""The mask of the planes that are in the files, and of those that are written."""
SHOWN = OverlayPlane.from_mask(MASK)
META = {0x00020000, 0x00020003}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is right for a file.

    Attributes
    ----------
    label : of the plane that is in it, if ``planes``.
    planes : groups that hold a plane.
    read : codes of the notices about the file as a whole.
    group : that a plane takes; None where no edit is right.
    written : codes of the notices of a write.
    refused : code of a write that is refused; and a pattern of the message.
    removes : whether removing is an edit of what can be edited.
    changed : elements that a derived instance changes, beyond the SOP instance in the data set.
    items : items of its Contributing Equipment Sequence.
    frames : of the image, and so of the plane that is written.
    by_pydicom : whether pydicom reads the file to its pixels, so that it can judge the result.
    """

    planes: tuple[int, ...] = ()
    label: str | None = None
    read: tuple[str, ...] = ()
    group: int | None = 0x6000
    written: tuple[str, ...] = ()
    refused: tuple[str, str] | None = None
    removes: bool = True
    changed: frozenset[int] = frozenset(META)
    items: int = 1
    frames: int = 1
    by_pydicom: bool = True


# Neither pydicom nor we can be sure of these two, where pydicom takes the 32-bit form and loses its way.
UNKNOWN = Case(by_pydicom=False)
CASES = {
    "66c_xs_dcmjs457": UNKNOWN,
    "02_vr_qq_group_small_dicomparser49": UNKNOWN,
    "10b_implicit_items_pelvis_pydicom1305": Case(),
    "30_implicit_meta_no_preamble_daikon49": Case(changed=frozenset({0x00020003})),
    "31c_second_ts_implicit_pydicom2290": Case(),
    "72_A001_defined_with_delim_fodicom64": Case(changed=frozenset({*META, 0x0018A001}), items=2),
    "70_A001_as_UN_defined_pydicom1312": Case(changed=frozenset({*META, 0x0018A001}), items=2),
    "52b_embedded_excess_padding_pydicom796": Case(planes=(0x6000,), group=0x6002),
    "53_embedded_GE_private_dicomparser107": Case(planes=(0x6000,), group=0x6002),
    "46_nframes_plus": Case(written=("all-frames",), frames=3),
    "81_UN_explicit_content_with_overlay_dcm4che159": Case(planes=(0x6000,), group=0x6002),
    "80_cut_before_overlays": Case(
        read=("truncated-file",), group=None, refused=("truncated", "ends inside"), removes=False
    ),
    "16_trailing_itemdelim_image_fodicom1958": Case(),
    "66b_pixel_vr_ox_dcmjs457": Case(),
    "43b_zeros_at_end_no_pixels_vtkdicom201": Case(written=("no-pixel-data",)),
    "73_bigtiff_dual_bioformats3911": Case(written=("tiff-dual",)),
    "90r_ISO_2022_IR_58_8": Case(planes=(0x6000,), label="肝脏", group=0x6002),
    "14b_zeros_instead_of_delim_dcmtk118": Case(
        read=("unreadable-rest",), group=None, refused=("malformed-data-set", "delimiter"), removes=False
    ),
    "60_only_group_length": Case(group=0x6002),
    "47_rows_as_IS": Case(group=None, refused=("no-image", r"Rows .*\(0028,0010\) of VR IS")),
}
EDITABLE = [name for name, case in CASES.items() if case.group is not None]
REFUSED = [name for name, case in CASES.items() if case.group is None]
EMBEDDED = ["52b_embedded_excess_padding_pydicom796", "53_embedded_GE_private_dicomparser107"]


def data_of(name: str) -> bytes:
    return (FOLDER / f"{name}.dcm").read_bytes()


def shown(case: Case) -> bytes:
    """Return the bits of a written plane."""
    return OverlayPlane.from_mask([MASK] * case.frames).packed


def by_pydicom(data: bytes) -> FileDataset:
    """Let pydicom read a file; that it warns of what is odd in these files is not under test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(BytesIO(data), force=True)


def codes(notices: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(notice.code for notice in notices)  # type: ignore[attr-defined]


def read_me() -> Iterator[tuple[str, str]]:
    """Yield (name, sha256) of the rows of the table."""
    for row in (FOLDER / "README.md").read_text("utf-8").splitlines():
        found = re.match(r"\| `(.+)\.dcm` \|.*\| `([0-9a-f]{64})` \|$", row)
        if found:
            yield found[1], found[2]


def test_every_file_stands_in_both_tables_with_its_sum() -> None:
    files = {path.stem: sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.dcm")}

    assert dict(read_me()) == files
    assert set(CASES) == set(files)


@pytest.mark.parametrize("name", CASES)
def test_the_planes_that_are_there_are_read_and_what_may_be_missing_is_said(name: str) -> None:
    case, found = CASES[name], read_dicom_overlays(data_of(name))

    assert [plane.group for plane in found] == list(case.planes)
    assert [(plane.packed, plane.label) for plane in found] == [(SHOWN.packed, case.label)] * len(case.planes)
    assert codes(found.notices) == case.read
    assert found.is_complete == (not case.read)


@pytest.mark.parametrize("name", EDITABLE)
def test_a_plane_is_written_and_removing_it_gives_the_first_file_back(name: str) -> None:
    case, data = CASES[name], data_of(name)
    result = write_dicom_overlay(data, MASK)
    assert result.data is not None

    assert result.groups == (case.group,)
    assert codes(result.notices) == case.written
    assert [p.packed for p in read_dicom_overlays(result.data) if p.group == case.group] == [shown(case)]
    assert remove_dicom_overlays(result.data, [case.group]).data == data  # type: ignore[list-item]


@pytest.mark.parametrize("name", EDITABLE)
def test_the_auditor_sees_a_written_plane_and_nothing_else(name: str) -> None:
    data = data_of(name)
    result = write_dicom_overlay(data, MASK)
    assert result.data is not None
    found = compare_dicom(data, result.data)

    assert {tag >> 16 for tag in found.tags("added")} == set(result.groups)
    assert (found.tags("removed"), found.tags("changed"), found.other_bytes_equal) == ((), (), True)


@pytest.mark.parametrize("name", EDITABLE)
def test_a_derived_instance_differs_where_it_must_and_stays_readable(name: str) -> None:
    case, data = CASES[name], data_of(name)
    result = write_dicom_overlays(data, [SHOWN], instance="derived")
    assert result.data is not None
    found = compare_dicom(data, result.data)

    assert found.other_bytes_equal
    assert found.tags("removed") == ()
    assert set(found.tags("changed")) == case.changed | {0x00080018}
    if case.by_pydicom:
        before, after = by_pydicom(data), by_pydicom(result.data)
        assert after.SOPInstanceUID == after.file_meta.MediaStorageSOPInstanceUID == result.sop_instance_uid
        assert len(after.ContributingEquipmentSequence) == case.items
        assert after.ContributingEquipmentSequence[-1].Manufacturer == "dicom-overlay"
        assert after.get("PixelData") == before.get("PixelData")
        assert after[case.group << 16 | 0x3000].value == shown(case)  # type: ignore[operator]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_edited_is_refused_with_the_place_of_the_fault(name: str) -> None:
    refused, data = CASES[name].refused, data_of(name)
    assert refused is not None

    for instance in ("keep", "derived"):
        with fails_with(refused[0]) as caught:
            write_dicom_overlays(data, [SHOWN], instance=instance)
        assert re.search(refused[1], caught.value.message)
        assert {"offset", "tag"} & set(caught.value.detail)


@pytest.mark.parametrize("name", CASES)
def test_removing_takes_the_planes_and_nothing_where_none_is(name: str) -> None:
    case, data = CASES[name], data_of(name)
    if not case.removes:
        assert case.refused is not None
        with fails_with(case.refused[0]):
            remove_dicom_overlays(data)
        return
    result = remove_dicom_overlays(data)
    assert result.data is not None

    if name in EMBEDDED:
        assert (result.groups, codes(result.notices), result.data) == ((), ("embedded-plane-kept",), data)
    else:
        assert result.groups == case.planes
        assert (result.data == data) == (not case.planes)
        assert read_dicom_overlays(result.data) == ()


# What is particular to one kind.


@pytest.mark.parametrize("name", EMBEDDED)
def test_an_embedded_plane_is_cleared_on_request_and_its_neighbours_stay(name: str) -> None:
    data = data_of(name)
    with fails_with("unsupported-overlay"):
        remove_dicom_overlays(data, [0x6000])
    result = remove_dicom_overlays(data, embedded=True)
    assert result.data is not None
    before, after = by_pydicom(data).PixelData, by_pydicom(result.data).PixelData
    order = "big" if "GE_private" in name else "little"

    assert result.groups == (0x6000,)
    assert read_dicom_overlays(result.data) == ()
    assert len(after) == len(before)
    for at in range(0, len(before), 2):
        sample = int.from_bytes(before[at : at + 2], order)  # type: ignore[arg-type]
        is_padding = at >= ROWS * COLUMNS * 2
        assert int.from_bytes(after[at : at + 2], order) == (sample if is_padding else sample & ~(1 << 12))  # type: ignore[arg-type]
    assert compare_dicom(data, result.data).tags("changed") == (0x7FE00010,)


def test_text_is_written_in_the_files_character_set() -> None:
    data = data_of("90r_ISO_2022_IR_58_8")
    result = write_dicom_overlay(data, MASK, label="肝脏", group=0x6002)
    assert result.data is not None

    assert [plane.label for plane in read_dicom_overlays(result.data)] == ["肝脏", "肝脏"]
    assert remove_dicom_overlays(result.data, labels=["肝脏"]).groups == (0x6000, 0x6002)


def test_the_group_that_holds_only_its_length_is_written_when_named_and_given_back() -> None:
    data = data_of("60_only_group_length")
    result = write_dicom_overlay(data, MASK, group=0x6000)
    assert result.data is not None

    assert [plane.packed for plane in read_dicom_overlays(result.data)] == [SHOWN.packed]
    assert remove_dicom_overlays(result.data).data == data
