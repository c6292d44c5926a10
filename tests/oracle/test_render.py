"""Images with their planes burned in, as other people's programs read them: DCMTK, GDCM by SimpleITK, highdicom, dciodvfy."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK
from PIL import Image

from dicom_overlay import render_dicom_overlays
from dicom_tools import iod_errors, require_run
from rendered import EXPLICIT, KINDS, SERIES_UID, SOURCE_UID, STUDY_UID, expected, marked_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SERIES = "1.2.826.0.1.3680043.8.498.77"


def captures(name: str, folder: Path) -> list[Path]:
    drawn = render_dicom_overlays(marked_file(KINDS[name]))
    paths = []
    for frame in range(1, drawn.size[2] + 1):
        paths.append(folder / f"{frame}.dcm")
        paths[-1].write_bytes(drawn.secondary_capture(frame, {"series_instance_uid": SERIES}))
    return paths


def drawn_by_dcmtk(path: Path) -> NDArray[np.uint8]:
    picture = path.with_suffix(".ppm")
    require_run("dcm2pnm", "--write-raw-pnm", path, picture)
    return np.asarray(Image.open(picture))


@pytest.mark.parametrize("name", KINDS)
def test_every_reader_finds_the_marks_in_their_colours_on_what_the_window_shows(name: str, tmp_path: Path) -> None:
    for path, frame in zip(captures(name, tmp_path), expected(KINDS[name]), strict=True):
        assert np.array_equal(drawn_by_dcmtk(path), frame)
        assert np.array_equal(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(path))[0], frame)
        assert np.array_equal(highdicom.imread(path).get_frame(1), frame)


@pytest.mark.parametrize("name", KINDS)
def test_a_png_has_the_same_pixels(name: str) -> None:
    drawn = render_dicom_overlays(marked_file(KINDS[name]))
    for number, frame in enumerate(expected(KINDS[name]), 1):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(drawn.png(number)))), frame)


@pytest.mark.parametrize("name", ["window", "signed 16 bit with rescale", "MONOCHROME1"])
def test_dcmtk_shows_the_source_without_planes_alike(name: str, tmp_path: Path) -> None:
    """The window itself: DCMTK's own rendering of the grey image, but for its rounding."""
    path, picture = tmp_path / "source.dcm", tmp_path / "source.pgm"
    path.write_bytes(marked_file(KINDS[name]))
    require_run("dcm2pnm", "-O", "+Wi", "1", "--write-raw-pnm", path, picture)
    found = np.asarray(Image.open(picture)).astype(int)

    assert np.abs(found - KINDS[name].shown[..., 0].astype(int)).max() <= 1


@pytest.mark.parametrize("name", KINDS)
def test_dciodvfy_finds_no_error_in_a_capture(name: str, tmp_path: Path) -> None:
    for path in captures(name, tmp_path):
        assert not iod_errors(path, tmp_path)


def test_patient_and_study_stay_and_the_rest_says_what_the_picture_is(tmp_path: Path) -> None:
    first, second = (pydicom.dcmread(path) for path in captures("frames", tmp_path))

    assert (str(first.PatientName), first.PatientID, first.StudyInstanceUID) == ("Müller^Änne", "P1", STUDY_UID)
    assert first.OtherPatientIDsSequence[0].IssuerOfPatientID == "Büro"
    assert first.SOPInstanceUID == first.file_meta.MediaStorageSOPInstanceUID != second.SOPInstanceUID
    assert SOURCE_UID not in {first.SOPInstanceUID, second.SOPInstanceUID}
    assert first.SeriesInstanceUID == second.SeriesInstanceUID == SERIES
    assert (first.SeriesNumber, first.SeriesDescription) == (1003, "Kopf with marks")
    assert (first.ImageType, first.ConversionType) == (["DERIVED", "SECONDARY"], "WSD")
    assert first.BurnedInAnnotation == "YES"
    assert "burned into the pixels" in first.DerivationDescription
    (image,) = second.SourceImageSequence
    assert (image.ReferencedSOPInstanceUID, image.ReferencedFrameNumber) == (SOURCE_UID, 2)
    (series,) = second.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == SERIES_UID
    assert series.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == SOURCE_UID
    assert (first.InstanceNumber, second.InstanceNumber) == (13, 14)
    assert (first.PixelSpacing, first.PatientOrientation) == ([0.5, 0.25], ["L", "PF"])
    assert first.file_meta.TransferSyntaxUID == EXPLICIT


@pytest.mark.parametrize("name", ["big endian", "implicit"])
def test_names_and_numbers_of_the_patient_are_read_alike_whatever_the_file_was_encoded_in(
    name: str, tmp_path: Path
) -> None:
    (path,) = captures(name, tmp_path)
    read = pydicom.dcmread(path)

    assert str(read.PatientName) == "Müller^Änne"
    assert read.OtherPatientIDsSequence[0].IssuerOfPatientID == "Büro"
    assert "M\\374ller" in require_run("dcmdump", "+Qo", path).stdout.decode("latin-1") or "Müller" in require_run(
        "dcmdump", "+U8", path
    ).stdout.decode("utf-8")
