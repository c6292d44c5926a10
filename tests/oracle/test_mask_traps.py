"""Mask files whose numbers mean something else than they seem to: the right pixels, or a refusal with nothing written."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
import SimpleITK
from PIL import Image
from typer.testing import CliRunner

import dicom_overlay
import mask_files
from dicom_overlay.cli.app import app
from given_masks import OTHER, PICTURE, PLACED, VOXELS, Found, in_folder, nifti, npy, png, raw, trial, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[[Path], Path]

NRRD = "NRRD0005\ntype: uchar\ndimension: 3\nsizes: 10 8 6\nencoding: raw\n"
AXES = "space directions: (1,0,0) (0,1,0) (0,0,2)\nspace origin: (0,0,0)\n"
META = "ObjectType = Image\nNDims = 3\nDimSize = 10 8 6\nElementType = MET_UCHAR\n"
PLACE = "ElementSpacing = 1 1 2\nOffset = 0 0 0\n"
LOCAL = "ElementDataFile = LOCAL\n"


def changed(make: Make, *fields: tuple[int, str, Any]) -> Make:
    """A file with other numbers at some offsets."""

    def made(folder: Path) -> Path:
        path = make(folder)
        data = bytearray(path.read_bytes())
        for at, form, value in fields:
            struct.pack_into(f"<{form}", data, at, value)
        path.write_bytes(data)
        return path

    return made


def plain_nifti(array: Any) -> Make:
    return nifti(array, name="mask.nii")


def scaled(factor: float, unit: int) -> Make:
    fields = [(123, "b", unit), *((80 + 4 * n, "f", factor * (1, 1, 2)[n]) for n in range(3))]
    return changed(plain_nifti(VOXELS), *fields, (280, "f", -factor), (300, "f", -factor), (320, "f", 2 * factor))


def segmentation(change: Callable[[pydicom.Dataset], None], kind: str, *, halves: bool = False) -> Make:
    def make(folder: Path) -> Path:
        (folder / "series").mkdir()
        mask_files.write_series(trial(), folder / "series")
        wanted = trial(f"seg-{kind}")
        wanted.threshold = 0.5 if halves else None
        mask_files.write_by_highdicom(wanted, folder / "series", folder / "mask.dcm")
        ds = pydicom.dcmread(folder / "mask.dcm")
        change(ds)
        ds.save_as(folder / "mask.dcm")
        return folder / "mask.dcm"

    return make


def with_exif(folder: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(PICTURE * 255).save(folder / "mask.png", exif=exif)
    return folder / "mask.png"


def lose_maximum(ds: pydicom.Dataset) -> None:
    del ds.MaximumFractionalValue


@pytest.mark.parametrize(
    "make, found",
    [
        pytest.param(changed(plain_nifti(VOXELS), (112, "f", 0), (116, "f", 7)), PLACED, id="nifti-slope-0"),
        pytest.param(changed(plain_nifti(VOXELS * 2), (112, "f", 0.5)), PLACED, id="nifti-slope-half"),
        pytest.param(changed(plain_nifti(VOXELS), (112, "f", np.nan)), PLACED, id="nifti-slope-nan"),
        pytest.param(changed(plain_nifti(VOXELS), (108, "f", 0)), PLACED, id="nifti-voxels-at-0"),
        pytest.param(scaled(1000, 3), PLACED, id="nifti-in-microns"),
        pytest.param(scaled(0.001, 1), PLACED, id="nifti-in-metres"),
        pytest.param(raw("mask.nrrd", f"{NRRD}space: LPS\n{AXES}\n"), PLACED, id="nrrd"),
        pytest.param(npy(np.asfortranarray(VOXELS.astype(">u2") * 300)), PLACED, id="npy-fortran-big-endian"),
    ],
)
def test_a_mask_with_odd_numbers_is_read_as_its_format_says(make: Make, found: dict[int, int], tmp_path: Path) -> None:
    done = write(tmp_path, make(tmp_path), "-l", "A")
    assert done.code is None
    assert done.found == {"A": found}


@pytest.mark.parametrize(
    "make, options, code",
    [
        pytest.param(
            raw("mask.nrrd", f"{NRRD}space: LPS\nspace directions: none none none\nspace origin: (0,0,0)\n\n"), [], "invalid-mask", id="nrrd-no-directions"
        ),
        pytest.param(raw("mask.nrrd", f'{NRRD}space: LPS\nspace units: "um" "um" "um"\n{AXES}\n'), [], "invalid-mask", id="nrrd-microns"),
        pytest.param(raw("mask.mha", f"{META}{PLACE}DistanceUnits = um\n{LOCAL}"), [], "invalid-mask", id="mha-microns"),
        pytest.param(
            raw("mask.mha", f"{META}{PLACE}ElementToIntensityFunctionSlope = 0.004\n{LOCAL}"), ["--threshold", "0.5"], "invalid-mask", id="mha-scaled"
        ),
        pytest.param(
            raw("mask.mha", META.replace("NDims = 3", "NDims = 2").replace(" 6", "") + f"ElementSpacing = 1 1\nOffset = 0 0\n{LOCAL}", PICTURE.tobytes()),
            [], "invalid-mask", id="mha-of-two-dimensions-at-a-place",
        ),
        pytest.param(
            raw("mask.nrrd", NRRD.replace("dimension: 3", "dimension: 2").replace(" 6", "") + "\n", PICTURE.tobytes()), [], "invalid-series", id="nrrd-2d"
        ),
        pytest.param(changed(plain_nifti(VOXELS), (344, "4s", b"ni1\0")), [], "invalid-mask", id="nifti-of-two-files"),
        pytest.param(segmentation(lose_maximum, "fractional", halves=True), [], "invalid-mask", id="seg-without-a-largest-fraction"),
    ],
)  # fmt: skip
def test_a_mask_that_does_not_say_what_its_numbers_mean_is_refused(
    make: Make, options: list[str], code: str, tmp_path: Path
) -> None:
    done = write(tmp_path, make(tmp_path), *options)
    assert (done.code, done.found) == (code, {})


def test_a_picture_that_is_shown_turned_is_refused(tmp_path: Path) -> None:
    assert write(tmp_path, with_exif(tmp_path), single=True).code == "invalid-mask"


def test_one_bit_is_black_or_white_for_a_threshold_too(tmp_path: Path) -> None:
    Image.fromarray(PICTURE > 0).save(tmp_path / "mask.png")
    assert write(tmp_path, tmp_path / "mask.png", "--threshold", "128", single=True).found == {"": {2: 10}}


def test_a_segmentation_that_sets_nothing_is_an_empty_mask(tmp_path: Path) -> None:
    make = segmentation(lambda _: None, "fractional", halves=True)
    done = write(tmp_path, make(tmp_path), "--threshold", "0.6")
    assert done.code is None
    assert "empty-mask" in done.notices
    assert done.found == {"Label 1": {}}


@pytest.mark.parametrize(
    "images, picture, found",
    [
        pytest.param(["a", "a-b.dcm"], "a-b", {"": {1: 10}}, id="the-longest-name-wins"),
        pytest.param(["a", "a.dcm"], "a", {"": {0: 10}}, id="the-whole-name-wins"),
        pytest.param(["1.2.3", "1.2.4"], "1.2", None, id="a-uid-has-no-ending"),
        pytest.param(["a.dcm", "b.dcm"], "a-S00001", {"S00001": {0: 10}}, id="digits-of-a-label"),
        pytest.param(["a.dcm", "b.dcm"], "a-S-00001", {"S": {0: 10}}, id="a-frame"),
        pytest.param(["a.dcm", "b.dcm"], "a-00001", {"": {0: 10}}, id="a-frame-alone"),
    ],
)
def test_a_picture_goes_to_the_image_of_its_name(
    images: list[str], picture: str, found: Found | None, tmp_path: Path
) -> None:
    (tmp_path / "series").mkdir()
    mask_files.write_series(trial(), tmp_path / "series")
    for number, path in enumerate(sorted((tmp_path / "series").iterdir())):
        if number < len(images):
            path.rename(tmp_path / "series" / images[number])
        else:
            path.unlink()
    done = write(tmp_path, in_folder(**{picture: png(PICTURE * 255)})(tmp_path))

    assert (done.code, done.found) == ((None, found) if found else ("invalid-mask", {}))


def test_a_mask_whose_path_is_not_utf_8_is_read_or_refused(tmp_path: Path) -> None:
    """SimpleITK ends the process where it is given such a path."""
    for make, code in ((nifti(VOXELS), None), (raw("mask.nrrd", f"{NRRD}space: LPS\n{AXES}\n"), "file-access")):
        path = make(tmp_path)
        odd = tmp_path / f"{os.fsdecode(bytes([0xFF]))}{path.name.removeprefix('mask')}"
        path.rename(odd)
        assert write(tmp_path, odd, "-l", "A").code == code


# The functions on a series.


def files(folder: Path) -> list[Path]:
    folder.mkdir()
    mask_files.write_series(trial(), folder)
    return sorted(folder.iterdir())


@pytest.mark.parametrize("is_link", [False, True])
def test_a_file_that_is_given_twice_is_refused(is_link: bool, tmp_path: Path) -> None:
    paths = files(tmp_path / "series")
    if is_link:
        (tmp_path / "link.dcm").symlink_to(paths[2])
    before = paths[2].read_bytes()
    with pytest.raises(dicom_overlay.InvalidSeriesError):
        dicom_overlay.write_series_overlays(
            [*paths, tmp_path / "link.dcm" if is_link else paths[2]], (VOXELS, trial().matrix)
        )
    assert paths[2].read_bytes() == before


def test_a_result_is_not_written_through_a_link(tmp_path: Path) -> None:
    paths = files(tmp_path / "series")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / paths[3].name).symlink_to(paths[2])
    before = paths[2].read_bytes()
    with pytest.raises(dicom_overlay.FileAccessError):
        dicom_overlay.write_series_overlays(paths, VOXELS, output=tmp_path / "out", overwrite=True)
    result = CliRunner().invoke(
        app, ["write", str(paths[3]), str(png(PICTURE * 255)(tmp_path)), "-o", str(tmp_path / "out" / paths[3].name), "--overwrite"]
    )  # fmt: skip

    assert result.exit_code == 1
    assert paths[2].read_bytes() == before


def test_labels_may_be_numbers_and_one_name(tmp_path: Path) -> None:
    paths = files(tmp_path / "series")
    dicom_overlay.write_series_overlays(paths, VOXELS + 2 * np.roll(VOXELS, 4, 1), label=[1])
    dicom_overlay.write_series_overlays(paths, VOXELS, label="Liver")

    found = dicom_overlay.read_series_overlays(paths, labels="Live").volume
    assert found.labels == ()
    found = dicom_overlay.read_series_overlays(paths, labels="Liver").volume
    assert [label.name for label in found.labels] == ["Liver"]


def test_an_image_of_two_dimensions_does_not_say_where_it_lies(tmp_path: Path) -> None:
    paths = files(tmp_path / "series")
    image = SimpleITK.GetImageFromArray(OTHER)
    with pytest.raises(dicom_overlay.InvalidSeriesError):
        dicom_overlay.write_series_overlays(paths, image)
    dicom_overlay.write_series_overlays(paths[4:5], image)

    assert dicom_overlay.read_dicom_overlays(paths[4])[0].mask.sum() == OTHER.sum()
