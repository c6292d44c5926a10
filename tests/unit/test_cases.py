"""Files behind public bug reports: what is right for each, by reading, writing, removing, deriving and comparing."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom
import pytest

from dicom_overlay import (
    OverlayError,
    compare_dicom,
    plan_dicom_overlays,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
)
from dicom_overlay.planes.plane import OverlayPlane

FOLDER = Path(__file__).parents[1] / "data" / "cases"
MASK = np.zeros((11, 13), bool)
MASK[2:5, 3:9] = True


@dataclass(frozen=True)
class Case:
    """What is right: ``read`` the codes of the planes' notices (None: no plane), ``write`` an error's code or None."""

    name: str
    read: tuple[str, ...] | None = None
    file: tuple[str, ...] = ()
    write: str | None = None
    notices: tuple[str, ...] = ()
    label: str | None = None
    message: str = ""
    embedded: bool = field(default=False)


CASES = [
    Case("02_vr_qq"),
    Case("10b_implicit_items"),
    Case("14b_zeros", file=("unreadable-rest",), write="malformed-data-set"),
    Case("16_trailing_itemdelim"),
    Case("30_implicit_meta"),
    Case("31c_second_ts"),
    Case("43b_zeros_at_end", notices=("no-pixel-data",)),
    Case("46_nframes_plus", notices=("all-frames",)),
    Case("47_rows_as_IS", write="no-image", message="(0028,0010) of VR IS"),
    Case("52b_embedded", read=("embedded-plane",), embedded=True),
    Case("53_embedded_GE", read=("embedded-plane",), embedded=True),
    Case("60_only_group_length"),
    Case("66b_pixel_vr_ox"),
    Case("66c_xs"),
    Case("70_A001_as_UN"),
    Case("72_A001_defined"),
    Case("73_bigtiff", notices=("tiff-dual",)),
    Case("80_cut_before", file=("truncated-file",), write="truncated"),
    Case("81_UN_explicit", read=()),
    Case("90r_ISO_2022_IR_58", read=(), label="肝脏"),
]
WRITTEN = [case for case in CASES if case.write is None]


def by_name(case: Case) -> str:
    return case.name


def data_of(case: Case) -> bytes:
    (path,) = FOLDER.glob(f"{case.name}*.dcm")
    return path.read_bytes()


def test_the_files_are_those_of_the_list() -> None:
    listed = dict(re.findall(r"\| `(.*?\.dcm)` \|.*\| `([0-9a-f]{64})` \|", (FOLDER / "README.md").read_text("utf-8")))

    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in FOLDER.glob("*.dcm")} == listed
    assert len(CASES) == len(listed)


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_reading_gives_the_plane_or_says_what_is_not_known(case: Case) -> None:
    planes = read_dicom_overlays(data_of(case))

    assert tuple(notice.code for notice in planes.notices) == case.file
    assert planes.is_complete == (not case.file)
    if case.read is None:
        assert planes == ()
        return
    (plane,) = planes
    assert (np.asarray(plane.mask) == MASK).all()
    assert tuple(notice.code for notice in plane.notices) == case.read
    assert (plane.label, plane.embedded) == (case.label, case.embedded)


@pytest.mark.parametrize("case", [case for case in CASES if case.write], ids=by_name)
def test_what_cannot_be_edited_is_refused_with_its_place(case: Case) -> None:
    with pytest.raises(OverlayError) as caught:
        write_dicom_overlay(data_of(case), MASK)

    assert caught.value.code == case.write
    assert case.message in str(caught.value)


@pytest.mark.parametrize("case", WRITTEN, ids=by_name)
def test_a_plane_goes_in_and_comes_out_and_nothing_else_changes(case: Case) -> None:
    before = data_of(case)
    result = write_dicom_overlay(before, MASK, label="L")
    assert result.data is not None
    found = {plane.group: plane for plane in read_dicom_overlays(result.data)}[result.group]
    comparison = compare_dicom(before, result.data)

    assert tuple(notice.code for notice in result.notices) == case.notices
    assert (np.asarray(found.mask) == MASK).all()
    assert comparison.other_bytes_equal
    assert comparison.groups == {result.group}
    assert remove_dicom_overlays(result.data, [result.group]).data == before


@pytest.mark.parametrize("case", WRITTEN, ids=by_name)
def test_a_derived_instance_stays_readable_and_names_its_source(case: Case) -> None:
    result = write_dicom_overlay(data_of(case), MASK, instance="derived")
    assert result.data is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(io.BytesIO(result.data), force=True)
        equipment = dataset.ContributingEquipmentSequence

        assert dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID == result.sop_instance_uid
        assert equipment[-1].Manufacturer == "dicom-overlay"
        assert len(equipment) == (2 if "A001" in case.name else 1)
        assert dataset.SourceImageSequence[-1].ReferencedSOPInstanceUID == "1.2.3.4.5.6.7.8.9"
    assert compare_dicom(data_of(case), result.data).other_bytes_equal


@pytest.mark.parametrize("case", [case for case in CASES if case.embedded], ids=by_name)
def test_embedded_bits_are_cleared_when_asked_and_kept_otherwise(case: Case) -> None:
    before = data_of(case)
    kept = remove_dicom_overlays(before)
    cleared = remove_dicom_overlays(before, embedded=True)
    assert cleared.data is not None

    assert (kept.data, [notice.code for notice in kept.notices]) == (before, ["embedded-plane-kept"])
    assert cleared.groups == (0x6000,)
    assert read_dicom_overlays(cleared.data) == ()
    pixels = before.index(b"\xe0\x7f\x10\x00")
    after = cleared.data.index(b"\xe0\x7f\x10\x00")
    changed = [(a, b) for a, b in zip(before[pixels:], cleared.data[after:], strict=True) if a != b]
    assert len(changed) == 18
    assert {a ^ b for a, b in changed} == {0x10}


def test_a_lone_group_length_stays_whatever_it_says() -> None:
    before = data_of(next(case for case in CASES if case.name.startswith("60")))
    at = before.index(b"\0\x60\0\0UL") + 8
    for stated in (0, 12, 4711):
        file = before[:at] + stated.to_bytes(4, "little") + before[at + 4 :]
        result = write_dicom_overlay(file, MASK, group=0x6000)
        assert result.data is not None

        assert result.groups == (0x6000,)
        assert remove_dicom_overlays(result.data).data == file


def test_a_plan_leads_there_and_back() -> None:
    before = data_of(CASES[1])
    plan = plan_dicom_overlays(before, [OverlayPlane.from_mask(MASK, label="L")])
    after = plan.patch.apply(before)

    assert b"".join(p if isinstance(p, bytes) else before[p[0] : p[1]] for p in plan.patch.pieces()) == after
    assert len(after) == plan.patch.target_size
    assert plan.patch.inverse(before).apply(after) == before
    assert after == write_dicom_overlay(before, MASK, label="L").data
