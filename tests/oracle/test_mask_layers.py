"""Segmentations go by where each frame lies; writing a label again leaves exactly its new planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

import mask_files
import mask_trials
from given_masks import PICTURE, PLACED, SLICES, VOXELS, nifti, png, trial, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Segmentations.


def segmentation(kind: str, *, is_enhanced: bool = False) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        series = folder / "series"
        series.mkdir()
        mask_files.write_series(trial(is_enhanced=is_enhanced), series)
        made: Path = mask_files.write_mask(trial(kind), series, folder)
        return made

    return make


@pytest.mark.parametrize(
    "kind, is_enhanced",
    [
        *[
            (kind, is_enhanced)
            for kind in ("seg-binary", "seg-fractional", "seg-labelmap")
            for is_enhanced in (False, True)
        ],
        ("seg-dcmqi", False),  # dcmqi takes no enhanced images
    ],
)
def test_a_segmentation_is_written_wherever_its_frames_lie(kind: str, is_enhanced: bool, tmp_path: Path) -> None:
    done = write(tmp_path, segmentation(kind, is_enhanced=is_enhanced)(tmp_path), is_enhanced=is_enhanced)

    assert (done.code, done.found) == (None, {"Label 1": PLACED})


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, RLELossless])
def test_a_compressed_segmentation_is_written(syntax: str, tmp_path: Path) -> None:
    path = segmentation("seg-labelmap")(tmp_path)
    ds = pydicom.dcmread(path)
    if syntax == RLELossless:
        ds.compress(RLELossless)
    else:
        ds.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    ds.save_as(path, enforce_file_format=True)

    assert write(tmp_path, path).found == {"Label 1": PLACED}


def damaged(ds: pydicom.Dataset, how: str) -> None:
    if how == "labeled":
        ds.SegmentationType = "LABELED"
    elif how == "no-positions":
        for frame in ds.PerFrameFunctionalGroupsSequence:
            del frame.PlanePositionSequence
    elif how == "repeated":
        first = ds.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence
        for frame in ds.PerFrameFunctionalGroupsSequence:
            frame.PlanePositionSequence = first
    elif how == "short":
        ds.PixelData = ds.PixelData[:4]
    elif how == "no-spacing":
        ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [0, 0]
    else:
        del ds.SegmentSequence


@pytest.mark.parametrize("how", ["labeled", "no-positions", "repeated", "short", "no-spacing", "no-segments"])
def test_a_segmentation_with_parts_missing_or_wrong_is_refused(how: str, tmp_path: Path) -> None:
    path = segmentation("seg-binary")(tmp_path)
    ds = pydicom.dcmread(path)
    damaged(ds, how)
    ds.save_as(path)

    assert write(tmp_path, path).code == "invalid-mask"


def test_references_place_nothing_and_other_frames_of_reference_are_refused(tmp_path: Path) -> None:
    path = segmentation("seg-binary")(tmp_path)
    ds = pydicom.dcmread(path)
    uids = [pydicom.dcmread(image).SOPInstanceUID for image in sorted((tmp_path / "series").iterdir())]
    for frame in ds.PerFrameFunctionalGroupsSequence:
        for derivation in frame.get("DerivationImageSequence", []):
            for source in derivation.SourceImageSequence:
                source.ReferencedSOPInstanceUID = uids[0]
    ds.PatientID, ds.StudyInstanceUID = "2", "1.2.3"
    ds.save_as(path)

    done = write(tmp_path, path)
    assert done.found == {"Label 1": PLACED}
    assert {"other-patient", "other-study"} <= set(done.notices)
    ds.FrameOfReferenceUID = "1.2.3.4"
    ds.save_as(path)
    assert write(tmp_path, path, "--existing", "replace-label").code == "mask-not-placed"


# Layers.


def test_writing_a_label_again_leaves_exactly_its_new_planes(tmp_path: Path) -> None:
    write(tmp_path, nifti(VOXELS)(tmp_path), "-l", "A")
    write(tmp_path, nifti(VOXELS)(tmp_path), "-l", "B")
    replacing = ["-l", "A", "--existing", "replace-label"]
    only_last = nifti(VOXELS[3:], np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 6], [0, 0, 0, 1]]))
    cropped = write(tmp_path, only_last(tmp_path), *replacing)
    planes = [set(planes) for planes in mask_trials.planes_of(trial(), tmp_path / "series")]

    assert cropped.found == {"A": {3: 8}, "B": PLACED}
    assert planes == [{"B"}] * 3 + [{"A", "B"}] * 3
    again = write(tmp_path, nifti(np.roll(VOXELS, 1, axis=0))(tmp_path), *replacing, "--skip-empty")
    assert again.found == {"A": {3: 10, 4: 8}, "B": PLACED}
    assert [set(planes) for planes in mask_trials.planes_of(trial(), tmp_path / "series")] == [
        *[{"B"}] * 3,
        *[{"A", "B"}] * 2,
        {"B"},
    ]


def test_a_group_that_is_replaced_is_emptied_where_the_layer_ends(tmp_path: Path) -> None:
    write(tmp_path, nifti(VOXELS)(tmp_path), "--group", "6000", "--skip-empty")
    moved = nifti(np.roll(VOXELS, 1, axis=0))(tmp_path)
    done = write(tmp_path, moved, "--group", "6000", "--existing", "replace-group", "--skip-empty")

    assert done.found == {"": {3: 10, 4: 8}}


def test_derived_images_are_one_new_series(tmp_path: Path) -> None:
    write(tmp_path, nifti(VOXELS)(tmp_path), "--derived", "--skip-empty")
    found = [pydicom.dcmread(path) for path in sorted((tmp_path / "series").iterdir())]

    assert len({ds.SeriesInstanceUID for ds in found}) == 1
    assert len({ds.SOPInstanceUID for ds in found}) == SLICES
    assert [(0x6000, 0x3000) in ds for ds in found] == [False, False, True, True, False, False]


def test_one_series_of_two_is_written_alone(tmp_path: Path) -> None:
    """Also where a picture or a folder of masks is for it."""
    series = tmp_path / "series"
    series.mkdir()
    mask_files.write_series(trial(), series)
    (tmp_path / "two").mkdir()
    mask_files.write_series(trial(), tmp_path / "two")
    for path in (tmp_path / "two").iterdir():
        path.rename(series / f"b{path.name}")
    assert write(tmp_path, png(PICTURE * 255)(tmp_path), "--every-image").code == "invalid-series"
    write(tmp_path, png(PICTURE * 255)(tmp_path), "--every-image", "--series", "2")
    marked = {ds.SeriesInstanceUID for ds in map(pydicom.dcmread, series.iterdir()) if (0x6000, 0x3000) in ds}

    assert len(marked) == 1
