"""One small series, the masks that people give for it, and what the command makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import nibabel
import numpy as np
from PIL import Image
from typer.testing import CliRunner

import mask_files
import mask_trials
from dicom_overlay.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS, COLUMNS, SLICES = 8, 10, 6
Array = np.ndarray[Any, Any]
Found = dict[str, dict[int, int]]
"""For each label the pixels set of each image that has any, by its number from 0."""


def trial(kind: str = "nifti-sform", *, is_enhanced: bool = False) -> mask_files.Trial:
    made = mask_files.Trial(0, kind=kind, rows=ROWS, columns=COLUMNS, is_enhanced=is_enhanced)
    for k in range(SLICES):
        plane = np.eye(4)
        plane[2, 3] = 2 * k
        made.planes.append(plane)
    made.matrix = np.diag([1.0, 1, 2, 1])
    made.voxels = np.zeros((SLICES, ROWS, COLUMNS), np.uint8)
    made.voxels[2, 1:3, 2:7] = made.voxels[3, 1:5, 2:4] = 1
    return made


VOXELS = trial().voxels
PICTURE = VOXELS[2]
OTHER = np.roll(PICTURE, 4, axis=0)
PLACED = {2: 10, 3: 8}


class Done(NamedTuple):
    """The error's code or None, the codes of the notices for the whole mask, and what was set."""

    code: str | None
    notices: list[str]
    found: Found


def write(folder: Path, mask: Path, *options: str, single: bool = False, is_enhanced: bool = False) -> Done:
    series = folder / "series"
    if not series.exists():
        series.mkdir()
        mask_files.write_series(trial(is_enhanced=is_enhanced), series)
    before = {path: path.read_bytes() for path in series.iterdir()}
    source = series / "002.dcm" if single else series
    result = CliRunner().invoke(app, ["write", str(source), str(mask), "--in-place", "-j", "1", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    found: Found = {}
    for number, planes in enumerate(mask_trials.planes_of(trial(), series)):
        for label, plane in planes.items():
            held = found.setdefault(label, {})
            if plane.any():
                held[number] = int(plane.sum())
    if result.exit_code == 0:
        notices = [line.split()[1].rstrip(":") for line in result.stdout.splitlines() if line.startswith("notice ")]
        return Done(None, notices, found)
    assert {path: path.read_bytes() for path in series.iterdir()} == before
    parts = result.stderr.split(": ")
    return Done(parts[1] if parts[0].startswith("/") else parts[0], [], found)


def npy(array: Array) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        np.save(folder / "mask.npy", array)
        return folder / "mask.npy"

    return make


def nifti(array: Array, matrix: Array | None = None, name: str = "mask.nii.gz") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        affine = np.diag([-1.0, -1, 1, 1]) @ (trial().matrix if matrix is None else matrix)
        nibabel.save(nibabel.Nifti1Image(np.ascontiguousarray(array.T), affine, dtype=array.dtype), folder / name)
        return folder / name

    return make


def png(array: Array, form: str = "PNG") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        Image.fromarray(array).save(folder / "mask.png", form)
        return folder / "mask.png"

    return make


def in_folder(**makers: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "masks").mkdir()
        for name, maker in makers.items():
            path = maker(folder)
            path.rename(folder / "masks" / (name + path.name.removeprefix("mask")))
        return folder / "masks"

    return make


def raw(name: str, header: str, data: bytes = VOXELS.tobytes()) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(header.encode() + data)
        return folder / name

    return make
