"""A derived instance differs from its source in the elements it must differ in, and satisfies dciodvfy as the source did."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pydicom
import pytest

from corpus import CorpusFile, images, sample
from dicom_overlay import OverlayPlane, compare_dicom, write_dicom_overlays
from dicom_tools import CANNOT_READ, iod_errors, rebased, run, without_pixels
from element_diff import tags
from written import random_mask

if TYPE_CHECKING:
    from pathlib import Path

    from dicom_overlay import WriteResult

SERIES = "1.2.826.0.1.3680043.8.498.1"
# New identity (PS3.3 C.12.1, C.12.4, C.7.3.1, C.7.5.1), its copy in the meta information, signatures, and the retired
# lengths of the groups that grew.
_MAY_DIFFER = frozenset(
    [
        0x00020000,
        0x00020003,
        0x00080000,
        0x00080012,
        0x00080013,
        0x00080018,
        0x0008103E,
        0x00082111,
        0x00082112,
        0x00180000,
        0x0018A001,
        0x00200000,
        0x0020000E,
        0x00200011,
        0x4FFE0001,
        0xFFFAFFFA,
    ]
)
_WITH_META = [file for file in images() if file.syntax]


def _derive(file: CorpusFile, folder: Path) -> tuple[Path, WriteResult]:
    path = folder / "derived.dcm"
    shape = (file.rows, file.columns) if file.frames == 1 else (file.frames, file.rows, file.columns)
    plane = OverlayPlane.from_mask(random_mask(file.name, *shape), label="Derived")
    return path, write_dicom_overlays(file.path, [plane], output=path, instance="derived", series_instance_uid=SERIES)


@pytest.mark.parametrize("file", _WITH_META, ids=str)
def test_a_derived_instance_differs_in_its_identity_and_its_plane_alone(file: CorpusFile, tmp_path: Path) -> None:
    path, result = _derive(file, tmp_path)
    found = compare_dicom(file.path, path)
    assert found.other_bytes_equal
    header = {each.tag for each in found.differences if each.tag >> 16 != result.groups[0]}
    assert header <= _MAY_DIFFER, sorted(map(hex, header - _MAY_DIFFER))
    assert {0x00080018, 0x0020000E} <= header
    before = [tag for tag in tags(file.path.read_bytes()) if tag >> 16 > 2]
    if before == sorted(before):
        after = [tag for tag in tags(path.read_bytes()) if tag >> 16 > 2]
        assert after == sorted(after)


@pytest.mark.parametrize("file", sample(_WITH_META), ids=str)
def test_pydicom_reads_one_new_identity_in_both_places_and_the_reference_back(file: CorpusFile, tmp_path: Path) -> None:
    path, result = _derive(file, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old, new = pydicom.dcmread(file.path), pydicom.dcmread(path)
        assert new.SOPInstanceUID == new.file_meta.MediaStorageSOPInstanceUID == result.sop_instance_uid
        assert new.SOPInstanceUID != old.get("SOPInstanceUID")
        assert new.SeriesInstanceUID == SERIES
        assert new.get("StudyInstanceUID") == old.get("StudyInstanceUID")
        assert new.get("ImageType") == old.get("ImageType")
        if old.get("SOPInstanceUID"):
            assert old.SOPInstanceUID in {item.get("ReferencedSOPInstanceUID") for item in new.SourceImageSequence}
        assert new.file_meta.FileMetaInformationGroupLength


@pytest.mark.parametrize("file", sample([file for file in _WITH_META if file.name not in CANNOT_READ]), ids=str)
def test_dciodvfy_and_dcmdump_find_nothing_new_in_a_derived_instance(file: CorpusFile, tmp_path: Path) -> None:
    path, result = _derive(file, tmp_path)
    before, after = tmp_path / "before.dcm", tmp_path / "after.dcm"
    source, data = file.path.read_bytes(), path.read_bytes()
    assert run("dcmdump", path).stderr == run("dcmdump", file.path).stderr
    if not file.is_deflated:
        data = rebased(data, result.groups[0])
        if file.bits_allocated == 32:
            source, data = without_pixels(source), without_pixels(data)
    before.write_bytes(source)
    after.write_bytes(data)
    known = iod_errors(before, tmp_path, deflated=file.is_deflated)
    found = iod_errors(after, tmp_path, deflated=file.is_deflated) - known
    # An old UID that is wrong is wrong in the reference to it too.
    is_wrong = any("/SOPInstanceUID(0008,0018)" in error for error in known)
    told_twice = {error for error in found if is_wrong and "/ReferencedSOPInstanceUID(0008,1155)" in error}
    assert set(found) - told_twice == set()
