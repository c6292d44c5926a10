"""What `extract` writes, written again, gives the same planes, pixel for pixel: pictures, arrays, NIfTI and Segmentations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

import mask_files
import mask_trials
from dicom_overlay import OverlayPlane, write_dicom_overlays
from dicom_overlay.cli.app import app
from given_masks import COLUMNS, ROWS, SLICES, trial

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


def run(*words: object) -> Result:
    result = CliRunner().invoke(app, [*map(str, words), *(["-j", "1"] if words[0] != "verify" else [])])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def marked(folder: Path, *, is_enhanced: bool, overlap: bool) -> Path:
    """A series with two labels, one of them on some images only."""
    series = folder / "series"
    series.mkdir()
    mask_files.write_series(trial(is_enhanced=is_enhanced), series)
    stack = np.random.default_rng(4).integers(0, 3, (SLICES, ROWS, COLUMNS))
    stack[4] = 0
    first, second = stack == 1, (stack == 2) | ((stack == 1) & overlap)
    second[:2] = False
    if is_enhanced:
        planes = [OverlayPlane.from_mask(first, label="left lung"), OverlayPlane.from_mask(second, label="B/2")]
        write_dicom_overlays(series / "enhanced.dcm", planes)
        return series
    for k, path in enumerate(sorted(series.iterdir())):
        planes = [OverlayPlane.from_mask(first[k], label="left lung"), OverlayPlane.from_mask(second[k], label="B/2")]
        write_dicom_overlays(path, planes if second[k].any() else planes[:1])
    return series


def pixels(series: Path) -> list[list[tuple[str, bytes]]]:
    """The labels and pixels of each image's planes, without blank ones."""
    return [
        sorted((label, np.packbits(plane > 0).tobytes()) for label, plane in planes.items() if plane.any())
        for planes in mask_trials.planes_of(trial(), series)
    ]


@pytest.mark.parametrize("is_enhanced", [False, True], ids=["files", "enhanced"])
@pytest.mark.parametrize("overlap", [False, True], ids=["apart", "overlapping"])
@pytest.mark.parametrize("form", ["png", "npy", "nifti", "seg"])
def test_the_way_back_and_again_gives_the_same_planes(
    form: str, overlap: bool, is_enhanced: bool, tmp_path: Path
) -> None:
    series = marked(tmp_path, is_enhanced=is_enhanced, overlap=overlap)
    before = pixels(series)
    back = run("extract", series, "--as", form, "-o", tmp_path / "back")
    assert back.exit_code == 0, back.stderr
    assert run("remove", series, "--all", "--in-place").exit_code == 0
    files = sorted((tmp_path / "back").iterdir())
    single = [path for path in files if path.name.startswith("overlays.") and path.suffix != ".json"]
    names = ["--labels", tmp_path / "back" / "overlays.json"] if (tmp_path / "back" / "overlays.json").exists() else []
    again = run("write", series, single[0] if single else tmp_path / "back", *names, "--in-place")

    assert again.exit_code == 0, again.stderr
    assert pixels(series) == before


def test_no_result_takes_another_ones_place(tmp_path: Path) -> None:
    """Names that are numbers have no suffix, and two files may differ in theirs alone."""
    series = tmp_path / "series"
    series.mkdir()
    mask_files.write_series(trial(), series)
    names = ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3", "a.dcm", "a.ima", "b"]
    for name, path in zip(names, sorted(series.iterdir()), strict=True):
        path.rename(series / name)
        planes = [OverlayPlane.from_mask(np.ones((ROWS, COLUMNS)), label=label) for label in ("x/y", "x y", "X_Y")]
        write_dicom_overlays(series / name, planes)
    done = run("extract", series, "-o", tmp_path / "out")
    made = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    again = run("extract", series, "-o", tmp_path / "out")

    assert (done.exit_code, len(made)) == (0, 18)
    assert again.exit_code == 1
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == made
    assert run("extract", series, "-o", tmp_path / "out", "--overwrite").exit_code == 0


@pytest.mark.parametrize(
    "name, form", [("ex.nii.gz", "nifti"), ("ex.nii", "nifti"), ("ex.npy", "npy"), ("ex.dcm", "seg")]
)
def test_an_output_that_is_called_as_a_file_is_that_file(name: str, form: str, tmp_path: Path) -> None:
    series = marked(tmp_path, is_enhanced=False, overlap=False)
    done = run("extract", series, "--as", form, "-o", tmp_path / "out" / name)

    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "out" / name).is_file()
    assert run("extract", series, "--as", form, "-o", tmp_path / "out" / name).exit_code == 1
