"""What people give as masks: the right pixels, or a refusal with nothing written; never a guess, never a traceback.

Six axial images of 8 rows and 10 columns, 2 mm apart; the mask sets 10 pixels of the third and 8 of the fourth.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest
import SimpleITK
from PIL import Image

import mask_files
from given_masks import (
    COLUMNS,
    OTHER,
    PICTURE,
    PLACED,
    ROWS,
    SLICES,
    VOXELS,
    Array,
    Found,
    in_folder,
    nifti,
    npy,
    png,
    raw,
    trial,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def rgb_nifti(folder: Path) -> Path:
    colours = np.zeros(VOXELS.T.shape, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["R"] = VOXELS.T * 255
    nibabel.save(nibabel.Nifti1Image(colours, np.diag([-1.0, -1, 2, 1])), folder / "mask.nii")
    return folder / "mask.nii"


def vectors(folder: Path) -> Path:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.stack([VOXELS] * 3, -1), isVector=True), folder / "mask.nrrd")
    return folder / "mask.nrrd"


def as_rgba(picture: Array) -> Array:
    colours = np.zeros((ROWS, COLUMNS, 4), np.uint8)
    colours[picture > 0] = [255, 0, 0, 255]
    return colours


NRRD = "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 10 8 6\nencoding: raw\n"
META = "ObjectType = Image\nNDims = 3\nDimSize = 10 8 6\nElementType = MET_UCHAR\n"
TWO = VOXELS * 2 + np.roll(VOXELS, 4, axis=1)

RIGHT = [
    pytest.param(npy(VOXELS > 0), [], {"": PLACED}, ["placed-by-order"], id="npy-bool"),
    pytest.param(npy(VOXELS.astype(float)), [], {"": PLACED}, ["placed-by-order"], id="npy-whole-floats"),
    pytest.param(npy(VOXELS * 0.7), ["--threshold", "0.5"], {"": PLACED}, ["placed-by-order"], id="npy-fractions"),
    pytest.param(npy(VOXELS * 200), ["--threshold", "128"], {"": PLACED}, ["placed-by-order"], id="npy-bytes"),
    pytest.param(npy(VOXELS * 0), ["-l", "Liver"], {"Liver": {}}, ["placed-by-order", "empty-mask"], id="npy-empty"),
    pytest.param(npy(TWO), ["-l", "2"], {"Label 2": PLACED}, ["labels-left-out", "placed-by-order"], id="npy-value"),
    pytest.param(npy(TWO), ["-l", "2=T"], {"T": PLACED}, ["labels-left-out", "placed-by-order"], id="npy-renamed"),
    pytest.param(nifti(VOXELS), [], {"": PLACED}, [], id="nifti"),
    pytest.param(nifti(VOXELS), ["-l", "Liver"], {"Liver": PLACED}, [], id="nifti-named"),
    pytest.param(nifti(VOXELS), ["-l", "1=Liver"], {"Liver": PLACED}, [], id="nifti-renamed"),
    pytest.param(nifti(VOXELS.astype(float)), [], {"": PLACED}, [], id="nifti-whole-floats"),
    pytest.param(nifti(VOXELS * 0.7), ["--threshold", "0.5"], {"": PLACED}, [], id="nifti-fractions"),
    pytest.param(nifti(VOXELS[None]), [], {"": PLACED}, [], id="nifti-of-four-dimensions-one-volume"),
    pytest.param(nifti(-VOXELS.astype(np.int16)), [], {"": PLACED}, [], id="nifti-negative-label"),
    pytest.param(
        nifti(VOXELS.astype(np.uint16) * 300 + np.roll(VOXELS, 3, 1) * 7), ["-l", "300=A"], {"A": {2: 10, 3: 6}}, ["labels-left-out"], id="nifti-gaps"
    ),
    pytest.param(in_folder(a=nifti(VOXELS), b=nifti(VOXELS * 0)), [], {"a": PLACED, "b": {}}, [], id="folder"),
    pytest.param(in_folder(a=nifti(VOXELS * 0.7)), ["--threshold", "0.5"], {"a": PLACED}, [], id="folder-fractions"),
    pytest.param(raw("mask.mha", META + "ElementDataFile = LOCAL\n"), [], {"": PLACED}, ["placed-by-order"], id="mha-no-place"),
    pytest.param(raw("mask.nrrd", NRRD + "\n"), [], {"": PLACED}, ["placed-by-order"], id="nrrd-no-place"),
]  # fmt: skip


@pytest.mark.parametrize("make, options, found, notices", RIGHT)
def test_a_mask_for_a_series_is_written(
    make: Callable[[Path], Path],
    options: list[str],
    found: Found,
    notices: list[str],
    tmp_path: Path,
) -> None:
    for name, is_enhanced in [("files", False), ("enhanced", True)]:
        folder = tmp_path / name
        folder.mkdir()
        assert write(folder, make(folder), *options, is_enhanced=is_enhanced) == (None, notices, found), name


@pytest.mark.parametrize(
    "make, options, found, notices",
    [
        pytest.param(npy(PICTURE), [], {"": {2: 10}}, [], id="npy"),
        pytest.param(npy(VOXELS[2:3]), [], {"": {2: 10}}, [], id="npy-of-one-slice"),
        pytest.param(npy(PICTURE + 2 * OTHER), [], {"Label 1": {2: 10}, "Label 2": {2: 10}}, [], id="npy-labels"),
        pytest.param(npy(PICTURE + 2 * OTHER), ["-l", "2=T"], {"T": {2: 10}}, ["labels-left-out"], id="npy-renamed"),
        pytest.param(png(PICTURE * 255), [], {"": {2: 10}}, [], id="png"),
        pytest.param(png(PICTURE.astype(np.uint16) * 60000), [], {"": {2: 10}}, [], id="png-16-bits"),
        pytest.param(png(as_rgba(PICTURE)), [], {"": {2: 10}}, [], id="png-rgba"),
        pytest.param(png(as_rgba(PICTURE)[..., :3]), [], {"": {2: 10}}, [], id="png-rgb"),
        pytest.param(png(255 - PICTURE * 255), [], {"": {2: 70}}, ["mostly-set"], id="png-black-on-white"),
        pytest.param(png(PICTURE * 0), [], {"": {}}, ["empty-mask"], id="png-black"),
        pytest.param(png(PICTURE * 100 + OTHER * 200), ["--threshold", "150"], {"": {2: 10}}, [], id="png-greys"),
        pytest.param(png(PICTURE * 9 + OTHER * 5), ["-l", "9=A"], {"A": {2: 10}}, ["labels-left-out"], id="png-labels"),
    ],
)
def test_a_picture_for_one_image_is_written(
    make: Callable[[Path], Path], options: list[str], found: Found, notices: list[str], tmp_path: Path
) -> None:
    assert write(tmp_path, make(tmp_path), *options, single=True) == (None, notices, found)


def test_a_picture_for_every_image_has_to_be_said_to_be(tmp_path: Path) -> None:
    assert write(tmp_path, png(PICTURE * 255)(tmp_path)).code == "invalid-series"
    assert write(tmp_path, png(PICTURE * 255)(tmp_path), "--every-image").found == {
        "": dict.fromkeys(range(SLICES), 10)
    }


@pytest.mark.parametrize(
    "make, options, code",
    [
        pytest.param(npy(VOXELS * 0.7), [], "invalid-mask", id="npy-fractions"),
        pytest.param(npy(np.full(VOXELS.shape, "a")), [], "invalid-mask", id="npy-text"),
        pytest.param(npy(np.zeros(VOXELS.shape, "M8[s]")), [], "invalid-mask", id="npy-dates"),
        pytest.param(npy(VOXELS), ["-l", "2"], "invalid-mask", id="npy-value-that-is-not-there"),
        pytest.param(npy(VOXELS), ["-l", "2=Tibia"], "invalid-mask", id="npy-renamed-value-that-is-not-there"),
        pytest.param(npy(TWO), ["-l", "2="], "invalid-request", id="npy-renamed-without-a-name"),
        pytest.param(npy(VOXELS), ["--resample", "nearest"], "invalid-request", id="npy-resample"),
        pytest.param(npy(VOXELS), ["--frames", "all"], "invalid-request", id="npy-frames"),
        pytest.param(npy(VOXELS), ["--every-image"], "invalid-request", id="npy-every-image"),
        pytest.param(npy(VOXELS[:5]), [], "invalid-series", id="npy-slices"),
        pytest.param(npy(VOXELS[:, :7]), [], "invalid-mask", id="npy-rows"),
        pytest.param(npy(PICTURE), [], "invalid-series", id="npy-2d"),
        pytest.param(nifti(VOXELS * 0.7), [], "invalid-mask", id="nifti-fractions"),
        pytest.param(
            nifti(np.where(VOXELS > 0, np.nan, 0.0)), ["--threshold", "0.5"], "invalid-mask", id="nifti-nan"
        ),
        pytest.param(nifti(np.where(VOXELS > 0, np.inf, 0.0)), [], "invalid-mask", id="nifti-infinity"),
        pytest.param(nifti(np.stack([VOXELS] * 2)), [], "invalid-mask", id="nifti-two-volumes"),
        pytest.param(nifti(VOXELS), ["-l", "2"], "invalid-mask", id="nifti-value-that-is-not-there"),
        pytest.param(nifti(VOXELS), ["-l", "a", "-l", "b"], "invalid-mask", id="nifti-two-names-for-one"),
        pytest.param(nifti(TWO), ["-l", "1=A", "-l", "2=A"], "invalid-mask", id="nifti-one-name-for-two"),
        pytest.param(nifti(TWO), ["-l", "1", "-l", "1"], "invalid-mask", id="nifti-one-label-twice"),
        pytest.param(nifti(VOXELS), ["--frames", "all"], "invalid-request", id="nifti-frames"),
        pytest.param(nifti(VOXELS), ["--every-image"], "invalid-request", id="nifti-every-image"),
        pytest.param(nifti(VOXELS, np.diag([-1.0, -1, 1, 1])), [], "mask-not-placed", id="nifti-identity"),
        pytest.param(rgb_nifti, [], "invalid-mask", id="nifti-rgb"),
        pytest.param(vectors, [], "invalid-mask", id="nrrd-vectors"),
        pytest.param(raw("mask.mha", "not a header"), [], "invalid-mask", id="mha-without-a-header"),
        pytest.param(in_folder(a=nifti(VOXELS), b=rgb_nifti), [], "invalid-mask", id="folder-rgb"),
        pytest.param(in_folder(a=nifti(VOXELS * 0.7)), [], "invalid-mask", id="folder-fractions"),
        pytest.param(in_folder(a=nifti(TWO)), [], "invalid-mask", id="folder-of-label-maps"),
        pytest.param(in_folder(a=nifti(VOXELS)), ["-l", "1"], "invalid-mask", id="folder-value"),
        pytest.param(in_folder(a=png(PICTURE * 255)), [], "invalid-mask", id="folder-of-other-names"),
        pytest.param(in_folder(a=png(PICTURE * 255), b=nifti(VOXELS)), [], "invalid-mask", id="folder-of-both"),
        pytest.param(raw("mask.nrrd", NRRD + "space: scanner-xyz\n\n"), [], "invalid-mask", id="nrrd-other-space"),
        pytest.param(
            raw("mask.nrrd", NRRD + "space: left-posterior-superior\nspace origin: (0,0,0)\n\n"), [], "invalid-mask", id="nrrd-half-a-place"
        ),
        pytest.param(
            raw("mask.mha", META + "TransformMatrix = 1 0 0 0 1 0 0 0 1\nElementDataFile = LOCAL\n"), [], "invalid-mask", id="mha-half-a-place"
        ),
        pytest.param(raw("mask.nrrd", NRRD.replace("10 8 6", "5000 1000 1000") + "\n"), [], "limit-exceeded", id="nrrd-5-GB"),
        pytest.param(raw("mask.nrrd", NRRD.replace("10 8 6", "1000 1000 1000") + "\n"), [], "invalid-mask", id="nrrd-lies"),
        pytest.param(raw("mask.mha", META.replace("10 8 6", "1000 1000 1000") + "ElementDataFile = LOCAL\n"), [], "invalid-mask", id="mha-lies"),
        pytest.param(raw("mask.txt", "x"), [], "invalid-mask", id="text"),
        pytest.param(lambda folder: folder / "missing.nii", [], "file-access", id="missing"),
    ],
)  # fmt: skip
def test_what_the_rules_have_no_answer_for_is_refused(
    make: Callable[[Path], Path], options: list[str], code: str, tmp_path: Path
) -> None:
    done = write(tmp_path, make(tmp_path), *options)
    assert (done.code, done.found) == (code, {})


@pytest.mark.parametrize("line", ["data file: p", "data file: LIST", "data file: p%d 1 6 1"])
def test_a_data_file_that_is_a_pipe_or_several_files_is_refused(line: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p")
    done = write(tmp_path, raw("mask.nhdr", f"{NRRD}{line}\n\n", b"")(tmp_path))

    assert done.code == ("file-access" if line == "data file: p" else "invalid-mask")


# Pictures of each image, by name.


def test_a_folder_of_pictures_goes_by_the_whole_name_and_says_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    Image.fromarray(PICTURE * 255).save(tmp_path / "pictures" / "002.dcm.png")
    np.save(tmp_path / "pictures" / "003.npy", VOXELS[3])
    Image.fromarray(PICTURE * 255).save(tmp_path / "pictures" / "other.png")

    done = write(tmp_path, tmp_path / "pictures")
    assert done == (None, ["masks-unused", "mask-covers-part"], {"": PLACED})


def test_pictures_for_names_that_are_numbers_are_told_apart(tmp_path: Path) -> None:
    """A UID has no suffix: 1.2.3.4.1 and 1.2.3.4.2 are two names."""
    series, pictures = tmp_path / "series", tmp_path / "pictures"
    series.mkdir()
    pictures.mkdir()
    mask_files.write_series(trial(), series)
    for number, path in enumerate(sorted(series.iterdir())):
        path.rename(series / f"1.2.3.4.{number}")
        picture = np.zeros((ROWS, COLUMNS), np.uint8)
        picture[0, : number + 1] = 255
        Image.fromarray(picture).save(pictures / f"1.2.3.4.{number}.png")

    assert write(tmp_path, pictures).found == {"": {number: number + 1 for number in range(SLICES)}}
