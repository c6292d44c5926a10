"""Masks whose structure is behind public reports: the right pixels, or a refusal, from the command and from Python alike."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pydicom
import pytest
import SimpleITK
from typer.testing import CliRunner

from dicom_overlay import OverlayError
from dicom_overlay.cli.app import app
from dicom_overlay.series_api import read_series_overlays, write_series_overlays

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parents[1] / "data" / "masks"
OPTIONS = {"label": "--label", "labels": "--labels", "threshold": "--threshold", "existing": "--existing"}


class Done(NamedTuple):
    """What became of a write: the error's code or None, and the codes of its notices."""

    code: str | None
    notices: set[str]


def by_command(series: Path, mask: Path, **options: Any) -> Done:
    words = [part for key, value in options.items() for part in (OPTIONS[key], str(value))]
    result = CliRunner().invoke(app, ["write", str(series), str(mask), "--in-place", "-j", "1", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    notices = {line.split()[1].rstrip(":") for line in result.stdout.splitlines() if line.startswith("notice ")}
    code = None if result.exit_code == 0 else next(iter(result.stderr.split(": ")[1:]), "unknown")
    return Done(code, notices)


def by_function(series: Path, mask: object, **options: Any) -> Done:
    try:
        result = write_series_overlays(sorted(series.iterdir()), mask, **options)
    except OverlayError as error:
        return Done(error.code, set())
    assert result.failed == ()
    return Done(None, {notice.code for notice in result.notices})


@pytest.fixture(params=["command", "function"])
def write(request: pytest.FixtureRequest) -> Callable[..., Done]:
    return by_command if request.param == "command" else by_function


def copied(case: str, folder: Path) -> Path:
    (found,) = CASES.glob(f"{case}_*")
    shutil.copytree(found, folder, dirs_exist_ok=True)
    return folder


def planes_of(series: Path) -> dict[str, np.ndarray]:
    """Each label's pixels by pydicom, the images in the order of their names, frame by frame."""
    found: dict[str, np.ndarray] = {}
    first = 0
    paths = sorted(series.iterdir())
    total = sum(int(pydicom.dcmread(path, stop_before_pixels=True).get("NumberOfFrames", 1)) for path in paths)
    for path in paths:
        ds = pydicom.dcmread(path)
        count = int(ds.get("NumberOfFrames", 1))
        for group in range(0x6000, 0x6020, 2):
            if (group, 0x3000) in ds:
                label = str(ds[group, 0x1500].value) if (group, 0x1500) in ds else ""
                stack = found.setdefault(label, np.zeros((total, ds.Rows, ds.Columns), bool))
                stack[first : first + count] = ds.overlay_array(group).reshape(count, ds.Rows, ds.Columns)
        first += count
    return found


def everything(series: Path) -> np.ndarray:
    """All labels together."""
    planes = planes_of(series)
    return np.logical_or.reduce(list(planes.values())) if planes else np.zeros(1, bool)


@pytest.mark.parametrize(
    "case, mask, options",
    [
        ("A1", "mask.dcm", {}),
        ("A4", "mask.dcm", {}),
        ("B0", "mask.nii.gz", {}),
        ("C1", "mask.dcm", {}),
        ("D1", "mask.dcm", {}),
        ("D4", "mask.dcm", {}),
        ("E1", "mask", {"threshold": 0.5}),
        ("F1", "mask.seg.nrrd", {"label": "tumour"}),
        ("G1", "mask.nrrd", {}),
    ],
)
def test_the_mask_sets_these_pixels_and_no_others(
    case: str, mask: str, options: dict[str, Any], write: Callable[..., Done], tmp_path: Path
) -> None:
    folder = copied(case, tmp_path)
    done = write(folder / "series", folder / mask, **options)

    assert done.code is None
    assert (everything(folder / "series") == np.load(folder / "want.npy")).all()
    assert ("placed-by-order" in done.notices) == (case == "G1")


def test_the_planes_of_the_last_run_go_where_todays_mask_has_none(write: Callable[..., Done], tmp_path: Path) -> None:
    folder = copied("C1", tmp_path)
    write(folder / "series", folder / "mask.dcm")
    done = write(folder / "series", folder / "second.dcm", existing="replace-label")

    assert done.code is None
    assert (everything(folder / "series") == np.load(folder / "want_second.npy")).all()


def test_probabilities_are_refused_without_a_threshold(write: Callable[..., Done], tmp_path: Path) -> None:
    folder = copied("E1", tmp_path)

    assert write(folder / "series", folder / "mask").code == "invalid-mask"
    assert planes_of(folder / "series") == {}


def test_each_segment_of_slicers_older_files_is_a_layer(write: Callable[..., Done], tmp_path: Path) -> None:
    folder = copied("F1", tmp_path)
    done = write(folder / "series", folder / "mask.seg.nrrd")
    voxels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "mask.seg.nrrd")))

    assert done.code is None
    found = planes_of(folder / "series")
    assert (found["liver"] == voxels[..., 0]).all()
    assert (found["tumour"] == voxels[..., 1]).all()


def test_what_a_file_of_labels_leaves_out_is_named(write: Callable[..., Done], tmp_path: Path) -> None:
    folder = copied("I1", tmp_path)
    values = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "mask.nii.gz")))
    done = write(folder / "series", folder / "mask.nii.gz", labels=folder / "labels.json")

    assert (done.code, done.notices) == (None, {"labels-left-out"})
    found = planes_of(folder / "series")
    assert set(found) == {"liver"}
    assert (found["liver"] == (values == 1)).all()


def test_a_region_of_several_values_is_their_union(write: Callable[..., Done], tmp_path: Path) -> None:
    folder = copied("I1", tmp_path)
    values = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "mask.nii.gz")))
    done = write(folder / "series", folder / "mask.nii.gz", labels=folder / "nnunet_regions.json")

    assert (done.code, done.notices) == (None, set())
    found = planes_of(folder / "series")
    assert (found["whole"] == (values > 0)).all()
    assert (found["core"] == (values == 2)).all()


# The way back.


@pytest.mark.parametrize("case", ["H1", "H4"])
@pytest.mark.parametrize("form", ["nifti", "seg"])
def test_a_series_that_is_not_one_grid_is_not_extracted_as_one(case: str, form: str, tmp_path: Path) -> None:
    folder = copied(case, tmp_path)
    result = CliRunner().invoke(app, ["extract", str(folder / "series"), "--as", form, "-o", str(tmp_path / "back")])

    assert result.exit_code == 1
    assert "invalid-series" in result.stderr
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("case", ["H1", "H4"])
def test_its_planes_come_back_in_order(case: str, tmp_path: Path) -> None:
    folder = copied(case, tmp_path)
    before = planes_of(folder / "series")
    assert (everything(folder / "series") == np.load(folder / "want.npy")).all()
    result = CliRunner().invoke(
        app, ["extract", str(folder / "series"), "--as", "npy", "-o", str(tmp_path / "back.npy")]
    )
    clean = CliRunner().invoke(app, ["remove", str(folder / "series"), "--all", "--in-place", "-j", "1"])
    again = by_command(folder / "series", tmp_path / "back.npy", labels=tmp_path / "back.json")

    assert (result.exit_code, clean.exit_code, again.code) == (0, 0, None), result.stderr + clean.stderr
    after = planes_of(folder / "series")
    assert set(after) == set(before)
    assert all((after[label] == before[label]).all() for label in before)


@pytest.mark.parametrize("case", ["A1", "D4", "F1"])
def test_what_was_read_as_one_mask_makes_the_same_planes(case: str, tmp_path: Path) -> None:
    folder = copied(case, tmp_path)
    (mask,) = folder.glob("mask*")
    by_function(folder / "series", mask)
    before = planes_of(folder / "series")
    read = read_series_overlays(sorted((folder / "series").iterdir()))
    assert read.volume.geometry is not None
    done = by_function(folder / "series", read.volume, existing="replace-label")

    assert (done.code, read.notices) == (None, ())
    after = planes_of(folder / "series")
    assert all((after[label] == before[label]).all() for label in before)
